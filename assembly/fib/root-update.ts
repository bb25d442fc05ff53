/**
 * The link that leads to a region, for both fast tables: what stands before the nodes of six bits.
 *
 *   IPv4   root: a word for each value of bits 0 to 17
 *   IPv6   root: a word for each value of bits 0 to 15 (its two bytes as they stand in packets)
 *            NODE_CELL    nothing longer than /16 inside: one group
 *            NODE_TABLE   a word for each value of bits 16 to 25, changed in place
 */

import { NODE_CELL, NODE_CELL_BYTES, NODE_TABLE, NODE_TABLE_BYTES } from "../layout";
import { publish } from "../memory/epochs-update";
import { tableSlabs } from "../memory/header";
import { Table } from "../memory/records";
import { slabTake } from "../memory/slabs";
import { dirtyClearPart } from "./dirty-update";
import { nodeAddress, nodeKind } from "./nodes";
import { trieRegion } from "./prefix-trie";
import { nodeRelease, nodeRetire, nodeShare, nodeUse } from "./shared-nodes-update";
import { scratchMade } from "./trie-cells-update";
import { WORK_DESCENT, workSpend } from "./work-update";

/** Bits before a region of each family. */
export const REGION4_BITS: u32 = 18;
export const REGION6_BITS: u32 = 26;
/** Bits of the address that the IPv6 root resolves, and that its tables resolve after them. */
const ROOT6_BITS: u32 = 16;
const TABLE_BITS: u32 = 10;
const TABLE_VALUES: u32 = 1024;

/** Answers of regionLink that are no address. */
export const LINK_FULL: u32 = 0;
export const LINK_DONE: u32 = 1;
export const LINK_MIN: u32 = 2;

/** Lets all words of a new root lead to one node, of which the caller was a user. */
export function rootFill(table: Table, word: u32, words: u32): void {
  nodeUse(table, word, words - 1);
  store<u32>(table.root, word);
  for (let bytes: u32 = 4; bytes < words << 2; bytes <<= 1) {
    memory.copy(table.root + bytes, table.root, bytes);
  }
}

/**
 * The link that leads to a region, in a table that is made if need be; or, where its /16 takes no
 * table, LINK_DONE, with the root word painted. LINK_FULL when there is no room.
 */
export function regionLink(table: Table, region: u32): u32 {
  if (table.regionBits == REGION4_BITS) return table.root + (region << 2);
  const value = region >>> TABLE_BITS;
  const link = table.root + ((<u32>bswap<u16>(<u16>value)) << 2);
  const around = (<u64>value) << (64 - <u64>ROOT6_BITS);
  const inside = trieRegion(table, around, 0, ROOT6_BITS);
  workSpend(WORK_DESCENT);
  if (inside >>> 32 == 0) {
    return cellPaint(table, link, region, <u32>inside) ? LINK_DONE : LINK_FULL;
  }
  if (nodeKind(load<u32>(link)) == NODE_CELL && !tablePaint(table, link)) return LINK_FULL;
  return nodeAddress(load<u32>(link)) + ((region & (TABLE_VALUES - 1)) << 2);
}

/** Lets a root word lead to a cell, and takes the marks of all its regions away. */
function cellPaint(table: Table, link: u32, region: u32, group: u32): bool {
  const word = cellShare(table, group);
  if (word == 0) return false;
  linkPut(table, link, word);
  dirtyClearPart(table, region);
  return true;
}

/** Lets a link lead to a word, of which the caller was a user; readers see either. */
export function linkPut(table: Table, link: u32, word: u32): void {
  const before = load<u32>(link);
  if (word == before) {
    nodeRelease(table, word);
    return;
  }
  publish(link, word);
  nodeRetire(table, before);
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
export function cellShare(table: Table, group: u32): u32 {
  const made = scratchMade();
  memory.fill(made, 0, NODE_CELL_BYTES);
  store<u32>(made, group);
  return nodeShare(table, made, NODE_CELL);
}
