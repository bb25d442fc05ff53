/** Builds, and runs `anyfib bench` with the arguments that are given. */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { buildHost, buildModules } from "./build-steps.js";
import { ROOT } from "./project.js";

await buildModules();
await buildHost();
const main = path.join(ROOT, "dist/src/cli/main.js");
const args = [main, "bench", ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
process.exitCode = status ?? 1;
