/**
 * IPv4 table, read side: groups of packed addresses, and the matched prefix for tools.
 *
 *   root: 2^18 words      nodes of 6 bits, each stored once (nodes.ts)
 *   10.0.0.0/18    --+--> | runs u64 | groups u16 … |
 *   10.0.64.0/18   --+
 *   10.0.128.0/18  -----> | runs u64 | words u32 … | --> | up to 16 runs of the last 8 bits |
 *
 * Most regions of 18 bits hold few runs of equal groups, and many regions are alike: so the real
 * tables of 2025 fit into two to three megabytes whatever the number of groups. Prefixes longer
 * than 24 bits are rare: the root word of their region says so in its lowest bit, which is tested
 * once for eight addresses. A leaf of 0 means that nothing longer than /0 matches; the table's
 * default group stands in for it, so that a change of the default route touches no node.
 * Cost: a load of the root, and two of a node, mostly of one cache line; at most six loads,
 * whoever chose the address. Source: Asai and Ohara, Poptrie (SIGCOMM 2015), for the counted runs.
 */

import {
  ENGINE_REFERENCE,
  NODE_DIRECT,
  NODE_GROUPS,
  NODE_GROUPS_LEAVES,
  NODE_KIND_MASK,
  NODE_WORD_MIN,
  ROOT4_BYTES,
} from "../layout";
import { headerSources4, headerTable4 } from "../memory/header";
import { Table } from "../memory/records";
import { defaultFill } from "./default-route";
import { nodeAddress, nodeGroup, nodeKind, nodeLineGroup, nodeWord } from "./nodes";
import { trieMatchLength } from "./prefix-trie";
import { reference4LookupBatch, referenceMatchLength } from "./reference";

/** Addresses whose answers are looked at together for a default route: they stay in the cache. */
const ROUND: u32 = 256;

/**
 * Looks up `count` addresses of 4 bytes in network order at `addresses`, as they stand in packets,
 * and stores a u32 group id for each at `groups`: the default route's where nothing longer matches,
 * 0 where there is no route.
 */
export function fib4LookupBatch(addresses: u32, groups: u32, count: u32): void {
  tableLookup(headerTable4(), addresses, groups, count);
}

/** As fib4LookupBatch in the table of source prefixes: stores meters. */
export function sources4LookupBatch(addresses: u32, meters: u32, count: u32): void {
  tableLookup(headerSources4(), addresses, meters, count);
}

function tableLookup(table: Table, addresses: u32, groups: u32, count: u32): void {
  if (table.engine == ENGINE_REFERENCE) {
    reference4LookupBatch(table, addresses, groups, count);
    return;
  }
  const root = table.root;
  const whole = count & ~7;
  for (let start: u32 = 0; start < whole; start += ROUND) {
    const left = whole - start;
    const round = select<u32>(left, ROUND, left < ROUND);
    eightsLookup(root, addresses + (start << 2), groups + (start << 2), round);
    defaultFill(groups + (start << 2), round, table.defaultGroup);
  }
  eachLookup(root, addresses + (whole << 2), groups + (whole << 2), count - whole);
  defaultFill(groups + (whole << 2), count - whole, table.defaultGroup);
}

/**
 * Looks up a multiple of eight addresses; 0 where nothing longer than /0 matches.
 *
 * Root offsets and shifts of four addresses are made at once: bytes swapped, bits 0 to 17 times 4,
 * and the complement of bits 18 to 23, which is the shift that `runsTo` needs. Eight lookups stand
 * side by side so that their loads overlap; a loop over them would not be unrolled.
 */
function eightsLookup(root: u32, addresses: u32, groups: u32, count: u32): void {
  const end = addresses + (count << 2);
  for (let at = addresses, out = groups; at < end; at += 32, out += 32) {
    const left = addressesSwap(v128.load(at));
    const right = addressesSwap(v128.load(at, 16));
    const leftOffsets = rootOffsets(left);
    const rightOffsets = rootOffsets(right);
    const word0 = load<u32>(root + i32x4.extract_lane(leftOffsets, 0));
    const word1 = load<u32>(root + i32x4.extract_lane(leftOffsets, 1));
    const word2 = load<u32>(root + i32x4.extract_lane(leftOffsets, 2));
    const word3 = load<u32>(root + i32x4.extract_lane(leftOffsets, 3));
    const word4 = load<u32>(root + i32x4.extract_lane(rightOffsets, 0));
    const word5 = load<u32>(root + i32x4.extract_lane(rightOffsets, 1));
    const word6 = load<u32>(root + i32x4.extract_lane(rightOffsets, 2));
    const word7 = load<u32>(root + i32x4.extract_lane(rightOffsets, 3));
    const kinds = word0 | word1 | word2 | word3 | word4 | word5 | word6 | word7;
    if ((kinds & NODE_KIND_MASK) != 0) {
      eachLookup(root, at, out, 8);
      continue;
    }
    const leftShifts = v128.not(i32x4.shr_u(left, 8));
    const rightShifts = v128.not(i32x4.shr_u(right, 8));
    store<u32>(out, groupOf(word0, i32x4.extract_lane(leftShifts, 0)));
    store<u32>(out, groupOf(word1, i32x4.extract_lane(leftShifts, 1)), 4);
    store<u32>(out, groupOf(word2, i32x4.extract_lane(leftShifts, 2)), 8);
    store<u32>(out, groupOf(word3, i32x4.extract_lane(leftShifts, 3)), 12);
    store<u32>(out, groupOf(word4, i32x4.extract_lane(rightShifts, 0)), 16);
    store<u32>(out, groupOf(word5, i32x4.extract_lane(rightShifts, 1)), 20);
    store<u32>(out, groupOf(word6, i32x4.extract_lane(rightShifts, 2)), 24);
    store<u32>(out, groupOf(word7, i32x4.extract_lane(rightShifts, 3)), 28);
  }
}

/** Four addresses of network order as four u32. */
function addressesSwap(packed: v128): v128 {
  return i8x16.swizzle(packed, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

/** Offsets of four addresses' root words. */
function rootOffsets(addresses: v128): v128 {
  return v128.and(i32x4.shr_u(addresses, 12), i32x4.splat(ROOT4_BYTES - 4));
}

/** Group in a NODE_GROUPS of the value whose complement is `shift`. */
function groupOf(node: u32, shift: u32): u32 {
  const runs = <u32>popcnt<u64>(load<u64>(node) << (<u64>shift));
  return load<u16>(node + (runs << 1), NODE_GROUPS_LEAVES - 2);
}

/** As eightsLookup for any number of addresses, of which some may have routes longer than /24. */
function eachLookup(root: u32, addresses: u32, groups: u32, count: u32): void {
  const end = count << 2;
  for (let i: u32 = 0; i < end; i += 4) {
    store<u32>(groups + i, wordLookup(root, bswap<u32>(load<u32>(addresses + i))));
  }
}

/** Group of one address in host order; 0 where nothing longer than /0 matches. */
function wordLookup(root: u32, address: u32): u32 {
  const word = load<u32>(root + ((address >>> 14) << 2));
  const value = address >>> 8;
  if (nodeKind(word) == NODE_GROUPS) return nodeGroup(word, value);
  const leaf = nodeWord(nodeAddress(word), value);
  if (leaf < NODE_WORD_MIN) return leaf;
  // Both are read, as nobody can predict which it is; the wrong one finds other nodes' bytes.
  const line = nodeLineGroup(leaf, address & 0xffff);
  const direct = load<u32>(nodeAddress(leaf) + ((address & 255) << 2));
  return select<u32>(direct, line, nodeKind(leaf) == NODE_DIRECT);
}

/** Length of the prefix that an address (host order) matches, MATCH_NONE without a route. */
export function fib4MatchLength(address: u32): u32 {
  const table = headerTable4();
  const high = (<u64>address) << 32;
  if (table.engine == ENGINE_REFERENCE) return referenceMatchLength(table, high, 0);
  return trieMatchLength(table, high, 0);
}
