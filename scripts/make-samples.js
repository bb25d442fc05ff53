/** Writes samples/ by the built library: `npm run build && node scripts/make-samples.js`. */

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./project.js";
import { sampleFiles } from "./samples/files.js";

/**
 * A module of the built library.
 * @param {string} file
 */
function built(file) {
  return import(pathToFileURL(path.join(ROOT, "dist/src", file)).href);
}

const folder = path.join(ROOT, "samples");
const { Random } = await built("replay/random.js");
const { generateTable } = await built("replay/generate-table.js");
const { PcapngWriter } = await built("io/pcapng-writer.js");

mkdirSync(folder, { recursive: true });
for (const [name, bytes] of await sampleFiles({ Random, generateTable, PcapngWriter })) {
  writeFileSync(path.join(folder, name), bytes);
}
