/**
 * The node of a region of the fast IPv6 table, made from the prefix trie.
 *
 * A region is all addresses that share their first bits. What its node is depends on the trie
 * alone: a group where nothing longer stands inside; up to 16 runs of groups in one node; otherwise
 * a node of words for its next six bits (four before a border of 16), and so on in each of those.
 *
 *   bits   26 words 32 words 38 words 44 words 48 words 54 …      lines compare bits 32 to 47,
 *                |        |        |        |                     48 to 63, …: the window of 16
 *              line     line     line     line                    that the region begins in
 *
 * When one prefix changed, the nodes of words around it are made from those that were there, so the
 * work is that of one path. Regions inside each other stand in frames, the outermost first.
 */

import {
  FRAME_BYTES,
  FRAME_CELLS,
  FRAMES_MAX,
  NODE_LINE8,
  NODE_LINE8_BYTES,
  NODE_LINE8_LEAVES,
  NODE_LINE16,
  NODE_LINE16_BYTES,
  NODE_LINE16_LEAVES,
  NODE_LONG,
  NODE_LONG_BYTES,
  NODE_LONG_LEAVES,
  NODE_RUNS_MAX,
  NODE_WORD_MIN,
  NODE_WORDS,
  SCRATCH_FRAMES,
} from "../layout";
import { headerScratch } from "../memory/header";
import { Frame, Table } from "../memory/records";
import { split6End, WINDOW6_FIRST_BITS } from "./fib6";
import { nodeAddress, nodeKind, nodeWord } from "./nodes";
import { nodeWordsMake } from "./nodes-update";
import { keyValue, trieRegion } from "./prefix-trie";
import { nodeRelease, nodeShare } from "./shared-nodes-update";
import { cellsFill, cellsPaint, scratchMade, scratchMarks } from "./trie-cells-update";
import { runGroup, runHigh, runLow, runsGather, runsLongest } from "./trie-runs-update";

/** Answer when there is no room for a node. */
export const REGION_FULL: u32 = 0xffffffff;
/** Answer of regionLeaf for a region that takes a node of words. */
const REGION_SPLIT: u32 = 0xfffffffe;

/** Bits before the first node of words. */
export const REGION_FIRST_BITS: u32 = 26;
const VALUES: u32 = 64;

/** The prefix that changed alone, where `length` is not 0; see regionMake. */
@unmanaged
export class Change {
  high: u64;
  low: u64;
  length: u32;
}

/**
 * The word of the region of 26 bits at `high`, with one more user; REGION_FULL when there is no
 * room. `old` is the word that it has; if nothing but the prefix of `change` is different since
 * that was made, nodes beside it are taken over.
 */
export function regionMake(table: Table, high: u64, old: u32, change: Change): u32 {
  let word = regionLeaf(table, high, 0, REGION_FIRST_BITS);
  if (word != REGION_SPLIT) return word;
  frameBegin(table, frameOpen(0, high, 0, REGION_FIRST_BITS), old, change);
  for (let open: u32 = 1; open > 0; ) {
    const frame = frameAt(open - 1);
    if (frame.pending != 0) {
      const value = <u32>ctz<u64>(frame.pending);
      const childHigh = frame.high | valueHigh(value, frame.to);
      const childLow = frame.low | valueLow(value, frame.to);
      word = regionLeaf(table, childHigh, childLow, frame.to);
      if (word == REGION_SPLIT) {
        const childOld = load<u32>(cellsOf(frame) + (value << 2));
        frameBegin(table, frameOpen(open, childHigh, childLow, frame.to), childOld, change);
        open += 1;
        continue;
      }
    } else {
      word = frameEnd(table, frame);
      open -= 1;
    }
    if (word == REGION_FULL) {
      for (; open > 0; open--) frameDrop(table, frameAt(open - 1));
    } else if (open > 0) {
      framePut(frameAt(open - 1), word);
    }
  }
  return word;
}

/** A frame for a region that has so many around it. */
function frameOpen(depth: u32, high: u64, low: u64, from: u32): Frame {
  const frame = frameAt(depth);
  frame.high = high;
  frame.low = low;
  frame.from = from;
  return frame;
}

/** Frame of a region with so many around it. */
function frameAt(depth: u32): Frame {
  assert(depth < FRAMES_MAX);
  return changetype<Frame>(headerScratch() + SCRATCH_FRAMES + depth * FRAME_BYTES);
}

function cellsOf(frame: Frame): u32 {
  return changetype<u32>(frame) + FRAME_CELLS;
}

/** Upper half of a value of the bits that end with bit `to`. */
function valueHigh(value: u32, to: u32): u64 {
  return to <= 64 ? (<u64>value) << (64 - <u64>to) : 0;
}

/** Lower half of a value of the bits that end with bit `to`: no value crosses the halves. */
function valueLow(value: u32, to: u32): u64 {
  return to > 64 ? (<u64>value) << (128 - <u64>to) : 0;
}

/** Fills the cells of a frame whose region is set, and says which values are to be made. */
function frameBegin(table: Table, frame: Frame, old: u32, change: Change): void {
  const to = split6End(frame.from);
  const cells = cellsOf(frame);
  frame.to = to;
  frame.made = 0;
  if (change.length >= to && old >= NODE_WORD_MIN && nodeKind(old) == NODE_WORDS) {
    for (let value: u32 = 0; value < VALUES; value++) {
      store<u32>(cells + (value << 2), nodeWord(nodeAddress(old), value));
    }
    frame.pending = (<u64>1) << keyValue(change.high, change.low, frame.from, to);
    return;
  }
  const region = trieRegion(table, frame.high, frame.low, frame.from);
  cellsFill(cells, 0, VALUES, <u32>region);
  cellsPaint(<u32>(region >>> 32), frame.from, to, cells);
  frame.pending = load<u64>(scratchMarks());
}

/** Puts the word of the first value to be made into its cell. */
function framePut(frame: Frame, word: u32): void {
  const value = frame.pending & -frame.pending;
  store<u32>(cellsOf(frame) + ((<u32>ctz<u64>(value)) << 2), word);
  frame.pending ^= value;
  if (word >= NODE_WORD_MIN) frame.made |= value;
}

/** The node of words of a frame, with one more user, or REGION_FULL. */
function frameEnd(table: Table, frame: Frame): u32 {
  const cells = cellsOf(frame);
  // Values that the bits cannot have go on with the last run.
  const values: u32 = 1 << (frame.to - frame.from);
  cellsFill(cells, values, VALUES, load<u32>(cells + ((values - 1) << 2)));
  nodeWordsMake(scratchMade(), cells);
  const word = nodeShare(table, scratchMade(), NODE_WORDS);
  frameDrop(table, frame);
  return word != 0 ? word : REGION_FULL;
}

/** The frame is no user of what was made for it any more. */
function frameDrop(table: Table, frame: Frame): void {
  for (let made = frame.made; made != 0; made &= made - 1) {
    nodeRelease(table, load<u32>(cellsOf(frame) + ((<u32>ctz<u64>(made)) << 2)));
  }
  frame.made = 0;
}

/** The word of a region that takes no node of words, or REGION_SPLIT, or REGION_FULL. */
function regionLeaf(table: Table, high: u64, low: u64, from: u32): u32 {
  const region = trieRegion(table, high, low, from);
  const below = <u32>(region >>> 32);
  if (below == 0) return <u32>region;
  if (from < WINDOW6_FIRST_BITS) return REGION_SPLIT;
  const runs = runsGather(below, high, low, from, <u32>region);
  if (runs > NODE_RUNS_MAX) return REGION_SPLIT;
  if (runs == 1) return runGroup(0);
  const window = from & ~15;
  const made = scratchMade();
  let kind = NODE_LONG;
  if (runsLongest() <= window + 16) {
    kind = runs > NODE_RUNS_MAX / 2 ? NODE_LINE16 : NODE_LINE8;
    lineMake(made, runs, window, kind);
  } else {
    longMake(made, runs);
  }
  const word = nodeShare(table, made, kind);
  return word != 0 ? word : REGION_FULL;
}

/** Makes a NODE_LINE8 or NODE_LINE16 of runs, by the 16 bits of a window. */
function lineMake(made: u32, runs: u32, window: u32, kind: u32): void {
  const isWide = kind == NODE_LINE16;
  const most: u32 = isWide ? NODE_RUNS_MAX : NODE_RUNS_MAX / 2;
  const groups = made + (isWide ? NODE_LINE16_LEAVES : NODE_LINE8_LEAVES);
  memory.fill(made, 0xff, isWide ? NODE_LINE16_BYTES : NODE_LINE8_BYTES);
  for (let run: u32 = 0; run < most; run++) {
    const last = run < runs ? run : runs - 1;
    const at = run << 1;
    if (run < runs) store<u16>(made + at, keyValue(runHigh(run), runLow(run), window, window + 16));
    store<u16>(groups + at, runGroup(last));
  }
}

/** Makes a NODE_LONG of runs. */
function longMake(made: u32, runs: u32): void {
  memory.fill(made, 0xff, NODE_LONG_BYTES);
  for (let run: u32 = 0; run < NODE_RUNS_MAX; run++) {
    const last = run < runs ? run : runs - 1;
    store<u16>(made + NODE_LONG_LEAVES + (run << 1), runGroup(last));
    if (run >= runs) continue;
    store<u64>(made + (run << 4), runHigh(run));
    store<u64>(made + (run << 4), runLow(run), 8);
  }
}
