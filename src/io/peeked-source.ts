/** A source whose first bytes can be looked at before it is read. */

import { ByteWindow } from "./byte-window.ts";
import type { ByteSource } from "./port.ts";

/** Reads as the source does, from its first byte on. */
export class PeekedSource implements ByteSource {
  readonly name: string;
  /** The first bytes: as many as were asked for, or all that there are. */
  readonly head: Uint8Array;
  readonly #source: ByteSource;
  #unread: Uint8Array;

  private constructor(source: ByteSource, head: Uint8Array) {
    this.name = source.name;
    this.head = head;
    this.#source = source;
    this.#unread = head;
  }

  /** Looks at the first bytes of a source, which is the peeked source's own from here on. */
  static async peek(source: ByteSource, bytes: number): Promise<PeekedSource> {
    const window = new ByteWindow(source, new Uint8Array(bytes));
    await window.fill(bytes);
    return new PeekedSource(source, window.bytes);
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#unread.length === 0) return this.#source.read(target);
    const piece = this.#unread.subarray(0, target.length);
    target.set(piece);
    this.#unread = this.#unread.subarray(piece.length);
    return piece.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }
}
