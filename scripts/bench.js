/** Runs bench/NAME.bench.ts in a process of its own: those named, or all of them. */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { buildHost, buildModules, runTsc } from "./build-steps.js";
import { ROOT } from "./project.js";

const ENDING = ".bench.ts";
const all = readdirSync(path.join(ROOT, "bench"))
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));

if (unknown.length > 0 || all.length === 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are: ${all.join(", ") || "none"}`);
  process.exitCode = 2;
} else {
  await buildModules();
  await buildHost();
  runTsc("bench/tsconfig.json");
  for (const name of asked.length > 0 ? asked : all) {
    const file = path.join(ROOT, "dist/bench", `${name}.bench.js`);
    const { status } = spawnSync(process.execPath, ["--expose-gc", file], { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}
