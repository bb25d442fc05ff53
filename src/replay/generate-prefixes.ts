/**
 * Generates distinct prefixes as a full table of 2025 has them: by length, and clustered alike.
 *
 * Registries allocate blocks, and what is announced lies inside them: the generator draws blocks
 * (IPv4 /16, IPv6 /29), then prefixes of each length inside them, a few blocks getting most, often
 * several neighbours in a row. Lengths below that of a block cover one.
 *
 * A prefix is a u64 key, whose order is the order of a table: by address, then by length.
 *
 *     bits 63 to 8   the address from its first bit on: 32 of IPv4, the first 56 of IPv6
 *     bits 7 to 0    the prefix length
 *
 * Cost: 8 bytes and about a microsecond a prefix.
 */

import { AnyfibError } from "../net/errors.ts";
import type { Prefix } from "../net/prefix.ts";
import type { Random } from "./random.ts";

/** Where generated prefixes lie: among public addresses, or among those of nobody in particular. */
export type PrefixSpace = "internet" | "private";

/** Blocks from a first to a last, numbered by the bits of their prefix. */
type BlockRange = readonly [first: number, last: number];

/** A prefix length and its part of the table, in 10,000ths. */
type LengthWeight = readonly [length: number, weight: number];

interface Family {
  readonly family: 4 | 6;
  /** Prefix length of the blocks. */
  readonly blockLength: number;
  /** Prefixes for each block: they must find room, the shortest lengths above all. */
  readonly prefixesPerBlock: number;
  readonly lengths: readonly LengthWeight[];
  readonly spaces: Readonly<Record<PrefixSpace, readonly BlockRange[]>>;
}

/** Prefixes that may be drawn of a family: beyond it, IPv4 would have no room for its /16. */
export const PREFIXES_MAX = 2_000_000;

/** Times that a length draws anew what it drew twice: the largest tables need about 90. */
const ROUNDS_MAX = 200;
const LENGTH_BITS = 8n;
const KEY_BITS = 64;

/** The /29 blocks of an IPv6 prefix, written by its first two bytes and its length. */
function blocks6(head: number, length: number): BlockRange {
  const first = head * 2 ** 13;
  return [first, first + 2 ** (29 - length) - 1];
}

const FAMILY4: Family = {
  family: 4,
  blockLength: 16,
  prefixesPerBlock: 16,
  // As in a full table of 2025; lengths with less than 1 in 10,000 are left out.
  lengths: [
    [11, 1],
    [12, 3],
    [13, 6],
    [14, 13],
    [15, 23],
    [16, 150],
    [17, 91],
    [18, 153],
    [19, 276],
    [20, 472],
    [21, 563],
    [22, 1204],
    [23, 1070],
    [24, 5962],
    [32, 10],
  ],
  spaces: {
    // Unicast without what RFC 6890 reserves, whole /16 blocks at a time.
    internet: [
      [0x0100, 0x09ff],
      [0x0b00, 0x643f],
      [0x6480, 0x7eff],
      [0x8000, 0xa9fd],
      [0xa9ff, 0xac0f],
      [0xac20, 0xbfff],
      [0xc001, 0xc0a7],
      [0xc0a9, 0xc611],
      [0xc614, 0xc632],
      [0xc634, 0xcaff],
      [0xcb01, 0xdfff],
    ],
    // 10.0.0.0/8 (RFC 1918).
    private: [[0x0a00, 0x0aff]],
  },
};

const FAMILY6: Family = {
  family: 6,
  blockLength: 29,
  prefixesPerBlock: 8,
  // As in a full table of 2025; what is longer than /48 stands as /56.
  lengths: [
    [24, 2],
    [26, 1],
    [27, 1],
    [28, 12],
    [29, 273],
    [30, 41],
    [31, 18],
    [32, 1408],
    [33, 183],
    [34, 163],
    [35, 65],
    [36, 374],
    [37, 55],
    [38, 101],
    [39, 86],
    [40, 838],
    [41, 90],
    [42, 144],
    [43, 63],
    [44, 897],
    [45, 155],
    [46, 190],
    [47, 197],
    [48, 4714],
    [56, 20],
  ],
  spaces: {
    // What the five registries allocate from.
    internet: [
      blocks6(0x2400, 12),
      blocks6(0x2600, 12),
      blocks6(0x2800, 12),
      blocks6(0x2a00, 12),
      blocks6(0x2c00, 12),
    ],
    // fd10::/16 (RFC 4193).
    private: [blocks6(0xfd10, 16)],
  },
};

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
function apportion(total: number, lengths: readonly LengthWeight[]): readonly LengthWeight[] {
  const sum = lengths.reduce((weights, [, weight]) => weights + weight, 0);
  const shares = lengths.map(([length, weight]) => {
    const exact = (total * weight) / sum;
    return { length, count: Math.floor(exact), remainder: exact % 1 };
  });
  const left = total - shares.reduce((counts, { count }) => counts + count, 0);
  const luckiest = [...shares].sort((a, b) => b.remainder - a.remainder).slice(0, left);
  for (const share of luckiest) share.count++;
  return shares.map(({ length, count }) => [length, count]);
}

/** As many blocks as prefixes need, or all, in random order. */
function drawBlocks(ranges: readonly BlockRange[], wanted: number, random: Random): Uint32Array {
  const blocks = new Uint32Array(ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0));
  let listed = 0;
  for (const [first, last] of ranges) {
    for (let block = first; block <= last; block++) blocks[listed++] = block;
  }
  const count = Math.min(wanted, blocks.length);
  for (let i = 0; i < count; i++) {
    const other = i + random.below(blocks.length - i);
    const swapped = blocks[i] ?? 0;
    blocks[i] = blocks[other] ?? 0;
    blocks[other] = swapped;
  }
  return blocks.subarray(0, count);
}

/** A number below `limit`, small ones more likely: as the product of two even ones. */
function lopsided(random: Random, limit: number): number {
  return Math.floor((random.below(limit) * random.u32()) / 2 ** 32);
}

/** Draws prefixes of one length as keys, again and again: every other one begins a new run. */
function* drawKeys(
  { blockLength }: Family,
  blocks: Uint32Array,
  length: number,
  random: Random,
): Generator<bigint, never, undefined> {
  const positions = 2 ** Math.max(length - blockLength, 0);
  const shorter = Math.max(blockLength - length, 0);
  const blockShift = BigInt(KEY_BITS - Math.min(blockLength, length));
  const positionShift = BigInt(KEY_BITS - Math.max(blockLength, length));
  for (;;) {
    const block = (blocks[lopsided(random, blocks.length)] ?? 0) >>> shorter;
    const base = (BigInt(block) << blockShift) | BigInt(length);
    let position = lopsided(random, positions);
    do {
      yield base | (BigInt(position) << positionShift);
      position = (position + 1) % positions;
    } while (random.below(2) === 1);
  }
}

/** Exactly `count` distinct keys, in order. Throws CAPACITY where the space holds too few. */
function distinctKeys(keys: Iterator<bigint, never>, count: number): BigUint64Array {
  const distinct = new BigUint64Array(count);
  let held = 0;
  for (let round = 0; held < count && round < ROUNDS_MAX; round++) {
    for (let i = held; i < count; i++) distinct[i] = keys.next().value;
    distinct.sort();
    held = 0;
    for (const key of distinct) {
      if (held > 0 && distinct[held - 1] === key) continue;
      distinct[held++] = key;
    }
  }
  if (held === count) return distinct;
  throw new AnyfibError({
    code: "CAPACITY",
    what: `no room for ${count} prefixes of one length`,
    hint: "ask for fewer routes",
    detail: { count, found: held },
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
  const shape = family === 4 ? FAMILY4 : FAMILY6;
  const wanted = Math.ceil(count / shape.prefixesPerBlock);
  const blocks = drawBlocks(shape.spaces[space], wanted, random);
  const keys = new BigUint64Array(count);
  let filled = 0;
  for (const [length, share] of apportion(count, shape.lengths)) {
    keys.set(distinctKeys(drawKeys(shape, blocks, length, random), share), filled);
    filled += share;
  }
  return keys.sort();
}
