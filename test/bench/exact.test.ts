/** What a lookup reads, and how large tables and modules are, stays within the gates. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { breaches, type ExactFigures, exactFigures } from "../../bench/exact.ts";
import { instrumentMemory } from "../../scripts/instrument-memory.js";
import { ROOT } from "../../scripts/project.js";
import { moduleBytes } from "../setup/modules.ts";

const gates: ExactFigures = JSON.parse(readFileSync(path.join(ROOT, "bench/gates.json"), "utf8"));

describe("exact figures", () => {
  it("stay within bench/gates.json (npm run bench:gates -- --accept writes it anew)", async () => {
    const [release, shared] = [moduleBytes("release"), moduleBytes("shared")];
    const builds = { release, shared, instrumented: instrumentMemory(release) };
    expect(breaches(await exactFigures(builds), gates)).toEqual([]);
  });
});

describe("a gate", () => {
  it.each([
    ["is kept by less", { a: 1 }, { a: 2 }, []],
    ["is kept by as much", { a: 2 }, { a: 2 }, []],
    ["is broken by more", { a: 2.0001 }, { a: 2 }, ["a: 2.0001, at most 2"]],
    ["is needed by each figure", { a: 1, b: 2 }, { a: 1 }, ["b: 2, and no gate"]],
    ["is for a figure", { a: 1 }, { a: 1, b: 2 }, ["b: a gate for nothing"]],
  ])("%s", (_, figures, known, expected) => {
    expect(breaches(figures, known)).toEqual(expected);
  });
});
