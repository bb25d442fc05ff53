/**
 * Gives the prefixes of a table their groups: clustered as origin ASes cluster them, or at random.
 *
 * In the order of addresses, prefixes of one origin AS stand in runs, and a router sends what one
 * AS originates one way. So a table is laid out as runs, and a run's group follows from its origin:
 *
 *     prefixes  . . . . . . . . . .
 *     runs      64500|64501    |64500|64502
 *     groups    3 3 3 0 0 0 0  3     1          group = hash of the origin mod groups
 *
 * Runs come from a real table, or are drawn like those of one: RIPE RIS rrc06 of 2010-07-01, with
 * 323,487 prefixes in 122,157 runs of 34,545 origins. Cost: 4 bytes and a few nanoseconds a prefix.
 */

import { checkCount } from "./generate-options.ts";
import { mix32, Random } from "./random.ts";

/** Runs of prefixes of one origin, in the order of addresses. */
export interface OriginRuns {
  /** What the prefixes of each run have in common: the number of an AS, or of anything else. */
  readonly origins: Uint32Array;
  /** Prefixes of each run, at least 1. */
  readonly lengths: Uint32Array;
}

/** Runs of both families' prefixes; what is left out is drawn. */
export type FamilyRuns = Readonly<Partial<Record<4 | 6, OriginRuns>>>;

/** How many groups, and which of the possible placements. */
export interface GroupsOptions {
  /** 1 to 2^32 - 1; some may stay without a prefix. */
  readonly groups: number;
  /** Same seed, same groups. */
  readonly seed: number;
}

/** A number from which a value or range of values starts, and its share in 10,000ths. */
type Share = readonly [from: number, weight: number];

/** More prefixes than any table holds. */
const PREFIXES_MAX = 2 ** 28;
const GROUPS_MAX = 2 ** 32 - 1;

/** Prefixes of a run: each range reaches up to the next, and its lengths are equally likely. */
const RUN_LENGTHS: readonly Share[] = [
  [1, 7027],
  [2, 1144],
  [3, 532],
  [4, 314],
  [5, 197],
  [6, 210],
  [8, 241],
  [12, 102],
  [16, 111],
  [24, 42],
  [32, 40],
  [48, 14],
  [64, 19],
  [128, 6],
  [256, 1],
];
const RUN_LENGTH_END = 512;

/** How many runs back the same origin stands, where it stood just before: else it is drawn. */
const RETURNS: readonly Share[] = [
  [2, 1057],
  [3, 283],
  [4, 180],
  [5, 116],
  [6, 92],
  [7, 72],
  [8, 58],
];

/** One origin for so many prefixes. */
const PREFIXES_PER_ORIGIN = 9;

/** Gathers runs from prefixes in the order of their addresses. */
export class RunGatherer {
  readonly #origins: number[] = [];
  readonly #lengths: number[] = [];

  /** Takes the origin of the next prefix, a u32. */
  add(origin: number): void {
    const last = this.#origins.length - 1;
    if (this.#origins[last] === origin) {
      this.#lengths[last] = (this.#lengths[last] ?? 0) + 1;
    } else {
      this.#origins.push(origin);
      this.#lengths.push(1);
    }
  }

  /** The runs so far; undefined where no prefix came. */
  get runs(): OriginRuns | undefined {
    if (this.#origins.length === 0) return undefined;
    return { origins: Uint32Array.from(this.#origins), lengths: Uint32Array.from(this.#lengths) };
  }
}

/** Index of a share, drawn by weight; the number of shares for what they leave of 10,000. */
function drawShare(shares: readonly Share[], random: Random): number {
  let left = random.below(10_000);
  let index = 0;
  for (const [, weight] of shares) {
    if (left < weight) return index;
    left -= weight;
    index++;
  }
  return index;
}

function drawRunLength(random: Random): number {
  const index = drawShare(RUN_LENGTHS, random);
  const [from] = RUN_LENGTHS[index] ?? [1];
  const [end] = RUN_LENGTHS[index + 1] ?? [RUN_LENGTH_END];
  return from + random.below(end - from);
}

/** The origin of the next run: one of the last few again, or one of all, some likelier. */
function drawOrigin(before: Uint32Array, run: number, origins: number, random: Random): number {
  const [back] = RETURNS[drawShare(RETURNS, random)] ?? [0];
  if (back > 0 && back <= run) return before[run - back] ?? 0;
  // Of 34,545 origins the busiest has 0.6 % of the runs: as the square of an even number does it.
  const even = random.u32() / 2 ** 32;
  return Math.floor(even * even * origins);
}

/** Runs for exactly `prefixCount` prefixes, like those of a real table; the same for a seed. */
export function drawOriginRuns(prefixCount: number, seed: number): OriginRuns {
  checkCount("prefixes", prefixCount, 0, PREFIXES_MAX);
  const random = new Random(seed);
  const origins = new Uint32Array(prefixCount);
  const lengths = new Uint32Array(prefixCount);
  const originCount = Math.ceil(prefixCount / PREFIXES_PER_ORIGIN);
  let runs = 0;
  for (let left = prefixCount; left > 0; runs++) {
    const length = Math.min(drawRunLength(random), left);
    origins[runs] = drawOrigin(origins, runs, originCount, random);
    lengths[runs] = length;
    left -= length;
  }
  return { origins: origins.subarray(0, runs), lengths: lengths.subarray(0, runs) };
}

/**
 * The group, 0 to groups - 1, of each prefix of a table in the order of addresses. Runs are taken
 * in their order, again and again where they end before the table does; those of `drawOriginRuns`
 * unless given. Throws USAGE for a number out of range, or for runs without a prefix.
 */
export function clusteredGroups(
  prefixCount: number,
  options: GroupsOptions & { readonly runs?: OriginRuns },
): Uint32Array {
  const { groups, seed, runs = drawOriginRuns(prefixCount, seed) } = options;
  checkOptions(prefixCount, options);
  const { origins, lengths } = runs;
  if (prefixCount > 0) checkCount("prefixes of all runs", sumOf(lengths), 1, PREFIXES_MAX);
  const seedHash = mix32(seed ^ Math.floor(seed / 2 ** 32));
  const ids = new Uint32Array(prefixCount);
  for (let start = 0, run = 0; start < prefixCount; run = (run + 1) % origins.length) {
    const end = start + (lengths[run] ?? 0);
    ids.fill(mix32((origins[run] ?? 0) ^ seedHash) % groups, start, end);
    start = end;
  }
  return ids;
}

/** A group, 0 to groups - 1, for each prefix, drawn for itself: the worst case for a table. */
export function randomGroups(prefixCount: number, options: GroupsOptions): Uint32Array {
  checkOptions(prefixCount, options);
  const random = new Random(options.seed);
  const ids = new Uint32Array(prefixCount);
  for (let prefix = 0; prefix < prefixCount; prefix++) ids[prefix] = random.below(options.groups);
  return ids;
}

function checkOptions(prefixCount: number, { groups, seed }: GroupsOptions): void {
  checkCount("prefixes", prefixCount, 0, PREFIXES_MAX);
  checkCount("groups", groups, 1, GROUPS_MAX);
  checkCount("seed", seed, 0, Number.MAX_SAFE_INTEGER);
}

function sumOf(lengths: Uint32Array): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}
