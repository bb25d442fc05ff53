/** Compiles the data plane for one target of asconfig.json through the compiler's own API. */

import { readFileSync } from "node:fs";
import path from "node:path";
import asc from "assemblyscript/asc";
import { ROOT } from "./project.js";

/**
 * What to compile, and how it differs from what stands on disk.
 * @typedef {object} CompileRequest
 * @property {import("./project.js").Target} target which target of asconfig.json
 * @property {string} [entry] file from the project's root in place of the configured entry
 * @property {(file: string) => string | undefined} [replace] another text for a file of assembly/
 *   (a path from the root with forward slashes); undefined keeps the one on disk
 */

/**
 * Everything that the compiler wrote, by the path that asconfig.json gives it, and its errors as
 * `file:line:column: message`. A build with errors has no files.
 * @typedef {object} CompileResult
 * @property {ReadonlyMap<string, string | Uint8Array>} files
 * @property {readonly string[]} errors
 */

/**
 * Compiles one target; nothing is written to disk.
 * @param {CompileRequest} request
 * @returns {Promise<CompileResult>}
 */
export async function compileModule({ target, entry, replace }) {
  /** @type {Map<string, string | Uint8Array>} */
  const files = new Map();
  /** @type {string[]} */
  const errors = [];
  /** @param {string} name */
  const readFile = (name) => readSource(name, entry, replace);
  const result = await asc.main(["--config", "asconfig.json", "--target", target], {
    readFile,
    writeFile: (name, contents) => void files.set(fromRoot(name), contents),
    reportDiagnostic: (diagnostic) => errors.push(diagnosticText(diagnostic, readFile)),
    stderr: asc.createMemoryStream(),
  });
  if (result.error === null) return { files, errors: [] };
  return { files: new Map(), errors: errors.length > 0 ? errors : [result.error.message] };
}

/**
 * asc merges the entries of asconfig.json with those of its arguments, so another entry has to
 * stand in the configuration itself.
 * @param {string} name
 * @param {string | undefined} entry
 * @param {CompileRequest["replace"]} replace
 * @returns {string | null}
 */
function readSource(name, entry, replace) {
  const file = fromRoot(name);
  const text = replace?.(file) ?? readText(path.join(ROOT, file));
  if (file !== "asconfig.json" || entry === undefined || text === null) return text;
  return JSON.stringify({ ...JSON.parse(text), entries: [entry] });
}

/**
 * @param {string} file
 * @returns {string | null} null, as asc expects it, where there is no such file
 */
function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/**
 * @param {string} name a path as asc gives it: absolute, or from the root
 * @returns {string} from the root, with forward slashes
 */
function fromRoot(name) {
  return path.relative(ROOT, path.resolve(ROOT, name)).split(path.sep).join("/");
}

/**
 * @param {asc.DiagnosticMessage} diagnostic
 * @param {(file: string) => string | null} readFile
 * @returns {string}
 */
function diagnosticText({ message, range }, readFile) {
  if (range === null) return message;
  const file = range.source.normalizedPath;
  const before = (readFile(file) ?? "").slice(0, range.start).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return `${file}:${before.length}:${column}: ${message}`;
}
