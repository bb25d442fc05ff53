/** Opens what a user names: a path, or `-` for standard input or output. */

import type { ByteSink, ByteSource } from "../io/port.ts";
import { RememberedBytes } from "../io/remembered-bytes.ts";
import { decompressed } from "./decompress.ts";
import { openFileSink, openFileSource, standardInput, standardOutput } from "./files.ts";

export { isClosedPipe } from "./files.ts";

/** The name of standard input and output. */
const STANDARD = "-";
/** Of standard input, as it comes: the largest compressed tables of collectors have half of it. */
const STANDARD_BYTES_MAX = 512 * 1024 * 1024;

/** Opens what a path names. */
export type OpenBytes = (path: string) => Promise<ByteSource>;

/**
 * Opens a file, or standard input for `-`, and sees through gzip, bzip2 and zstd by its first
 * bytes. Throws FILE for what is missing, unreadable or a folder. An empty file opens: whether it
 * may be empty is for its parser to say.
 */
export async function openBytes(path: string): Promise<ByteSource> {
  return await seenThrough(path === STANDARD ? standardInput() : await openFileSource(path));
}

/**
 * Opens as openBytes does, and standard input again and again: what it brought is kept. Throws
 * USAGE where that is too much.
 */
export function openAgain(): OpenBytes {
  const standard = new RememberedBytes(async () => standardInput(), STANDARD_BYTES_MAX);
  return async (path) =>
    path === STANDARD ? await seenThrough(await standard.open()) : await openBytes(path);
}

async function seenThrough(source: ByteSource): Promise<ByteSource> {
  try {
    return await decompressed(source);
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Opens a file for writing, made or emptied, or standard output for `-`. Throws FILE; a write to a
 * pipe that its reader has closed throws one that `isClosedPipe` knows.
 */
export async function openSink(path: string): Promise<ByteSink> {
  return path === STANDARD ? standardOutput() : openFileSink(path);
}
