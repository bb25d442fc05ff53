/** Comparisons match rows by what they measure, and tell regressions from noise by the limit. */

import { describe, expect, it } from "vitest";
import { type Base, compareResults, parseBase } from "../../bench/compare.ts";
import type { Results } from "../../bench/harness.ts";
import { measuredRow, type RowLabels } from "../../bench/rows.ts";
import { AnyfibError } from "../../src/net/errors.ts";

const details = { memoryBytes: 2e6, entryBytes: 2, outputBytes: 4, hugePages: false, note: "" };
const LABELS: RowLabels = { name: "fib-lookup", family: "ipv4", table: "t", pattern: "zipf" };

/** What rows differ in. */
type Differences = Partial<RowLabels & { readonly reference: string }>;

/** Results of rows with the ratios that are given. */
function results(...rows: readonly (readonly [ratio: number, labels?: Differences])[]) {
  const measured = rows.map(([ratio, labels]) => {
    const { reference = "walk", ...own } = labels ?? {};
    const facts = { labels: { ...LABELS, ...own }, details, reference, rounds: 1 };
    return measuredRow(facts, { turns: [{ subject: [ratio], reference: [1] }] }).row;
  });
  const machine = { cpu: "a", cpus: 1, node: "20", v8: "11" };
  const more = { page_bytes: null, transparent_huge_pages: null, cache_bytes: null };
  return { rows: measured, machine: { ...machine, ...more }, commit: null } satisfies Results;
}

/** As a file would bring it. */
const baseOf = (made: Results): Base => parseBase(JSON.stringify(made), "base.json");

describe("a comparison", () => {
  it("finds what is slower by more than the limit", () => {
    const base = baseOf(results([1], [2, { pattern: "prefix" }], [3, { family: "ipv6" }]));
    const now = results([1.04], [2.2, { pattern: "prefix" }], [1, { family: "ipv6" }]);
    const { regressions, ...rest } = compareResults(now, base, 0.05);
    expect(rest).toEqual({ compared: 3, unknown: 0, isSameMachine: true });
    expect(regressions).toMatchObject([{ row: { pattern: "prefix" }, baseRatio: 2 }]);
    expect(regressions[0]?.slower).toBeCloseTo(0.1);
    expect(compareResults(now, base, 0.11).regressions).toEqual([]);
  });

  it.each([
    { name: "other" },
    { family: "ipv6" },
    { table: "u" },
    { pattern: "random" },
    { groups: 255 },
    { groups_placement: "random" },
    { workers: 2 },
    { updates_per_second: 10_000 },
    { caches: "cold" },
    { reference: "frozen engine 1" },
  ] as const)("keeps rows of %o apart", (labels) => {
    const now = results([9, labels]);
    const { compared, unknown } = compareResults(now, baseOf(results([1])), 0.05);
    expect({ compared, unknown }).toEqual({ compared: 0, unknown: 1 });
    expect(compareResults(now, baseOf(now), 0.05)).toMatchObject({ compared: 1, regressions: [] });
  });

  it.each([{ cpu: "b" }, { node: "22" }])("sees that %o is another machine", (machine) => {
    const now = results([1]);
    const base = baseOf({ ...now, machine: { ...now.machine, ...machine } });
    expect(compareResults(now, base, 0.05).isSameMachine).toBe(false);
  });
});

describe("a base", () => {
  it.each([
    ["no JSON", "{"],
    ["no rows", "{}"],
    ["rows without a ratio", JSON.stringify({ ...results(), rows: [LABELS] })],
    [
      "a ratio of 0",
      JSON.stringify({ ...results(), rows: [{ ...LABELS, ratio_to_reference: 0 }] }),
    ],
  ])("with %s is refused", (_, text) => {
    expect(() => parseBase(text, "base.json")).toThrow(AnyfibError);
    expect(() => parseBase(text, "base.json")).toThrow(/^base.json: no results of a benchmark/);
  });
});
