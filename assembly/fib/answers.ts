/**
 * Recent answers of IPv6 lookups: a worker's own, in front of the table.
 *
 *   first 48 bits of an address, times an odd number = | slot 15 | tag 33 |
 *   answers: slot -> u64 | tag 33 | stamp 15 | group 16 |
 *
 * Traffic goes to few destinations: of 100,000 flows whose shares fall as 1 / rank, nine in ten
 * packets find the answer here, in one line instead of five. The product is a permutation of the 48
 * bits, so slot and tag together are the address: an entry never answers for another. The stamp is
 * the table's generation, which the writer moves on after each change: what was answered before
 * counts no more, and no update has to look for it. Only what the first 48 bits decide is kept.
 *
 * A round takes what is here and lists the rest, with a store for each address and no branch. A
 * worker whose addresses are not among them goes on without for a while, twice as long each time:
 * so such traffic, whoever sends it, costs one probe in 256 rounds. A stamp is never 0, so zeroed
 * memory answers nothing; when the bits of the generation above the stamp change, all are zeroed.
 */

import {
  ANSWERS,
  ANSWERS_BITS,
  ANSWERS_BYTES,
  ANSWERS_ERA,
  ANSWERS_HOLD,
  ANSWERS_MISSES,
  ANSWERS_PAUSE,
  ANSWERS_PAUSE_MAX,
  ANSWERS_SINK,
} from "../layout";
import { Table } from "../memory/records";

/** 2^64 by the golden ratio: its products spread neighbours over the slots. */
const SPREAD: u64 = 0x9e3779b97f4a7c15;
/** A group, below the stamp and the tag. */
const GROUP_BITS: u64 = 16;
const GROUP_MAX: u64 = 0xffff;
/** Bits of the generation in a stamp; the bit above them is always set. */
const STAMP_BITS: u64 = 14;
/** Of 16 addresses at most so many may miss; with more, going on without is faster. */
const MISSES_OF_16: u32 = 10;

/** Whether the lookups of the next round go on without recent answers. */
export function answersPause(lists: u32): bool {
  const hold = load<u32>(lists, ANSWERS_HOLD);
  if (hold == 0) return false;
  store<u32>(lists, hold - 1, ANSWERS_HOLD);
  return true;
}

/** What entries must bear to count: read before the table is, as it may change meanwhile. */
export function answersStamp(table: Table, lists: u32): u64 {
  const generation = generationOf(table);
  const era = generation >>> STAMP_BITS;
  if (era != load<u64>(lists, ANSWERS_ERA)) {
    memory.fill(lists + ANSWERS, 0, ANSWERS_BYTES);
    store<u64>(lists, era, ANSWERS_ERA);
  }
  const bits: u64 = (1 << STAMP_BITS) - 1;
  return ((generation & bits) | (bits + 1)) << GROUP_BITS;
}

function generationOf(table: Table): u64 {
  if (ASC_FEATURE_THREADS) {
    return atomic.load<u64>(changetype<u32>(table), offsetof<Table>("generation"));
  }
  return table.generation;
}

/**
 * Answers of a round what it can, and lists the others at ANSWERS_MISSES; returns the list's end.
 * An address lies at four times its answer's place plus `distance`.
 */
export function answersTake(lists: u32, distance: u32, groups: u32, count: u32, stamp: u64): u32 {
  let end = lists + ANSWERS_MISSES;
  const last = groups + (count << 2);
  for (let out = groups; out < last; out += 4) {
    const product = answerProduct((out << 2) + distance);
    // The group alone is left where tag and stamp agree.
    const rest = load<u64>(answerPlace(lists, product)) ^ (product << ANSWERS_BITS) ^ stamp;
    store<u32>(out, <u32>rest);
    store<u32>(end, out);
    end += select<u32>(4, 0, rest > GROUP_MAX);
  }
  const misses = (end - lists - ANSWERS_MISSES) >>> 2;
  pauseChoose(lists, misses << 4 > count * MISSES_OF_16);
  return end;
}

/** Keeps what was found for a list of answers, unless a node still stands in an answer's place. */
export function answersKeep(lists: u32, distance: u32, end: u32, stamp: u64): void {
  for (let entry = lists + ANSWERS_MISSES; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const product = answerProduct((out << 2) + distance);
    const group = <u64>load<u32>(out);
    const place = select<u32>(
      answerPlace(lists, product),
      lists + ANSWERS_SINK,
      group <= GROUP_MAX,
    );
    store<u64>(place, (product << ANSWERS_BITS) | stamp | group);
  }
}

/** Slot and tag of an address in the upper 48 bits. */
function answerProduct(address: u32): u64 {
  return (load<u64>(address) << GROUP_BITS) * SPREAD;
}

function answerPlace(lists: u32, product: u64): u32 {
  return lists + ANSWERS + ((<u32>(product >>> (64 - ANSWERS_BITS))) << 3);
}

/** Goes on without for twice as long as the last time, or with, if that was worth it. */
function pauseChoose(lists: u32, isPoor: bool): void {
  const longer = (load<u32>(lists, ANSWERS_PAUSE) << 1) | 1;
  const pause = isPoor ? min<u32>(longer, ANSWERS_PAUSE_MAX) : 0;
  store<u32>(lists, pause, ANSWERS_PAUSE);
  store<u32>(lists, pause, ANSWERS_HOLD);
}
