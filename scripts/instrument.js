/** Puts counters into assembly/: before every statement, and at the head of every function. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  BlockStatement,
  ClassDeclaration,
  DoStatement,
  EmptyStatement,
  ForStatement,
  FunctionDeclaration,
  IfStatement,
  Parser,
  SwitchStatement,
  WhileStatement,
} from "assemblyscript";
import { ROOT } from "./project.js";

/**
 * What a counter counts: the calls of a function, or the runs of a statement, which has no name.
 * @typedef {{ readonly file: string, readonly line: number, readonly name?: string }} Point
 */

/** @typedef {import("assemblyscript").Statement} Statement */

/** The counters live in the host: the module's memory is laid out to the last byte. */
const IMPORT = `
@external("env", "cover")
declare function __cover(point: u32): void;
`;

/**
 * Instruments every file of assembly/. The counter of points[n] is the call `cover(n)`.
 * @returns {{ texts: ReadonlyMap<string, string>, points: readonly Point[] }}
 */
export function instrumentAssembly() {
  /** @type {Map<string, string>} */
  const texts = new Map();
  /** @type {Point[]} */
  const points = [];
  const names = readdirSync(path.join(ROOT, "assembly"), { recursive: true, encoding: "utf8" });
  for (const name of names.filter((one) => one.endsWith(".ts")).sort()) {
    const file = path.posix.join("assembly", name.split(path.sep).join("/"));
    const text = readFileSync(path.join(ROOT, file), "utf8");
    texts.set(file, instrument(file, text, points));
  }
  return { texts, points };
}

/**
 * The text with counters, every line where it was; `points` grows by what they count.
 * @param {string} file
 * @param {string} text
 * @param {Point[]} points
 * @returns {string}
 */
export function instrument(file, text, points) {
  const parser = new Parser();
  parser.parseFile(text, file, true);
  /** @type {{ readonly at: number, readonly text: string }[]} */
  const inserts = [];

  /**
   * @param {number} at
   * @param {string} [name]
   */
  const count = (at, name) => {
    const line = text.slice(0, at).split("\n").length;
    inserts.push({ at, text: `__cover(${points.length}); ` });
    points.push(name === undefined ? { file, line } : { file, line, name });
  };

  /** @param {Statement} statement */
  const countStatement = (statement) => {
    if (statement instanceof EmptyStatement) return;
    if (!(statement instanceof BlockStatement)) count(statement.range.start);
    for (const { inner, isList } of innerStatements(statement)) {
      const isBare = !isList && !(inner instanceof BlockStatement);
      if (isBare) inserts.push({ at: inner.range.start, text: "{ " });
      countStatement(inner);
      if (isBare) inserts.push({ at: endOf(inner, text), text: " }" });
    }
  };

  for (const { name, body } of functionsOf(parser.sources[0]?.statements ?? [])) {
    count(body.range.start + 1, name);
    countStatement(body);
  }
  return withInserts(text, inserts) + (inserts.length > 0 ? IMPORT : "");
}

/**
 * Functions and methods with a body in braces.
 * @param {readonly Statement[]} statements
 * @returns {{ name: string, body: BlockStatement }[]}
 */
function functionsOf(statements) {
  return statements.flatMap((statement) => {
    if (statement instanceof ClassDeclaration) return functionsOf(statement.members);
    const isFunction = statement instanceof FunctionDeclaration;
    if (!isFunction || !(statement.body instanceof BlockStatement)) return [];
    return [{ name: statement.name.text, body: statement.body }];
  });
}

/**
 * The statements right inside one; those of a list need no braces to take another in front.
 * @param {Statement} statement
 * @returns {{ inner: Statement, isList: boolean }[]}
 */
function innerStatements(statement) {
  if (statement instanceof BlockStatement) {
    return statement.statements.map((inner) => ({ inner, isList: true }));
  }
  if (statement instanceof SwitchStatement) {
    const inside = statement.cases.flatMap((one) => one.statements);
    return inside.map((inner) => ({ inner, isList: true }));
  }
  if (statement instanceof IfStatement) {
    const branches = [statement.ifTrue, statement.ifFalse].filter((one) => one !== null);
    return branches.map((inner) => ({ inner, isList: false }));
  }
  const isLoop =
    statement instanceof ForStatement ||
    statement instanceof WhileStatement ||
    statement instanceof DoStatement;
  return isLoop ? [{ inner: statement.body, isList: false }] : [];
}

/**
 * Where a statement ends, with the semicolon that its range may leave out.
 * @param {Statement} statement
 * @param {string} text
 * @returns {number}
 */
function endOf({ range }, text) {
  return range.end + (/^\s*;/.exec(text.slice(range.end))?.[0].length ?? 0);
}

/**
 * @param {string} text
 * @param {readonly { readonly at: number, readonly text: string }[]} inserts in the order of their
 *   places, as far as they share one
 * @returns {string}
 */
function withInserts(text, inserts) {
  const sorted = [...inserts].sort((a, b) => a.at - b.at);
  let result = "";
  let copied = 0;
  for (const insert of sorted) {
    result += text.slice(copied, insert.at) + insert.text;
    copied = insert.at;
  }
  return result + text.slice(copied);
}
