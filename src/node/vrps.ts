/** Files of VRPs from files and standard input. */

import { readVrpFile, type VrpCounts, type VrpFileOptions } from "../sources/rpki/vrp-file.ts";
import { chunksAhead } from "./mrt.ts";
import { openBytes } from "./open.ts";

/**
 * Reads a file of VRPs, or `-`; gzip, bzip2 and zstd are seen through. Throws FILE and what reading
 * throws, once the VRPs before were taken.
 */
export async function loadVrps(
  file: string,
  options: Omit<VrpFileOptions, "name">,
): Promise<VrpCounts> {
  await using source = await openBytes(file);
  // Awaited here, or the source would be closed while it is read.
  return await readVrpFile(chunksAhead(source), { ...options, name: source.name });
}
