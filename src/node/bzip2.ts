/** Decodes bzip2, all its streams, block by block through seek-bzip. */

import Bunzip from "seek-bzip";
import type { ByteWindow } from "../io/byte-window.ts";
import { AnyfibError } from "../net/errors.ts";
import { damagedStream, endsInside } from "./decoder.ts";

/**
 * A block has at most 32,767 selectors, each for 50 symbols of at most 20 bits, and some tables:
 * 4.1 million bytes, which must be at hand, since the decoder cannot wait in the middle of a block.
 */
export const BZIP2_BLOCK_BYTES_MAX = 4_300_000;

const OUTPUT_BYTES = 1024 * 1024;

/** A Decoder. */
export async function* decodeBzip2(
  window: ByteWindow,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new WindowInput(window);
  const output = new GrowingOutput();
  while (await window.fill(1)) {
    await window.fill(BZIP2_BLOCK_BYTES_MAX);
    const bunzip = attempt(window, () => new Bunzip(input, output));
    while (attempt(window, () => bunzip._init_block())) {
      attempt(window, () => bunzip._read_bunzip());
      input.consume();
      yield output.take();
      await window.fill(BZIP2_BLOCK_BYTES_MAX);
    }
    const checksum = attempt(window, () => bunzip.reader.read(32)) >>> 0;
    if (checksum !== bunzip.streamCRC) throw damagedStream(window.name, "bzip2", "bad checksum");
    input.consume();
  }
}

/** Runs a step of the library, which throws plain errors. */
function attempt<T>(window: ByteWindow, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof AnyfibError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw damagedStream(window.name, "bzip2", reason, error);
  }
}

/** The window's bytes, one at a time. */
class WindowInput implements Bunzip.Input {
  readonly #window: ByteWindow;
  #position = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  readByte(): number {
    const { storage, start, end } = this.#window;
    const at = start + this.#position;
    const byte = storage[at];
    if (at >= end || byte === undefined) throw endsInside(this.#window.name, "bzip2");
    this.#position++;
    return byte;
  }

  read(buffer: Uint8Array, offset: number, length: number): number {
    for (let index = 0; index < length; index++) buffer[offset + index] = this.readByte();
    return length;
  }

  /** Lets the window go on to the first byte that was not read. */
  consume(): void {
    this.#window.consume(this.#position);
    this.#position = 0;
  }
}

/** Gathers a block: up to 46 MB, where runs of equal bytes were folded. */
class GrowingOutput implements Bunzip.Output {
  #bytes = new Uint8Array(OUTPUT_BYTES);
  #used = 0;

  writeByte(byte: number): void {
    if (this.#used === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#used++] = byte;
  }

  /** What was gathered; it is overwritten from now on. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    return taken;
  }
}
