/** A stretch of a byte stream held in fixed storage: filled on demand, consumed from the front. */

import type { ByteSource } from "./port.ts";

/**
 * What is held lies at `start` to `end` of the storage. Filling moves it to the storage's start,
 * so views and positions hold until the next `fill`. The source stays its owner's.
 */
export class ByteWindow {
  readonly storage: Uint8Array;
  readonly #source: ByteSource;
  #start = 0;
  #end = 0;
  #passed = 0;
  #isEnded = false;

  constructor(source: ByteSource, storage: Uint8Array) {
    this.#source = source;
    this.storage = storage;
  }

  /** Name of the source. */
  get name(): string {
    return this.#source.name;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Bytes held. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Position in the stream of the first byte held. */
  get offset(): number {
    return this.#passed + this.#start;
  }

  /** The bytes held, a view. */
  get bytes(): Uint8Array {
    return this.storage.subarray(this.#start, this.#end);
  }

  /** The bytes held, as numbers of either byte order. */
  get view(): DataView {
    const { buffer, byteOffset } = this.storage;
    return new DataView(buffer, byteOffset + this.#start, this.length);
  }

  /** Lets go of the first `count` bytes held. */
  consume(count: number): void {
    this.#start += count;
  }

  /**
   * Reads until at least `count` bytes (no more than the storage has) are held; true when they
   * are, false when the source ended before. A failing read loses nothing that is held.
   */
  async fill(count: number): Promise<boolean> {
    if (this.length >= count) return true;
    if (this.#start > 0) {
      this.storage.copyWithin(0, this.#start, this.#end);
      this.#passed += this.#start;
      this.#end -= this.#start;
      this.#start = 0;
    }
    while (this.#end < count && !this.#isEnded) {
      const read = await this.#source.read(this.storage.subarray(this.#end));
      this.#isEnded = read === 0;
      this.#end += read;
    }
    return this.#end >= count;
  }
}
