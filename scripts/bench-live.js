/** Builds, and runs the benchmark of live forwarding with the arguments that are given; as root. */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { buildHost, buildModules, runTsc } from "./build-steps.js";
import { ROOT } from "./project.js";

await buildModules();
await buildHost();
runTsc("bench/tsconfig.json");
const main = path.join(ROOT, "dist/bench/rivals/live-main.js");
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
