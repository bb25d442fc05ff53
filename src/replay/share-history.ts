/**
 * Who got the packets as capture time went by: counts in intervals that widen as they must.
 *
 * Intervals begin a millisecond wide; when a packet comes after the last one there is room for,
 * pairs of them are merged until it fits, so memory has a bound and the first pass is enough.
 */

import type { Batch } from "../engine/batch.ts";
import { VERDICT_FORWARD } from "../engine/layout.ts";
import type { BatchObserver } from "./replay.ts";

/** Intervals kept at most: as many as a plot shows. */
const INTERVALS_MAX = 256;
/** Intervals left at least, however few packets there are. */
const INTERVALS_LEAST = 8;
/** Packets of an interval, on average, that make its shares worth looking at. */
const PACKETS_LEAST = 40;
const FIRST_WIDTH_NS = 1_000_000n;
const NS_PER_SECOND = 1e9;

/** Packets by adjacency. */
type Interval = Map<number, number>;

/** Counts by interval, from the first packet on. */
export interface ShareIntervals {
  readonly widthSeconds: number;
  readonly intervals: readonly ReadonlyMap<number, number>[];
}

function merged(intervals: readonly Interval[]): Interval[] {
  const pairs: Interval[] = [];
  for (const [index, interval] of intervals.entries()) {
    const pair = pairs[index >> 1];
    if (pair === undefined) pairs[index >> 1] = interval;
    else for (const [hop, packets] of interval) pair.set(hop, (pair.get(hop) ?? 0) + packets);
  }
  return pairs;
}

/** Counts forwarded packets by next hop and time. */
export class ShareHistory implements BatchObserver {
  #widthNs = FIRST_WIDTH_NS;
  #intervals: Interval[] = [];
  #startNs: bigint | undefined;
  #packets = 0;

  observe(batch: Batch): void {
    for (let packet = 0; packet < batch.count; packet++) {
      const ns = batch.timestamps[packet] ?? 0n;
      this.#startNs ??= ns;
      if (batch.verdicts[packet] !== VERDICT_FORWARD) continue;
      const interval = this.#interval(ns - this.#startNs);
      const hop = batch.nextHops[packet] ?? 0;
      interval.set(hop, (interval.get(hop) ?? 0) + 1);
      this.#packets += 1;
    }
  }

  /** What was counted, in intervals wide enough that most have some packets. */
  read(): ShareIntervals {
    let intervals = this.#intervals.map((interval) => new Map(interval));
    let widthNs = this.#widthNs;
    while (intervals.length >= 2 * INTERVALS_LEAST) {
      if (this.#packets / intervals.length >= PACKETS_LEAST) break;
      intervals = merged(intervals);
      widthNs *= 2n;
    }
    return { widthSeconds: Number(widthNs) / NS_PER_SECOND, intervals };
  }

  /** The interval of a time since the first packet; a time before it counts as that. */
  #interval(sinceNs: bigint): Interval {
    const since = sinceNs < 0n ? 0n : sinceNs;
    while (since / this.#widthNs >= INTERVALS_MAX) {
      this.#intervals = merged(this.#intervals);
      this.#widthNs *= 2n;
    }
    const index = Number(since / this.#widthNs);
    while (this.#intervals.length <= index) this.#intervals.push(new Map());
    return this.#intervals[index] ?? new Map();
  }
}
