/** Runs an example as its reader does: in a process of its own, on the built package. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../scripts/project.js";

/** Lines that the example prints. Throws with all that it said where it fails. */
export function runExample(name: string): readonly string[] {
  if (!existsSync(path.join(ROOT, "dist/src/index.js"))) {
    throw new Error("examples run on the built package: npm run build");
  }
  const main = path.join(ROOT, "examples", name, "main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: "utf8" });
  if (status !== 0) throw new Error(`examples/${name} ended with ${status}\n${stdout}${stderr}`);
  return stdout.trimEnd().split("\n");
}
