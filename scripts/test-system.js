/** Runs test/system/, which needs root for namespaces and raw sockets, or says why it does not. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./project.js";

const folder = path.join(ROOT, "test/system");
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".test.ts"),
    )
  : [];
const isRoot = process.getuid?.() === 0;

if (files.length === 0) skip("test/system/ holds no tests yet");
else if (process.platform !== "linux") skip("system tests need Linux");
else if (!isRoot) skip("system tests need root, for network namespaces and raw sockets");
else {
  const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
  const run = spawnSync(process.execPath, [vitest, "run", "--mode", "system"], {
    cwd: ROOT,
    stdio: "inherit",
  });
  process.exitCode = run.status ?? 1;
}

/** @param {string} reason */
function skip(reason) {
  console.log(`skipped: ${reason}`);
  console.log(`0 passed, 0 failed, ${files.length} skipped`);
}
