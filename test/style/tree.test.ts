/** The style rules over the whole tree. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/project.js";
import { EXCEPTIONS, excuses } from "./exceptions.ts";
import { recursionsIn } from "./recursion.ts";
import { RULES } from "./rules.ts";
import { findingsIn, parseSource } from "./source.ts";
import { largeFiles } from "./text-rules.ts";

/** What git ignores, and git itself. */
const NOT_OURS = new Set([".git", "node_modules", "dist", "coverage"]);

const files = filesBelow("").filter((file) => !file.endsWith(".tgz"));
const sources = files
  .filter((file) => RULES.some((rule) => rule.files.test(file)))
  .map((file) => parseSource(file, readFileSync(path.join(ROOT, file), "utf8")));
const findings = [
  ...sources.flatMap((source) => findingsIn(source, RULES)),
  ...recursionsIn(sources.filter(({ file }) => file.startsWith("assembly/"))),
];

describe("the style of the tree", () => {
  it.each([...RULES.map(({ name }) => name), "assembly-recursion"])("%s", (rule) => {
    const broken = findings.filter(
      (finding) => finding.rule === rule && !EXCEPTIONS.some((one) => excuses(one, finding)),
    );
    expect(broken.map(({ file, line, what }) => `${file}:${line}: ${what}`)).toEqual([]);
  });

  it("file-bytes", () => {
    const sizes = files.map((file) => ({ file, bytes: statSync(path.join(ROOT, file)).size }));
    expect(largeFiles(sizes)).toEqual([]);
  });

  it("needs every exception that is listed", () => {
    const unused = EXCEPTIONS.filter((one) => !findings.some((finding) => excuses(one, finding)));
    expect(unused).toEqual([]);
  });
});

/** Paths from the root, with forward slashes, of all files below a folder. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    });
}
