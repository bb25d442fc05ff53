/** The suite measures each thing once, and compares what repeats. */

import { describe, expect, it } from "vitest";
import type { Entry } from "../../bench/harness.ts";
import { type RowLabels, rowKey } from "../../bench/rows.ts";
import { gatedEntries, isGated, matrixEntries } from "../../bench/suite.ts";

/** Too small to measure anything with. */
const SIZE = { routes: { 4: 200, 6: 50 }, streamAddresses: 32_768 };

async function labelsOf(entries: AsyncIterable<Entry>): Promise<readonly RowLabels[]> {
  const labels: RowLabels[] = [];
  for await (const entry of entries) labels.push(entry.labels);
  return labels;
}

describe("the suite", () => {
  it("gates lookups and forwarding of both families, and shows updates", async () => {
    const labels = await labelsOf(gatedEntries(SIZE));
    const gated = labels.filter(isGated);
    expect(gated.map(({ name }) => name)).toEqual([
      ...Array(16).fill("fib-lookup"),
      ...Array(4).fill("forward-batch"),
    ]);
    expect(new Set(gated.map(({ family }) => family))).toEqual(new Set(["ipv4", "ipv6"]));
    expect(labels.length - gated.length).toBe(10);
  });

  it.each([
    ["gated subset", () => gatedEntries(SIZE)],
    ["matrix", () => matrixEntries([], SIZE)],
  ])("has no two rows of one key in the %s", async (_, entries) => {
    const keys = (await labelsOf(entries())).map(rowKey);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it("measures cold caches, two workers and 4,096 groups in the matrix", async () => {
    const labels = await labelsOf(matrixEntries([], SIZE));
    expect(labels.some(({ caches }) => caches === "cold")).toBe(true);
    expect(labels.some(({ workers }) => workers === 2)).toBe(true);
    expect(new Set(labels.map(({ groups }) => groups))).toContain(4096);
  });
});
