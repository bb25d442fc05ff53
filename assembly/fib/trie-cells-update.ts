/** From the prefix trie to cells: the groups of all values of some bits of the address. */

import { SCRATCH_CELLS, SCRATCH_COVER, SCRATCH_MADE, SCRATCH_MARKS, SCRATCH_WAY } from "../layout";
import { headerScratch } from "../memory/header";
import { TrieNode } from "../memory/records";
import { keyValue } from "./prefix-trie";
import { WORK_CELLS, workSpend } from "./work-update";

/** Values of the widest node. */
export const CELLS_MAX: u32 = 256;

/** Cells of a node of 6 bits: one u32 a value. */
export function scratchCells6(): u32 {
  return headerScratch() + SCRATCH_CELLS;
}

/** Cells of a node that say which values longer prefixes cover. */
export function scratchCover(): u32 {
  return headerScratch() + SCRATCH_COVER;
}

/** One bit a cell, in u64 words: set where longer prefixes stand inside the cell. */
export function scratchMarks(): u32 {
  return headerScratch() + SCRATCH_MARKS;
}

/** Where a node is made. */
export function scratchMade(): u32 {
  return headerScratch() + SCRATCH_MADE;
}

/** Sets cells `first` to `end - 1`. */
export function cellsFill(cells: u32, first: u32, end: u32, word: u32): void {
  for (let cell = first; cell < end; cell++) store<u32>(cells + (cell << 2), word);
}

/**
 * Paints the prefixes at and below a trie node (0: none) longer than `above`, to `to` bits,
 * over the cells of the bits from `from` to `to`, longer over shorter, and marks the cells in which
 * longer ones stand. The node is inside the region that the cells divide. Marks are cleared first.
 */
export function cellsPaint(top: u32, above: u32, from: u32, to: u32, cells: u32): void {
  const marks = scratchMarks();
  memory.fill(marks, 0, CELLS_MAX / 8);
  const stack = headerScratch() + SCRATCH_WAY;
  let visits: u32 = (1 << (to - from)) / WORK_CELLS;
  store<u32>(stack, top);
  // Each step takes one node and adds at most two that are longer: the stack holds one a bit.
  for (let depth: u32 = top != 0 ? 1 : 0; depth > 0; ) {
    depth -= 1;
    visits += 1;
    const node = changetype<TrieNode>(load<u32>(stack + (depth << 2)));
    const length = <u32>node.length;
    const value = keyValue(node.high, node.low, from, to);
    if (length > to) {
      const mark = marks + ((value >>> 6) << 3);
      store<u64>(mark, load<u64>(mark) | ((<u64>1) << (<u64>value & 63)));
      continue;
    }
    if (node.group != 0 && length > above) {
      cellsFill(cells, value, value + (1 << (to - length)), <u32>node.group);
    }
    if (node.one != 0) store<u32>(stack + (depth++ << 2), node.one);
    if (node.zero != 0) store<u32>(stack + (depth++ << 2), node.zero);
  }
  workSpend(visits);
}
