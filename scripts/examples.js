/** Runs every examples/NAME/main.js on the built package; each has five seconds. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./project.js";

const TIME_LIMIT_MS = 5000;

const folder = path.join(ROOT, "examples");
const names = existsSync(folder) ? readdirSync(folder).sort() : [];
const examples = names.filter((name) => existsSync(path.join(folder, name, "main.js")));
if (examples.length === 0) throw new Error("no example has a main.js");

for (const name of examples) {
  const main = path.join(folder, name, "main.js");
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
