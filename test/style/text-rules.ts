/** Rules that read a file as text: its head, its size, its lines, its name and its words. */

import type { Breach, Rule, Source } from "./source.ts";

const FILE_LINES_MAX = 500;
const LINE_COLUMNS_MAX = 100;
const FILE_BYTES_MAX = 1024 * 1024;

/** Files that people write code in. */
export const CODE = /^(assembly|src|test|bench|scripts|examples|web)\/.*[.](ts|tsx|js|mjs)$/;

/** Files that are read as text at all: the lock file is written by npm. */
const TEXT = /^(?!package-lock[.]json$).*([.](ts|tsx|js|mjs|json|md|yaml|yml)|[.]ci\/run)$/;

const FORBIDDEN_WORD = /\b(TODO|FIXME|XXX)\b|\bclaude\b|\b(ai|llm)[- ]generated\b/gi;
const MACHINE_PATH = /(?<![\w.~/-])\/(work|home|root|tmp)(?![\w-])/g;
const KEBAB_CASE = /^[.]?[a-z0-9]+(-[a-z0-9]+)*([.][a-z0-9]+(-[a-z0-9]+)*)*$/;

/** The head comment, behind a `#!` line: a doc comment or lines of `//`, then a blank line. */
const HEAD_COMMENT =
  /^(?:#!.*\n)?(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/(?=\n\n|\n*$)|((?:\/\/.*\n)+)(?=\n|$))/;
const SENTENCE = /^\S+\s+\S.{5,}?[.:?!](\s|$)/s;

/** The rules over text. */
export const TEXT_RULES: readonly Rule[] = [
  { name: "purpose-at-the-head", files: CODE, check: checkPurpose },
  { name: "file-lines", files: CODE, check: checkFileLines },
  { name: "line-columns", files: CODE, check: checkLineColumns },
  { name: "kebab-case", files: CODE, check: checkFileName },
  {
    name: "forbidden-words",
    files: TEXT,
    check: (source) => matches(source, FORBIDDEN_WORD, "does not belong here"),
  },
  {
    name: "machine-paths",
    files: TEXT,
    check: (source) => matches(source, MACHINE_PATH, "is a path of one machine"),
  },
];

/** Files that a repository should not carry. */
export function largeFiles(sizes: readonly { file: string; bytes: number }[]): readonly string[] {
  return sizes.filter(({ bytes }) => bytes > FILE_BYTES_MAX).map(({ file }) => file);
}

function checkPurpose({ text }: Source): readonly Breach[] {
  const head = HEAD_COMMENT.exec(text.replaceAll("\r\n", "\n"));
  const comment = head?.[1] ?? head?.[2] ?? "";
  const purpose = comment.replace(/^\s*(\/\/|\*)?[ \t]*/gm, "").trim();
  if (SENTENCE.test(purpose)) return [];
  return [atStart("the file does not open with a sentence on its purpose and a blank line")];
}

function checkFileLines({ text }: Source): readonly Breach[] {
  const lines = text.split("\n").length - 1;
  if (lines <= FILE_LINES_MAX) return [];
  return [atStart(`${lines} lines, more than ${FILE_LINES_MAX}`)];
}

function checkLineColumns({ text }: Source): readonly Breach[] {
  const breaches: Breach[] = [];
  let position = 0;
  for (const line of text.split("\n")) {
    const columns = [...line].length;
    if (columns > LINE_COLUMNS_MAX) {
      breaches.push({ position, subject: line.trim(), what: `${columns} columns in a line` });
    }
    position += line.length + 1;
  }
  return breaches;
}

function checkFileName({ file }: Source): readonly Breach[] {
  return file
    .split("/")
    .filter((part) => !KEBAB_CASE.test(part))
    .map((part) => atStart(`${part} is not in kebab-case`));
}

function matches({ text }: Source, pattern: RegExp, complaint: string): readonly Breach[] {
  return [...text.matchAll(pattern)].map((match) => ({
    position: match.index,
    subject: match[0],
    what: `${match[0]} ${complaint}`,
  }));
}

function atStart(what: string): Breach {
  return { position: 0, subject: "", what };
}
