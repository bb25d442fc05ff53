/**
 * The nodes below the tables of the fast IPv6 table, made from the prefix trie.
 *
 * A region is all addresses that share their first bits. What its word is depends on the trie
 * alone: a group where nothing longer stands inside; up to 16 runs of groups in one node; else a
 * node of words for bits 26 to 31, or a direct node for its next eight bits, and so on in each.
 *
 *   bits   26 words 32 direct 40 direct 48 direct 56 …      lines compare bits 32 to 47, 48 to 63
 *                |         |         |         |            and so on: the window of 16 that the
 *              line      line      line      line           region begins in
 *
 * A change of one prefix is painted where it ends: one word of a direct node, in place, or a node
 * of words made from the one that was there. Regions that are made inside each other stand in
 * frames, the outermost first. Cost: the way through the trie, and at most 16 runs or one node.
 */

import {
  FRAME_BYTES,
  FRAME_PENDING,
  FRAMES_MAX,
  NODE_DIRECT,
  NODE_LINE8,
  NODE_LINE16,
  NODE_LONG,
  NODE_RUNS_MAX,
  NODE_WORD_MIN,
  NODE_WORDS,
  SCRATCH_FRAMES,
} from "../layout";
import { publish } from "../memory/epochs-update";
import { headerScratch } from "../memory/header";
import { Frame, Table } from "../memory/records";
import { nodeAddress, nodeKind, nodeWord } from "./nodes";
import { nodeCells, nodeLineMake, nodeLongMake, nodeWordsMake } from "./nodes-update";
import { keyValue, maskHigh, maskLow, trieRegion } from "./prefix-trie";
import { directTake, nodeRelease, nodeRetire, nodeShare } from "./shared-nodes-update";
import {
  CELLS_MAX,
  cellsFill,
  cellsPaint,
  scratchCells6,
  scratchMade,
  scratchMarks,
} from "./trie-cells-update";
import { runGroup, runsGather, runsLongest } from "./trie-runs-update";

/** Answer when there is no room for a node. */
const REGION_FULL: u32 = 0xffffffff;
/** Answer of regionLeaf for a region that takes a node of words or a direct node. */
const REGION_SPLIT: u32 = 0xfffffffe;

/** Bits before a node of words. */
export const REGION6_BITS: u32 = 26;
/** Bits before the first window of 16 that lines compare, and the first direct node. */
const WINDOW6_FIRST_BITS: u32 = 32;
/** Bits that the first direct node ends with. */
const DIRECT_FIRST_END: u32 = 40;
/** Values of a node of words. */
const VALUES: u32 = 64;

/** Paints the region of 26 bits at `high`, to which `link` leads; false when there is no room. */
export function region6Paint(table: Table, link: u32, high: u64): bool {
  return linkPut(table, link, regionWord(table, high, 0, REGION6_BITS));
}

/**
 * As region6Paint, where nothing but one prefix, longer than 26 bits, is different since it was
 * painted: what stands beside it is taken over.
 */
export function region6Change(table: Table, link: u32, high: u64, low: u64, length: u32): bool {
  const old = load<u32>(link);
  const isWords = old >= NODE_WORD_MIN && nodeKind(old) == NODE_WORDS;
  const around = maskHigh(high, REGION6_BITS);
  if (!isWords || length < WINDOW6_FIRST_BITS) return region6Paint(table, link, around);
  if (<u32>(trieRegion(table, around, 0, REGION6_BITS) >>> 32) == 0) {
    return region6Paint(table, link, around);
  }
  const value = keyValue(high, low, REGION6_BITS, WINDOW6_FIRST_BITS);
  const inner = nodeWord(nodeAddress(old), value);
  const key = maskHigh(high, WINDOW6_FIRST_BITS);
  let word = regionLeaf(table, key, 0, WINDOW6_FIRST_BITS);
  if (word == REGION_SPLIT) {
    if (inner >= NODE_WORD_MIN && nodeKind(inner) == NODE_DIRECT && length >= DIRECT_FIRST_END) {
      return directChange(table, inner, high, low, length);
    }
    word = regionMake(table, key, 0, WINDOW6_FIRST_BITS);
  }
  if (word == REGION_FULL) return false;
  const cells = scratchCells6();
  nodeCells(old, cells);
  store<u32>(cells + (value << 2), word);
  const made = wordsShare(table, cells);
  nodeRelease(table, word);
  return linkPut(table, link, made);
}

/** Paints the change of a prefix of at least 40 bits in a direct node, or in one further inside. */
function directChange(table: Table, first: u32, high: u64, low: u64, length: u32): bool {
  let node = nodeAddress(first);
  let to = DIRECT_FIRST_END;
  for (let level: u32 = 0; level < FRAMES_MAX; level++) {
    const link = node + (keyValue(high, low, to - 8, to) << 2);
    const old = load<u32>(link);
    const isDirect = old >= NODE_WORD_MIN && nodeKind(old) == NODE_DIRECT;
    const keyHigh = maskHigh(high, to);
    const keyLow = maskLow(low, to);
    let word = regionLeaf(table, keyHigh, keyLow, to);
    if (word == REGION_SPLIT) {
      if (isDirect && length >= to + 8) {
        node = nodeAddress(old);
        to += 8;
        continue;
      }
      word = regionMake(table, keyHigh, keyLow, to);
    }
    return linkPut(table, link, word);
  }
  return false;
}

/** Lets a link lead to a word, of which the caller was a user; false for REGION_FULL. */
function linkPut(table: Table, link: u32, word: u32): bool {
  if (word == REGION_FULL) return false;
  const before = load<u32>(link);
  if (word == before) {
    nodeRelease(table, word);
    return true;
  }
  publish(link, word);
  nodeRetire(table, before);
  return true;
}

/** The word of a region, with one more user, or REGION_FULL. */
function regionWord(table: Table, high: u64, low: u64, from: u32): u32 {
  const word = regionLeaf(table, high, low, from);
  return word == REGION_SPLIT ? regionMake(table, high, low, from) : word;
}

/** The word of a region, REGION_SPLIT where it takes a node of words or a direct one, or FULL. */
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
    nodeLineMake(made, runs, window, kind);
  } else {
    nodeLongMake(made, runs);
  }
  const word = nodeShare(table, made, kind);
  return word != 0 ? word : REGION_FULL;
}

/** The node of words or direct node of a region, with one more user, or REGION_FULL. */
function regionMake(table: Table, high: u64, low: u64, from: u32): u32 {
  if (!frameOpen(table, 0, high, low, from)) return REGION_FULL;
  let word: u32 = 0;
  for (let open: u32 = 1; open > 0; ) {
    const frame = frameAt(open - 1);
    word = frameStep(table, open, frame);
    if (word == REGION_SPLIT) {
      open += 1;
      continue;
    }
    if (word == REGION_FULL) {
      for (; open > 0; open--) frameDrop(table, frameAt(open - 1));
      return REGION_FULL;
    }
    if (pendingFirst(frame) == CELLS_MAX) open -= 1;
    if (open > 0) framePut(frameAt(open - 1), word);
  }
  return word;
}

/**
 * The word of the first value to be made of the innermost of `open` frames, or of the frame itself
 * where all are made; REGION_SPLIT where a frame was opened for that value.
 */
function frameStep(table: Table, open: u32, frame: Frame): u32 {
  const value = pendingFirst(frame);
  if (value == CELLS_MAX) return frameClose(table, frame);
  const high = frame.high | valueHigh(value, frame.to);
  const low = frame.low | valueLow(value, frame.to);
  const word = regionLeaf(table, high, low, frame.to);
  if (word != REGION_SPLIT) return word;
  return frameOpen(table, open, high, low, frame.to) ? REGION_SPLIT : REGION_FULL;
}

/** Frame of a region with so many around it. */
function frameAt(depth: u32): Frame {
  assert(depth < FRAMES_MAX);
  return changetype<Frame>(headerScratch() + SCRATCH_FRAMES + depth * FRAME_BYTES);
}

/** Opens a frame for a region: its values are painted, and those to be made marked; or no room. */
function frameOpen(table: Table, depth: u32, high: u64, low: u64, from: u32): bool {
  const frame = frameAt(depth);
  const isWords = from < WINDOW6_FIRST_BITS;
  const cells = isWords ? scratchCells6() : directTake(table);
  if (cells == 0) return false;
  frame.high = high;
  frame.low = low;
  frame.from = from;
  frame.to = isWords ? WINDOW6_FIRST_BITS : from + 8;
  frame.cells = cells;
  const region = trieRegion(table, high, low, from);
  cellsFill(cells, 0, isWords ? VALUES : CELLS_MAX, <u32>region);
  cellsPaint(<u32>(region >>> 32), from, frame.to, cells);
  memory.copy(changetype<u32>(frame) + FRAME_PENDING, scratchMarks(), CELLS_MAX / 8);
  return true;
}

/** The first value of a frame that is to be made, or CELLS_MAX. */
function pendingFirst(frame: Frame): u32 {
  for (let part: u32 = 0; part < CELLS_MAX; part += 64) {
    const marks = load<u64>(changetype<u32>(frame) + (part >>> 3), FRAME_PENDING);
    if (marks != 0) return part + <u32>ctz<u64>(marks);
  }
  return CELLS_MAX;
}

/** Puts the word of the first value to be made into its cell. */
function framePut(frame: Frame, word: u32): void {
  const value = pendingFirst(frame);
  const marks = changetype<u32>(frame) + ((value >>> 6) << 3);
  store<u64>(
    marks,
    load<u64>(marks, FRAME_PENDING) & ~((<u64>1) << (<u64>value & 63)),
    FRAME_PENDING,
  );
  store<u32>(frame.cells + (value << 2), word);
}

/** The node of a frame of which all values are made, with one more user, or REGION_FULL. */
function frameClose(table: Table, frame: Frame): u32 {
  if (frame.from >= WINDOW6_FIRST_BITS) return frame.cells + NODE_DIRECT;
  const word = wordsShare(table, frame.cells);
  // The node is the user of its links now; without one, the frame stays their user.
  if (word != REGION_FULL) frameDrop(table, frame);
  return word;
}

/** Gives up what was made for a frame. */
function frameDrop(table: Table, frame: Frame): void {
  if (frame.from >= WINDOW6_FIRST_BITS) {
    nodeRelease(table, frame.cells + NODE_DIRECT);
    return;
  }
  for (let value: u32 = 0; value < VALUES; value++) {
    nodeRelease(table, load<u32>(frame.cells + (value << 2)));
  }
}

/** The node of words of cells, with one more user, or REGION_FULL. */
function wordsShare(table: Table, cells: u32): u32 {
  nodeWordsMake(scratchMade(), cells);
  const word = nodeShare(table, scratchMade(), NODE_WORDS);
  return word != 0 ? word : REGION_FULL;
}

/** Upper half of a value of the bits that end with bit `to`. */
function valueHigh(value: u32, to: u32): u64 {
  return to <= 64 ? (<u64>value) << (64 - <u64>to) : 0;
}

/** Lower half of a value of the bits that end with bit `to`: no value crosses the halves. */
function valueLow(value: u32, to: u32): u64 {
  return to > 64 ? (<u64>value) << (128 - <u64>to) : 0;
}
