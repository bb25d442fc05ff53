/**
 * The routes of a table, writing side: exchange the group of one prefix.
 *
 * Inserting, replacing and withdrawing are one operation: the prefix gets a group (0: none) and the
 * group that it had is the answer. So every update has an inverse of the same form, and as the
 * trie depends on the routes alone, after any sequence and its inverse the pool is as it was.
 * Cost: the way down, and at most two nodes taken or returned.
 */

import { GROUPS_MAX } from "../layout";
import { tablePool } from "../memory/header";
import { poolReturn, poolRoom, poolTake } from "../memory/pool";
import { Pool, Table, TrieNode } from "../memory/records";
import { KEY_BITS_MAX, maskHigh, maskLow, trieCommon, trieLink } from "./prefix-trie";

/** Answer of an update that found the table full: no group has this id. */
export const EXCHANGE_FULL: u32 = 65536;

/**
 * Gives a prefix a group (0: withdraws it) and returns the group that it had (0: none), or
 * EXCHANGE_FULL, which changes nothing. The key has no bits beyond `length`.
 */
export function trieExchange(table: Table, high: u64, low: u64, length: u32, group: u32): u32 {
  assert(group < GROUPS_MAX && length <= KEY_BITS_MAX);
  let before = table.defaultGroup;
  if (length == 0) table.defaultGroup = group;
  else if (group != 0) before = prefixInsert(table, high, low, length, group);
  else before = prefixRemove(table, high, low, length);
  if (before == EXCHANGE_FULL) return before;
  table.routes += <i32>(group != 0) - <i32>(before != 0);
  return before;
}

function rootLink(table: Table): u32 {
  return changetype<u32>(table) + offsetof<Table>("trie");
}

/** Gives a prefix a group other than 0; returns the one that it had, or EXCHANGE_FULL. */
function prefixInsert(table: Table, high: u64, low: u64, length: u32, group: u32): u32 {
  let link = rootLink(table);
  let common: u32 = length;
  for (let depth: u32 = 0; depth <= KEY_BITS_MAX; depth++) {
    const address = load<u32>(link);
    if (address == 0) break;
    const node = changetype<TrieNode>(address);
    common = trieCommon(node, high, low);
    if (common > length) common = length;
    if (common < <u32>node.length) break;
    if (length == <u32>node.length) {
      const before = <u32>node.group;
      node.group = <u16>group;
      return before;
    }
    link = trieLink(node, high, low);
  }
  const pool = tablePool(table);
  const isBeside = load<u32>(link) != 0 && common < length;
  if (poolRoom(pool) < 1 + <u32>isBeside) return EXCHANGE_FULL;
  const added = nodeTake(pool, high, low, length);
  added.group = <u16>group;
  if (isBeside) {
    const joint = nodeTake(pool, maskHigh(high, common), maskLow(low, common), common);
    nodePutAbove(joint, link);
    store<u32>(trieLink(joint, high, low), changetype<u32>(added));
  } else {
    nodePutAbove(added, link);
  }
  return 0;
}

/** Puts a node where `link` leads; what stood there, if anything, becomes its child. */
function nodePutAbove(node: TrieNode, link: u32): void {
  const below = load<u32>(link);
  if (below != 0) {
    const child = changetype<TrieNode>(below);
    store<u32>(trieLink(node, child.high, child.low), below);
  }
  store<u32>(link, changetype<u32>(node));
}

/** Takes the group of a prefix away and returns it, 0 where it has none. */
function prefixRemove(table: Table, high: u64, low: u64, length: u32): u32 {
  let parentLink: u32 = 0;
  let link = rootLink(table);
  for (let depth: u32 = 0; depth <= KEY_BITS_MAX; depth++) {
    const address = load<u32>(link);
    if (address == 0) return 0;
    const node = changetype<TrieNode>(address);
    if (length < <u32>node.length || trieCommon(node, high, low) < <u32>node.length) return 0;
    if (length == <u32>node.length) {
      const before = <u32>node.group;
      node.group = 0;
      if (nodeSplice(table, link) && parentLink != 0) nodeSplice(table, parentLink);
      return before;
    }
    parentLink = link;
    link = trieLink(node, high, low);
  }
  return 0;
}

/** Takes the node at `link` out if it has no group and joins nothing; whether it did. */
function nodeSplice(table: Table, link: u32): bool {
  const node = changetype<TrieNode>(load<u32>(link));
  if (node.group != 0 || (node.zero != 0 && node.one != 0)) return false;
  store<u32>(link, node.zero | node.one);
  poolReturn(tablePool(table), changetype<u32>(node));
  return true;
}

/** A node without group and children; there is room for it. */
function nodeTake(pool: Pool, high: u64, low: u64, length: u32): TrieNode {
  const node = changetype<TrieNode>(poolTake(pool));
  node.high = high;
  node.low = low;
  node.length = <u8>length;
  return node;
}
