/** README.md starts with the two commands, and names the folders that there are. */

import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/project.js";
import { codeSpans, readPage, sectionOf, tableRows } from "./pages.ts";

const readme = readPage("README.md");

/** Folders that hold what installing, building and measuring coverage leave behind. */
const MADE: ReadonlySet<string> = new Set(["node_modules", "dist", "coverage"]);

describe("README.md", () => {
  it.each(["npm install && npm start", "npm install-test"])("has %s by line 15", (command) => {
    const line = readme.split("\n").findIndex((text) => text.startsWith(command)) + 1;
    expect(line).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(15);
  });

  it("has a figure that its command wrote", () => {
    const figure = readme.match(/<!-- figure: (.+) -->\n([\s\S]*?)<!-- end of figure -->/);
    expect(figure?.[1]).toBe("node bench/readme-figure.js");
    const rows = tableRows(figure?.[2] ?? "");
    expect(rows.length).toBeGreaterThan(0);
    for (const [, ...cells] of rows) expect(cells.every((cell) => Number(cell) > 0)).toBe(true);
  });

  it("describes each folder", () => {
    const described = tableRows(sectionOf(readme, "Folders")).map(([cell = ""]) => cell);
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .filter(({ name }) => !name.startsWith(".") && !MADE.has(name));
    expect(described.flatMap(codeSpans).sort()).toEqual(folders.map(({ name }) => `${name}/`));
  });
});
