/** Generated prefixes beside the full table of 2025 that they are measured by. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parsePrefix } from "../../../src/net/prefix.ts";
import { generatePrefixes, prefixKey } from "../../../src/replay/generate-prefixes.ts";
import { Random } from "../../../src/replay/random.ts";
import { dataPath, NO_DATA } from "../../data.ts";
import { shapeOf } from "../../replay/table-shape.ts";

const file = dataPath("routes", "prefixes-2025.txt.gz");

describe.skipIf(file === undefined)(`a generated table (${file ?? NO_DATA})`, () => {
  const texts = file === undefined ? [] : gunzipSync(readFileSync(file)).toString().split("\r\n");

  it.each([
    [4, [8, 16, 18, 20]],
    [6, [29, 32, 36, 40]],
  ] as const)("of IPv%d has the lengths, nesting and clusters of it", (family, bits) => {
    const keys = texts
      .flatMap((text) => parsePrefix(text)?.prefix ?? [])
      .filter((prefix) => prefix.family === family && prefix.length <= 56)
      .map(prefixKey);
    const real = shapeOf(BigUint64Array.from(keys).sort());
    const drawn = shapeOf(generatePrefixes(family, keys.length, new Random(1)));
    const far = (a: readonly number[], b: readonly number[], most: number) =>
      a
        .map((part, index) => [index, part, b[index]])
        .filter(([, x = 0, y = 0]) => Math.abs(x - y) > most);
    expect(far(real.lengths, drawn.lengths, 0.002)).toEqual([]);
    expect(far(real.depths, drawn.depths, 0.02)).toEqual([]);
    expect(Math.abs(real.neighbours - drawn.neighbours)).toBeLessThan(0.05);
    for (const length of bits) {
      const ratio = drawn.stretches(length) / real.stretches(length);
      expect(ratio, `/${length}`).toBeGreaterThan(0.6);
      expect(ratio, `/${length}`).toBeLessThan(1.3);
    }
  });
});
