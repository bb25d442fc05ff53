/** Builds, and runs our engine beside its rivals with the arguments that are given. */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { buildHost, buildModules, runTsc } from "./build-steps.js";
import { ROOT } from "./project.js";

await buildModules();
await buildHost();
runTsc("bench/tsconfig.json");
const main = path.join(ROOT, "dist/bench/rivals/main.js");
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
