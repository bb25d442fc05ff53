/** MRT files from files and standard input. */

import { type MrtCounts, type MrtOptions, readMrt } from "../sources/mrt.ts";
import { openBytes } from "./open.ts";
import { chunksOf } from "./tables.ts";

/**
 * Reads an MRT file, or `-`; gzip, bzip2 and zstd are seen through. Throws FILE and what reading
 * throws, once the records before were taken.
 */
export async function loadMrt(file: string, options: Omit<MrtOptions, "name">): Promise<MrtCounts> {
  await using source = await openBytes(file);
  // Awaited here, or the source would be closed while it is read.
  return await readMrt(chunksOf(source), { ...options, name: source.name });
}
