/** Measures what no noise can blur and holds it against bench/gates.json; `--accept` writes it. */

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildHost, buildModules } from "./build-steps.js";
import { instrumentMemory } from "./instrument-memory.js";
import { ROOT } from "./project.js";

const GATES = path.join(ROOT, "bench/gates.json");

/** @param {string} file path from the root */
const read = (file) => Uint8Array.from(readFileSync(path.join(ROOT, file)));

await buildModules();
await buildHost();
/** @type {typeof import("../bench/exact.ts")} */
const { breaches, exactFigures } = await import(path.join(ROOT, "dist/bench/exact.js"));
const release = read("dist/wasm/release.wasm");
const shared = read("dist/wasm/shared.wasm");
const figures = await exactFigures({ release, shared, instrumented: instrumentMemory(release) });
if (process.argv.includes("--accept")) {
  writeFileSync(GATES, `${JSON.stringify(figures, null, 2)}\n`);
}
const broken = breaches(figures, JSON.parse(readFileSync(GATES, "utf8")));
for (const line of broken) console.error(line);
console.log(`${Object.keys(figures).length} exact figures, ${broken.length} breaches`);
if (broken.length > 0) process.exitCode = 1;
