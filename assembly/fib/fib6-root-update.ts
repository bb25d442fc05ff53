/**
 * The root of the fast IPv6 table, and the tables behind it, which are all that changes in place.
 *
 *   root: a word for each value of bits 0 to 15 (its two bytes as they stand in packets)
 *     NODE_CELL    nothing longer than /16 inside: one group
 *     NODE_TABLE   a word for each value of bits 16 to 25: a group, or a node of words
 */

import { NODE_CELL, NODE_CELL_BYTES, NODE_TABLE, NODE_TABLE_BYTES, ROOT6_BYTES } from "../layout";
import { publish } from "../memory/epochs-update";
import { tableSlabs } from "../memory/header";
import { Table } from "../memory/records";
import { slabTake } from "../memory/slabs";
import { dirtyClearRange } from "./dirty-update";
import { REGION6_BITS, region6Change, region6Paint } from "./fib6-region-update";
import { nodeAddress, nodeKind } from "./nodes";
import { trieRegion } from "./prefix-trie";
import { nodeRelease, nodeRetire, nodeShare, nodeUse } from "./shared-nodes-update";
import { scratchMade } from "./trie-cells-update";

/** Bits of the address that the root resolves, and that its tables resolve after them. */
const ROOT_BITS: u32 = 16;
const TABLE_BITS: u32 = 10;
const TABLE_VALUES: u32 = 1024;

/** Answers of regionLink that are no address. */
const LINK_FULL: u32 = 0;
const LINK_DONE: u32 = 1;
const LINK_MIN: u32 = 2;

/** Lets all root words of a new table lead to one cell without a route. */
export function root6Fill(table: Table, words: u32): void {
  const word = cellShare(table, 0);
  nodeUse(table, word, words - 1);
  store<u32>(table.root, word);
  for (let bytes: u32 = 4; bytes < ROOT6_BYTES; bytes <<= 1) {
    memory.copy(table.root + bytes, table.root, bytes);
  }
}

/** Paints what one prefix longer than 26 bits changed; false when there is no room. */
export function prefix6Paint(table: Table, high: u64, low: u64, length: u32): bool {
  const region = <u32>(high >>> (64 - <u64>REGION6_BITS));
  const link = regionLink(table, region);
  if (link < LINK_MIN) return link == LINK_DONE;
  return region6Change(table, link, high, low, length);
}

/** Paints a region of 26 bits anew; false, with the region as it was, when there is no room. */
export function root6Paint(table: Table, region: u32): bool {
  const link = regionLink(table, region);
  if (link < LINK_MIN) return link == LINK_DONE;
  return region6Paint(table, link, (<u64>region) << (64 - <u64>REGION6_BITS));
}

/**
 * The link that leads to a region of 26 bits, in a table that is made if need be; or, where its /16
 * takes no table, LINK_DONE, with the root word painted. LINK_FULL when there is no room.
 */
function regionLink(table: Table, region: u32): u32 {
  const link = table.root + (rootIndex(region >>> TABLE_BITS) << 2);
  const around = (<u64>(region >>> TABLE_BITS)) << (64 - <u64>ROOT_BITS);
  const inside = trieRegion(table, around, 0, ROOT_BITS);
  if (inside >>> 32 == 0) {
    return cellPaint(table, link, region, <u32>inside) ? LINK_DONE : LINK_FULL;
  }
  if (nodeKind(load<u32>(link)) == NODE_CELL && !tablePaint(table, link)) return LINK_FULL;
  return nodeAddress(load<u32>(link)) + ((region & (TABLE_VALUES - 1)) << 2);
}

/** A root word's place: its two bytes are read as they stand in packets. */
function rootIndex(value: u32): u32 {
  return <u32>bswap<u16>(<u16>value);
}

/** Lets a root word lead to a cell, and takes the marks of all its regions away. */
function cellPaint(table: Table, link: u32, region: u32, group: u32): bool {
  const word = cellShare(table, group);
  if (word == 0) return false;
  const before = load<u32>(link);
  if (word == before) {
    nodeRelease(table, word);
  } else {
    publish(link, word);
    nodeRetire(table, before);
  }
  dirtyClearRange(table, region & ~(TABLE_VALUES - 1), TABLE_VALUES);
  return true;
}

/** Lets a root word that leads to a cell lead to a table that says the same. */
function tablePaint(table: Table, link: u32): bool {
  const before = load<u32>(link);
  const node = slabTake(tableSlabs(table), NODE_TABLE_BYTES);
  if (node == 0) return false;
  const group = load<u32>(nodeAddress(before));
  for (let offset: u32 = 0; offset < NODE_TABLE_BYTES; offset += 4)
    store<u32>(node + offset, group);
  publish(link, node + NODE_TABLE);
  nodeRetire(table, before);
  return true;
}

/** The word of a cell, with one more user, or 0 when there is no room. */
function cellShare(table: Table, group: u32): u32 {
  const made = scratchMade();
  memory.fill(made, 0, NODE_CELL_BYTES);
  store<u32>(made, group);
  return nodeShare(table, made, NODE_CELL);
}
