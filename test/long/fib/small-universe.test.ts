/** Small universes at the borders of all levels: all sets of 15 prefixes, many of 31. */

import { describe, expect, it } from "vitest";
import { FIB_FAMILIES } from "../../assembly/fib/family.ts";
import {
  allSets,
  prefixesOf,
  seededSets,
  universesAtBorders,
  walkSets,
} from "../../assembly/fib/universe.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

/** The debug build goes through a part of the sets, drawn at random. */
const SETS_3 = { debug: 2000, release: undefined, shared: undefined };
/** Sets over 4 bits in all, for each family. */
const SETS_4 = { debug: 10_000, release: 100_000, shared: 100_000 };

describe.each(MODULE_TARGETS)("%s build", (target) => {
  describe.each(FIB_FAMILIES)("$name", (family) => {
    const universesOf = (bits: number) =>
      universesAtBorders(bits).filter((universe) => universe.family === family);

    it("answers all sets of prefixes over 3 bits", async () => {
      const engine = await createTestEngine(target);
      const unused = family.usage(engine);
      for (const [index, universe] of universesOf(3).entries()) {
        const count = prefixesOf(universe).length;
        const drawn = SETS_3[target];
        const sets = drawn === undefined ? allSets(count) : seededSets(count, drawn, index);
        expect(walkSets(engine, universe, sets)).toEqual([]);
        expect(family.usage(engine)).toEqual(unused);
      }
    });

    it("answers seeded sets of prefixes over 4 bits", async () => {
      const engine = await createTestEngine(target);
      const unused = family.usage(engine);
      const universes = universesOf(4);
      const setsEach = Math.ceil(SETS_4[target] / universes.length);
      for (const [index, universe] of universes.entries()) {
        const sets = seededSets(prefixesOf(universe).length, setsEach, index);
        expect(walkSets(engine, universe, sets)).toEqual([]);
        expect(family.usage(engine)).toEqual(unused);
      }
    });
  });
});
