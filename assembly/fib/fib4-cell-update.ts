/** The node of one root word of the fast IPv4 table, made from the prefix trie. */

import {
  NODE_DIRECT,
  NODE_GROUPS,
  NODE_LINE8,
  NODE_LINE16,
  NODE_RUNS_MAX,
  NODE_WORD_MIN,
  NODE_WORDS,
} from "../layout";
import { publish } from "../memory/epochs-update";
import { Table } from "../memory/records";
import { nodeCells, nodeGroupsMake, nodeLineMake, nodeWordsMake } from "./nodes-update";
import { keyValue, maskHigh, trieRegion } from "./prefix-trie";
import { directTake, nodeRelease, nodeRetire, nodeShare } from "./shared-nodes-update";
import {
  CELLS_MAX,
  cellsFill,
  cellsPaint,
  scratchCells6,
  scratchMade,
  scratchMarks,
} from "./trie-cells-update";
import { runsGather } from "./trie-runs-update";

/** Bits of the address that the root resolves. */
export const ROOT4_BITS: u32 = 18;
/** Bits that are resolved with a node of six. */
const NODE4_END: u32 = 24;
/** All bits, resolved with the runs or values of eight more. */
export const ADDRESS4_BITS: u32 = 32;
/** Lines compare the bits from here on. */
const LINE4_BITS: u32 = 16;
const NODE4_VALUES: u32 = 64;

/** Lets a root word say what the trie says; false, with the word as it was, without room. */
export function root4Paint(table: Table, index: u32): bool {
  return linkPut(table, table.root + (index << 2), root4Node(table, index));
}

/**
 * As root4Paint for the root word of one prefix, longer than 18 bits, where nothing but that prefix
 * is different since the word was painted: the values beside it are taken from the node.
 */
export function prefix4Paint(table: Table, high: u64, length: u32): bool {
  const link = table.root + ((<u32>(high >>> (64 - <u64>ROOT4_BITS))) << 2);
  const cells = scratchCells6();
  nodeCells(load<u32>(link), cells);
  const bits = length < NODE4_END ? length : NODE4_END;
  const around = maskHigh(high, bits);
  const region = trieRegion(table, around, 0, bits);
  const below = <u32>(region >>> 32);
  const first = keyValue(around, 0, ROOT4_BITS, NODE4_END);
  cellsFill(cells, first, first + (1 << (NODE4_END - bits)), <u32>region);
  let deep: u64 = 0;
  if (below != 0) {
    cellsPaint(below, ROOT4_BITS, NODE4_END, cells);
    deep = load<u64>(scratchMarks());
  }
  return linkPut(table, link, cellsNode(table, around, cells, deep));
}

/** Lets a root word lead to a node, of which the caller was a user; false for 0. */
function linkPut(table: Table, link: u32, word: u32): bool {
  if (word == 0) return false;
  const before = load<u32>(link);
  if (word == before) {
    nodeRelease(table, word);
    return true;
  }
  publish(link, word);
  nodeRetire(table, before);
  return true;
}

/** The node of a root word, with one more user; 0 when there is no room for it. */
export function root4Node(table: Table, index: u32): u32 {
  const high = (<u64>index) << (64 - <u64>ROOT4_BITS);
  const region = trieRegion(table, high, 0, ROOT4_BITS);
  const below = <u32>(region >>> 32);
  const cells = scratchCells6();
  cellsFill(cells, 0, NODE4_VALUES, <u32>region);
  let deep: u64 = 0;
  if (below != 0) {
    cellsPaint(below, ROOT4_BITS, NODE4_END, cells);
    deep = load<u64>(scratchMarks());
  }
  return cellsNode(table, high, cells, deep);
}

/**
 * The node of the cells of a root word (`high` is an address in it), with one more user; 0 without
 * room. Prefixes longer than 24 bits stand in the cells of `deep`, whose words are made first.
 */
function cellsNode(table: Table, high: u64, cells: u32, deep: u64): u32 {
  const around = maskHigh(high, ROOT4_BITS);
  let made: u64 = 0;
  for (let left = deep; left != 0; left &= left - 1) {
    const value = <u32>ctz<u64>(left);
    const word = lastNode(table, around | ((<u64>value) << (64 - <u64>NODE4_END)));
    if (word == 0) break;
    store<u32>(cells + (value << 2), word);
    made |= (<u64>1) << value;
  }
  let word: u32 = 0;
  if (made == deep) {
    const isDeep = cellsLead(cells);
    if (isDeep) nodeWordsMake(scratchMade(), cells);
    else nodeGroupsMake(scratchMade(), cells);
    word = nodeShare(table, scratchMade(), isDeep ? NODE_WORDS : NODE_GROUPS);
  }
  // The node is their user now, or nobody is.
  for (; made != 0; made &= made - 1) {
    nodeRelease(table, load<u32>(cells + ((<u32>ctz<u64>(made)) << 2)));
  }
  return word;
}

/** Whether a cell leads to a node. */
function cellsLead(cells: u32): bool {
  for (let cell: u32 = 0; cell < NODE4_VALUES; cell++) {
    if (load<u32>(cells + (cell << 2)) >= NODE_WORD_MIN) return true;
  }
  return false;
}

/** The word of the last eight bits under 24, with one more user; 0 when there is no room. */
function lastNode(table: Table, high: u64): u32 {
  const region = trieRegion(table, high, 0, NODE4_END);
  const below = <u32>(region >>> 32);
  const runs = runsGather(below, high, 0, NODE4_END, <u32>region);
  if (runs <= NODE_RUNS_MAX) {
    const kind = runs > NODE_RUNS_MAX / 2 ? NODE_LINE16 : NODE_LINE8;
    nodeLineMake(scratchMade(), runs, LINE4_BITS, kind);
    return nodeShare(table, scratchMade(), kind);
  }
  const node = directTake(table);
  if (node == 0) return 0;
  cellsFill(node, 0, CELLS_MAX, <u32>region);
  cellsPaint(below, NODE4_END, ADDRESS4_BITS, node);
  return node + NODE_DIRECT;
}
