/** Generated prefixes: distinct, in order, and shaped like the full table they are measured by. */

import { describe, expect, it } from "vitest";
import { generatePrefixes } from "../../src/replay/generate-prefixes.ts";
import { Random } from "../../src/replay/random.ts";
import { shapeOf } from "./table-shape.ts";

function expectOrder(keys: BigUint64Array): void {
  expect(keys.findIndex((key, index) => index > 0 && key <= (keys[index - 1] ?? 0n))).toBe(-1);
}

describe("generatePrefixes", () => {
  it.each([
    [4, 0],
    [4, 1],
    [4, 10_000],
    [4, 1_200_000],
    [6, 1],
    [6, 10_000],
    [6, 250_000],
  ] as const)("of IPv%d draws %d distinct prefixes, in order", (family, count) => {
    const keys = generatePrefixes(family, count, new Random(3));
    expect(keys.length).toBe(count);
    expectOrder(keys);
  });

  it("nests prefixes as a full table does", () => {
    const shape4 = shapeOf(generatePrefixes(4, 100_000, new Random(1)));
    const shape6 = shapeOf(generatePrefixes(6, 100_000, new Random(1)));
    [0.51, 0.36, 0.095, 0.035].forEach((part, depth) => {
      expect(shape4.depths[depth]).toBeCloseTo(part, 2);
    });
    [0.43, 0.38, 0.15, 0.04].forEach((part, depth) => {
      expect(shape6.depths[depth]).toBeCloseTo(part, 2);
    });
  });

  it.each([1, 2, 3])("is as dense in a small table as in a full one, seed %d", (seed) => {
    for (const count of [30_000, 100_000]) {
      const { neighbours, stretches } = shapeOf(generatePrefixes(4, count, new Random(seed)));
      expect(neighbours).toBeGreaterThan(0.5);
      expect(stretches(8)).toBe(Math.ceil((221 * count) / 900_000));
      expect(count / stretches(16)).toBeGreaterThan(15);
    }
  });

  it("keeps to its space and says where it is full", () => {
    const keys = generatePrefixes(4, 5000, new Random(1), "private");
    expect(keys.every((key) => key >> 56n === 10n)).toBe(true);
    const tooMany = () => generatePrefixes(4, 100_000, new Random(1), "private");
    expect(tooMany).toThrow(/no room for \d+ of 100000 prefixes; ask for fewer routes/);
  });
});
