/** Generates tables of any size that look like the Internet's, the same for the same seed. */

import { formatAddress } from "../net/address.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../net/prefix.ts";
import { checkCount } from "./generate-options.ts";
import {
  generatePrefixes,
  keyPrefix,
  PREFIXES_MAX,
  type PrefixSpace,
  prefixKey,
} from "./generate-prefixes.ts";
import { Random } from "./random.ts";

/** What a table is to be like. */
export interface GenerateTableOptions {
  /** IPv4 routes, exactly; 1,000 unless said, at most 2,000,000. */
  readonly routes?: number;
  /** IPv6 routes, exactly; 250 unless said, at most 2,000,000. */
  readonly routes6?: number;
  /** Distinct sets of next hops of each family, and as many next hops; 16 unless said. */
  readonly groups?: number;
  /** Same seed, same table; 1 unless said. */
  readonly seed?: number;
  /** Public addresses unless said; private ones for examples. */
  readonly space?: PrefixSpace;
}

/** Next hops are numbered through 172.16.0.0/12 and fd00:ffff::/32: there are as many at most. */
const GROUPS_MAX = 2 ** 20;
const LINES_PER_CHUNK = 4096;
/** Part of a table that are service prefixes: one in 8. */
const ROUTES_PER_SERVICE = 8;
const SERVICES_MAX = 512;
/** How many routes in a row share a set, on average. */
const NEIGHBOURS = 4;
/** Next hops of the largest set. */
const NEXT_HOPS_MAX = 4;
/** Every third set gives its first next hop twice the weight. */
const WEIGHTED_EVERY = 3;

/** What the two families differ in. */
interface Family {
  readonly family: 4 | 6;
  /** The prefix that covers the services, which every table with a route has. */
  readonly cover: Prefix;
  /** The prefix of a service, by its number. */
  readonly service: (index: number) => Prefix;
  readonly nextHop: (index: number) => string;
}

/** A prefix that this file spells itself. */
function prefixOf(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new RangeError(`${text} is no prefix`);
  return parsed.prefix;
}

/** 198.18.0.0/15 is for benchmarks (RFC 2544), the rest private. */
const FAMILY4: Family = {
  family: 4,
  cover: prefixOf("198.18.0.0/15"),
  service: (index) => ({ family: 4, address: 0xc6120000 + index * 256, length: 24 }),
  nextHop: (index) => formatAddress({ family: 4, value: 0xac100000 + index }),
};

/** Unique local addresses (RFC 4193), by the same plan. */
const FAMILY6: Family = {
  family: 6,
  cover: prefixOf("fd00:a::/32"),
  service: (index) => ({
    family: 6,
    high: 0xfd00000a_0000_0000n + (BigInt(index) << 16n),
    low: 0n,
    length: 48,
  }),
  nextHop: (index) => formatAddress({ family: 6, high: 0xfd00ffff_0000_0000n, low: BigInt(index) }),
};

/** Where generated captures send packets: all services that a generated table may have. */
export const SERVICE_PREFIXES: readonly Prefix[] = [FAMILY4.cover, prefixOf("fd00:a::/39")];

/** The texts of all sets: number g has up to four next hops, from its own on in a ring. */
function nextHopSets({ nextHop }: Family, groups: number): readonly string[] {
  const hops = Array.from({ length: groups }, (_, index) => nextHop(index + 1));
  return hops.map((_, first) => {
    const size = Math.min(1 + (first % NEXT_HOPS_MAX), groups);
    const members = Array.from({ length: size }, (_, i) => hops[(first + i) % groups]);
    const isWeighted = size > 1 && first % WEIGHTED_EVERY === 0;
    return isWeighted ? members.join().replace(",", "*2,") : members.join();
  });
}

/** Keys of a family's prefixes, services included, in order. */
function tableKeys(
  shape: Family,
  routes: number,
  random: Random,
  space: PrefixSpace,
): BigUint64Array {
  const services = Math.min(Math.ceil(routes / ROUTES_PER_SERVICE), SERVICES_MAX + 1);
  const keys = new BigUint64Array(routes);
  for (let i = 0; i < services; i++) {
    keys[i] = prefixKey(i === 0 ? shape.cover : shape.service(i - 1));
  }
  keys.set(generatePrefixes(shape.family, routes - services, random, space), services);
  return keys.sort();
}

function* familyLines(
  shape: Family,
  keys: BigUint64Array,
  sets: readonly string[],
  random: Random,
): Generator<string> {
  let set = random.below(sets.length);
  for (let start = 0; start < keys.length; start += LINES_PER_CHUNK) {
    let lines = "";
    for (const key of keys.subarray(start, start + LINES_PER_CHUNK)) {
      if (random.below(NEIGHBOURS) === 0) set = random.below(sets.length);
      lines += `${formatPrefix(keyPrefix(shape.family, key))} ${sets[set]}\n`;
    }
    yield lines;
  }
}

/**
 * The lines of a text table, `PREFIX NEXTHOP[*WEIGHT][,…]`, many in a piece, behind a comment that
 * says what it is. Prefixes are distinct, in the order of their addresses, IPv4 first; lengths and
 * clusters are those of a full table, and neighbours tend to share a set. There is no default
 * route, but in each family one route in 8 (at most 513) is a service prefix or the prefix that
 * covers them all: what generated captures send packets to. Throws USAGE for a number out of range.
 */
export function generateTable(options: GenerateTableOptions = {}): Generator<string> {
  const { routes = 1000, routes6 = 250, groups = 16, seed = 1, space = "internet" } = options;
  checkCount("routes", routes, 0, PREFIXES_MAX);
  checkCount("routes6", routes6, 0, PREFIXES_MAX);
  checkCount("groups", groups, 1, GROUPS_MAX - 1);
  checkCount("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  return tableLines({ routes, routes6, groups, seed, space });
}

function* tableLines(options: Required<GenerateTableOptions>): Generator<string> {
  const { routes, routes6, groups, seed, space } = options;
  yield `# ${routes} IPv4 and ${routes6} IPv6 routes, ${groups} sets of next hops, seed ${seed}\n`;
  const random = new Random(seed);
  for (const [shape, count] of [
    [FAMILY4, routes],
    [FAMILY6, routes6],
  ] as const) {
    if (count === 0) continue;
    const keys = tableKeys(shape, count, random, space);
    yield* familyLines(shape, keys, nextHopSets(shape, groups), random);
  }
}
