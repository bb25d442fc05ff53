/**
 * A byte stream that is read again and again: from memory, once it was read and is not too long.
 * Whoever replays a capture in a loop then waits for no file in between.
 */

import { AnyfibError } from "../net/errors.ts";
import type { ByteSource } from "./port.ts";

/** What is kept; longer streams are opened anew. */
export const REMEMBERED_BYTES_MAX = 64 * 1024 * 1024;
const STANDARD_INPUT = "-";

/** Opened one at a time. */
export class RememberedBytes {
  readonly #openAnew: () => Promise<ByteSource>;
  readonly #bytesMax: number;
  #name = "";
  #pieces: Uint8Array[] = [];
  #length = 0;
  #isOpened = false;

  constructor(openAnew: () => Promise<ByteSource>, bytesMax = REMEMBERED_BYTES_MAX) {
    this.#openAnew = openAnew;
    this.#bytesMax = bytesMax;
  }

  /**
   * The stream from its start. Once it was opened before, as far as it was read then, unless that
   * was too long. Throws what opening it anew throws, and USAGE for long standard input.
   */
  async open(): Promise<ByteSource> {
    if (this.#isOpened && this.#length <= this.#bytesMax) return this.#fromMemory();
    if (this.#isOpened && this.#name === STANDARD_INPUT) throw this.#readOnce();
    const source = await this.#openAnew();
    this.#isOpened = true;
    this.#name = source.name;
    this.#pieces = [];
    this.#length = 0;
    return {
      name: source.name,
      read: async (target) => {
        const count = await source.read(target);
        this.#keep(target.subarray(0, count));
        return count;
      },
      [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
    };
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length <= this.#bytesMax) this.#pieces.push(piece.slice());
    else this.#pieces = [];
  }

  #fromMemory(): ByteSource {
    const pieces = this.#pieces;
    let at = 0;
    let passed = 0;
    return {
      name: this.#name,
      read: async (target) => {
        const part = pieces[at]?.subarray(passed, passed + target.length);
        if (part === undefined) return 0;
        target.set(part);
        passed += part.length;
        if (passed === pieces[at]?.length) [at, passed] = [at + 1, 0];
        return part.length;
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #readOnce(): AnyfibError {
    return new AnyfibError({
      code: "USAGE",
      what: `more than ${this.#bytesMax} bytes are not kept to be read again`,
      where: this.#name,
      hint: "write them to a file, and give that",
      detail: { most: this.#bytesMax },
    });
  }
}
