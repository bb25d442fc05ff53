/**
 * What generated tables are measured by: a full table of 2025, with 901,899 IPv4 and 160,147 IPv6
 * prefixes. Lengths with fewer than 5 in 100,000 are left out.
 */

/** Where generated prefixes lie: among public addresses, or among those of nobody in particular. */
export type PrefixSpace = "internet" | "private";

/**
 * A prefix length and its parts of the table in 100,000ths: what no other prefix covers, what one
 * covers, what two cover, and what more cover.
 */
export type LengthParts = readonly [
  length: number,
  none: number,
  one: number,
  two: number,
  more: number,
];

/** How the two halves of a stretch of addresses share its prefixes, from a depth on. */
export interface Sharing {
  /** Bits that all addresses of the stretch have in common. */
  readonly depth: number;
  /** Parts of the stretches, 0 to 1, whose prefixes are all in the lower or in the upper half. */
  readonly lower: number;
  readonly upper: number;
  /** Otherwise the lower half's part is the mean of so many even numbers: more are fairer. */
  readonly evens: number;
}

/** Stretches of addresses, from a first to a last, numbered by their first 16 bits. */
type Range = readonly [first: number, last: number];

/** The shape of a family's table. */
export interface TableShape {
  readonly lengths: readonly LengthParts[];
  /** Prefixes of a full table, rounded. */
  readonly fullCount: number;
  /** What a larger table has beyond it has lengths from this one on: shorter ones fill up. */
  readonly growthLength: number;
  /** A smaller table keeps to a part of the space, in stretches of so many bits, up to 16. */
  readonly stretchLength: number;
  /** In the order of their depths, the first 0. */
  readonly sharing: readonly Sharing[];
  readonly spaces: Readonly<Record<PrefixSpace, readonly Range[]>>;
}

const SHAPE4: TableShape = {
  lengths: [
    [11, 11, 0, 0, 0],
    [12, 30, 3, 0, 0],
    [13, 54, 8, 2, 0],
    [14, 115, 16, 2, 1],
    [15, 186, 38, 6, 3],
    [16, 1217, 248, 27, 3],
    [17, 514, 312, 70, 16],
    [18, 807, 479, 198, 45],
    [19, 1730, 736, 204, 88],
    [20, 2251, 1866, 432, 176],
    [21, 2637, 2134, 580, 278],
    [22, 6768, 3670, 1190, 417],
    [23, 4763, 4562, 983, 393],
    [24, 29_958, 21_794, 5739, 2133],
    [32, 1, 76, 17, 4],
  ],
  fullCount: 900_000,
  growthLength: 21,
  stretchLength: 8,
  sharing: [
    { depth: 0, lower: 0, upper: 0, evens: 6 },
    { depth: 11, lower: 0.05, upper: 0.05, evens: 1 },
    { depth: 18, lower: 0.1, upper: 0.1, evens: 4 },
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

const SHAPE6: TableShape = {
  // What is longer than /48 stands as /56.
  lengths: [
    [24, 17, 2, 0, 0],
    [26, 9, 0, 0, 0],
    [27, 11, 1, 0, 0],
    [28, 67, 53, 0, 0],
    [29, 2696, 31, 2, 0],
    [30, 229, 175, 2, 0],
    [31, 96, 38, 43, 0],
    [32, 10_504, 3504, 66, 6],
    [33, 349, 1403, 69, 6],
    [34, 456, 516, 643, 10],
    [35, 246, 199, 44, 162],
    [36, 1626, 1555, 232, 331],
    [37, 136, 234, 144, 36],
    [38, 480, 302, 225, 2],
    [39, 154, 272, 431, 2],
    [40, 1988, 2322, 3938, 131],
    [41, 264, 201, 76, 23],
    [42, 293, 485, 621, 38],
    [43, 354, 136, 126, 9],
    [44, 2535, 3877, 2009, 550],
    [45, 178, 475, 305, 12],
    [46, 887, 372, 505, 134],
    [47, 422, 725, 614, 208],
    [48, 19_092, 20_701, 4956, 2389],
    [56, 6, 131, 61, 5],
  ],
  fullCount: 160_000,
  growthLength: 0,
  stretchLength: 16,
  sharing: [
    { depth: 0, lower: 0, upper: 0, evens: 1 },
    { depth: 16, lower: 0.05, upper: 0.05, evens: 1 },
    { depth: 24, lower: 0.2, upper: 0.12, evens: 1 },
    { depth: 26, lower: 0.7, upper: 0.03, evens: 1 },
    { depth: 32, lower: 0.48, upper: 0.05, evens: 2 },
  ],
  spaces: {
    // What the five registries allocate from: a /12 each.
    internet: [
      [0x2400, 0x240f],
      [0x2600, 0x260f],
      [0x2800, 0x280f],
      [0x2a00, 0x2a0f],
      [0x2c00, 0x2c0f],
    ],
    // fd10::/16 (RFC 4193).
    private: [[0xfd10, 0xfd10]],
  },
};

/** The shape of a family's table. */
export function tableShape(family: 4 | 6): TableShape {
  return family === 4 ? SHAPE4 : SHAPE6;
}
