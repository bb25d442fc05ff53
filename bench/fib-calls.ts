/** Lookups as a packet loop makes them: bursts of a batch, over a stream in linear memory. */

import type { EngineExports } from "../src/engine/exports.ts";
import { BATCH_MAX } from "../src/engine/layout.ts";
import { addressBytes } from "./patterns.ts";

/** Where a stream lies in linear memory, and who reads it. */
export interface StreamPlace {
  readonly family: 4 | 6;
  /** Linear-memory addresses of the packed addresses, and of room for a burst's answers. */
  readonly addresses: number;
  readonly answers: number;
  /** Addresses of the stream; a multiple of CALL_LOOKUPS. */
  readonly count: number;
  readonly worker: number;
  /** Whether others may write to the table meanwhile: each burst is then an epoch. */
  readonly isShared: boolean;
}

/** Addresses of one lookup call: what a packet loop takes from its port at once. */
export const BURST = BATCH_MAX;
/** Lookups of one timed call: 50 to 300 µs. */
export const CALL_LOOKUPS = 64 * BURST;

/** Walks through a stream, burst by burst, again and again. */
export class FibCalls {
  readonly #exports: EngineExports;
  readonly #place: StreamPlace;
  #next = 0;

  constructor(exports: EngineExports, place: StreamPlace) {
    this.#exports = exports;
    this.#place = place;
  }

  /** Looks the next bursts up. */
  call(lookups: number): void {
    for (let done = 0; done < lookups; done += BURST) {
      this.burst(this.#next);
      this.#next = (this.#next + BURST) % this.#place.count;
    }
  }

  /** Looks up the addresses from `first` on. */
  burst(first: number): void {
    const { family, answers, worker, isShared } = this.#place;
    const addresses = this.#place.addresses + first * addressBytes(family);
    if (isShared) this.#exports.epochEnter(worker);
    if (family === 4) this.#exports.fib4LookupBatch(addresses, answers, BURST);
    else this.#exports.fib6LookupBatch(addresses, answers, BURST, worker);
    if (isShared) this.#exports.epochLeave(worker);
  }
}
