/**
 * The reference table, read side: a trie of four address bits a node, for both families.
 *
 * It stays as the oracle that faster tables are held against, so it is the plainest structure that
 * still serves a full table at packet rate. A node (160 bytes, layout.ts NODE):
 *
 *   best      16 x u16   for each value of the four bits: group of the longest prefix in this node
 *   children  16 x u32   for each value: the node for the next four bits, 0 for none
 *   prefixes  30 x u16   group of each prefix that ends here, at 2^k + its last k bits, k = 1 to 4
 *
 * 10.0.0.0/9 ends in the third node (bits 8 to 11) with k = 1: its one bit there is 0, so it stands
 * at prefixes[2 + 0] and in best[0] to best[7], unless a longer prefix of the node covers them.
 *
 * A lookup remembers the last group that it saw on its way down. Length 0 is not in the trie: the
 * table's default group stands in for an answer of 0, so that a change of it touches no node.
 * Cost: two loads a node, at most 8 nodes for IPv4 and 32 for IPv6, whoever chose the address.
 */

import { MATCH_NONE, NODE_BEST, NODE_CHILDREN, NODE_PREFIXES } from "../layout";
import { Table } from "../memory/records";

/** Levels that the first u64 of a key holds. */
export const LEVELS_A_WORD: u32 = 16;

/**
 * Group of the longest prefix that covers a key, 0 where there is no route.
 * An IPv4 key stands in the upper half of `high`.
 */
export function referenceLookup(table: Table, high: u64, low: u64): u32 {
  const levels = table.levels;
  let node = table.root;
  let word = high;
  let group: u32 = 0;
  for (let level: u32 = 0; level < levels; level++) {
    if (level == LEVELS_A_WORD) word = low;
    const bits = <u32>(word >>> 60);
    const best = <u32>load<u16>(node + (bits << 1), NODE_BEST);
    group = select<u32>(best, group, best != 0);
    node = load<u32>(node + (bits << 2), NODE_CHILDREN);
    if (node == 0) break;
    word <<= 4;
  }
  return group != 0 ? group : table.defaultGroup;
}

/** Groups of `count` IPv4 addresses of 4 bytes in network order, a u32 each. */
export function reference4LookupBatch(table: Table, addresses: u32, groups: u32, count: u32): void {
  const end = addresses + (count << 2);
  for (let address = addresses, out = groups; address < end; address += 4, out += 4) {
    store<u32>(out, referenceLookup(table, (<u64>bswap<u32>(load<u32>(address))) << 32, 0));
  }
}

/** Groups of `count` IPv6 addresses of 16 bytes in network order, a u32 each. */
export function reference6LookupBatch(table: Table, addresses: u32, groups: u32, count: u32): void {
  const end = addresses + (count << 4);
  for (let address = addresses, out = groups; address < end; address += 16, out += 4) {
    const high = bswap<u64>(load<u64>(address));
    const low = bswap<u64>(load<u64>(address, 8));
    store<u32>(out, referenceLookup(table, high, low));
  }
}

/** Length of the prefix that referenceLookup finds, or MATCH_NONE: for tools, not for packets. */
export function referenceMatchLength(table: Table, high: u64, low: u64): u32 {
  const levels = table.levels;
  let node = table.root;
  let word = high;
  let matched: u32 = 0;
  for (let level: u32 = 0; level < levels; level++) {
    if (level == LEVELS_A_WORD) word = low;
    const bits = <u32>(word >>> 60);
    const length = nodeMatchLength(node, bits);
    matched = select<u32>((level << 2) + length, matched, length != 0);
    node = load<u32>(node + (bits << 2), NODE_CHILDREN);
    if (node == 0) break;
    word <<= 4;
  }
  if (matched != 0) return matched;
  return table.defaultGroup != 0 ? 0 : MATCH_NONE;
}

/** Bits (1 to 4) of the longest prefix in a node that covers a value, 0 for none. */
export function nodeMatchLength(node: u32, bits: u32): u32 {
  for (let length: u32 = 4; length > 0; length--) {
    const index = (1 << length) + (bits >>> (4 - length));
    if (load<u16>(node + (index << 1), NODE_PREFIXES) != 0) return length;
  }
  return 0;
}

/** The four bits of a key at a level. */
export function keyBits(high: u64, low: u64, level: u32): u32 {
  const word = level < LEVELS_A_WORD ? high : low;
  return <u32>(word >>> (60 - ((level & (LEVELS_A_WORD - 1)) << 2))) & 15;
}

/** Where in its node a prefix stands: 2^k + its last k bits, k = 1 to 4. */
export function prefixIndex(high: u64, low: u64, length: u32): u32 {
  const k = ((length - 1) & 3) + 1;
  return (1 << k) + (keyBits(high, low, (length - 1) >>> 2) >>> (4 - k));
}

/** Group that a prefix of length 1 or more itself has, 0 for none. */
export function referenceGroup(root: u32, high: u64, low: u64, length: u32): u32 {
  const last = (length - 1) >>> 2;
  let node = root;
  for (let level: u32 = 0; level < last; level++) {
    node = load<u32>(node + (keyBits(high, low, level) << 2), NODE_CHILDREN);
    if (node == 0) return 0;
  }
  return load<u16>(node + (prefixIndex(high, low, length) << 1), NODE_PREFIXES);
}
