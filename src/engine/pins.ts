/** The pins of all workers: where each has its own, and what they counted. */

import {
  HEADER,
  HEADER_CLOCK,
  HEADER_PIN_WINDOW,
  HEADER_PINS,
  PIN_BUCKET_BYTES,
  PIN_BUCKET_ENTRIES,
  PIN_KEYS,
  PIN_STAMPS,
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

/** Bits of a pin's key that are the adjacency. */
const ADJACENCY_MASK = 0xffff;

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

  /** Adjacencies that pins name which have not expired, however little was seen of a connection. */
  adjacencies(): ReadonlySet<number> {
    const { pins, limits } = this.#plan;
    const words = new Uint32Array(this.#memory.buffer);
    const clock = words[(HEADER + HEADER_CLOCK) / 4] ?? 0;
    const window = words[(HEADER + HEADER_PIN_WINDOW) / 4] ?? 0;
    const found = new Set<number>();
    const buckets = limits.workers * pinBuckets(limits);
    let bucket = (pins + limits.workers * PINS_BYTES) / 4;
    for (let left = buckets; left > 0; left--, bucket += PIN_BUCKET_BYTES / 4) {
      for (let entry = 0; entry < PIN_BUCKET_ENTRIES; entry++) {
        const key = bucket + PIN_KEYS / 4 + 2 * entry;
        const adjacency = (words[key] ?? 0) & ADJACENCY_MASK;
        if (adjacency === 0) continue;
        const stamp = words[bucket + PIN_STAMPS / 4 + entry] ?? 0;
        const age = (((clock << 1) - (stamp & ~1)) >>> 0) >>> 1;
        if (age < window) found.add(adjacency);
      }
    }
    return found;
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
