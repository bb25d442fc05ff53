/** Prefix lists against a plain model, and texts that are none. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskHostBits, type PrefixCells, prefixCells } from "../../src/net/bytes.ts";
import {
  PrefixList,
  type PrefixRange,
  parsePrefixRange,
  rangeCovers,
} from "../../src/rib/prefix-list.ts";
import { cellsOf } from "./routes.ts";

function range(text: string): PrefixRange {
  const parsed = parsePrefixRange(text);
  if (typeof parsed !== "string") return parsed;
  throw new Error(`${text}: ${parsed}`);
}

/** Few bits, so that prefixes often cover each other. */
const prefix = fc
  .tuple(
    fc.constantFrom<4 | 6>(4, 6),
    fc.integer({ min: 0, max: 6 }),
    fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 4, maxLength: 4 }),
  )
  .map(([family, length, words]) => {
    const cells = prefixCells();
    cells.family = family;
    cells.length = length;
    cells.words.set(family === 4 ? words.slice(0, 1) : words);
    cells.words[0] = (cells.words[0] ?? 0) << 27;
    maskHostBits(cells);
    return cells;
  });
const ranges = fc
  .tuple(prefix, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([{ family, length, words }, more, most]): PrefixRange => {
    const own = [...words.subarray(0, family === 4 ? 1 : 4)];
    return { family, words: own, length, least: length + more, most: length + more + most };
  });

/** Bit by bit. */
function isIn(one: PrefixRange, { family, length, words }: PrefixCells): boolean {
  if (one.family !== family || length < one.least || length > one.most) return false;
  for (let bit = 0; bit < one.length; bit++) {
    const at = bit >> 5;
    const difference = (words[at] ?? 0) ^ (one.words[at] ?? 0);
    if ((difference >>> (31 - (bit & 31))) & 1) return false;
  }
  return true;
}

describe("PrefixList", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8", true],
    ["10.0.0.0/8", "10.0.0.0/9", false],
    ["10.0.0.0/8 le 9", "10.128.0.0/9", true],
    ["10.0.0.0/8 le 9", "10.128.0.0/10", false],
    ["10.0.0.0/8 ge 25", "10.1.2.128/25", true],
    ["10.0.0.0/8 ge 25", "10.1.2.0/24", false],
    ["10.0.0.0/8 ge 9 le 10", "10.0.0.0/8", false],
    ["0.0.0.0/0 le 32", "192.0.2.1/32", true],
    ["0.0.0.0/0 le 32", "2001:db8::/32", false],
    ["2001:db8::/32 ge 48 le 48", "2001:db8:ffff::/48", true],
    ["2001:db8::/32 ge 48", "2001:db8:ffff::1/128", true],
    ["2001:db8::/32 ge 48", "2001:db9::/48", false],
  ])("%s has %s: %s", (text, name, isThere) => {
    expect(new PrefixList([range(text)]).has(cellsOf(name))).toBe(isThere);
  });

  it("is a plain search through its ranges", () => {
    fc.assert(
      fc.property(fc.array(ranges, { maxLength: 8 }), prefix, (list, cells) => {
        const expected = list.some((one) => isIn(one, cells));
        expect(new PrefixList(list).has(cells)).toBe(expected);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("covers what has no prefix outside of it", () => {
    fc.assert(
      fc.property(ranges, ranges, fc.array(prefix, { minLength: 20 }), (outer, inner, some) => {
        fc.pre(rangeCovers(outer, inner));
        for (const cells of some) if (isIn(inner, cells)) expect(isIn(outer, cells)).toBe(true);
      }),
      { seed: 2, numRuns: 300 },
    );
    expect(rangeCovers(range("10.0.0.0/8 le 24"), range("10.1.0.0/16 le 24"))).toBe(true);
    expect(rangeCovers(range("10.0.0.0/8 le 24"), range("10.1.0.0/16 le 25"))).toBe(false);
    expect(rangeCovers(range("10.0.0.0/8 le 24"), range("11.1.0.0/16"))).toBe(false);
  });

  it.each([
    ["ours", "write PREFIX, with ge LENGTH or le LENGTH behind it"],
    ["10.0.0.1/8", "the prefix has host bits"],
    ["10.0.0.0/8 le", "write ge LENGTH, le LENGTH, or both in this order"],
    ["10.0.0.0/8 le 24 ge 9", "write ge LENGTH, le LENGTH, or both in this order"],
    ["10.0.0.0/8 ge 7", "lengths of this prefix are 8 to 32, the least first"],
    ["10.0.0.0/8 le 33", "lengths of this prefix are 8 to 32, the least first"],
    ["10.0.0.0/8 ge 20 le 19", "lengths of this prefix are 8 to 32, the least first"],
    ["2001:db8::/32 le 129", "lengths of this prefix are 32 to 128, the least first"],
  ])("refuses %s", (text, what) => {
    expect(parsePrefixRange(text)).toBe(what);
  });
});
