/** The two steps of the build, each skipped while its inputs are what they were. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT, TARGETS } from "./project.js";

const packagePath = createRequire(import.meta.url).resolve;

/** A step that failed: `message` is one line, `details` what the compilers said. */
export class BuildError extends Error {
  /**
   * @param {string} message
   * @param {readonly string[]} [details]
   */
  constructor(message, details = []) {
    super(message);
    this.details = details;
  }
}

/**
 * Compiles assembly/ into dist/wasm/, one module a target.
 * @returns {Promise<void>}
 */
export async function buildModules() {
  const inputs = ["assembly", "asconfig.json", packagePath("assemblyscript/package.json")];
  await unlessFresh("dist/wasm", inputs, async () => {
    const { compileModule } = await import("./compile-module.js"); // half a second to load
    for (const target of TARGETS) {
      const { files, errors } = await compileModule({ target });
      if (errors.length > 0) throw new BuildError(`assembly/ does not compile (${target})`, errors);
      for (const [file, contents] of files) writeWhole(path.join(ROOT, file), contents);
    }
  });
}

/**
 * Compiles src/ and bench/ into dist/, with their types.
 * @returns {Promise<void>}
 */
export async function buildHost() {
  const compiler = packagePath("typescript/package.json");
  const inputs = ["src", "bench", "assembly/layout.ts", "tsconfig.json", compiler];
  await unlessFresh("dist/src", inputs, async () => {
    runTsc("tsconfig.json");
    ownTheAmbientType("dist/assembly/layout.d.ts");
    const main = path.join(ROOT, "dist/src/cli/main.js");
    if (existsSync(main)) chmodSync(main, 0o755);
  });
}

/**
 * The layout's types use AssemblyScript's u32, which our sources declare for all files at once;
 * whoever installs the package has no such declaration.
 * @param {string} declarations path of a .d.ts file from the root
 */
function ownTheAmbientType(declarations) {
  const file = path.join(ROOT, declarations);
  writeWhole(file, `type u32 = number;\n${readFileSync(file, "utf8")}`);
}

/**
 * Runs the TypeScript compiler, which prints its own errors.
 * @param {string} project path of a tsconfig.json from the root
 */
export function runTsc(project) {
  const tsc = packagePath("typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (status !== 0) throw new BuildError(`${project} does not compile`);
}

/**
 * Runs a step when its output is gone, or a file of its inputs has another name or content than
 * at the last success.
 * @param {string} output folder that the step fills, from the root
 * @param {readonly string[]} inputs files and folders, from the root or absolute
 * @param {() => Promise<void>} step
 */
async function unlessFresh(output, inputs, step) {
  const stamp = path.join(ROOT, "node_modules/.cache/anyfib", output.replace("/", "-"));
  const digest = digestOf(inputs);
  const isFresh = existsSync(path.join(ROOT, output)) && existsSync(stamp);
  if (isFresh && readFileSync(stamp, "utf8") === digest) return;
  await step();
  writeWhole(stamp, digest);
}

/**
 * @param {readonly string[]} inputs
 * @returns {string}
 */
function digestOf(inputs) {
  const hash = createHash("sha256");
  for (const input of inputs.map((name) => path.resolve(ROOT, name))) {
    for (const file of filesUnder(input)) {
      hash
        .update(`${path.relative(ROOT, file)}\0`)
        .update(readFileSync(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

/**
 * @param {string} place a file or a folder
 * @returns {string[]} the file itself, or all files below the folder, in a stable order
 */
function filesUnder(place) {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Writes beside the file and renames, so that a reader never sees half of it.
 * @param {string} file
 * @param {string | Uint8Array} contents
 */
function writeWhole(file, contents) {
  const part = `${file}.${process.pid}.part`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(part, contents);
  renameSync(part, file);
}
