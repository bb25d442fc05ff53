/** Reads assembly/layout.ts as data: its sections, its constants, and the checksum over them. */

import ts from "typescript";

/**
 * A constant; `doc` is its own comment, empty where it shares the one above it.
 * @typedef {{ readonly name: string, readonly value: number, readonly doc: string }} Constant
 */

/**
 * The constants below one heading.
 * @typedef {{ readonly title: string, readonly constants: readonly Constant[] }} Section
 */

/** The one constant that is computed from all others. */
export const CHECKSUM_NAME = "LAYOUT_CHECKSUM";

/** Constants are literals in both languages up to here: beyond, asc would need an unsigned one. */
const VALUE_MAX = 0x7fffffff;

const HEADING = /^\/\/ --- (.+?) -+$/;

/**
 * Reads the layout; throws where it holds anything but `export const NAME: u32 = …` of literals
 * and earlier constants joined by + and *.
 * @param {string} text of layout.ts
 * @returns {readonly Section[]}
 */
export function readLayout(text) {
  const tree = ts.createSourceFile("layout.ts", text, ts.ScriptTarget.Latest, true);
  /** @type {Map<string, number>} */
  const values = new Map();
  /** @type {{ title: string, constants: Constant[] }[]} */
  const sections = [];
  for (const statement of tree.statements) {
    const comments = commentsAbove(statement, text);
    const title = comments.map((comment) => HEADING.exec(comment)?.[1]).find(Boolean);
    if (title !== undefined) sections.push({ title, constants: [] });
    const { name, value } = readConstant(statement, values);
    values.set(name, value);
    const doc = docText(comments.at(-1) ?? "");
    sections.at(-1)?.constants.push({ name, value, doc });
  }
  return sections;
}

/**
 * FNV-1a over "NAME=value\n" of every constant but the checksum itself, in the order of the file,
 * without its top bit.
 * @param {readonly Section[]} sections
 * @returns {number}
 */
export function layoutChecksum(sections) {
  let hash = 0x811c9dc5;
  for (const { name, value } of sections.flatMap(({ constants }) => constants)) {
    if (name === CHECKSUM_NAME) continue;
    for (const byte of new TextEncoder().encode(`${name}=${value}\n`)) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
  }
  return hash & VALUE_MAX;
}

/**
 * @param {ts.Statement} statement
 * @param {ReadonlyMap<string, number>} earlier
 * @returns {{ name: string, value: number }}
 */
function readConstant(statement, earlier) {
  const declaration = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations[0]
    : undefined;
  const isConstant = /^export const [A-Z][A-Z0-9_]*: u32 = /.test(statement.getText());
  if (!isConstant || declaration?.initializer === undefined) {
    throw new Error(`layout.ts: not an exported constant: ${statement.getText()}`);
  }
  const name = declaration.name.getText();
  const value = evaluate(declaration.initializer, earlier);
  if (!(value <= VALUE_MAX)) throw new Error(`layout.ts: ${name} is not below 2^31`);
  return { name, value };
}

/**
 * @param {ts.Expression} expression
 * @param {ReadonlyMap<string, number>} earlier
 * @returns {number}
 */
function evaluate(expression, earlier) {
  if (ts.isNumericLiteral(expression)) return Number(expression.text);
  if (ts.isParenthesizedExpression(expression)) return evaluate(expression.expression, earlier);
  const known = earlier.get(expression.getText());
  if (known !== undefined) return known;
  if (ts.isBinaryExpression(expression)) {
    const left = evaluate(expression.left, earlier);
    const right = evaluate(expression.right, earlier);
    if (expression.operatorToken.kind === ts.SyntaxKind.PlusToken) return left + right;
    if (expression.operatorToken.kind === ts.SyntaxKind.AsteriskToken) return left * right;
  }
  throw new Error(`layout.ts: the two compilers may differ on ${expression.getText()}`);
}

/**
 * @param {ts.Statement} statement
 * @param {string} text
 * @returns {string[]}
 */
function commentsAbove(statement, text) {
  const ranges = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [];
  return ranges.map(({ pos, end }) => text.slice(pos, end));
}

/**
 * @param {string} comment
 * @returns {string} the words of a doc comment on one line, nothing of any other comment
 */
function docText(comment) {
  if (!comment.startsWith("/**")) return "";
  return comment
    .slice(3, -2)
    .replace(/\n\s*\* ?/g, " ")
    .trim();
}
