/** Nodes made of cells, whose equal neighbours become one run, and of runs (see nodes.ts). */

import {
  NODE_GROUPS_LEAVES,
  NODE_LINE8_LEAVES,
  NODE_LINE16,
  NODE_LINE16_LEAVES,
  NODE_LONG_LEAVES,
  NODE_RUNS_MAX,
  NODE_WORDS,
  NODE_WORDS_LEAVES,
} from "../layout";
import { nodeAddress, nodeKind } from "./nodes";
import { keyValue } from "./prefix-trie";
import { runGroup, runHigh, runLow } from "./trie-runs-update";

/** Runs of 64 cells (u32 each): one bit where each begins. */
function runsOf(cells: u32): u64 {
  let runs: u64 = 1;
  let before = load<u32>(cells);
  for (let value: u32 = 1; value < 64; value++) {
    const word = load<u32>(cells + (value << 2));
    runs |= (<u64>(word != before)) << value;
    before = word;
  }
  return runs;
}

/** Makes a NODE_GROUPS of 64 cells that are all groups. */
export function nodeGroupsMake(target: u32, cells: u32): void {
  let runs = runsOf(cells);
  store<u64>(target, runs);
  let leaf = target + NODE_GROUPS_LEAVES;
  for (; runs != 0; runs &= runs - 1, leaf += 2) {
    store<u16>(leaf, load<u32>(cells + ((<u32>ctz<u64>(runs)) << 2)));
  }
  store<u64>(leaf, 0);
}

/** Fills 64 cells from the NODE_GROUPS or NODE_WORDS that a word leads to. */
export function nodeCells(word: u32, cells: u32): void {
  const node = nodeAddress(word);
  const isWords = nodeKind(word) == NODE_WORDS;
  const runs = load<u64>(node);
  let run: u32 = 0;
  let leaf: u32 = 0;
  for (let value: u32 = 0; value < 64; value++) {
    if (((runs >>> value) & 1) != 0) {
      if (isWords) leaf = load<u32>(node + (run << 2), NODE_WORDS_LEAVES);
      else leaf = load<u16>(node + (run << 1), NODE_GROUPS_LEAVES);
      run += 1;
    }
    store<u32>(cells + (value << 2), leaf);
  }
}

/** Makes a NODE_WORDS of 64 cells. */
export function nodeWordsMake(target: u32, cells: u32): void {
  let runs = runsOf(cells);
  store<u64>(target, runs);
  let leaf = target + NODE_WORDS_LEAVES;
  for (; runs != 0; runs &= runs - 1, leaf += 4) {
    store<u32>(leaf, load<u32>(cells + ((<u32>ctz<u64>(runs)) << 2)));
  }
  store<u64>(leaf, 0);
}

/** Makes a NODE_LINE8 or NODE_LINE16 of gathered runs, by the 16 bits of a window. */
export function nodeLineMake(target: u32, runs: u32, window: u32, kind: u32): void {
  const isWide = kind == NODE_LINE16;
  const most: u32 = isWide ? NODE_RUNS_MAX : NODE_RUNS_MAX / 2;
  const groups = target + (isWide ? NODE_LINE16_LEAVES : NODE_LINE8_LEAVES);
  for (let run: u32 = 0; run < most; run++) {
    const last = run < runs ? run : runs - 1;
    const first = run < runs ? keyValue(runHigh(run), runLow(run), window, window + 16) : 0xffff;
    store<u16>(target + (run << 1), first);
    store<u16>(groups + (run << 1), runGroup(last));
  }
}

/** Makes a NODE_LONG of gathered runs. */
export function nodeLongMake(target: u32, runs: u32): void {
  for (let run: u32 = 0; run < NODE_RUNS_MAX; run++) {
    const isUsed = run < runs;
    const first = target + (run << 4);
    store<u64>(first, isUsed ? runHigh(run) : ~(<u64>0));
    store<u64>(first, isUsed ? runLow(run) : ~(<u64>0), 8);
    store<u16>(target + (run << 1), runGroup(isUsed ? run : runs - 1), NODE_LONG_LEAVES);
  }
}
