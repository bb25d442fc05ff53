/** MRT files from files and standard input. */

import type { ByteSource } from "../io/port.ts";
import { type MrtCounts, type MrtOptions, readMrt } from "../sources/mrt.ts";
import { type OpenBytes, openBytes } from "./open.ts";

/** Bytes asked of a source at a time. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads an MRT file, or `-`; gzip, bzip2 and zstd are seen through. Throws FILE and what reading
 * throws, once the records before were taken.
 */
export async function loadMrt(
  file: string,
  options: Omit<MrtOptions, "name">,
  open: OpenBytes = openBytes,
): Promise<MrtCounts> {
  await using source = await open(file);
  // Awaited here, or the source would be closed while it is read.
  return await readMrt(chunksAhead(source), { ...options, name: source.name });
}

/** What a source brings, each piece read while the one before it is dealt with. */
export async function* chunksAhead(
  source: ByteSource,
): AsyncGenerator<Uint8Array, void, undefined> {
  let [current, next] = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
  let pending = source.read(current);
  for (;;) {
    const count = await pending;
    if (count === 0) return;
    pending = source.read(next);
    // Its failure comes to light where it is awaited, if ever.
    pending.catch(() => undefined);
    yield current.subarray(0, count);
    [current, next] = [next, current];
  }
}
