/** The project's Markdown pages, as tests read them. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../scripts/project.js";

/** What git ignores, and git itself. */
const NOT_OURS: ReadonlySet<string> = new Set([".git", "node_modules", "dist", "coverage"]);

/** Paths from the root, with forward slashes, of all pages below a folder. */
export function pagesBelow(folder = ""): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return pagesBelow(file);
      return file.endsWith(".md") ? [file] : [];
    });
}

/** A page's text. */
export function readPage(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** What stands below a heading (its text as written) up to the next one of its level or above. */
export function sectionOf(text: string, heading: string): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^#+ /.test(line) && headingText(line) === heading);
  if (start < 0) throw new Error(`no heading ${heading}`);
  const level = lines[start]?.indexOf(" ") ?? 0;
  const rest = lines.slice(start + 1);
  const length = rest.findIndex((line) => /^#+ /.test(line) && line.indexOf(" ") <= level);
  return rest.slice(0, length < 0 ? rest.length : length).join("\n");
}

function headingText(line: string): string {
  return line.replace(/^#+ /, "").trim();
}

/** Cells of the rows of a text's tables, their heads left out. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  return lines
    .filter((line, i) => line.startsWith("|") && !isRule(line) && !isRule(lines[i + 1] ?? ""))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** Whether a line parts a table's head from its rows. */
function isRule(line: string): boolean {
  return /^\|[\s|:-]+\|$/.test(line);
}

/** Texts between backticks. */
export function codeSpans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** Anchors of a page's headings, as code hosts make them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutCode(text).match(/^#+ .+$/gm) ?? [];
  return new Set(
    headings.map((line) =>
      headingText(line)
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** A page without its blocks of code. */
export function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, "");
}
