/** A capture through a forwarder, batch by batch, with whatever wants to see the packets. */

import type { Batch } from "../engine/batch.ts";
import type { CaptureInfo } from "../io/capture.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { Filter } from "./filter/filter.ts";

/** Packets to replay: an open capture. */
export interface PacketSource {
  readonly info: CaptureInfo;
  /** Fills the forwarder's batch; returns how many packets, 0 at the end. */
  next(): Promise<number>;
}

/** Sees every batch after it was forwarded. */
export interface BatchObserver {
  /** `first` is the number of the batch's first packet; `batch.numbers` has that of each. */
  observe(batch: Batch, first: number): void | Promise<void>;
}

/** What happens between packets. */
export interface Timeline {
  /**
   * Lets happen what is due before the batch's first packet, whose number is `first`; returns how
   * many packets come before the next thing that happens, at least 1.
   */
  advance(batch: Batch, first: number): number;
  /** The packets have ended: lets happen what is left. */
  end(): void;
}

/** What is replayed, and who sees it. */
export interface ReplayOptions {
  /** Packets of other families are left out, as if the capture had none. */
  readonly family?: 4 | 6 | undefined;
  /** Packets that it does not match are left out likewise. */
  readonly filter?: Filter | undefined;
  readonly observers?: readonly BatchObserver[];
  readonly timeline?: Timeline;
}

const NANOSECONDS = 1_000_000_000n;

/** Where the time of a replay went. */
export interface ReplayTimes {
  /** From the first read to the last packet, all included. */
  readonly seconds: number;
  /** Waiting for bytes, decompressing, walking records. */
  readonly readSeconds: number;
  /** Parsing, looking up, hashing, rewriting, counting: the packet path alone. */
  readonly forwardingSeconds: number;
}

/** What a replay ended with. */
export interface ReplayOutcome {
  readonly times: ReplayTimes;
  /** What ended it before the capture's end; everything before it was forwarded and counted. */
  readonly failure: unknown;
}

/**
 * Forwards all packets of a source. A source that fails ends the replay; its error is part of the
 * outcome, because what came before it is still to be reported.
 */
export async function replay(
  forwarder: Forwarder,
  source: PacketSource,
  options: ReplayOptions = {},
): Promise<ReplayOutcome> {
  const { engine } = forwarder;
  const { batch } = engine;
  const { family, filter, observers = [], timeline } = options;
  const start = performance.now();
  let readMs = 0;
  let forwardingMs = 0;
  let first = 1;
  let failure: unknown;
  const forward = async (): Promise<void> => {
    const forwarding = performance.now();
    engine.process();
    forwardingMs += performance.now() - forwarding;
    engine.tally.add(batch.count);
    for (const observer of observers) await observer.observe(batch, batch.numbers[0] ?? 0);
  };
  try {
    for (;;) {
      const reading = performance.now();
      const read = await source.next();
      if (family !== undefined) engine.keepFamily(family);
      filter?.apply(batch);
      readMs += performance.now() - reading;
      if (read === 0) break;
      batch.numberFrom(first);
      for (let left = batch.count; left > 0; left = batch.count) {
        // Seconds of capture time: a u32 until 2106.
        forwarder.setClock(Number((batch.timestamps[0] ?? 0n) / NANOSECONDS));
        const count = timeline?.advance(batch, first) ?? left;
        batch.count = count;
        await forward();
        first += count;
        batch.count = left;
        batch.shift(count);
      }
      while (engine.steering.release() > 0) await forward();
    }
  } catch (error) {
    failure = error;
  }
  try {
    // What was held is accounted for, however the replay ended.
    while (engine.steering.release(true) > 0) await forward();
  } catch (error) {
    failure ??= error;
  }
  timeline?.end();
  const times = {
    seconds: (performance.now() - start) / 1000,
    readSeconds: readMs / 1000,
    forwardingSeconds: forwardingMs / 1000,
  };
  return { times, failure };
}
