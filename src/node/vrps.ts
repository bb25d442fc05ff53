/** Files of VRPs from files and standard input. */

import path from "node:path";
import { VrpChanges, VrpTable } from "../rib/origin-validation.ts";
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

/**
 * The VRPs of a file that a configuration names, which its path starts from. Throws what loadVrps
 * does; says through `warn` what does not count.
 */
export async function configVrps(
  named: string,
  config: string,
  warn: (warning: string) => void,
): Promise<VrpTable> {
  const changes = new VrpChanges();
  const vrps = new VrpTable();
  const file = path.resolve(path.dirname(config), named);
  const { expired, damaged } = await loadVrps(file, {
    changes,
    now: Date.now() / 1000,
    takeAspa: ({ customer, providers }) => vrps.aspas.add(customer, providers),
  });
  if (expired > 0) warn(`${file}: ${expired} VRPs or ASPAs have ended and do not count`);
  if (damaged > 0) warn(`${file}: ${damaged} damaged entries were passed over`);
  vrps.apply(changes);
  return vrps;
}
