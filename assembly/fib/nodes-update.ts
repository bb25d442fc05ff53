/** Nodes made of cells: equal neighbours become one run (see nodes.ts). */

import {
  NODE_BYTE_LEAVES,
  NODE_BYTE_RANKS,
  NODE_GROUPS_LEAVES,
  NODE_WORDS_LEAVES,
} from "../layout";

/** Runs of 64 cells (u32 each), one bit where each begins; the first cell begins one if told so. */
function runsOf(cells: u32, first: bool): u64 {
  let runs: u64 = <u64>first;
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
  let runs = runsOf(cells, true);
  store<u64>(target, runs);
  let leaf = target + NODE_GROUPS_LEAVES;
  for (; runs != 0; runs &= runs - 1, leaf += 2) {
    store<u16>(leaf, load<u32>(cells + ((<u32>ctz<u64>(runs)) << 2)));
  }
  store<u64>(leaf, 0);
}

/** Makes a NODE_WORDS of 64 cells. */
export function nodeWordsMake(target: u32, cells: u32): void {
  let runs = runsOf(cells, true);
  store<u64>(target, runs);
  let leaf = target + NODE_WORDS_LEAVES;
  for (; runs != 0; runs &= runs - 1, leaf += 4) {
    store<u32>(leaf, load<u32>(cells + ((<u32>ctz<u64>(runs)) << 2)));
  }
  store<u64>(leaf, 0);
}

/** Makes a NODE_BYTE of 256 cells that are all groups. */
export function nodeByteMake(target: u32, cells: u32): void {
  store<u64>(target, 0, NODE_BYTE_RANKS);
  let leaf = target + NODE_BYTE_LEAVES;
  let rank: u32 = 0;
  for (let part: u32 = 0; part < 4; part++) {
    const first = cells + (part << 8);
    let runs = runsOf(first, part == 0 || load<u32>(first) != load<u32>(first - 4));
    store<u64>(target + (part << 3), runs);
    store<u8>(target + part, rank, NODE_BYTE_RANKS);
    rank += <u32>popcnt<u64>(runs);
    for (; runs != 0; runs &= runs - 1, leaf += 2) {
      store<u16>(leaf, load<u32>(first + ((<u32>ctz<u64>(runs)) << 2)));
    }
  }
  store<u64>(leaf, 0);
}
