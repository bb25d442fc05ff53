/** What is known of compressed input before it is decoded: its format, and how far it may grow. */

import { AnyfibError } from "../net/errors.ts";

/** Formats that are seen through. */
export type Compression = "gzip" | "bzip2" | "zstd";

/** First bytes that `compressionOf` wants to see, unless the input has fewer. */
export const COMPRESSION_MAGIC_BYTES = 10;

/**
 * A bomb is output of more than RATIO_MAX times its input and of more than FREE_BYTES. Tables and
 * captures compress 3 to 50 times. Deflate reaches 1,032 at its very best, with nothing but equal
 * bytes, so a bomb of gzip is caught too; small files may be as empty as they like.
 */
export const DECOMPRESSION_RATIO_MAX = 1000;
/** Decompressed bytes that are never a bomb. */
export const DECOMPRESSION_FREE_BYTES = 64 * 1024 * 1024;

const GZIP_DEFLATE = [0x1f, 0x8b, 0x08];
const BZIP2 = [0x42, 0x5a, 0x68];
/** What follows the level: a block (the digits of pi), or the end of an empty stream. */
const BZIP2_NEXT = [
  [0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
  [0x17, 0x72, 0x45, 0x38, 0x50, 0x90],
];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Of a skippable frame, behind a first byte of 0x50 to 0x5f (RFC 8878 section 3.1.2). */
const ZSTD_SKIPPABLE = [0x2a, 0x4d, 0x18];

/** True where `bytes` go on like `magic` from `at`, as far as there are any. */
function goesOn(bytes: Uint8Array, at: number, magic: readonly number[]): boolean {
  return magic.every((byte, index) => at + index >= bytes.length || bytes[at + index] === byte);
}

/** The format that a file's first bytes are the start of; a name tells nothing. */
export function compressionOf(bytes: Uint8Array): Compression | undefined {
  if (bytes.length < 4) return undefined;
  if (goesOn(bytes, 0, GZIP_DEFLATE)) return "gzip";
  if (goesOn(bytes, 0, ZSTD)) return "zstd";
  const [first = 0, , , level = 0] = bytes;
  if (first >> 4 === 5 && goesOn(bytes, 1, ZSTD_SKIPPABLE)) return "zstd";
  const isBzip2 = goesOn(bytes, 0, BZIP2) && level >= 0x31 && level <= 0x39;
  return isBzip2 && BZIP2_NEXT.some((magic) => goesOn(bytes, 4, magic)) ? "bzip2" : undefined;
}

/** Throws DECOMPRESSION where so much output from so much input is a bomb. */
export function checkRatio(name: string, inputBytes: number, outputBytes: number): void {
  if (outputBytes <= DECOMPRESSION_FREE_BYTES) return;
  if (outputBytes <= inputBytes * DECOMPRESSION_RATIO_MAX) return;
  throw new AnyfibError({
    code: "DECOMPRESSION",
    what: `${inputBytes} bytes became ${outputBytes}: more than ${DECOMPRESSION_RATIO_MAX} times`,
    where: name,
    hint: "if the file is no decompression bomb, decompress it first",
    detail: { inputBytes, outputBytes },
  });
}
