/**
 * SipHash-1-3 of many flows: two in the lanes of a vector, and two vectors side by side, so that
 * the rounds of four flows overlap. The same values as siphash.ts, its twin for one flow.
 *
 *   a0 … a3   state of the flows 0 and 1       b0 … b3   state of the flows 2 and 3
 *
 * It reads the fields from the records: vectors have the byte swaps that integers lack, so that a
 * message costs less than in the twin, too. Masks of fields are alike for numbers and on the wire.
 */

import {
  FLOW_DESTINATION,
  FLOW_HASH,
  FLOW_SOURCE,
  FLOW_SOURCE_PORT,
  HEADER,
  HEADER_FLOW_KEY,
  HEADER_HASH_ADDRESSES4,
  HEADER_HASH_REST,
  HEADER_HASH_SOURCE6,
} from "../layout";
import { SIP0, SIP1, SIP2, SIP3 } from "./siphash";

/** Indices of the last words of messages. */
export const LAST_WORD4: u32 = 1;
export const LAST_WORD6: u32 = 4;
const FINALISATION_ROUNDS: u32 = 3;
/** What tells finalisation from one more word. */
const LAST: u64 = 0xff;

/**
 * Writes the hashes of listed flows of one family into their records: `count` of them, a multiple
 * of four. `last` is the index of their messages' last word, `length` what that word ends in.
 */
export function sipHashFours(list: u32, count: u32, last: u32, length: u64): void {
  const key = load<u32>(HEADER, HEADER_FLOW_KEY);
  const key0 = load<u64>(key);
  const key1 = load<u64>(key, 8);
  const start0 = i64x2.splat(SIP0 ^ key0);
  const start1 = i64x2.splat(SIP1 ^ key1);
  const start2 = i64x2.splat(SIP2 ^ key0);
  const start3 = i64x2.splat(SIP3 ^ key1);
  const end = list + (count << 2);
  for (let at = list; at < end; at += 16) {
    let a0 = start0;
    let a1 = start1;
    let a2 = start2;
    let a3 = start3;
    let b0 = start0;
    let b1 = start1;
    let b2 = start2;
    let b3 = start3;
    for (let word: u32 = 0; word <= last; word++) {
      const a = messageLanes(at, word, last, length);
      const b = messageLanes(at + 8, word, last, length);
      a3 = v128.xor(a3, a);
      b3 = v128.xor(b3, b);
      a0 = i64x2.add(a0, a1);
      a2 = i64x2.add(a2, a3);
      a1 = v128.xor(lanesRotate(a1, 13), a0);
      a3 = v128.xor(lanesRotate16(a3), a2);
      a0 = i64x2.add(lanesTurn(a0), a3);
      a2 = i64x2.add(a2, a1);
      a1 = v128.xor(lanesRotate(a1, 17), a2);
      a3 = v128.xor(lanesRotate(a3, 21), a0);
      a2 = lanesTurn(a2);
      b0 = i64x2.add(b0, b1);
      b2 = i64x2.add(b2, b3);
      b1 = v128.xor(lanesRotate(b1, 13), b0);
      b3 = v128.xor(lanesRotate16(b3), b2);
      b0 = i64x2.add(lanesTurn(b0), b3);
      b2 = i64x2.add(b2, b1);
      b1 = v128.xor(lanesRotate(b1, 17), b2);
      b3 = v128.xor(lanesRotate(b3, 21), b0);
      b2 = lanesTurn(b2);
      a0 = v128.xor(a0, a);
      b0 = v128.xor(b0, b);
    }
    a2 = v128.xor(a2, i64x2.splat(LAST));
    b2 = v128.xor(b2, i64x2.splat(LAST));
    for (let round: u32 = 0; round < FINALISATION_ROUNDS; round++) {
      a0 = i64x2.add(a0, a1);
      a2 = i64x2.add(a2, a3);
      a1 = v128.xor(lanesRotate(a1, 13), a0);
      a3 = v128.xor(lanesRotate16(a3), a2);
      a0 = i64x2.add(lanesTurn(a0), a3);
      a2 = i64x2.add(a2, a1);
      a1 = v128.xor(lanesRotate(a1, 17), a2);
      a3 = v128.xor(lanesRotate(a3, 21), a0);
      a2 = lanesTurn(a2);
      b0 = i64x2.add(b0, b1);
      b2 = i64x2.add(b2, b3);
      b1 = v128.xor(lanesRotate(b1, 13), b0);
      b3 = v128.xor(lanesRotate16(b3), b2);
      b0 = i64x2.add(lanesTurn(b0), b3);
      b2 = i64x2.add(b2, b1);
      b1 = v128.xor(lanesRotate(b1, 17), b2);
      b3 = v128.xor(lanesRotate(b3, 21), b0);
      b2 = lanesTurn(b2);
    }
    lanesStore(at, v128.xor(v128.xor(a0, a1), v128.xor(a2, a3)));
    lanesStore(at + 8, v128.xor(v128.xor(b0, b1), v128.xor(b2, b3)));
  }
}

/** A word of the messages of two listed flows. */
function messageLanes(list: u32, word: u32, last: u32, length: u64): v128 {
  const flow0 = load<u32>(list);
  const flow1 = load<u32>(list, 4);
  if (word == last) return v128.or(restLanes(flow0, flow1), i64x2.splat(length));
  if (last == LAST_WORD4) return addressesLanes(flow0, flow1);
  // The masks of source and destination stand side by side, as their halves do.
  const mask = v128.load64_splat(HEADER + ((word >>> 1) << 3), HEADER_HASH_SOURCE6);
  return v128.and(halvesLanes(flow0 + (word << 3), flow1 + (word << 3)), mask);
}

/** Source and destination of two IPv4 flows. */
function addressesLanes(flow0: u32, flow1: u32): v128 {
  const source = v128.load32_zero(flow0, FLOW_SOURCE);
  const both = v128.load32_lane(flow0, source, 1, FLOW_DESTINATION);
  const three = v128.load32_lane(flow1, both, 2, FLOW_SOURCE);
  const four = v128.load32_lane(flow1, three, 3, FLOW_DESTINATION);
  const wire = i8x16.swizzle(four, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  return v128.and(wire, v128.load64_splat(HEADER, HEADER_HASH_ADDRESSES4));
}

/** A half of an address of two IPv6 flows. */
function halvesLanes(half0: u32, half1: u32): v128 {
  const half = v128.load64_zero(half0, FLOW_SOURCE);
  const both = v128.load64_lane(half1, half, 1, FLOW_SOURCE);
  return i8x16.swizzle(both, i8x16(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
}

/** Ports and protocols of two flows: 8 bytes of each record, of which three are something else. */
function restLanes(flow0: u32, flow1: u32): v128 {
  const first = v128.load64_zero(flow0, FLOW_SOURCE_PORT);
  const both = v128.load64_lane(flow1, first, 1, FLOW_SOURCE_PORT);
  const wire = i8x16.swizzle(both, i8x16(1, 0, 3, 2, 4, -1, -1, -1, 9, 8, 11, 10, 12, -1, -1, -1));
  return v128.and(wire, v128.load64_splat(HEADER, HEADER_HASH_REST));
}

/** Both lanes rotated to the left. */
function lanesRotate(lanes: v128, bits: i32): v128 {
  return v128.or(i64x2.shl(lanes, bits), i64x2.shr_u(lanes, 64 - bits));
}

/** Both rotated by 16 bits: by whole parts of 16, which costs less. */
function lanesRotate16(lanes: v128): v128 {
  return i16x8.shuffle(lanes, lanes, 3, 0, 1, 2, 7, 4, 5, 6);
}

/** Both rotated by 32 bits. */
function lanesTurn(lanes: v128): v128 {
  return i32x4.shuffle(lanes, lanes, 1, 0, 3, 2);
}

/** Stores the hashes of two listed flows. */
function lanesStore(list: u32, hashes: v128): void {
  v128.store64_lane(load<u32>(list), hashes, 0, FLOW_HASH);
  v128.store64_lane(load<u32>(list, 4), hashes, 1, FLOW_HASH);
}
