/**
 * The routes of a table, read side: a binary trie with compressed paths, for both families.
 *
 * It is the truth that the fast tables are painted from, and answers tools; packets never read it.
 * A node (32 bytes, layout.ts TRIE) is a prefix, with the prefixes below it by their next bit:
 *
 *                    10.0.0.0/8 group 20
 *             next bit 0 |           | next bit 1
 *       10.0.0.0/14 (joins two)      10.128.0.0/9 group 21
 *          |              |
 *   10.0.0.0/16 g22   10.2.0.0/15 g23
 *
 * A node has a group, or joins two children, or both; so N routes take at most 2N - 1 nodes, and
 * the same routes make the same trie whatever the order they came in. Length 0 is not in it: the
 * table's default group is the route of /0. Cost: a load of one node for each node on the way, at
 * most one a bit. Source: Morrison, PATRICIA (JACM 1968).
 */

import { MATCH_NONE } from "../layout";
import { Table, TrieNode } from "../memory/records";

/** Bits of the longest key. */
export const KEY_BITS_MAX: u32 = 128;

/** Bit `index` (0 is the first) of a key. */
export function keyBit(high: u64, low: u64, index: u32): u32 {
  const word = index < 64 ? high : low;
  return <u32>(word >>> (63 - <u64>(index & 63))) & 1;
}

/** The first half of a key of which `length` bits stay. */
export function maskHigh(high: u64, length: u32): u64 {
  if (length >= 64) return high;
  return length != 0 ? high & (~(<u64>0) << (64 - <u64>length)) : 0;
}

/** The second half of a key of which `length` bits stay. */
export function maskLow(low: u64, length: u32): u64 {
  if (length <= 64) return 0;
  return low & (~(<u64>0) << (128 - <u64>length));
}

/** Value of the bits `from` to `to - 1` of a key, all in one half of it. */
export function keyValue(high: u64, low: u64, from: u32, to: u32): u32 {
  const word = from < 64 ? high : low;
  return <u32>((word << (<u64>from & 63)) >>> (64 - <u64>(to - from)));
}

/** Bits that a node's prefix and a key share from the first on, at most the prefix's length. */
export function trieCommon(node: TrieNode, high: u64, low: u64): u32 {
  const differHigh = node.high ^ high;
  const differLow = node.low ^ low;
  const common = differHigh != 0 ? <u32>clz<u64>(differHigh) : 64 + <u32>clz<u64>(differLow);
  const length = <u32>node.length;
  return select<u32>(common, length, common < length);
}

/** Address of the link to the child of a node on a key's side. */
export function trieLink(node: TrieNode, high: u64, low: u64): u32 {
  const first = changetype<u32>(node) + offsetof<TrieNode>("zero");
  return first + (keyBit(high, low, <u32>node.length) << 2);
}

/** Length of the longest prefix that covers a key, or MATCH_NONE: for tools, not for packets. */
export function trieMatchLength(table: Table, high: u64, low: u64): u32 {
  let matched: u32 = table.defaultGroup != 0 ? 0 : MATCH_NONE;
  let address = table.trie;
  for (let depth: u32 = 0; depth <= KEY_BITS_MAX && address != 0; depth++) {
    const node = changetype<TrieNode>(address);
    const length = <u32>node.length;
    if (trieCommon(node, high, low) < length) break;
    if (node.group != 0) matched = length;
    if (length == KEY_BITS_MAX) break;
    address = load<u32>(trieLink(node, high, low));
  }
  return matched;
}

/**
 * What a region of the address space (a prefix of `bits` bits) looks like from the trie: in the
 * lower half the group of the longest prefix of at most `bits` bits that covers it (0: none but
 * /0), in the upper half the node under which all longer prefixes inside it stand (0: none).
 */
export function trieRegion(table: Table, high: u64, low: u64, bits: u32): u64 {
  return trieRegionInside(table.trie, 0, high, low, bits);
}

/**
 * As trieRegion, for a region inside one of which the same is known: the node under which all
 * longer prefixes in it stand (0: none), and the group around them.
 */
export function trieRegionInside(top: u32, around: u32, high: u64, low: u64, bits: u32): u64 {
  let group = around;
  let address = top;
  for (let depth: u32 = 0; depth <= KEY_BITS_MAX && address != 0; depth++) {
    const node = changetype<TrieNode>(address);
    const length = <u32>node.length;
    const common = trieCommon(node, high, low);
    if (length > bits) {
      if (common < bits) address = 0;
      break;
    }
    if (common < length) {
      address = 0;
      break;
    }
    if (node.group != 0) group = <u32>node.group;
    if (length == KEY_BITS_MAX) {
      address = 0;
      break;
    }
    // The region has no bit behind its last: both children of a node of its length are inside.
    if (length == bits) {
      if ((node.zero | node.one) == 0) address = 0;
      break;
    }
    address = load<u32>(trieLink(node, high, low));
  }
  return ((<u64>address) << 32) | group;
}

/** Group that a prefix of length 1 or more itself has, 0 for none. */
export function trieGroup(table: Table, high: u64, low: u64, length: u32): u32 {
  let address = table.trie;
  for (let depth: u32 = 0; depth <= KEY_BITS_MAX && address != 0; depth++) {
    const node = changetype<TrieNode>(address);
    const nodeLength = <u32>node.length;
    if (nodeLength > length || trieCommon(node, high, low) < nodeLength) return 0;
    if (nodeLength == length) return <u32>node.group;
    address = load<u32>(trieLink(node, high, low));
  }
  return 0;
}

/** Whether a node's prefix lies inside another of `length` bits, or is it. */
function trieIsInside(node: TrieNode, high: u64, low: u64, length: u32): bool {
  return <u32>node.length >= length && trieCommon(node, high, low) >= length;
}

/**
 * The node that has a group and whose prefix comes next behind another, 0 behind the last. Prefixes
 * are in order of their addresses, and of two at one address the shorter comes first: /0 begins.
 */
export function trieNext(table: Table, high: u64, low: u64, length: u32): u32 {
  let address = table.trie;
  // Everything under it comes behind the prefix, and nothing that does comes before it.
  let next: u32 = 0;
  for (let depth: u32 = 0; depth <= KEY_BITS_MAX && address != 0; depth++) {
    const node = changetype<TrieNode>(address);
    const nodeLength = <u32>node.length;
    const common = trieCommon(node, high, low);
    if (nodeLength > length && trieIsInside(node, high, low, length)) {
      next = address;
      break;
    }
    if (common < nodeLength) {
      if (keyBit(node.high, node.low, common) > keyBit(high, low, common)) next = address;
      break;
    }
    if (nodeLength == length) {
      if ((node.zero | node.one) != 0) next = node.zero != 0 ? node.zero : node.one;
      break;
    }
    if (keyBit(high, low, nodeLength) == 0 && node.one != 0) next = node.one;
    address = load<u32>(trieLink(node, high, low));
  }
  return next != 0 ? trieFirst(next) : 0;
}

/** The first node with a group at or under a node: one without joins two. */
function trieFirst(top: u32): u32 {
  let address = top;
  for (let depth: u32 = 0; depth <= KEY_BITS_MAX; depth++) {
    const node = changetype<TrieNode>(address);
    if (node.group != 0) break;
    address = node.zero;
  }
  return address;
}
