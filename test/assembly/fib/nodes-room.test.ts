/** The nodes that lookups read: each stored once, and what happens when there is no room. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  INDEX_MASK,
  INDEX_USED,
  SLABS_PAGES,
  SLABS_TOUCHED,
  TABLE_INDEX,
  TABLE_SLABS,
} from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle, type OracleRoute } from "../../oracle/lpm.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { boundaryAddresses, FIB_FAMILIES, type FibFamily } from "./family.ts";
import { anyUpdates } from "./routes.ts";
import { tableAddress } from "./stepwise.ts";
import { withdrawn } from "./universe.ts";

/** Bits of a region whose content is repeated, bits inside it that routes have, and how often. */
const REGION_BITS = { 32: 18, 128: 26 };
const INSIDE_BITS = { 32: 6, 128: 22 };
const REGIONS = 200;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  describe.each(FIB_FAMILIES)("$name", (family) => {
    it("stores regions that are alike once", async () => {
      const engine = await createTestEngine(target);
      family.update(engine, regionRoutes(family, 0));
      const { nodes, bytes } = family.usage(engine);
      for (let region = 1; region < REGIONS; region++) {
        family.update(engine, regionRoutes(family, region));
      }
      expect(family.usage(engine)).toMatchObject({ routes: 3 * REGIONS, nodes, bytes });
    });

    it.each([
      { what: "pages", leave: leavePages, room: 0 },
      { what: "places in the index", leave: leaveEntries, room: 3 },
    ])("changes nothing when it runs out of $what", async ({ leave, room }) => {
      const engine = await createTestEngine(target);
      const unused = family.usage(engine);
      let refused = 0;
      const property = fc.property(anyUpdates(family.width, 40), (updates) => {
        const oracle = new LpmOracle(family.width);
        const probes = updates.flatMap((route) => boundaryAddresses(route, family.width));
        const giveBack = leave(engine, family, room);
        for (const update of updates) {
          const kept = keptUsage(engine, family);
          const { applied } = family.update(engine, [update]);
          if (applied === 1) oracle.exchange(update);
          else expect(keptUsage(engine, family)).toEqual(kept);
          refused += 1 - applied;
          expect(family.lookup(engine, probes)).toEqual(groupsOf(oracle, probes));
        }
        giveBack();
        expect(family.update(engine, updates).applied).toBe(updates.length);
        for (const update of updates) oracle.exchange(update);
        expect(family.lookup(engine, probes)).toEqual(groupsOf(oracle, probes));
        family.update(engine, withdrawn(updates));
        expect(family.usage(engine)).toEqual(unused);
      });
      fc.assert(property, { seed: 79, numRuns: target === "debug" ? 4 : 15 });
      expect(refused).toBeGreaterThan(0);
    });
  });
});

/** Three routes in one of the regions, the same in each. */
function regionRoutes({ width }: FibFamily, region: number): readonly OracleRoute[] {
  const bits = REGION_BITS[width];
  const length = bits + INSIDE_BITS[width];
  const start = BigInt(region + 1) << BigInt(width - bits);
  return [1n, 3n, 9n].map((value, index) => ({
    address: start + (value << BigInt(width - length)),
    length,
    group: 100 + index,
  }));
}

/** Leaves a table so many pages that were not used yet; returns what gives the others back. */
function leavePages(engine: Engine, family: FibFamily, room: number): () => void {
  const slabs = tableAddress(family) + TABLE_SLABS;
  const touched = engine.words[(slabs + SLABS_TOUCHED) / 4] ?? 0;
  return exchangeWord(engine, slabs + SLABS_PAGES, touched + room);
}

/** Leaves the index of a table room for so many nodes, by counting others that are not there. */
function leaveEntries(engine: Engine, family: FibFamily, room: number): () => void {
  const index = tableAddress(family) + TABLE_INDEX;
  const mask = engine.words[(index + INDEX_MASK) / 4] ?? 0;
  const used = engine.words[(index + INDEX_USED) / 4] ?? 0;
  const absent = Math.floor(mask / 4) * 3 - room - used;
  addToWord(engine, index + INDEX_USED, absent);
  return () => addToWord(engine, index + INDEX_USED, -absent);
}

/** What a refused update leaves as it was: all, but for a table that IPv6 made for its /16. */
function keptUsage(engine: Engine, family: FibFamily) {
  const usage = family.usage(engine);
  const { routes, routeNodes, nodes } = usage;
  return family.width === 32 ? usage : { routes, routeNodes, nodes };
}

function exchangeWord(engine: Engine, address: number, value: number): () => void {
  const before = engine.words[address / 4] ?? 0;
  engine.words[address / 4] = value;
  return () => {
    engine.words[address / 4] = before;
  };
}

function addToWord(engine: Engine, address: number, value: number): void {
  engine.words[address / 4] = (engine.words[address / 4] ?? 0) + value;
}

function groupsOf(oracle: LpmOracle, probes: readonly bigint[]): readonly number[] {
  return probes.map((probe) => oracle.match(probe)?.group ?? 0);
}
