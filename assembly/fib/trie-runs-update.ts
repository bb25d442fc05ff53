/** From the prefix trie to runs: where, inside a region, the group of an address changes. */

import {
  NODE_RUNS_MAX,
  SCRATCH_AROUND,
  SCRATCH_RUNS,
  SCRATCH_RUNS_LONGEST,
  SCRATCH_WAY,
} from "../layout";
import { headerScratch } from "../memory/header";
import { TrieNode } from "../memory/records";
import { workSpend } from "./work-update";

/** Answer of runsGather when there are more runs than a node holds. */
export const RUNS_TOO_MANY: u32 = NODE_RUNS_MAX + 1;

/** Nodes that are looked at before a region counts as one of many runs, however few they are. */
const VISITS_MAX: u32 = 96;

/** A run: address, two u64, and group, u32. */
const RUN_BYTES: u32 = 24;

/** First address of a run, upper half. */
export function runHigh(run: u32): u64 {
  return load<u64>(headerScratch() + run * RUN_BYTES, SCRATCH_RUNS);
}

/** First address of a run, lower half. */
export function runLow(run: u32): u64 {
  return load<u64>(headerScratch() + run * RUN_BYTES, SCRATCH_RUNS + 8);
}

/** Group of a run. */
export function runGroup(run: u32): u32 {
  return load<u32>(headerScratch() + run * RUN_BYTES, SCRATCH_RUNS + 16);
}

/** Longest prefix among those gathered last. */
export function runsLongest(): u32 {
  return load<u32>(headerScratch(), SCRATCH_RUNS_LONGEST);
}

/**
 * Gathers the runs of the region (high, low, bits) that has the trie node `top` inside and `group`
 * around it; returns how many there are, or RUNS_TOO_MANY.
 *
 * Nodes come in the order of their addresses, each before those inside it, so a run begins where
 * one starts and where one ends. A way entry of a node plus 1 stands for its end.
 */
export function runsGather(top: u32, high: u64, low: u64, bits: u32, group: u32): u32 {
  const way = headerScratch() + SCRATCH_WAY;
  const around = headerScratch() + SCRATCH_AROUND;
  let nesting: u32 = 0;
  let inner = group;
  let runs = runAdd(0, high, low, group);
  let longest: u32 = 0;
  let visits: u32 = 0;
  store<u32>(way, top);
  for (let depth: u32 = 1; depth > 0; ) {
    depth -= 1;
    const entry = load<u32>(way + (depth << 2));
    const node = changetype<TrieNode>(entry & ~1);
    const length = <u32>node.length;
    if ((entry & 1) != 0) {
      nesting -= 1;
      inner = load<u32>(around + (nesting << 2));
      const endLow = nextLow(node.low, length);
      const endHigh = nextHigh(node.high, endLow, length);
      const isLast = !isInside(endHigh ^ high, endLow ^ low, bits);
      if (!isLast) runs = runAdd(runs, endHigh, endLow, inner);
      if (runs > NODE_RUNS_MAX) break;
      continue;
    }
    visits += 1;
    if (visits > VISITS_MAX) break;
    if (node.group != 0) {
      store<u32>(around + (nesting << 2), inner);
      nesting += 1;
      inner = <u32>node.group;
      if (length > longest) longest = length;
      runs = runAdd(runs, node.high, node.low, inner);
      if (runs > NODE_RUNS_MAX) break;
      store<u32>(way + (depth++ << 2), entry | 1);
    }
    if (node.one != 0) store<u32>(way + (depth++ << 2), node.one);
    if (node.zero != 0) store<u32>(way + (depth++ << 2), node.zero);
  }
  workSpend(visits);
  store<u32>(headerScratch(), longest, SCRATCH_RUNS_LONGEST);
  return visits > VISITS_MAX ? RUNS_TOO_MANY : runs;
}

/** Begins a run behind `runs` others, unless it goes on with the last; returns how many. */
function runAdd(runs: u32, high: u64, low: u64, group: u32): u32 {
  let count = runs;
  // A run that begins where the last did takes its place.
  if (count != 0 && runHigh(count - 1) == high && runLow(count - 1) == low) count -= 1;
  if (count != 0 && runGroup(count - 1) == group) return count;
  const run = headerScratch() + count * RUN_BYTES;
  store<u64>(run, high, SCRATCH_RUNS);
  store<u64>(run, low, SCRATCH_RUNS + 8);
  store<u32>(run, group, SCRATCH_RUNS + 16);
  return count + 1;
}

/** Lower half of the address behind a prefix. */
function nextLow(low: u64, length: u32): u64 {
  return length > 64 ? low + ((<u64>1) << (128 - <u64>length)) : low;
}

/** Upper half of the address behind a prefix, whose lower half is `endLow`. */
function nextHigh(high: u64, endLow: u64, length: u32): u64 {
  if (length > 64) return high + <u64>(endLow == 0);
  return high + ((<u64>1) << (64 - <u64>length));
}

/** Whether two addresses that differ in these bits share their first `bits` bits. */
function isInside(differHigh: u64, differLow: u64, bits: u32): bool {
  if (bits <= 64) return differHigh >>> (64 - <u64>bits) == 0;
  return differHigh == 0 && differLow >>> (128 - <u64>bits) == 0;
}
