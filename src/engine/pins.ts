/** The pins of all workers: where each has its own, and what they counted. */

import {
  HEADER,
  HEADER_PINS,
  PIN_BUCKET_BYTES,
  PINS_BUCKET_COUNT,
  PINS_BUCKETS,
  PINS_BYTES,
  PINS_PINNED,
  PINS_REFUSED,
  PINS_REUSED,
  PINS_STAYED,
  PINS_TURNED,
} from "../../assembly/layout.ts";
import { type MemoryPlan, pinBuckets } from "./memory-plan.ts";

/** What became of connections in slots that changed hands, all workers together. */
export interface PinCounts {
  /** Connections that were given a pin. */
  readonly pinned: number;
  /** Of these, those that took the place of an expired pin. */
  readonly reused: number;
  /** Packets of older connections that went to a previous owner. */
  readonly stayed: number;
  /** Openings that found no pin free and went to a previous owner. */
  readonly refused: number;
  /** Openings that found none and went to the current owner, as the previous one takes none. */
  readonly turned: number;
}

/** Gives each worker its pins, and reads what they counted. */
export class Pins {
  readonly #memory: WebAssembly.Memory;
  readonly #plan: MemoryPlan;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.#memory = memory;
    this.#plan = plan;
  }

  /** Tells each worker where its buckets are. */
  initialise(): void {
    const { pins, limits } = this.#plan;
    const words = new Uint32Array(this.#memory.buffer);
    words[(HEADER + HEADER_PINS) / 4] = pins;
    for (let worker = 0; worker < limits.workers; worker++) {
      const head = pins + worker * PINS_BYTES;
      const buckets = worker * pinBuckets(limits) * PIN_BUCKET_BYTES;
      words[(head + PINS_BUCKETS) / 4] = pins + limits.workers * PINS_BYTES + buckets;
      words[(head + PINS_BUCKET_COUNT) / 4] = pinBuckets(limits);
    }
  }

  /** The counts so far. */
  read(): PinCounts {
    return {
      pinned: this.#sum(PINS_PINNED),
      reused: this.#sum(PINS_REUSED),
      stayed: this.#sum(PINS_STAYED),
      refused: this.#sum(PINS_REFUSED),
      turned: this.#sum(PINS_TURNED),
    };
  }

  #sum(offset: number): number {
    const words = new BigUint64Array(this.#memory.buffer);
    let sum = 0n;
    for (let worker = 0; worker < this.#plan.limits.workers; worker++) {
      sum += words[(this.#plan.pins + worker * PINS_BYTES + offset) / 8] ?? 0n;
    }
    return Number(sum);
  }
}
