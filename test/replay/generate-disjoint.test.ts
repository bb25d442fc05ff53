/** Prefixes apart from each other, inside covers: whatever has room finds its place. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DisjointPrefixes,
  drawDisjoint,
  type LengthCounts,
  lengthsWithoutRoom,
  noLengths,
} from "../../src/replay/generate-disjoint.ts";
import { Random } from "../../src/replay/random.ts";

/** An address of 64 bits and a length. */
type Pair = readonly [address: bigint, length: number];

const SHARING = [{ depth: 0, lower: 0.1, upper: 0.1, evens: 1 }] as const;

function pairsOf({ count, highs, lows, lengths }: DisjointPrefixes): readonly Pair[] {
  return Array.from({ length: count }, (_, i) => [
    (BigInt(highs[i] ?? 0) << 32n) | BigInt(lows[i] ?? 0),
    lengths[i] ?? 0,
  ]);
}

function prefixesOf(pairs: readonly Pair[]): DisjointPrefixes {
  const prefixes = new DisjointPrefixes(pairs.length);
  for (const [address, length] of pairs) {
    prefixes.add(Number(address >> 32n), Number(address & 0xffffffffn), length);
  }
  return prefixes;
}

function countsOf(lengths: readonly number[]): LengthCounts {
  const counts = noLengths();
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  return counts;
}

function covers([address, length]: Pair, [inner, innerLength]: Pair): boolean {
  return length < innerLength && inner >> BigInt(64 - length) === address >> BigInt(64 - length);
}

const ALL = prefixesOf([[0n, 0]]);

describe("drawDisjoint", () => {
  it("places everything that has room, apart and in order, each inside a shorter cover", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 });
    const property = (outer: readonly number[], inner: readonly number[], seed: number) => {
      const random = new Random(seed);
      let covering = ALL;
      for (const wanted of [outer, inner]) {
        const counts = countsOf(wanted);
        const excess = lengthsWithoutRoom(
          counts,
          countsOf([...covering.lengths.subarray(0, covering.count)]),
        );
        const fitting = counts.map((count, length) => count - (excess[length] ?? 0));
        const options = { covers: covering, coversAttract: true, sharing: SHARING, random };
        const drawn = drawDisjoint(fitting, options);
        const pairs = pairsOf(drawn);
        expect(countsOf(pairs.map(([, length]) => length))).toEqual(fitting);
        const ends = pairs.map(([address, length]) => address + (1n << BigInt(64 - length)));
        pairs.slice(1).forEach(([address], i) => {
          expect(address >= (ends[i] ?? 0n)).toBe(true);
        });
        const outside = pairsOf(covering);
        expect(pairs.filter((one) => !outside.some((cover) => covers(cover, one)))).toEqual([]);
        covering = drawn;
      }
    };
    fc.assert(fc.property(lengths, lengths, fc.nat(), property), { seed: 64, numRuns: 300 });
  });

  it("fills a space to the last address, in all 64 bits", () => {
    const cover = prefixesOf([[0xfd00_0000_ffff_ff00n, 56]]);
    const counts = countsOf([57, 58, 59, 60, 61, 62, 63, 64, 64]);
    const random = new Random(1);
    const options = { covers: cover, coversAttract: false, sharing: SHARING, random };
    const pairs = pairsOf(drawDisjoint(counts, options));
    expect(pairs.length).toBe(9);
    const space = pairs.reduce((sum, [, length]) => sum + 2 ** (64 - length), 0);
    expect(space).toBe(256);
    expect(pairs[0]?.[0]).toBe(0xfd00_0000_ffff_ff00n);
  });

  it("places nothing where there is nothing to place", () => {
    const options = { covers: ALL, coversAttract: true, sharing: SHARING, random: new Random(1) };
    expect(drawDisjoint(noLengths(), options).count).toBe(0);
  });
});

describe("lengthsWithoutRoom", () => {
  it("finds what shorter prefixes leave no room for", () => {
    const excess = lengthsWithoutRoom(countsOf([1, 2, 2, 2, 3]), countsOf([0]));
    expect(excess).toEqual(countsOf([2, 3]));
  });

  it("takes a cover of the same length for none", () => {
    expect(lengthsWithoutRoom(countsOf([8, 9]), countsOf([8]))).toEqual(countsOf([8]));
  });
});
