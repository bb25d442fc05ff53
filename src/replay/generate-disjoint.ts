/**
 * Draws prefixes that do not overlap, so many of each length, each inside a longer stretch that
 * is given.
 *
 * A stretch of addresses is halved, bit by bit, and its prefixes are shared between the halves at
 * random: how unevenly is measured on real tables. So prefixes cluster at every scale.
 *
 *     stretch         to place              lower half            upper half
 *     10.0.0.0/21     1 /22, 3 /24          1 /22                 3 /24
 *     10.0.4.0/22     3 /24                 1 /24                 2 /24
 *     10.0.6.0/23     2 /24                 10.0.6.0/24           10.0.7.0/24
 *
 * A half gets no more than it has room for: for each length, what shorter covers leave when all
 * shorter prefixes are placed. Prefixes take up powers of two and the longest ones come last, so
 * what has room in a stretch has room in its halves together, and everything finds its place.
 *
 * Cost: about 0.7 microseconds a prefix, and 9 bytes. Why so: docs/decisions/0012.
 */

import type { Sharing } from "./generate-shapes.ts";
import type { Random } from "./random.ts";

/** Lengths of prefixes, 0 to 64: addresses are their first 64 bits. */
const LENGTHS = 65;

/** Prefixes that do not overlap, in the order of their addresses. */
export class DisjointPrefixes {
  count = 0;
  /** The first 32 bits of each prefix, and the second; lengths are 0 to 64. */
  readonly highs: Uint32Array;
  readonly lows: Uint32Array;
  readonly lengths: Uint8Array;

  /** Room for so many. */
  constructor(capacity: number) {
    this.highs = new Uint32Array(capacity);
    this.lows = new Uint32Array(capacity);
    this.lengths = new Uint8Array(capacity);
  }

  /** Adds a prefix behind all others. */
  add(high: number, low: number, length: number): void {
    this.highs[this.count] = high;
    this.lows[this.count] = low;
    this.lengths[this.count] = length;
    this.count += 1;
  }

  /** The first of the prefixes `from` to `to` - 1 at or behind an address; `to` for none. */
  search(from: number, to: number, high: number, low: number): number {
    let [first, last] = [from, to];
    while (first < last) {
      const middle = (first + last) >>> 1;
      const middleHigh = this.highs[middle] ?? 0;
      const isBefore = middleHigh < high || (middleHigh === high && (this.lows[middle] ?? 0) < low);
      if (isBefore) first = middle + 1;
      else last = middle;
    }
    return first;
  }
}

/** How many prefixes of each length, 0 to 64. */
export type LengthCounts = Float64Array;

/** No prefixes of any length. */
export function noLengths(): LengthCounts {
  return new Float64Array(LENGTHS);
}

/**
 * How many of `counts` have no room inside prefixes as `covers` counts them, each inside a
 * shorter one; lengths from short to long, and what has no room takes none.
 */
export function lengthsWithoutRoom(counts: LengthCounts, covers: LengthCounts): LengthCounts {
  let room = 0;
  return counts.map((count, length) => {
    room = 2 * (room + (covers[length - 1] ?? 0));
    const excess = Math.max(count - room, 0);
    room -= count - excess;
    return excess;
  });
}

/** What prefixes are drawn by. */
export interface DisjointOptions {
  readonly covers: DisjointPrefixes;
  /** Whether a half gets more for having more covers, by their fourth root. */
  readonly coversAttract: boolean;
  readonly sharing: readonly Sharing[];
  readonly random: Random;
}

/** Draws prefixes as `counts` says, each inside a shorter cover; all of them must have room. */
export function drawDisjoint(counts: LengthCounts, options: DisjointOptions): DisjointPrefixes {
  return new Halving(counts, options).prefixes;
}

/** The first bit of 32. */
const FIRST_BIT = 0x80000000;

/** Where nothing is known of how halves share. */
const FAIR: Sharing = { depth: 0, lower: 0, upper: 0, evens: 8 };

/** The work on one drawing. */
class Halving {
  readonly prefixes: DisjointPrefixes;
  readonly #options: DisjointOptions;
  /** How the halves of a stretch of each depth share. */
  readonly #sharing: readonly Sharing[];
  readonly #lengthMax: number;
  /** What is to be placed, by length, in the stretch at hand of each depth. */
  readonly #counts = Array.from({ length: LENGTHS + 1 }, noLengths);
  /** Covers in the halves of the stretch at hand, by length. */
  readonly #lowerCovers = noLengths();
  readonly #upperCovers = noLengths();
  /** Address of the stretch at hand. */
  #high = 0;
  #low = 0;

  constructor(counts: LengthCounts, options: DisjointOptions) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    this.prefixes = new DisjointPrefixes(total);
    this.#options = options;
    this.#sharing = Array.from(
      { length: LENGTHS },
      (_, depth) => options.sharing.findLast((one) => one.depth <= depth) ?? FAIR,
    );
    this.#lengthMax = counts.findLastIndex((count) => count > 0);
    this.#counts[0]?.set(counts);
    if (total > 0) this.#place(0, 0, options.covers.count, total);
  }

  /** Places `total` prefixes in the stretch at hand; its covers are `from` to `to` - 1. */
  #place(depth: number, from: number, to: number, total: number): void {
    const counts = this.#counts[depth] ?? noLengths();
    if ((counts[depth] ?? 0) > 0) {
      this.prefixes.add(this.#high, this.#low, depth);
      return;
    }
    const isCovered = to - from === 1 && (this.#options.covers.lengths[from] ?? 0) <= depth;
    // The halves of a covered stretch have the same cover.
    const upperFrom = isCovered ? from : this.#upperStart(depth, from, to);
    const lowerTo = isCovered ? to : upperFrom;
    if (isCovered) this.#openHalves(depth);
    else this.#countCovers(from, upperFrom, to);
    const lower = this.#share(depth, this.#drawPart(depth, lowerTo - from, to - upperFrom));
    if (lower > 0) this.#place(depth + 1, from, lowerTo, lower);
    if (lower === total) return;
    this.#counts[depth + 1]?.set(counts);
    this.#move(depth, 1);
    this.#place(depth + 1, upperFrom, to, total - lower);
    this.#move(depth, -1);
  }

  /** Moves the stretch at hand by half a stretch of a depth, up for 1 and down for -1. */
  #move(depth: number, direction: 1 | -1): void {
    const half = FIRST_BIT >>> (depth & 31);
    if (depth < 32) this.#high += direction * half;
    else this.#low += direction * half;
  }

  /** The first cover in the upper half. */
  #upperStart(depth: number, from: number, to: number): number {
    this.#move(depth, 1);
    const start = this.#options.covers.search(from, to, this.#high, this.#low);
    this.#move(depth, -1);
    return start;
  }

  #countCovers(from: number, middle: number, to: number): void {
    const { lengths } = this.#options.covers;
    const [lower, upper] = [this.#lowerCovers.fill(0), this.#upperCovers.fill(0)];
    for (let cover = from; cover < to; cover++) {
      const counts = cover < middle ? lower : upper;
      const length = lengths[cover] ?? 0;
      counts[length] = (counts[length] ?? 0) + 1;
    }
  }

  /** Halves are half of what covers their stretch: a prefix may be as large as one. */
  #openHalves(depth: number): void {
    this.#lowerCovers.fill(0)[depth] = 0.5;
    this.#upperCovers.fill(0)[depth] = 0.5;
  }

  /** Draws the lower half's part of a stretch's prefixes. */
  #drawPart(depth: number, lowerCovers: number, upperCovers: number): number {
    const { coversAttract, random } = this.#options;
    const { lower, upper, evens } = this.#sharing[depth] ?? FAIR;
    const side = even(random);
    if (side < lower) return 1;
    if (side >= 1 - upper) return 0;
    let part = 0;
    for (let draw = 0; draw < evens; draw++) part += even(random) / evens;
    if (!coversAttract || lowerCovers === 0 || upperCovers === 0) return part;
    const ofLower = part * Math.sqrt(Math.sqrt(lowerCovers));
    return ofLower / (ofLower + (1 - part) * Math.sqrt(Math.sqrt(upperCovers)));
  }

  /**
   * Takes the lower half's share of the counts of a depth out of them and puts it into those of
   * the next depth; returns how many prefixes that are.
   */
  #share(depth: number, part: number): number {
    const left = this.#counts[depth] ?? noLengths();
    const taken = this.#counts[depth + 1] ?? noLengths();
    let [lowerRoom, upperRoom, total] = [0, 0, 0];
    for (let length = depth + 1; length <= this.#lengthMax; length++) {
      lowerRoom = 2 * (lowerRoom + (this.#lowerCovers[length - 1] ?? 0));
      upperRoom = 2 * (upperRoom + (this.#upperCovers[length - 1] ?? 0));
      const count = left[length] ?? 0;
      const wish = count === 0 ? 0 : Math.floor(count * part + even(this.#options.random));
      const lower = Math.min(Math.max(wish, count - upperRoom), lowerRoom);
      taken[length] = lower;
      left[length] = count - lower;
      lowerRoom -= lower;
      upperRoom -= count - lower;
      total += lower;
    }
    return total;
  }
}

/** A number from 0 to below 1, each as likely. */
function even(random: Random): number {
  return random.u32() / 2 ** 32;
}
