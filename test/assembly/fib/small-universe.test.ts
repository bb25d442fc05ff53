/** Both FIBs over small universes, whole: every prefix, every address, every set of prefixes. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle, type OracleRoute } from "../../oracle/lpm.ts";
import { shuffled } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES, type FibFamily } from "./family.ts";

/** Where a universe starts in the address: on, before and behind the borders of nodes and words. */
const OFFSETS = { 32: [0, 3, 13, 24], 128: [0, 3, 59, 60, 61, 120] };
/** The same for the smaller universe, whose sets take longer to walk through. */
const OFFSETS_OF_SETS = { 32: [2], 128: [62] };
/** What surrounds a universe: the bits before it, and those behind it. */
const BASE = 0x20010db85a5a5a5aa5a5a5a5c3c3c3c3n;
const REST = 0x0f0f0f0fn;

/** A run of bits of an address: all else is fixed. */
interface Universe {
  readonly family: FibFamily;
  /** Bits before it. */
  readonly offset: number;
  readonly bits: number;
}

/** Each family with each of its offsets. */
function places(offsets: typeof OFFSETS) {
  return FIB_FAMILIES.flatMap((family) =>
    offsets[family.width].map((offset) => ({ family, offset })),
  );
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it.each(places(OFFSETS))("$family.name, bit $offset: all prefixes of 8 bits", async (place) => {
    const universe = { ...place, bits: 8 };
    const { family } = place;
    const engine = await createTestEngine(target);
    const oracle = new LpmOracle(family.width);
    const addresses = addressesOf(universe);
    const routes = shuffled(prefixesOf(universe), 1);
    for (const chunk of [
      ...chunksOf(routes, 64),
      ...chunksOf(withdrawn(shuffled(routes, 2)), 16),
    ]) {
      expect(family.update(engine, chunk).applied).toBe(chunk.length);
      for (const route of chunk) oracle.exchange(route);
      const expected = addresses.map((address) => oracle.match(address)?.group ?? 0);
      expect(family.lookup(engine, addresses)).toEqual(expected);
    }
    expect(family.usage(engine)).toMatchObject({ routes: 0, nodes: 1 });
  });

  it.each(places(OFFSETS_OF_SETS))(
    "$family.name, bit $offset: all sets of prefixes",
    async (place) => {
      const engine = await createTestEngine(target);
      expect(walkAllSets(engine, { ...place, bits: 3 })).toEqual([]);
    },
  );
});

/**
 * Walks through all sets of a universe's prefixes, one update from each to the next (Gray code),
 * and returns the sets after which an address was answered wrongly.
 */
function walkAllSets(engine: Engine, universe: Universe): readonly number[] {
  const { family } = universe;
  const routes = prefixesOf(universe);
  const addresses = addressesOf(universe);
  const covers = addresses.map((address) => coversOf(routes, address, family.width));
  const wrong: number[] = [];
  let held = 0;
  for (let step = 1; step < 2 ** routes.length; step++) {
    const index = 31 - Math.clz32(step & -step);
    const route = routes[index];
    if (route === undefined) break;
    held ^= 1 << index;
    const group = held & (1 << index) ? route.group : 0;
    family.update(engine, [{ ...route, group }]);
    const answers = family.lookup(engine, addresses);
    if (covers.some((cover, which) => bestOf(cover, held, routes) !== answers[which])) {
      wrong.push(held);
    }
  }
  return wrong;
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

function bestOf(cover: readonly number[], held: number, routes: readonly OracleRoute[]): number {
  const best = cover.find((index) => held & (1 << index));
  return best === undefined ? 0 : (routes[best]?.group ?? 0);
}

/** All prefixes that end inside the universe or at its start, each with a group of its own. */
function prefixesOf({ family, offset, bits }: Universe): readonly OracleRoute[] {
  const routes: OracleRoute[] = [];
  for (let length = 0; length <= bits; length++) {
    for (let value = 0n; value < 1n << BigInt(length); value++) {
      const hostBits = BigInt(family.width - offset - length);
      const address = headOf(family, offset) | (value << hostBits);
      routes.push({ address, length: offset + length, group: 1 + routes.length });
    }
  }
  return routes;
}

/** One address for each value of the universe's bits. */
function addressesOf({ family, offset, bits }: Universe): readonly bigint[] {
  const hostBits = BigInt(family.width - offset - bits);
  const rest = REST & ((1n << hostBits) - 1n);
  return Array.from(
    { length: 2 ** bits },
    (_, value) => headOf(family, offset) | (BigInt(value) << hostBits) | rest,
  );
}

/** The fixed bits before a universe, in their place. */
function headOf({ width }: FibFamily, offset: number): bigint {
  const hostBits = BigInt(width - offset);
  return ((BASE >> BigInt(128 - width)) >> hostBits) << hostBits;
}

function withdrawn(routes: readonly OracleRoute[]): readonly OracleRoute[] {
  return routes.map((route) => ({ ...route, group: 0 }));
}

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
