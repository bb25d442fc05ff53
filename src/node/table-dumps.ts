/** Table dumps from files and standard input. */

import { readTableDump, type TableDumpOptions, type TableDumpResult } from "../sources/mrt.ts";
import { openBytes } from "./open.ts";
import { chunksOf } from "./tables.ts";

/**
 * Reads an MRT table dump, or `-`; gzip, bzip2 and zstd are seen through. Throws FILE and what
 * reading throws, once the records before were taken.
 */
export async function loadTableDump(
  file: string,
  options: Omit<TableDumpOptions, "name">,
): Promise<TableDumpResult> {
  await using source = await openBytes(file);
  // Awaited here, or the source would be closed while it is read.
  return await readTableDump(chunksOf(source), { ...options, name: source.name });
}
