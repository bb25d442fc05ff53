/** Gathers records for a byte sink, so that each costs a copy and few cost a write. */

import type { ByteSink } from "./port.ts";

/** Bytes that are gathered before they are written. */
const FLUSH_BYTES = 256 * 1024;

/**
 * A writer reserves room, fills it from `used` on, moves `used` behind the record, and calls
 * `recordWritten`. The sink is the buffer's from here on.
 */
export class SinkBuffer {
  /** What is gathered, and room behind it; another array once `reserve` had to grow it. */
  bytes = new Uint8Array(2 * FLUSH_BYTES);
  view = new DataView(this.bytes.buffer);
  /** Bytes gathered. */
  used = 0;
  readonly #sink: ByteSink;
  #state: "open" | "flushing" | "failed" | "finished" = "open";

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Name of the sink. */
  get name(): string {
    return this.#sink.name;
  }

  /** Makes room for `count` bytes more; the promise of the last record must have been awaited. */
  reserve(count: number): void {
    if (this.#state !== "open") throw new Error(`${this.name}: a record while ${this.#state}`);
    const needed = this.used + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** A promise where so much is gathered that it must be written before the next record. */
  recordWritten(): Promise<void> | undefined {
    return this.used < FLUSH_BYTES ? undefined : this.#flush();
  }

  /** Writes what is gathered, unless writing has failed already, and closes the sink. */
  async finish(): Promise<void> {
    if (this.#state === "finished") return;
    try {
      if (this.#state === "open") await this.#flush();
    } finally {
      this.#state = "finished";
      await this.#sink[Symbol.asyncDispose]();
    }
  }

  async #flush(): Promise<void> {
    this.#state = "flushing";
    try {
      await this.#sink.write(this.bytes.subarray(0, this.used));
      this.used = 0;
      this.#state = "open";
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }
}
