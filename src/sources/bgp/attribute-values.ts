/**
 * The values of path attributes, each read from the bytes of one attribute. A reader fails for what
 * is malformed; what that leads to (RFC 7606) is the caller's to say.
 *
 *     AS_PATH     segment type u8 | ASes u8 | AS u16 or u32 ...     again and again
 *     AGGREGATOR  AS u16 or u32 | address u32
 *     AIGP        type u8 | length u16 | value                      again and again (RFC 7311)
 *     MP_REACH    AFI u16 | SAFI u8 | next hop u8, address ...      as messages have it
 *                 next hop u8, address                              as table dumps have it
 */

import { type Address, type Address6, address6FromWords } from "../../net/address.ts";
import { pathLength, segmentLength } from "../../rib/as-path.ts";
import type { Aggregator, AsPath, PathSegment, PathSegmentKind } from "../../rib/attributes.ts";
import type { ByteReader } from "../byte-reader.ts";

/** Stands for an AS of four bytes in a path of two (RFC 6793 section 9). */
export const AS_TRANS = 23_456;

/** Segment types from 1 on (RFC 4271 section 4.3, RFC 5065 section 3). */
const SEGMENT_KINDS = ["set", "sequence", "confed_sequence", "confed_set"] as const;
const AIGP_TLV = 1;
const AIGP_TLV_BYTES = 11;

/** The next hop of an MP_REACH_NLRI, and the link-local one behind it. */
export interface ReachNextHop {
  readonly nextHop: Address;
  readonly linkLocal: Address6 | undefined;
}

/** An AS of two bytes or of four. */
export function readAs(reader: ByteReader, asBytes: 2 | 4): number {
  return asBytes === 2 ? reader.u16("an AS") : reader.u32("an AS");
}

/** An AS path to its end; a segment without an AS is malformed (RFC 7606 section 7.2). */
export function readPath(reader: ByteReader, asBytes: 2 | 4): AsPath {
  const path: PathSegment[] = [];
  while (reader.left > 0) {
    const type = reader.u8("the type of a path segment");
    const kind: PathSegmentKind =
      SEGMENT_KINDS[type - 1] ?? reader.fail(`${type} is no type of path segments`);
    const count = reader.u8("the length of a path segment");
    if (count === 0) reader.fail("a path segment is empty");
    const outer = reader.narrow(count * asBytes, "a path segment");
    const asns: number[] = [];
    for (let index = 0; index < count; index++) asns.push(readAs(reader, asBytes));
    reader.widen(outer);
    path.push({ kind, asns });
  }
  return path;
}

/**
 * The path with its ASes of four bytes: as many of `path` as AS4_PATH lacks, then AS4_PATH; `path`
 * alone where AS4_PATH is the longer one, for then it is of no use (RFC 6793 section 4.2.3).
 *
 *     AS_PATH  64500 23456 23456    AS4_PATH  4200000001 4200000002    64500 4200000001 4200000002
 */
export function mergeAs4Path(path: AsPath, as4Path: AsPath): AsPath {
  let missing = pathLength(path) - pathLength(as4Path);
  if (missing < 0) return path;
  const merged: PathSegment[] = [];
  for (const segment of path) {
    // Confederations in front count for none and stay, as far as something is missing.
    const length = segmentLength(segment);
    if (missing === 0 && length > 0) break;
    const isWhole = length <= missing;
    merged.push(isWhole ? segment : { ...segment, asns: segment.asns.slice(0, missing) });
    if (!isWhole) break;
    missing -= length;
  }
  for (const segment of as4Path) {
    const last = merged.at(-1);
    if (last?.kind === "sequence" && segment.kind === "sequence") {
      merged[merged.length - 1] = { ...last, asns: [...last.asns, ...segment.asns] };
    } else merged.push(segment);
  }
  return merged;
}

/** AGGREGATOR or AS4_AGGREGATOR, which must end with it. */
export function readAggregator(reader: ByteReader, asBytes: 2 | 4): Aggregator {
  expectBytes(reader, asBytes + 4);
  const as = readAs(reader, asBytes);
  return { as, address: { family: 4, value: reader.u32("an aggregator") } };
}

/** As many u32 as there are, in groups of `group`; there must be one (RFC 7606 section 7.8). */
export function readWords(reader: ByteReader, group: number): readonly number[] {
  if (reader.left === 0 || reader.left % (4 * group) !== 0) {
    reader.fail(`${reader.left} bytes are no list of ${4 * group} bytes each`);
  }
  const words: number[] = [];
  while (reader.left > 0) words.push(reader.u32("a list"));
  return words;
}

/** The one u32 that an attribute consists of. */
export function readWord(reader: ByteReader): number {
  expectBytes(reader, 4);
  return reader.u32("an attribute");
}

/** The accumulated metric of the first TLV that has one (RFC 7311 section 3); undefined else. */
export function readAigp(reader: ByteReader): bigint | undefined {
  let metric: bigint | undefined;
  while (reader.left > 0) {
    const type = reader.u8("the type of an AIGP TLV");
    const bytes = reader.u16("the length of an AIGP TLV");
    if (bytes < 3) reader.fail(`an AIGP TLV of ${bytes} bytes`);
    const outer = reader.narrow(bytes - 3, "an AIGP TLV");
    if (type === AIGP_TLV && bytes === AIGP_TLV_BYTES && metric === undefined) {
      metric = (BigInt(reader.u32("a metric")) << 32n) | BigInt(reader.u32("a metric"));
    }
    reader.widen(outer);
  }
  return metric;
}

/** A next hop of 4, 16 or twice 16 bytes, whatever family it is for (RFC 8950 section 3). */
export function readNextHop(reader: ByteReader, bytes: number): ReachNextHop {
  const part = "a next hop";
  if (bytes === 4) {
    return { nextHop: { family: 4, value: reader.u32(part) }, linkLocal: undefined };
  }
  if (bytes !== 16 && bytes !== 32) return reader.fail(`a next hop of ${bytes} bytes`);
  const nextHop = readAddress6(reader);
  return { nextHop, linkLocal: bytes === 32 ? readAddress6(reader) : undefined };
}

/** The next hop of an MP_REACH_NLRI in either form; the prefixes behind it are left. */
export function readReachNextHop(reader: ByteReader): ReachNextHop {
  // Address families are below 256, next hops have some bytes: RFC 6396 section 4.3.4.
  const first = reader.u8("the length of a next hop");
  if (first !== 0) return readNextHop(reader, first);
  reader.skip(2, "an address family");
  return readNextHop(reader, reader.u8("the length of a next hop"));
}

/** An IPv6 address. */
export function readAddress6(reader: ByteReader): Address6 {
  const part = "an IPv6 address";
  return address6FromWords(Uint32Array.from({ length: 4 }, () => reader.u32(part)));
}

/** Fails unless so many bytes are left. */
export function expectBytes(reader: ByteReader, bytes: number): void {
  if (reader.left !== bytes) reader.fail(`${reader.left} bytes instead of ${bytes}`);
}
