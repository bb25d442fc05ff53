/** Generates tables of any size that look like the Internet's, the same for the same seed. */

import { type Prefix, parsePrefix } from "../net/prefix.ts";
import {
  nextHopSets,
  nextHops,
  routeLines,
  type TableGroups,
  wholeGroups,
} from "./generate-lines.ts";
import { checkCount } from "./generate-options.ts";
import { generatePrefixes, keyPrefix, PREFIXES_MAX, prefixKey } from "./generate-prefixes.ts";
import type { PrefixSpace } from "./generate-shapes.ts";
import { Random } from "./random.ts";

/**
 * What a table is to be like. Each group is a set of up to four next hops, or where runs are given
 * a next hop; the seed is that of the prefixes too.
 */
export interface GenerateTableOptions extends TableGroups {
  /** IPv4 routes, exactly; 1,000 unless said, at most 4,000,000. */
  readonly routes?: number;
  /** IPv6 routes, exactly; 250 unless said, at most 4,000,000. */
  readonly routes6?: number;
  /** Public addresses unless said; private ones for examples. */
  readonly space?: PrefixSpace;
}

/** Part of a table that are service prefixes: one in 8. */
const ROUTES_PER_SERVICE = 8;
const SERVICES_MAX = 512;

/** What the two families differ in. */
interface Family {
  readonly family: 4 | 6;
  /** The prefix that covers the services, which every table with a route has. */
  readonly cover: Prefix;
  /** The prefix of a service, by its number. */
  readonly service: (index: number) => Prefix;
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
};

/** Where generated captures send packets: all services that a generated table may have. */
export const SERVICE_PREFIXES: readonly Prefix[] = [FAMILY4.cover, prefixOf("fd00:a::/39")];

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

/**
 * The lines of a text table, `PREFIX NEXTHOP[*WEIGHT][,…]`, many in a piece, behind a comment that
 * says what it is. Prefixes are distinct, in the order of their addresses, IPv4 first; lengths,
 * nesting and clusters are those of a full table. There is no default route, but in each family one
 * route in 8 (at most 513) is a service prefix or the prefix that covers them all: what generated
 * captures send packets to. Throws USAGE for a number out of range.
 */
export function generateTable(options: GenerateTableOptions = {}): Generator<string> {
  const { routes = 1000, routes6 = 250, space = "internet", ...rest } = options;
  checkCount("routes", routes, 0, PREFIXES_MAX);
  checkCount("routes6", routes6, 0, PREFIXES_MAX);
  return tableLines({ routes, routes6, space, ...wholeGroups(rest) });
}

function* tableLines(options: Required<GenerateTableOptions>): Generator<string> {
  const { routes, routes6, groups, seed, runs, space } = options;
  const isGiven = runs[4] !== undefined || runs[6] !== undefined;
  const noun = isGiven ? "next hops" : "sets of next hops";
  yield `# ${routes} IPv4 and ${routes6} IPv6 routes, ${groups} ${noun}, seed ${seed}\n`;
  const random = new Random(seed);
  for (const [shape, count] of [
    [FAMILY4, routes],
    [FAMILY6, routes6],
  ] as const) {
    if (count === 0) continue;
    const { family } = shape;
    const keys = tableKeys(shape, count, random, space);
    const rows = { family, count, prefix: (row: number) => keyPrefix(family, keys[row] ?? 0n) };
    yield* routeLines(rows, (isGiven ? nextHops : nextHopSets)(family, groups), options);
  }
}
