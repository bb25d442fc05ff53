/** Copies of ICMP errors that name no flow, to the other next hops of their groups. */

import {
  COPIES_BYTES,
  COPIES_COUNT,
  COPIES_ERRORS,
  COPIES_LIMITED,
  COPIES_MADE,
  COPIES_RECORDS,
  COPIES_TOKENS,
  COPY_ADJACENCY,
  COPY_BYTES,
  COPY_PACKET,
  HEADER,
  HEADER_COPY_RATE,
  LEAVING_FRAME,
  LEAVING_LENGTH,
  LEAVING_ORIGINAL_LENGTH,
} from "../../assembly/layout.ts";
import type { EngineExports } from "./exports.ts";
import type { LeavingFrame } from "./leaving.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** A copy: it leaves besides its packet, and is counted here alone. */
export interface ErrorCopy extends LeavingFrame {
  /** Adjacency that it leaves by. */
  readonly nextHop: number;
}

/** What was copied, all workers together. */
export interface CopyCounts {
  /** Errors that name no flow and came to a group of several next hops. */
  readonly errors: number;
  readonly copies: number;
  /** Of the errors, those that not all next hops have got, because of the rate. */
  readonly limited: number;
}

/** The copies of all workers. */
export class Copies {
  readonly #view: DataView;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#view = new DataView(memory.buffer);
    this.#plan = plan;
    this.#exports = exports;
  }

  /** Sets how many are made a second, from the next batch on; 0 for none. */
  set rate(rate: number) {
    const { copies, limits } = this.#plan;
    this.#view.setUint32(HEADER + HEADER_COPY_RATE, rate, true);
    for (let worker = 0; worker < limits.workers; worker++) {
      this.#view.setUint32(copies + worker * COPIES_BYTES + COPIES_TOKENS, rate, true);
    }
  }

  get rate(): number {
    return this.#view.getUint32(HEADER + HEADER_COPY_RATE, true);
  }

  /** Those of a packet of a worker's last batch; each frame is overwritten by the next. */
  *of(packet: number, worker = 0): Generator<ErrorCopy> {
    if (this.rate === 0) return;
    const start = this.#plan.copies + worker * COPIES_BYTES;
    const { leaving } = this.#plan;
    const frame = leaving + LEAVING_FRAME;
    const count = this.#view.getUint32(start + COPIES_COUNT, true);
    for (let index = 0; index < count; index++) {
      const record = start + COPIES_RECORDS + index * COPY_BYTES;
      if (this.#view.getUint32(record + COPY_PACKET, true) !== packet) continue;
      this.#exports.copyWrite(worker, index);
      const length = this.#view.getUint32(leaving + LEAVING_LENGTH, true);
      yield {
        bytes: new Uint8Array(this.#view.buffer, frame, length),
        originalLength: this.#view.getUint32(leaving + LEAVING_ORIGINAL_LENGTH, true),
        nextHop: this.#view.getUint32(record + COPY_ADJACENCY, true),
      };
    }
  }

  /** Totals since the start. */
  get counts(): CopyCounts {
    return {
      errors: this.#sum(COPIES_ERRORS),
      copies: this.#sum(COPIES_MADE),
      limited: this.#sum(COPIES_LIMITED),
    };
  }

  #sum(offset: number): number {
    const { copies, limits } = this.#plan;
    let sum = 0n;
    for (let worker = 0; worker < limits.workers; worker++) {
      sum += this.#view.getBigUint64(copies + worker * COPIES_BYTES + offset, true);
    }
    return Number(sum);
  }
}
