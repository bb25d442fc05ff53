/**
 * The reference table, writing side: exchange the group of one prefix.
 *
 * Inserting, replacing and withdrawing are one operation: the prefix gets a group (0: none) and the
 * group that it had is the answer. So every update has an inverse of the same form, and after any
 * sequence and its inverse the pool is as it was: a node lives while it holds a prefix or a child.
 * Room is checked before the first node is taken: a full pool changes nothing.
 * Cost: a walk of at most 32 nodes, and 16 cells of `best` painted anew in one node.
 */

import { GROUPS_MAX, NODE_BEST, NODE_CHILDREN, NODE_PREFIXES, NODE_USERS } from "../layout";
import { tablePool } from "../memory/header";
import { poolReturn, poolRoom, poolTake } from "../memory/pool";
import { Pool, Table } from "../memory/records";
import { keyBits, nodeMatchLength, prefixIndex, referenceGroup } from "./reference";

/** Bits of the longest key. */
const KEY_BITS_MAX: u32 = 128;
/** Answer of an update that found the table full: no group has this id. */
export const UPDATE_TABLE_FULL: u32 = 65536;

/**
 * Gives a prefix a group (0: withdraws it) and returns the group that it had (0: none), or
 * UPDATE_TABLE_FULL, which changes nothing. The key has no bits beyond `length`.
 */
export function referenceExchange(table: Table, high: u64, low: u64, length: u32, group: u32): u32 {
  assert(group < GROUPS_MAX && length <= KEY_BITS_MAX);
  let before = table.defaultGroup;
  if (length == 0) {
    table.defaultGroup = group;
  } else {
    const pool = tablePool(table);
    before = referenceGroup(table.root, high, low, length);
    if (group != 0) {
      if (!prefixInsert(pool, table.root, high, low, length, group)) return UPDATE_TABLE_FULL;
    } else if (before != 0) {
      prefixRemove(pool, table.root, high, low, length);
    }
  }
  table.routes += <i32>(group != 0) - <i32>(before != 0);
  return before;
}

/** Gives a prefix a group other than 0; false, and nothing changed, when the pool is full. */
function prefixInsert(pool: Pool, root: u32, high: u64, low: u64, length: u32, group: u32): bool {
  const last = (length - 1) >>> 2;
  let node = root;
  for (let level: u32 = 0; level < last; level++) {
    const link = node + (keyBits(high, low, level) << 2);
    let child = load<u32>(link, NODE_CHILDREN);
    if (child == 0) {
      if (poolRoom(pool) < last - level) return false;
      child = poolTake(pool);
      store<u32>(link, child, NODE_CHILDREN);
      nodeUsersAdd(node, 1);
    }
    node = child;
  }
  nodeExchange(node, prefixIndex(high, low, length), group);
  return true;
}

/** Takes the group of a prefix away that has one, and the nodes that nothing needs any more. */
function prefixRemove(pool: Pool, root: u32, high: u64, low: u64, length: u32): void {
  const last = (length - 1) >>> 2;
  let node = root;
  let keeper = root;
  let keeperLevel: u32 = 0;
  for (let level: u32 = 0; level < last; level++) {
    if (load<u32>(node, NODE_USERS) > 1) {
      keeper = node;
      keeperLevel = level;
    }
    node = load<u32>(node + (keyBits(high, low, level) << 2), NODE_CHILDREN);
  }
  nodeExchange(node, prefixIndex(high, low, length), 0);
  if (node == root || load<u32>(node, NODE_USERS) != 0) return;
  const link = keeper + (keyBits(high, low, keeperLevel) << 2);
  let unused = load<u32>(link, NODE_CHILDREN);
  store<u32>(link, 0, NODE_CHILDREN);
  nodeUsersAdd(keeper, -1);
  for (let level = keeperLevel + 1; level <= last; level++) {
    const child = load<u32>(unused + (keyBits(high, low, level) << 2), NODE_CHILDREN);
    poolReturn(pool, unused);
    unused = child;
  }
}

function nodeUsersAdd(node: u32, change: i32): void {
  store<u32>(node, load<u32>(node, NODE_USERS) + change, NODE_USERS);
}

/** Writes one cell of `prefixes` and paints the cells of `best` that it covers. */
function nodeExchange(node: u32, index: u32, group: u32): void {
  const cell = node + (index << 1);
  const before = <u32>load<u16>(cell, NODE_PREFIXES);
  store<u16>(cell, group, NODE_PREFIXES);
  nodeUsersAdd(node, <i32>(group != 0) - <i32>(before != 0));
  const k = 31 - clz<u32>(index);
  const first = (index - (1 << k)) << (4 - k);
  const end = first + (1 << (4 - k));
  for (let bits = first; bits < end; bits++) {
    const length = nodeMatchLength(node, bits);
    const best = (1 << length) + (bits >>> (4 - length));
    // Without a match the index is 1, whose cell holds half of NODE_USERS: hence the select.
    const found = <u32>load<u16>(node + (best << 1), NODE_PREFIXES);
    store<u16>(node + (bits << 1), select<u32>(found, 0, length != 0), NODE_BEST);
  }
}
