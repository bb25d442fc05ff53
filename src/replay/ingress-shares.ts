/** Where the packets of each of several captures went: what each ingress site would see. */

import type { Batch } from "../engine/batch.ts";
import { VERDICT_FORWARD } from "../engine/layout.ts";
import type { MergedCaptures } from "./merged-captures.ts";
import type { BatchObserver, Timeline } from "./replay.ts";

/** Forwarded packets of one capture. */
export interface IngressCounts {
  readonly packets: number;
  /** By adjacency. */
  readonly nextHops: ReadonlyMap<number, number>;
}

/**
 * Counts by capture. Which one a packet is of is noted on the timeline, before the batch is
 * processed: a fragment that is held leaves the batch, and comes back in a later one under its
 * number. Invariant: what is noted and not yet seen is held, so there is never more of it.
 */
export class IngressShares implements BatchObserver, Timeline {
  readonly #source: MergedCaptures;
  readonly #timeline: Timeline;
  readonly #counts: readonly { packets: number; readonly nextHops: Map<number, number> }[];
  /** Capture of each packet that is under way, by the packet's number. */
  readonly #inputs = new Map<number, number>();

  /** The timeline is told of all that this one is told of. */
  constructor(source: MergedCaptures, captures: number, timeline: Timeline) {
    this.#source = source;
    this.#timeline = timeline;
    this.#counts = Array.from({ length: captures }, () => ({ packets: 0, nextHops: new Map() }));
  }

  /** In the order of the captures. */
  get counts(): readonly IngressCounts[] {
    return this.#counts;
  }

  advance(batch: Batch, first: number): number {
    const count = this.#timeline.advance(batch, first);
    for (let packet = 0; packet < count; packet++) {
      const input = this.#source.inputAt(batch.offsets[packet] ?? 0);
      if (input !== undefined) this.#inputs.set(batch.numbers[packet] ?? 0, input);
    }
    return count;
  }

  end(): void {
    this.#timeline.end();
  }

  observe(batch: Batch): void {
    for (let packet = 0; packet < batch.count; packet++) {
      const number = batch.numbers[packet] ?? 0;
      const counts = this.#counts[this.#inputs.get(number) ?? -1];
      this.#inputs.delete(number);
      if (counts === undefined || batch.verdicts[packet] !== VERDICT_FORWARD) continue;
      const hop = batch.nextHops[packet] ?? 0;
      counts.packets += 1;
      counts.nextHops.set(hop, (counts.nextHops.get(hop) ?? 0) + 1);
    }
  }
}
