/** In a coverage run: hands every instance of the module its counters, and writes what they say. */

import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll } from "vitest";
import { ROOT } from "../../scripts/project.js";

const counts: number[] = [];
const cover = (point: number): void => {
  counts[point] = (counts[point] ?? 0) + 1;
};

const { instantiate } = WebAssembly;
WebAssembly.instantiate = ((source: WebAssembly.Module, imports: WebAssembly.Imports = {}) =>
  instantiate(source, {
    ...imports,
    env: { cover, ...imports.env },
  })) as typeof WebAssembly.instantiate;

afterAll(() => {
  const file = path.join(ROOT, "coverage/assembly/counts", `${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(counts));
});
