/** Counters as values: what the workers counted, added up. */

import {
  ADJACENCY_COUNTER_BYTES,
  COUNTER_ADJACENCIES,
  COUNTER_CAPTURED_SHORT,
  COUNTER_DROPS,
  COUNTER_FORWARDED,
  COUNTER_FORWARDED_BYTES,
  COUNTER_IPV4,
  COUNTER_IPV6,
  COUNTER_OTHER,
  COUNTER_PUNTED,
  COUNTER_RECEIVED,
  COUNTER_RECEIVED_BYTES,
  DROP_REASONS,
  GROUP_COUNTER_BYTES,
} from "../../assembly/layout.ts";
import { dropReasonName } from "./drop-reasons.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** Packets, unless said. received = forwarded + punted + the sum over drops, always. */
export interface Counters {
  readonly received: number;
  readonly forwarded: number;
  readonly punted: number;
  readonly dropped: number;
  /** Bytes on the wire, link headers included. */
  readonly receivedBytes: number;
  /** Bytes of the forwarded packets as they leave. */
  readonly forwardedBytes: number;
  /** Reasons that occurred. */
  readonly drops: Readonly<Record<string, number>>;
  readonly families: { readonly ipv4: number; readonly ipv6: number; readonly other: number };
  /** Packets of which the capture held only a part. */
  readonly capturedShort: number;
}

/** Reads the counters of all workers; each is a u64, exact in a JavaScript number to 2^53. */
export class CounterReader {
  readonly #words: BigUint64Array;
  readonly #plan: MemoryPlan;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.#words = new BigUint64Array(memory.buffer);
    this.#plan = plan;
  }

  /** The totals. */
  read(): Counters {
    const drops: Record<string, number> = {};
    let dropped = 0;
    for (let reason = 1; reason < DROP_REASONS; reason++) {
      const count = this.#sum(COUNTER_DROPS + reason * 8);
      if (count > 0) drops[dropReasonName(reason)] = count;
      dropped += count;
    }
    return {
      received: this.#sum(COUNTER_RECEIVED),
      forwarded: this.#sum(COUNTER_FORWARDED),
      punted: this.#sum(COUNTER_PUNTED),
      dropped,
      receivedBytes: this.#sum(COUNTER_RECEIVED_BYTES),
      forwardedBytes: this.#sum(COUNTER_FORWARDED_BYTES),
      drops,
      families: {
        ipv4: this.#sum(COUNTER_IPV4),
        ipv6: this.#sum(COUNTER_IPV6),
        other: this.#sum(COUNTER_OTHER),
      },
      capturedShort: this.#sum(COUNTER_CAPTURED_SHORT),
    };
  }

  /** Packets and bytes that left over an adjacency. */
  adjacency(index: number): { readonly packets: number; readonly bytes: number } {
    const offset = COUNTER_ADJACENCIES + index * ADJACENCY_COUNTER_BYTES;
    return { packets: this.#sum(offset), bytes: this.#sum(offset + 8) };
  }

  /** Sets an adjacency's counts to 0, for a new next hop of the same index; what they were. */
  takeAdjacency(index: number): BigUint64Array {
    const words = ADJACENCY_COUNTER_BYTES / 8;
    const { workers } = this.#plan.limits;
    const counts = new BigUint64Array(words * workers);
    for (let worker = 0; worker < workers; worker++) {
      const own = this.#adjacencyWords(index, worker);
      counts.set(own, words * worker);
      own.fill(0n);
    }
    return counts;
  }

  /** Puts back what was taken. */
  putAdjacency(index: number, counts: BigUint64Array): void {
    const words = ADJACENCY_COUNTER_BYTES / 8;
    for (let worker = 0; worker < this.#plan.limits.workers; worker++) {
      const own = counts.subarray(words * worker, words * (worker + 1));
      this.#adjacencyWords(index, worker).set(own);
    }
  }

  #adjacencyWords(index: number, worker: number): BigUint64Array {
    const { counters, countersStride } = this.#plan;
    const offset = COUNTER_ADJACENCIES + index * ADJACENCY_COUNTER_BYTES;
    const start = (counters + worker * countersStride + offset) / 8;
    return this.#words.subarray(start, start + ADJACENCY_COUNTER_BYTES / 8);
  }

  /** Packets that a group forwarded. */
  group(id: number): number {
    return this.#sum(this.#groupOffset(id));
  }

  /** Sets a group's count to 0, for a new group of the same id. */
  resetGroup(id: number): void {
    const { counters, countersStride, limits } = this.#plan;
    for (let worker = 0; worker < limits.workers; worker++) {
      this.#words[(counters + worker * countersStride + this.#groupOffset(id)) / 8] = 0n;
    }
  }

  /** Sets all to 0, for a new run over the same tables. */
  reset(): void {
    const { counters, countersStride, limits } = this.#plan;
    this.#words.fill(0n, counters / 8, (counters + countersStride * limits.workers) / 8);
  }

  #groupOffset(id: number): number {
    const adjacencies = (this.#plan.limits.nextHops + 1) * ADJACENCY_COUNTER_BYTES;
    return COUNTER_ADJACENCIES + adjacencies + id * GROUP_COUNTER_BYTES;
  }

  #sum(offset: number): number {
    const { counters, countersStride, limits } = this.#plan;
    let sum = 0n;
    for (let worker = 0; worker < limits.workers; worker++) {
      sum += this.#words[(counters + worker * countersStride + offset) / 8] ?? 0n;
    }
    return Number(sum);
  }
}
