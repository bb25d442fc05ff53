/** Groups of a table's prefixes: runs as given, drawn runs like those of a real table. */

import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import {
  clusteredGroups,
  drawOriginRuns,
  type OriginRuns,
  RunGatherer,
  randomGroups,
} from "../../src/replay/generate-groups.ts";

const RUNS: OriginRuns = {
  origins: Uint32Array.of(64500, 64501, 64500, 64502),
  lengths: Uint32Array.of(3, 4, 2, 1),
};

/** Prefixes of a stretch with one group, on average. */
function meanStretch(ids: Uint32Array): number {
  const changes = ids.filter((id, index) => index > 0 && id !== ids[index - 1]).length;
  return ids.length / (changes + 1);
}

function sharesOf(values: Uint32Array): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  for (const value of values) shares.set(value, (shares.get(value) ?? 0) + 1 / values.length);
  return shares;
}

describe("clusteredGroups", () => {
  it("takes runs in their order, again and again", () => {
    const ids = [...clusteredGroups(24, { groups: 65_535, seed: 1, runs: RUNS })];
    const [a = 0, b = 0, c = 0] = [ids[0], ids[3], ids[9]];
    expect(new Set([a, b, c]).size).toBe(3);
    const once = [a, a, a, b, b, b, b, a, a, c];
    expect(ids).toEqual([...once, ...once, a, a, a, b]);
  });

  it("keeps an origin's group however many prefixes there are", () => {
    const options = { groups: 255, seed: 7, runs: RUNS };
    const long = clusteredGroups(1000, options);
    expect(clusteredGroups(10, options)).toEqual(long.subarray(0, 10));
  });

  it("has another placement for another seed, high bits included", () => {
    const text = (seed: number) => clusteredGroups(1000, { groups: 255, seed }).join();
    expect(text(1)).toBe(text(1));
    const texts = [1, 2, 2 ** 32 + 1, 2 ** 52].map(text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it.each([1, 2, 16, 255, 4096, 65_535])("stays below %d groups and needs them", (groups) => {
    const ids = clusteredGroups(1_000_000, { groups, seed: 3 });
    const shares = sharesOf(ids);
    expect(Math.max(...shares.keys())).toBeLessThan(groups);
    expect(shares.size).toBeGreaterThan(0.7 * groups);
  });

  it("changes group as often as real origins do, hashed", () => {
    // The runs of rrc06 come to 2.83, 2.66 and 2.65 prefixes a stretch.
    const stretch = (groups: number) =>
      meanStretch(clusteredGroups(1_000_000, { groups, seed: 11 }));
    expect(stretch(16) / 2.83).toBeCloseTo(1, 1);
    expect(stretch(255) / 2.66).toBeCloseTo(1, 1);
    expect(stretch(4096) / 2.65).toBeCloseTo(1, 1);
  });

  it("needs prefixes in its runs", () => {
    const empty = { origins: new Uint32Array(2), lengths: new Uint32Array(2) };
    expect(() => clusteredGroups(1, { groups: 1, seed: 1, runs: empty })).toThrow(
      "prefixes of all runs is 0",
    );
    expect(clusteredGroups(0, { groups: 1, seed: 1, runs: empty })).toEqual(new Uint32Array(0));
  });
});

describe("drawOriginRuns", () => {
  const runs = drawOriginRuns(323_487, 5);

  it("covers the prefixes exactly, without an empty run", () => {
    expect(runs.lengths.length).toBe(runs.origins.length);
    expect(runs.lengths.reduce((sum, length) => sum + length, 0)).toBe(323_487);
    expect(Math.min(...runs.lengths)).toBe(1);
    expect(drawOriginRuns(0, 5).lengths.length).toBe(0);
  });

  it("has run lengths like a real table's", () => {
    const lengths = sharesOf(runs.lengths);
    expect(lengths.get(1)).toBeCloseTo(0.703, 2);
    expect(lengths.get(2)).toBeCloseTo(0.114, 2);
    expect(323_487 / runs.lengths.length / 2.65).toBeCloseTo(1, 1);
    expect(Math.max(...lengths.keys())).toBeGreaterThan(200);
  });

  it("has origins that come back: at once, and some often", () => {
    const { origins } = runs;
    const again = origins.filter((origin, run) => run > 1 && origin === origins[run - 2]).length;
    expect(again / origins.length).toBeCloseTo(0.106, 2);
    const shares = sharesOf(origins);
    expect(shares.size).toBeGreaterThan(25_000);
    expect(Math.max(...shares.values())).toBeLessThan(0.01);
  });
});

describe("RunGatherer", () => {
  it("joins neighbours of one origin", () => {
    const gatherer = new RunGatherer();
    expect(gatherer.runs).toBeUndefined();
    for (const origin of [64_500, 64_500, 4_294_967_295, 0, 0, 64_500]) gatherer.add(origin);
    expect(gatherer.runs).toEqual({
      origins: Uint32Array.of(64_500, 4_294_967_295, 0, 64_500),
      lengths: Uint32Array.of(2, 1, 2, 1),
    });
  });
});

describe("randomGroups", () => {
  it("draws each prefix's group for itself", () => {
    const ids = randomGroups(100_000, { groups: 16, seed: 1 });
    expect(meanStretch(ids)).toBeCloseTo(16 / 15, 2);
    const shares = [...sharesOf(ids)].map(([, share]) => share);
    expect(Math.min(...shares)).toBeGreaterThan(0.9 / 16);
    expect(shares.length).toBe(16);
    expect(randomGroups(100_000, { groups: 16, seed: 1 })).toEqual(ids);
  });
});

it.each([
  ["prefixes", -1, 1, 1],
  ["prefixes", 0.5, 1, 1],
  ["groups", 1, 0, 1],
  ["groups", 1, 2 ** 32, 1],
  ["seed", 1, 1, -1],
])("refuses such %s", (name, prefixCount, groups, seed) => {
  for (const place of [clusteredGroups, randomGroups]) {
    const attempt = () => place(prefixCount, { groups, seed });
    expect(attempt).toThrow(AnyfibError);
    expect(attempt).toThrow(new RegExp(`^${name} is `));
  }
});
