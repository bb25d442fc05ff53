/**
 * Generates distinct prefixes as a full table of 2025 has them: by length, by how many prefixes
 * cover each, and clustered alike.
 *
 * They are drawn in generations. Those of the first lie in the space of all, apart from each other;
 * those of every other one lie inside prefixes of the one before, again apart from each other:
 *
 *     space     |---------------------------------------------------|
 *     first        |-- /20 --|       |- /22 -|        /24 /24 /24
 *     second        /22   /24         /24 /24
 *     third         /24
 *
 * A prefix is a u64 key, whose order is the order of a table: by address, then by length.
 *
 *     bits 63 to 8   the address from its first bit on: 32 of IPv4, the first 56 of IPv6
 *     bits 7 to 0    the prefix length
 *
 * A table smaller than a full one lies in a part of the space, where it is as dense as that.
 *
 * Cost: 8 bytes a prefix, 9 more while they are drawn, and about a microsecond.
 */

import { AnyfibError } from "../net/errors.ts";
import type { Prefix } from "../net/prefix.ts";
import {
  DisjointPrefixes,
  drawDisjoint,
  type LengthCounts,
  lengthsWithoutRoom,
  noLengths,
} from "./generate-disjoint.ts";
import { type PrefixSpace, type TableShape, tableShape } from "./generate-shapes.ts";
import type { Random } from "./random.ts";

/** Prefixes that may be drawn of a family: about as many as IPv4 has room for. */
export const PREFIXES_MAX = 4_000_000;

const LENGTH_BITS = 8n;
const GENERATIONS = 4;
/** Spaces are written in blocks of so many bits. */
const BLOCK_LENGTH = 16;

/** The key of a prefix of at most 56 bits. */
export function prefixKey(prefix: Prefix): bigint {
  const high = prefix.family === 4 ? BigInt(prefix.address) << 32n : prefix.high;
  return high | BigInt(prefix.length);
}

/** The prefix of a key. */
export function keyPrefix(family: 4 | 6, key: bigint): Prefix {
  const length = Number(BigInt.asUintN(8, key));
  const high = (key >> LENGTH_BITS) << LENGTH_BITS;
  if (family === 4) return { family, address: Number(high >> 32n), length };
  return { family, high, low: 0n, length };
}

/** Splits a total by weights, exactly: the largest remainders get what rounding left. */
function apportion(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const shares = exact.map(Math.floor);
  const left = total - shares.reduce((all, share) => all + share, 0);
  const luckiest = [...exact.keys()].sort((a, b) => ((exact[b] ?? 0) % 1) - ((exact[a] ?? 0) % 1));
  for (const index of luckiest.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}

/** How many prefixes of each length every generation has. */
function generationCounts(shape: TableShape, count: number): readonly LengthCounts[] {
  const cells = shape.lengths.flatMap(([length, ...parts]) =>
    parts.map((weight, generation) => ({ length, generation, weight })),
  );
  const sumFrom = (length: number) =>
    cells.reduce((sum, cell) => sum + (cell.length < length ? 0 : cell.weight), 0);
  const full = Math.min(count, shape.fullCount) / sumFrom(0);
  const growth = Math.max(count - shape.fullCount, 0) / sumFrom(shape.growthLength);
  const weights = cells.map(
    ({ length, weight }) => weight * (full + (length < shape.growthLength ? 0 : growth)),
  );
  const shares = apportion(count, weights);
  const counts = Array.from({ length: GENERATIONS }, noLengths);
  for (const [index, { length, generation }] of cells.entries()) {
    counts[generation]?.fill(shares[index] ?? 0, length, length + 1);
  }
  return counts;
}

/** Makes each generation fit into the one before: what has no room there joins the first. */
function makeFit(counts: readonly LengthCounts[]): void {
  const [first = noLengths()] = counts;
  for (const [index, own] of counts.slice(1).entries()) {
    const excess = lengthsWithoutRoom(own, counts[index] ?? first);
    for (const [length, count] of excess.entries()) {
      own[length] = (own[length] ?? 0) - count;
      first[length] = (first[length] ?? 0) + count;
    }
  }
}

/** As many stretches of a space, at random, as a table's size needs: all for a full table. */
function drawStretches(
  { spaces, stretchLength, fullCount }: TableShape,
  space: PrefixSpace,
  count: number,
  random: Random,
): ReadonlySet<number> {
  const shift = BLOCK_LENGTH - stretchLength;
  const all = new Set<number>();
  for (const [first, last] of spaces[space]) {
    for (let stretch = first >> shift; stretch <= last >> shift; stretch++) all.add(stretch);
  }
  const left = [...all];
  const drawn = Math.ceil(left.length * Math.min(count / fullCount, 1));
  return new Set(
    Array.from({ length: drawn }, () => left.splice(random.below(left.length), 1)[0] ?? 0),
  );
}

/** What of a space lies in some stretches, as prefixes that do not reach beyond their stretch. */
function spacePrefixes(
  { spaces, stretchLength }: TableShape,
  space: PrefixSpace,
  stretches: ReadonlySet<number>,
): DisjointPrefixes {
  const shift = BLOCK_LENGTH - stretchLength;
  const prefixes = new DisjointPrefixes(2 ** BLOCK_LENGTH);
  for (const [first, last] of spaces[space]) {
    for (let block = first, bits = 0; block <= last; block += 2 ** bits) {
      const isPrefix = (more: number) => block % 2 ** more === 0 && block + 2 ** more - 1 <= last;
      bits = 0;
      while (bits < shift && isPrefix(bits + 1)) bits++;
      if (!stretches.has(block >> shift)) continue;
      prefixes.add(block * 2 ** (32 - BLOCK_LENGTH), 0, BLOCK_LENGTH - bits);
    }
  }
  return prefixes;
}

function checkRoom(first: LengthCounts, space: DisjointPrefixes, count: number): void {
  const covers = noLengths();
  for (const length of space.lengths.subarray(0, space.count)) {
    covers[length] = (covers[length] ?? 0) + 1;
  }
  const excess = lengthsWithoutRoom(first, covers).reduce((sum, one) => sum + one, 0);
  if (excess === 0) return;
  throw new AnyfibError({
    code: "CAPACITY",
    what: `no room for ${excess} of ${count} prefixes`,
    hint: "ask for fewer routes",
    detail: { count, excess },
  });
}

/**
 * Keys of `count` distinct prefixes, in order. Throws CAPACITY where the space does not hold as
 * many.
 */
export function generatePrefixes(
  family: 4 | 6,
  count: number,
  random: Random,
  space: PrefixSpace = "internet",
): BigUint64Array {
  const keys = new BigUint64Array(count);
  if (count === 0) return keys;
  const shape = tableShape(family);
  const counts = generationCounts(shape, count);
  makeFit(counts);
  const stretches = drawStretches(shape, space, count, random);
  let covers = spacePrefixes(shape, space, stretches);
  checkRoom(counts[0] ?? noLengths(), covers, count);
  let filled = 0;
  for (const [generation, own] of counts.entries()) {
    const { sharing } = shape;
    covers = drawDisjoint(own, { covers, coversAttract: generation > 0, sharing, random });
    for (let i = 0; i < covers.count; i++) {
      const address = (BigInt(covers.highs[i] ?? 0) << 32n) | BigInt(covers.lows[i] ?? 0);
      keys[filled++] = address | BigInt(covers.lengths[i] ?? 0);
    }
  }
  return keys.sort();
}
