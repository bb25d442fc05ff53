/** Packs the built package, installs it into an empty project and uses it there as others would. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { publint } from "publint";
import { ROOT } from "./project.js";

/** Both entries, as a program under every strict check, the package's own types included. */
const PROGRAM = `
import { createForwarder } from "anyfib";
import { createForwarder as createInBrowser } from "anyfib/core";

const makers: readonly ((...options: never[]) => Promise<object>)[] = [
  createForwarder,
  createInBrowser,
];
if (makers.some((maker) => typeof maker !== "function")) throw new Error("no forwarder");
`;

const TSCONFIG = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "dom", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    skipLibCheck: false,
    types: [],
  },
};

/** A measurement in threads over the shared build, with a file of every folder that is packed. */
const BENCH = "bench fib -4 --routes 1k --pattern prefix --workers 2 --rounds 1 --json".split(" ");

/** Of what a failed step said: enough to see the first error. */
const LINES_SHOWN = 20;

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const npm = process.env.npm_execpath ?? "";
const project = mkdtempSync(path.join(tmpdir(), "anyfib-package-"));

try {
  if (npm === "") throw new Error("run me as npm run package");
  const { messages } = await publint({ pkgDir: ROOT, strict: true });
  if (messages.length > 0) throw new Error(messages.map((m) => JSON.stringify(m)).join("\n"));
  run(ROOT, npm, "pack", "--ignore-scripts", "--silent", "--pack-destination", project);
  const [archive = ""] = readdirSync(project);
  writeFileSync(path.join(project, "package.json"), '{ "type": "module" }');
  run(project, npm, "install", "--ignore-scripts", "--prefer-offline", "--no-audit", archive);

  writeFileSync(path.join(project, "program.ts"), PROGRAM);
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
  run(project, tsc);
  run(project, path.join(project, "program.js"));
  run(project, npm, "exec", "--offline", "--", "anyfib", "--version");
  run(project, npm, "exec", "--offline", "--", "anyfib", ...BENCH);
  console.log(`${archive} installs, imports, type-checks and runs`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}

/**
 * Runs a JavaScript program; throws with what it said where it fails.
 * @param {string} cwd
 * @param {string} program
 * @param {string[]} args
 */
function run(cwd, program, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: "utf8",
  });
  if (status !== 0) {
    const said = `${stdout}${stderr}`.split("\n").slice(0, LINES_SHOWN).join("\n");
    throw new Error(`${path.basename(program)} ${args.join(" ")} failed\n${said}`);
  }
}
