/**
 * How much a call that changes a table may still do, so that none stalls the packet loop.
 *
 * Work is counted in units of about a node of the prefix trie that is visited, which may lie in no
 * cache. A piece of it, such as a node with its values, is done whatever is left, so that each call
 * gets on; a call does no more than its budget and one piece.
 */

import { SCRATCH_WORK } from "../layout";
import { headerScratch } from "../memory/header";

/** Work of a way down the prefix trie: real tables have 20 to 30 nodes on it, mostly in caches. */
export const WORK_DESCENT: u32 = 8;
/** Work of making a node of runs, and finding out whether it exists. */
export const WORK_NODE: u32 = 4;
/** Cells that are written, or links that are taken away, for one unit of work. */
export const WORK_CELLS: u32 = 16;

/** Gives a call so much work to do. */
export function workBegin(units: u32): void {
  store<u32>(headerScratch(), units, SCRATCH_WORK);
}

/** Counts work that was done. */
export function workSpend(units: u32): void {
  const left = load<u32>(headerScratch(), SCRATCH_WORK);
  store<u32>(headerScratch(), left > units ? left - units : 0, SCRATCH_WORK);
}

/** Whether the call has done its work. */
export function isWorkSpent(): bool {
  return load<u32>(headerScratch(), SCRATCH_WORK) == 0;
}
