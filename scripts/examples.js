/** Runs every examples/NAME/main.js on the built package; each has five seconds. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./project.js";

const TIME_LIMIT_MS = 5000;

for (const name of readdirSync(path.join(ROOT, "examples")).sort()) {
  const main = path.join(ROOT, "examples", name, "main.js");
  if (!existsSync(main)) continue;
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [main], {
    cwd: path.dirname(main),
    encoding: "utf8",
    timeout: TIME_LIMIT_MS,
  });
  console.log(`examples/${name}: ${status === 0 ? "passed" : "failed"}`);
  if (status === 0) continue;
  console.error(`${stdout}${stderr}${error?.message ?? ""}`);
  process.exitCode = 1;
}
