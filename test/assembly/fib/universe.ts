/**
 * Small universes: a run of bits somewhere in the address, all else fixed, so that every prefix,
 * every address and every set of prefixes of it can be gone through.
 */

import type { Engine } from "../../../src/engine/engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { seededRandom } from "../../oracle/random.ts";
import { FIB_FAMILIES, type FibFamily, prefixAddress } from "./family.ts";

/** What surrounds a universe: the bits before it, and those behind it. */
const BASE = 0x20010db85a5a5a5aa5a5a5a5c3c3c3c3n;
const REST = 0x0f1e2d3c4b5a69788796a5b4c3d2e1f0n;
/** Bits behind a universe that tell the prefixes of its crowd from its addresses. */
const CROWD_BITS = 6;
/** Prefixes of the crowd for each value of the universe's bits. */
const CROWD_MARKS = [1n, 2n];

/** A run of bits of an address. */
export interface Universe {
  readonly family: FibFamily;
  /** Bits before it. */
  readonly offset: number;
  readonly bits: number;
  /**
   * Whether longer prefixes stand among its addresses, which cover none of them: so many that its
   * nodes are those of a dense part of a table.
   */
  readonly isCrowded: boolean;
}

/** A wrong answer, and what was asked. */
export interface WrongAnswer {
  readonly place: string;
  /** The prefixes that the table held: one bit each, in the order of prefixesOf. */
  readonly set: string;
  readonly address: string;
  readonly wanted: number;
  readonly found: number | undefined;
}

/** Bits of the address where a level of a fast table ends. */
const LEVELS: Readonly<Record<FibFamily["width"], readonly number[]>> = {
  32: [18, 24, 32],
  128: [16, 26, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128],
};
const BITS_ASTRIDE = 3;

/** Universes of so many bits on, astride and behind all borders of levels, crowded and not. */
export function universesAtBorders(bits: number): readonly Universe[] {
  return FIB_FAMILIES.flatMap((family) => {
    const offsets = LEVELS[family.width].flatMap((border) =>
      Array.from({ length: BITS_ASTRIDE + 1 }, (_, back) => border - back),
    );
    const inside = [...new Set(offsets)].filter((offset) => offset + bits <= family.width);
    return inside.flatMap((offset) =>
      [false, true].map((isCrowded) => ({ family, offset, bits, isCrowded })),
    );
  });
}

/** All sets of `count` things, one bit each, so that each differs from the one before in one. */
export function* allSets(count: number): Generator<number> {
  for (let step = 0; step < 2 ** count; step++) yield step ^ (step >>> 1);
}

/** Random sets of `count` things, at most 31: sparse, even and dense ones. */
export function* seededSets(count: number, sets: number, seed: number): Generator<number> {
  const random = seededRandom(seed);
  const draw = () => random.below(2 ** count);
  for (let set = 0; set < sets; set++) {
    const density = set % 4;
    if (density === 0) yield draw() & draw();
    else if (density === 1) yield draw() | draw();
    else yield draw();
  }
}

/**
 * Lets a table that is empty hold one set of a universe's prefixes after the other, and returns
 * what it answered wrongly. In the end the table is empty again.
 */
export function walkSets(
  engine: Engine,
  universe: Universe,
  sets: Iterable<number>,
): readonly WrongAnswer[] {
  const { family } = universe;
  const routes = prefixesOf(universe);
  const crowd = crowdOf(universe, routes.length);
  const addresses = [...addressesOf(universe), ...crowd.map(({ address }) => address)];
  const covers = addresses.map((address) => coversOf([...routes, ...crowd], address, family.width));
  const wrong: WrongAnswer[] = [];
  family.update(engine, crowd);
  let held = 0;
  const hold = (set: number): void => {
    const changed = [...routes.keys()].filter((index) => (set ^ held) & (1 << index));
    family.update(
      engine,
      changed.map((index) => routeOf(routes, index, set)),
    );
    held = set;
  };
  for (const set of sets) {
    hold(set);
    const answers = family.lookup(engine, addresses);
    for (const [which, cover] of covers.entries()) {
      const wanted =
        1 + (cover.find((index) => index >= routes.length || set & (1 << index)) ?? -1);
      if (wanted === answers[which]) continue;
      const place = `${family.name}, bit ${universe.offset}`;
      const address = (addresses[which] ?? 0n).toString(16);
      wrong.push({ place, set: set.toString(2), address, wanted, found: answers[which] });
    }
  }
  hold(0);
  family.update(engine, withdrawn(crowd));
  return wrong;
}

/**
 * All prefixes that end inside the universe or at its start, the longest first: their changes cost
 * least, and sets one bit apart differ most often in the first bits. Each has its own group.
 */
export function prefixesOf({ family, offset, bits }: Universe): readonly OracleRoute[] {
  const routes: OracleRoute[] = [];
  for (let length = bits; length >= 0; length--) {
    for (let value = 0n; value < 1n << BigInt(length); value++) {
      const hostBits = BigInt(family.width - offset - length);
      const address = headOf(family, offset) | (value << hostBits);
      routes.push({ address, length: offset + length, group: 1 + routes.length });
    }
  }
  return routes;
}

/** One address for each value of the universe's bits. */
export function addressesOf({ family, offset, bits }: Universe): readonly bigint[] {
  const hostBits = BigInt(family.width - offset - bits);
  const rest = (REST >> BigInt(128 - family.width)) & ((1n << hostBits) - 1n);
  return Array.from(
    { length: 2 ** bits },
    (_, value) => headOf(family, offset) | (BigInt(value) << hostBits) | rest,
  );
}

/** The withdrawals of routes. */
export function withdrawn(routes: readonly OracleRoute[]): readonly OracleRoute[] {
  return routes.map((route) => ({ ...route, group: 0 }));
}

/** Prefixes beside the addresses of a universe; their groups follow those of `others` routes. */
function crowdOf(universe: Universe, others: number): readonly OracleRoute[] {
  const { family, offset, bits, isCrowded } = universe;
  const length = Math.min(offset + bits + CROWD_BITS, family.width);
  const hasRoom = length - offset - bits >= CROWD_MARKS.length;
  if (!isCrowded || !hasRoom) return [];
  const unit = 1n << BigInt(family.width - length);
  return addressesOf(universe).flatMap((address, value) =>
    CROWD_MARKS.map((mark, which) => ({
      address: prefixAddress(address, length, family.width) ^ (mark * unit),
      length,
      group: 1 + others + value * CROWD_MARKS.length + which,
    })),
  );
}

/** Indices of the routes that cover an address, the longest first. */
function coversOf(routes: readonly OracleRoute[], address: bigint, width: number) {
  return [...routes.keys()]
    .filter((index) => {
      const { address: start = 0n, length = 0 } = routes[index] ?? {};
      return (address ^ start) >> BigInt(width - length) === 0n;
    })
    .sort((a, b) => (routes[b]?.length ?? 0) - (routes[a]?.length ?? 0));
}

/** The update that lets a route be held, or not, as a set says. */
function routeOf(routes: readonly OracleRoute[], index: number, set: number): OracleRoute {
  const { address = 0n, length = 0, group = 0 } = routes[index] ?? {};
  return { address, length, group: set & (1 << index) ? group : 0 };
}

/** The fixed bits before a universe, in their place. */
function headOf({ width }: FibFamily, offset: number): bigint {
  return prefixAddress(BASE >> BigInt(128 - width), offset, width);
}
