/** Sees through gzip, bzip2 and zstd: whatever a source holds, its decompressed bytes are read. */

import { ByteWindow } from "../io/byte-window.ts";
import {
  COMPRESSION_MAGIC_BYTES,
  type Compression,
  checkRatio,
  compressionOf,
} from "../io/decompress.ts";
import { PeekedSource } from "../io/peeked-source.ts";
import type { ByteSource } from "../io/port.ts";
import { AnyfibError } from "../net/errors.ts";
import { type Decoder, damagedStream } from "./decoder.ts";

const GZIP_WINDOW_BYTES = 128 * 1024;

interface Decoding {
  readonly decode: Decoder;
  readonly windowBytes: number;
}

/** Loaded where they are needed: short runs would wait for libraries that they never use. */
const DECODERS: Readonly<Record<Compression, () => Promise<Decoding>>> = {
  gzip: async () => {
    const { decodeGzip } = await import("./gzip.ts");
    return { decode: decodeGzip, windowBytes: GZIP_WINDOW_BYTES };
  },
  bzip2: async () => {
    const { BZIP2_BLOCK_BYTES_MAX, decodeBzip2 } = await import("./bzip2.ts");
    return { decode: decodeBzip2, windowBytes: 2 * BZIP2_BLOCK_BYTES_MAX };
  },
  zstd: async () => {
    const { decodeZstd, ZSTD_WINDOW_BYTES } = await import("./zstd.ts");
    return { decode: decodeZstd, windowBytes: ZSTD_WINDOW_BYTES };
  },
};

/**
 * The source's bytes, decompressed where its first bytes say that they are compressed. It owns the
 * source from here on. Reading throws DECOMPRESSION for damaged, cut or explosive input, each once
 * all that was decoded before was read.
 */
export async function decompressed(source: ByteSource): Promise<ByteSource> {
  const peeked = await PeekedSource.peek(source, COMPRESSION_MAGIC_BYTES);
  const compression = compressionOf(peeked.head);
  if (compression === undefined) return peeked;
  return new DecodedSource(peeked, compression, await DECODERS[compression]());
}

/** A compressed source, decoded as it is read. */
class DecodedSource implements ByteSource {
  readonly name: string;
  readonly #source: ByteSource;
  readonly #compression: Compression;
  readonly #window: ByteWindow;
  readonly #pieces: AsyncGenerator<Uint8Array, void, undefined>;
  #piece: Uint8Array = new Uint8Array(0);
  #outputBytes = 0;
  #failure: AnyfibError | undefined;

  constructor(source: ByteSource, compression: Compression, decoding: Decoding) {
    const { decode, windowBytes } = decoding;
    this.name = source.name;
    this.#source = source;
    this.#compression = compression;
    this.#window = new ByteWindow(source, new Uint8Array(windowBytes));
    this.#pieces = decode(this.#window);
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#piece.length === 0) {
      if (this.#failure) throw this.#failure;
      const piece = await this.#nextPiece();
      if (piece === undefined) return 0;
      this.#piece = piece;
    }
    const part = this.#piece.subarray(0, target.length);
    target.set(part);
    this.#piece = this.#piece.subarray(part.length);
    return part.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
    // Not awaited: a decoder that waits for input would wait for ever.
    this.#pieces.return().catch(() => undefined);
  }

  /** Undefined at the end. Keeps a failure: a decoder that has failed seems to have ended. */
  async #nextPiece(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.#pieces.next();
      if (next.done) return undefined;
      this.#outputBytes += next.value.length;
      checkRatio(this.name, this.#window.offset, this.#outputBytes);
      return next.value;
    } catch (error) {
      this.#failure = asFailure(this.name, this.#compression, error);
      throw this.#failure;
    }
  }
}

function asFailure(name: string, compression: Compression, error: unknown): AnyfibError {
  if (error instanceof AnyfibError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return damagedStream(name, compression, reason, error);
}
