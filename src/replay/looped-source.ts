/** A capture that is replayed several times, as one source. */

import type { Batch } from "../engine/batch.ts";
import type { Capture, CaptureInfo } from "../io/capture.ts";
import type { PacketSource } from "./replay.ts";

/** How long it goes on. */
export interface LoopOptions {
  /** Times that the capture is replayed; Infinity for ever. */
  readonly loops: number;
  /** Packets of all loops together. */
  readonly limit: number;
  /** Asked before each batch. */
  readonly isOver: () => boolean;
}

/** Opens the capture anew for each loop. */
export class LoopedSource implements PacketSource, AsyncDisposable {
  readonly #open: () => Promise<Capture>;
  readonly #batch: Batch;
  readonly #options: LoopOptions;
  #capture: Capture;
  #loopsDone = 0;
  #packets = 0;
  #packetsBefore = 0;
  #bytesBefore = 0;

  private constructor(
    capture: Capture,
    open: () => Promise<Capture>,
    batch: Batch,
    options: LoopOptions,
  ) {
    this.#capture = capture;
    this.#open = open;
    this.#batch = batch;
    this.#options = options;
  }

  /** Opens the first; throws what opening it throws. */
  static async open(
    open: () => Promise<Capture>,
    batch: Batch,
    options: LoopOptions,
  ): Promise<LoopedSource> {
    return new LoopedSource(await open(), open, batch, options);
  }

  /** Of all loops. */
  get info(): CaptureInfo {
    const { info } = this.#capture;
    const packets = this.#packetsBefore + info.packets;
    return { ...info, packets, bytes: this.#bytesBefore + info.bytes };
  }

  async next(): Promise<number> {
    const { limit, loops, isOver } = this.#options;
    const left = limit - this.#packets;
    if (left <= 0 || isOver()) return 0;
    let count = await this.#capture.next();
    while (count === 0 && this.#loopsDone + 1 < loops && this.#capture.info.packets > 0) {
      await this.#again();
      count = await this.#capture.next();
    }
    this.#batch.count = Math.min(count, left);
    this.#packets += this.#batch.count;
    return this.#batch.count;
  }

  async #again(): Promise<void> {
    this.#loopsDone += 1;
    this.#packetsBefore += this.#capture.info.packets;
    this.#bytesBefore += this.#capture.info.bytes;
    await this.#capture[Symbol.asyncDispose]();
    this.#capture = await this.#open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#capture[Symbol.asyncDispose]();
  }
}
