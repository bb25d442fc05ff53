/**
 * The nodes of one region of a fast table, painted from the prefix trie, for both families.
 *
 * A region is all addresses that share their first 18 (IPv4) or 26 bits (IPv6). It has a node of
 * six bits; each of that node's values is a group where nothing longer stands inside, else up to 16
 * runs of groups in one node, else a direct node for the next eight bits, and so on in each. What
 * stands where depends on the trie alone.
 *
 *   IPv4   18 groups or words 24 direct 32                  lines compare bits 16 to 31
 *   IPv6   26 words 32 direct 40 direct 48 direct 56 …      lines compare bits 32 to 47, 48 to 63
 *                |         |         |         |            and so on: the window of 16 that the
 *              line      line      line      line           values' bits begin in
 *
 * Nodes are painted in frames, one inside the other, and what is under way goes on with the next
 * call (work-update.ts). A region that was marked is made anew beside the one that readers see, and
 * put there by one store. Where only one prefix changed, direct nodes change in place, word by
 * word, and of each node only the values that the prefix reaches and no longer one covers:
 *
 *   2001:db8::/32 changes    values of bits 32 to 39    covered by a /36: skipped
 *                                                       nothing inside: a word is stored
 *                                                       longer ones inside: made, or a frame
 *
 * Painting a change again changes nothing; with the trie as it was before, it is taken back.
 * Cost of a piece: the prefixes of one node, or 16 runs.
 */

import {
  FRAME_BYTES,
  FRAME_COPY,
  FRAME_IN_PLACE,
  FRAME_NEW,
  FRAME_OLD,
  FRAME_OWNED,
  FRAME_PENDING,
  FRAMES_MAX,
  NODE_DIRECT,
  NODE_GROUPS,
  NODE_LINE8,
  NODE_LINE16,
  NODE_LONG,
  NODE_RUNS_MAX,
  NODE_WORD_MIN,
  NODE_WORDS,
  SCRATCH_FRAMES,
} from "../layout";
import { headerScratch, tableUpdate } from "../memory/header";
import { Frame, Table, Update } from "../memory/records";
import { nodeAddress, nodeGroup, nodeKind, nodeWord } from "./nodes";
import {
  nodeCells,
  nodeGroupsMake,
  nodeLineMake,
  nodeLongMake,
  nodeWordsMake,
} from "./nodes-update";
import { keyValue, maskHigh, trieRegion, trieRegionInside } from "./prefix-trie";
import { LINK_DONE, LINK_FULL, linkPut, REGION4_BITS, regionLink } from "./root-update";
import {
  directTake,
  isHeld,
  memoryMade,
  nodeRelease,
  nodeShare,
  retireRoom,
} from "./shared-nodes-update";
import {
  CELLS_MAX,
  cellsFill,
  cellsPaint,
  scratchCells6,
  scratchCover,
  scratchMade,
  scratchMarks,
} from "./trie-cells-update";
import { runGroup, runsGather, runsLongest } from "./trie-runs-update";
import { isWorkSpent, WORK_CELLS, WORK_DESCENT, workSpend } from "./work-update";

/** Answers of painting: it is done; it goes on; there is no room. */
export const PAINT_DONE: u32 = 0;
export const PAINT_MORE: u32 = 1;
export const PAINT_FULL: u32 = 2;

/** No word is this: where there is no room for a node. */
const WORD_FULL: u32 = 0xffffffff;
/** Nor this: a region that takes a direct node. */
const WORD_SPLIT: u32 = 0xfffffffe;
/** A cell that no longer prefix covers. */
const UNCOVERED: u32 = 0xffffffff;

/** Bits of the node that a region begins with, and of those that follow. */
const FIRST_BITS: u32 = 6;
const DIRECT_BITS: u32 = 8;
const FIRST_VALUES: u32 = 64;
/** Bits that lines compare: they begin at a multiple of this. */
const WINDOW_BITS: u32 = 16;
/** Links that one piece may take away: those of a direct node, a root word's, a region's. */
const RETIRED_A_PIECE: u32 = 320;
/** Times that painting is tried: once more when what can be freed is free. */
const ATTEMPTS_MAX: u32 = 2;

/**
 * Begins to paint: a whole region where `length` is at most its bits, else what one prefix changed
 * since its region was painted.
 */
export function paintBegin(table: Table, high: u64, low: u64, length: u32): void {
  const update = tableUpdate(table);
  update.high = high;
  update.low = low;
  update.length = length;
  update.open = 0;
  update.attempts = 0;
  update.freeing = 0;
}

/**
 * Paints on, until it is done (PAINT_DONE), or the call's work is spent or readers hold what it
 * needs (PAINT_MORE), or there is no room (PAINT_FULL): then direct nodes may have changed.
 */
export function paintRun(table: Table): u32 {
  const update = tableUpdate(table);
  do {
    const room = roomMade(table, update);
    if (room != PAINT_DONE) return room;
    const status = paintPiece(table, update);
    if (status == PAINT_DONE) return PAINT_DONE;
    if (status == PAINT_FULL) {
      for (; update.open > 0; update.open--) frameDrop(table, frameAt(update.open - 1));
      update.attempts += 1;
      update.freeing = 1;
    }
  } while (!isWorkSpent());
  return PAINT_MORE;
}

/** Frees memory where that is due: PAINT_DONE where painting goes on. */
function roomMade(table: Table, update: Update): u32 {
  if (update.freeing == 0 && retireRoom(table) >= RETIRED_A_PIECE) return PAINT_DONE;
  update.freeing = 1;
  if (!memoryMade(table) || retireRoom(table) < RETIRED_A_PIECE) return PAINT_MORE;
  if (update.attempts == ATTEMPTS_MAX) {
    if (!isHeld(table)) return PAINT_FULL;
    // When readers have moved on, there may be room: that is tried with the next call.
    update.attempts = ATTEMPTS_MAX - 1;
    return PAINT_MORE;
  }
  update.freeing = 0;
  return PAINT_DONE;
}

/** Opens the region, or does one value of the innermost frame, or closes that. */
function paintPiece(table: Table, update: Update): u32 {
  if (update.open == 0) return regionOpen(table, update);
  const frame = frameAt(update.open - 1);
  const value = pendingFirst(frame);
  if (value == CELLS_MAX) return frameClose(table, update, frame);
  const high = frame.high | valueHigh(value, frame.to);
  const low = frame.low | valueLow(value, frame.to);
  const region = trieRegionInside(frame.top, frame.group, high, low, frame.to);
  const before = frame.mode != FRAME_NEW ? frameWord(update, frame, value) : 0;
  const direct = before >= NODE_WORD_MIN && nodeKind(before) == NODE_DIRECT ? before : 0;
  workSpend(2);
  let word = WORD_SPLIT;
  if (direct == 0 || !isCrowded(update, frame, nodeAddress(direct))) {
    word = regionLeaf(table, region, high, low, frame.to);
  }
  if (word == WORD_FULL) return PAINT_FULL;
  if (word != WORD_SPLIT) {
    framePut(table, update, frame, value, word);
    pendingClear(frame, value);
    return PAINT_MORE;
  }
  return directOpen(table, update, frame, value, region, direct) ? PAINT_MORE : PAINT_FULL;
}

/** Opens the first frame of the region; or paints it where it takes none. */
function regionOpen(table: Table, update: Update): u32 {
  const bits = table.regionBits;
  const around = maskHigh(update.high, bits);
  const link = regionLink(table, <u32>(around >>> (64 - <u64>bits)));
  if (link == LINK_DONE) return PAINT_DONE;
  if (link == LINK_FULL) return PAINT_FULL;
  update.link = link;
  const region = trieRegion(table, around, 0, bits);
  workSpend(WORK_DESCENT);
  if (bits != REGION4_BITS && <u32>(region >>> 32) == 0) {
    linkPut(table, link, <u32>region);
    return PAINT_DONE;
  }
  const isChange = update.length > bits && load<u32>(link) >= NODE_WORD_MIN;
  const frame = frameAt(0);
  frame.high = around;
  frame.low = 0;
  frame.from = bits;
  frame.to = bits + FIRST_BITS;
  frame.cells = scratchCells6();
  frame.mode = isChange ? FRAME_OLD : FRAME_NEW;
  frameBegin(table, update, frame, region);
  update.open = 1;
  return PAINT_MORE;
}

/**
 * Whether a direct node inside a frame shows more runs than a node of runs holds, where the changed
 * prefix does not reach: then its region needs no gathering of runs.
 *
 * Neighbours that are different groups are two runs; a value that leads to a node has two at least.
 */
function isCrowded(update: Update, around: Frame, node: u32): bool {
  const from = around.to;
  if (update.length <= from) return false;
  const to = from + DIRECT_BITS;
  const first = keyValue(update.high, update.low, from, to);
  const end = first + (update.length < to ? 1 << (to - update.length) : 1);
  let runs: u32 = 1;
  let before = load<u32>(node);
  for (let value: u32 = 0; value < CELLS_MAX && runs <= NODE_RUNS_MAX; value++) {
    const word = load<u32>(node + (value << 2));
    const isNode = word >= NODE_WORD_MIN;
    const isOther = word != before && before < NODE_WORD_MIN;
    const isReached = value - first < end - first || value - 1 - first < end - first;
    runs += <u32>((isNode || isOther) && !isReached);
    before = word;
  }
  workSpend(CELLS_MAX / WORK_CELLS);
  return runs > NODE_RUNS_MAX;
}

/**
 * Opens a frame for a value of another: in the direct node that is there (0: none), or in a new
 * one; false without room.
 */
function directOpen(
  table: Table,
  update: Update,
  around: Frame,
  value: u32,
  region: u64,
  before: u32,
): bool {
  const cells = before != 0 ? nodeAddress(before) : directTake(table);
  if (cells == 0) return false;
  const frame = frameAt(update.open);
  frame.high = around.high | valueHigh(value, around.to);
  frame.low = around.low | valueLow(value, around.to);
  frame.from = around.to;
  frame.to = around.to + DIRECT_BITS;
  frame.cells = cells;
  frame.mode = before != 0 ? FRAME_IN_PLACE : FRAME_NEW;
  frameBegin(table, update, frame, region);
  update.open += 1;
  return true;
}

/** Puts what is known at once into the values of a new frame, and marks those to be made. */
function frameBegin(table: Table, update: Update, frame: Frame, region: u64): void {
  frame.top = <u32>(region >>> 32);
  frame.group = <u32>region;
  const pending = changetype<u32>(frame) + FRAME_PENDING;
  store<u64>(changetype<u32>(frame), 0, FRAME_OWNED);
  if (frame.mode != FRAME_NEW) {
    memory.fill(pending, 0, CELLS_MAX / 8);
    changeBegin(table, update, frame);
    return;
  }
  cellsFill(frame.cells, 0, 1 << (frame.to - frame.from), frame.group);
  cellsPaint(frame.top, frame.from, frame.from, frame.to, frame.cells);
  memory.copy(pending, scratchMarks(), CELLS_MAX / 8);
}

/** As frameBegin, for the values that the changed prefix reaches. */
function changeBegin(table: Table, update: Update, frame: Frame): void {
  const length = update.length;
  if (length >= frame.to) {
    pendingSet(frame, keyValue(update.high, update.low, frame.from, frame.to));
    return;
  }
  let first: u32 = 0;
  let bits = frame.from;
  if (length > bits) {
    first = keyValue(update.high, update.low, bits, frame.to);
    bits = length;
  }
  const end = first + (1 << (frame.to - bits));
  const high = length > frame.from ? update.high : frame.high;
  const low = length > frame.from ? update.low : frame.low;
  const region = trieRegionInside(frame.top, frame.group, high, low, bits);
  const cover = scratchCover();
  cellsFill(cover, first, end, UNCOVERED);
  cellsPaint(<u32>(region >>> 32), bits, frame.from, frame.to, cover);
  const marks = scratchMarks();
  for (let value = first; value < end; value++) {
    if (load<u32>(cover + (value << 2)) != UNCOVERED) continue;
    const isMarked = (load<u64>(marks + ((value >>> 6) << 3)) >>> (<u64>value & 63)) & 1;
    if (isMarked) pendingSet(frame, value);
    else framePut(table, update, frame, value, <u32>region);
  }
}

/** The word of a region, with one more user; WORD_SPLIT where it takes a direct node, or FULL. */
function regionLeaf(table: Table, region: u64, high: u64, low: u64, from: u32): u32 {
  const below = <u32>(region >>> 32);
  if (below == 0) return <u32>region;
  const runs = runsGather(below, high, low, from, <u32>region);
  if (runs > NODE_RUNS_MAX) return WORD_SPLIT;
  if (runs == 1) return runGroup(0);
  const window = from & ~(WINDOW_BITS - 1);
  const made = scratchMade();
  let kind = NODE_LONG;
  if (runsLongest() <= window + WINDOW_BITS) {
    kind = runs > NODE_RUNS_MAX / 2 ? NODE_LINE16 : NODE_LINE8;
    nodeLineMake(made, runs, window, kind);
  } else {
    nodeLongMake(made, runs);
  }
  const word = nodeShare(table, made, kind);
  return word != 0 ? word : WORD_FULL;
}

/** Where a value of a frame leads. */
function frameWord(update: Update, frame: Frame, value: u32): u32 {
  if (frame.mode != FRAME_OLD) return load<u32>(frame.cells + (value << 2));
  const word = load<u32>(update.link);
  const node = nodeAddress(word);
  return nodeKind(word) == NODE_WORDS ? nodeWord(node, value) : nodeGroup(node, value);
}

/** Puts a word, of which the caller is a user, where a value of a frame leads. */
function framePut(table: Table, update: Update, frame: Frame, value: u32, word: u32): void {
  const cell = frame.cells + (value << 2);
  if (frame.mode == FRAME_IN_PLACE) {
    linkPut(table, cell, word);
    return;
  }
  if (frame.mode == FRAME_OLD) {
    if (frameWord(update, frame, value) == word) {
      nodeRelease(table, word);
      return;
    }
    nodeCells(load<u32>(update.link), frame.cells);
    frame.mode = FRAME_COPY;
  }
  store<u32>(cell, word);
  if (frame.from != table.regionBits || word < NODE_WORD_MIN) return;
  const owned = load<u64>(changetype<u32>(frame), FRAME_OWNED);
  store<u64>(changetype<u32>(frame), owned | ((<u64>1) << (<u64>value & 63)), FRAME_OWNED);
}

/** Ends the innermost frame, all of whose values are made, and hands its node on. */
function frameClose(table: Table, update: Update, frame: Frame): u32 {
  if (update.open == 1) {
    update.open = 0;
    if (frame.mode == FRAME_OLD) return PAINT_DONE;
    const word = firstShare(table, frame.cells);
    if (word == 0) {
      update.open = 1;
      return PAINT_FULL;
    }
    // The node is the user of its links now.
    frameDrop(table, frame);
    linkPut(table, update.link, word);
    return PAINT_DONE;
  }
  update.open -= 1;
  const around = frameAt(update.open - 1);
  const value = pendingFirst(around);
  if (frame.mode == FRAME_NEW) framePut(table, update, around, value, frame.cells + NODE_DIRECT);
  pendingClear(around, value);
  return PAINT_MORE;
}

/** The word of the node of six bits that a region begins with, with one more user; 0: no room. */
function firstShare(table: Table, cells: u32): u32 {
  const made = scratchMade();
  if (table.regionBits == REGION4_BITS && !cellsLead(cells)) {
    nodeGroupsMake(made, cells);
    return nodeShare(table, made, NODE_GROUPS);
  }
  nodeWordsMake(made, cells);
  return nodeShare(table, made, NODE_WORDS);
}

/** Whether a cell leads to a node. */
function cellsLead(cells: u32): bool {
  for (let cell: u32 = 0; cell < FIRST_VALUES; cell++) {
    if (load<u32>(cells + (cell << 2)) >= NODE_WORD_MIN) return true;
  }
  return false;
}

/** Gives up what a frame is the user of. */
function frameDrop(table: Table, frame: Frame): void {
  if (frame.to == table.regionBits + FIRST_BITS) {
    let owned = load<u64>(changetype<u32>(frame), FRAME_OWNED);
    for (; owned != 0; owned &= owned - 1) {
      nodeRelease(table, load<u32>(frame.cells + ((<u32>ctz<u64>(owned)) << 2)));
    }
  } else if (frame.mode == FRAME_NEW) {
    nodeRelease(table, frame.cells + NODE_DIRECT);
  }
}

/** Frame of a region with so many around it. */
function frameAt(depth: u32): Frame {
  assert(depth < FRAMES_MAX);
  return changetype<Frame>(headerScratch() + SCRATCH_FRAMES + depth * FRAME_BYTES);
}

/** The first value of a frame that is to be made, or CELLS_MAX. */
function pendingFirst(frame: Frame): u32 {
  for (let part: u32 = 0; part < CELLS_MAX; part += 64) {
    const marks = load<u64>(changetype<u32>(frame) + (part >>> 3), FRAME_PENDING);
    if (marks != 0) return part + <u32>ctz<u64>(marks);
  }
  return CELLS_MAX;
}

/** Marks a value of a frame: it is to be made. */
function pendingSet(frame: Frame, value: u32): void {
  const marks = changetype<u32>(frame) + ((value >>> 6) << 3);
  const bit = (<u64>1) << (<u64>value & 63);
  store<u64>(marks, load<u64>(marks, FRAME_PENDING) | bit, FRAME_PENDING);
}

/** Takes the mark of a value of a frame away: it is made. */
function pendingClear(frame: Frame, value: u32): void {
  const marks = changetype<u32>(frame) + ((value >>> 6) << 3);
  const bit = (<u64>1) << (<u64>value & 63);
  store<u64>(marks, load<u64>(marks, FRAME_PENDING) & ~bit, FRAME_PENDING);
}

/** Upper half of a value of the bits that end with bit `to`. */
function valueHigh(value: u32, to: u32): u64 {
  return to <= 64 ? (<u64>value) << (64 - <u64>to) : 0;
}

/** Lower half of a value of the bits that end with bit `to`: no value crosses the halves. */
function valueLow(value: u32, to: u32): u64 {
  return to > 64 ? (<u64>value) << (128 - <u64>to) : 0;
}
