/** Before a coverage run: compiles the three builds with counters, away from the real ones. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { compileModule } from "../../scripts/compile-module.js";
import { instrumentAssembly } from "../../scripts/instrument.js";
import { ROOT, TARGETS } from "../../scripts/project.js";

/** The tests get the same names as ever, and do not see the counters. */
export default async function setup(project: TestProject): Promise<void> {
  const directory = path.join(ROOT, "coverage/assembly");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.join(directory, "counts"), { recursive: true });

  const { texts, points } = instrumentAssembly();
  writeFileSync(path.join(directory, "points.json"), JSON.stringify(points));
  for (const target of TARGETS) {
    const { files, errors } = await compileModule({ target, replace: (file) => texts.get(file) });
    if (errors.length > 0) throw new Error(errors.join("\n"));
    writeFileSync(
      path.join(directory, `${target}.wasm`),
      files.get(`dist/wasm/${target}.wasm`) ?? "",
    );
  }
  project.provide("modules", { built: true, directory });
}
