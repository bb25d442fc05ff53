/**
 * Runs what a change must pass: the exact gates, then the gated subset of the benchmark beside
 * bench/baseline.json. `--accept` writes both anew; `--all` measures the matrix and judges nothing.
 */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { ROOT } from "./project.js";

const args = process.argv.slice(2);

/**
 * @param {string} program path from the root
 * @param {readonly string[]} flags
 */
function run(program, flags) {
  const { status } = spawnSync(process.execPath, [path.join(ROOT, program), ...flags], {
    stdio: "inherit",
  });
  // The first that fails says how.
  process.exitCode ||= status ?? 1;
}

// Builds, too.
run("scripts/bench-gates.js", args.includes("--accept") ? ["--accept"] : []);
run("dist/bench/suite-main.js", args);
