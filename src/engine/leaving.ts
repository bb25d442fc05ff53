/** The frames that a packet leaves as: in place, or made on demand (tags, tunnels, fragments). */

import { LEAVING_FRAME, LEAVING_LENGTH, LEAVING_ORIGINAL_LENGTH } from "../../assembly/layout.ts";
import type { Batch } from "./batch.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** A frame as it leaves. */
export interface LeavingFrame {
  /** A view: overwritten by the next frame or batch. */
  readonly bytes: Uint8Array;
  /** Bytes on the wire: more than there are where the capture had cut the packet. */
  readonly originalLength: number;
}

/** Makes frames of the packets of a processed batch. */
export class Leaving {
  readonly #batch: Batch;
  readonly #exports: EngineExports;
  readonly #start: number;
  readonly #words: Uint32Array;

  constructor(batch: Batch, plan: MemoryPlan, exports: EngineExports) {
    this.#batch = batch;
    this.#exports = exports;
    this.#start = plan.leaving;
    this.#words = new Uint32Array(batch.bytes.buffer, plan.leaving, LEAVING_FRAME / 4);
  }

  /** The frames of a packet, in the order in which they leave; none unless it is forwarded. */
  *frames(packet: number): Generator<LeavingFrame> {
    const batch = this.#batch;
    const count = this.#exports.leavingCount(packet) >>> 0;
    if (count === 1 && batch.outOffsets[packet] !== 0) {
      const originalLength = batch.outOriginalLengths[packet] ?? 0;
      yield { bytes: batch.leavingFrame(packet), originalLength };
      return;
    }
    for (let index = 0; index < count; index++) {
      this.#exports.leavingWrite(packet, index);
      const start = this.#start + LEAVING_FRAME;
      const length = this.#words[LEAVING_LENGTH / 4] ?? 0;
      const originalLength = this.#words[LEAVING_ORIGINAL_LENGTH / 4] ?? 0;
      yield { bytes: batch.bytes.subarray(start, start + length), originalLength };
    }
  }
}
