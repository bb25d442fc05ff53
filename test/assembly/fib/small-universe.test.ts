/** Both FIBs over small universes: every prefix and address of each, and sets of prefixes. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle } from "../../oracle/lpm.ts";
import { shuffled } from "../../oracle/random.ts";
import { FIB_FAMILIES, TABLE_BUILDS } from "./family.ts";
import {
  addressesOf,
  prefixesOf,
  seededSets,
  universesAtBorders,
  walkSets,
  withdrawn,
} from "./universe.ts";

/** Where a universe of 8 bits starts: on, before and behind the borders of nodes and words. */
const OFFSETS = { 32: [3, 13, 17, 20, 24], 128: [0, 3, 12, 22, 29, 40, 59, 60, 61, 120] };
const PLACES = FIB_FAMILIES.flatMap((family) =>
  OFFSETS[family.width].map((offset) => ({ family, offset, name: family.name })),
);
/** Sets for each place at a border; test/long goes through all of them. */
const SETS = { debug: 4, release: 30, shared: 30 };
const SET_BITS = 3;

describe.each(TABLE_BUILDS)("$target build, $engine engine", ({ target, engine: name }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestEngine(target, { engine: name });
  });

  it.each(PLACES)("$name, bit $offset: all prefixes of 8 bits", ({ family, offset }) => {
    const universe = { family, offset, bits: 8, isCrowded: false };
    const unused = family.usage(engine);
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
    expect(family.usage(engine)).toEqual(unused);
  });

  it("answers sets of prefixes at the borders of all levels", () => {
    for (const [index, universe] of universesAtBorders(SET_BITS).entries()) {
      const count = prefixesOf(universe).length;
      const sets = seededSets(count, SETS[target], index);
      expect(walkSets(engine, universe, sets)).toEqual([]);
    }
    for (const family of FIB_FAMILIES) expect(family.usage(engine).routes).toBe(0);
  });
});

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
