/** What the pages list is what the code has: words, drop reasons, fields, link types, packages. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { ROOT } from "../../scripts/project.js";
import { dropReasonNames } from "../../src/engine/drop-reasons.ts";
import { VERDICT_FIELDS } from "../../src/replay/verdicts.ts";
import { codeSpans, readPage, sectionOf, tableRows } from "./pages.ts";

/** Words that code, messages and pages must use for these things. */
const WORDS = [
  "adjacency",
  "best path",
  "drop reason",
  "FIB",
  "flow",
  "group",
  "next hop",
  "prefix length",
  "RIB",
  "route",
  "site",
  "slot",
  "verdict",
] as const;

const formats = readPage("docs/formats.md");

/** The first column of a section's tables, without backticks. */
function firstColumn(text: string): readonly string[] {
  return tableRows(text).map(([cell = ""]) => cell.replaceAll("`", ""));
}

describe("docs/glossary.md", () => {
  const words = firstColumn(readPage("docs/glossary.md"));

  it.each(WORDS)("has %s", (word) => {
    expect(words).toContain(word);
  });

  it("has each word once, in order", () => {
    const sorted = [...new Set(words)].sort((a, b) => a.localeCompare(b, "en"));
    expect(words).toEqual(sorted);
  });
});

describe("docs/formats.md", () => {
  it("says when each drop reason holds", () => {
    const documented = firstColumn(sectionOf(formats, "What becomes of a packet"));
    expect(documented).toEqual(dropReasonNames.slice(1));
  });

  it("describes each field of a verdict row", () => {
    expect(firstColumn(sectionOf(formats, "Verdict rows"))).toEqual(VERDICT_FIELDS);
  });

  it("lists the link types that are read", () => {
    const served = Object.entries(layout)
      .filter(([name, value]) => name.startsWith("LINK_") && value < layout.LINK_CUSTOM_BLOCK)
      .map(([, value]) => value);
    const listed = firstColumn(sectionOf(formats, "Link types"))
      .flatMap((cell) => cell.split(", "))
      .map(Number);
    expect(listed).toEqual(served.toSorted((a, b) => a - b));
  });
});

describe("docs/decisions/0007-dependencies.md", () => {
  const page = readPage("docs/decisions/0007-dependencies.md");
  const { dependencies, optionalDependencies, devDependencies }: Readonly<Record<string, object>> =
    JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));

  it.each([
    ["at run time", { ...dependencies, ...optionalDependencies }],
    ["for development", devDependencies],
  ])("gives a reason for each package %s", (use, packages = {}) => {
    const rows = firstColumn(sectionOf(page, `Choice: ${use}`));
    const named = rows.flatMap((cell) => cell.split(", ")).sort();
    expect(named).toEqual(Object.keys(packages).sort());
  });
});

describe("docs/ARCHITECTURE.md", () => {
  const rooms = codeSpans(firstCells("docs/ARCHITECTURE.md", "Rooms"));

  it("has only rooms and files that there are", () => {
    expect(rooms.filter((room) => !existsSync(path.join(ROOT, room)))).toEqual([]);
  });

  it.each(["assembly", "src"])("has each room of %s/", (plane) => {
    const folders = readdirSync(path.join(ROOT, plane), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${plane}/${name}/`);
    expect(rooms.filter((room) => folders.includes(room)).sort()).toEqual(folders.sort());
  });
});

/** The first column of a section's tables, as written. */
function firstCells(file: string, heading: string): string {
  const rows = tableRows(sectionOf(readPage(file), heading));
  return rows.map(([cell = ""]) => cell).join("\n");
}
