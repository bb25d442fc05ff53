/** What is particular to the reference table: its nodes, its room, and what happens without it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle, type OracleRoute } from "../../oracle/lpm.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { boundaryAddresses, FIB_FAMILIES, type FibFamily, prefixAddress } from "./family.ts";
import { anyUpdates } from "./routes.ts";

const NODE_BITS = 4;
/** Room for few prefixes: a node a level, and two more routes. */
const SMALL_LIMITS = { routes4: 3, routes6: 3 };
/** Room for a node a level. */
const NO_LIMITS = { routes4: 0, routes6: 0 };
const REFERENCE = { engine: "reference" } as const;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  describe.each(FIB_FAMILIES)("$name", (family) => {
    it("holds the nodes that its prefixes need, and no other", async () => {
      const engine = await createTestEngine(target, REFERENCE);
      const property = fc.property(anyUpdates(family.width, 40), (updates) => {
        const held = new Map<string, OracleRoute>();
        for (const update of updates) {
          family.update(engine, [update]);
          hold(held, update);
          expect(family.usage(engine).nodes).toBe(nodesNeeded(family, [...held.values()]));
        }
        const rest = [...held.values()].map((route) => ({ ...route, group: 0 }));
        family.update(engine, rest);
        expect(family.usage(engine).nodes).toBe(1);
      });
      fc.assert(property, { seed: 77, numRuns: 10 });
    });

    it("refuses exactly the routes that it has no room for, and changes nothing then", async () => {
      const property = fc.asyncProperty(anyUpdates(family.width, 30), async (updates) => {
        const engine = await createTestEngine(target, { limits: SMALL_LIMITS, ...REFERENCE });
        const { routeNodeCapacity } = family.usage(engine);
        const held = new Map<string, OracleRoute>();
        const oracle = new LpmOracle(family.width);
        for (const update of updates) {
          const usage = family.usage(engine);
          const { applied, before } = family.update(engine, [update]);
          const wanted = new Map(held);
          hold(wanted, update);
          const fits = nodesNeeded(family, [...wanted.values()]) <= routeNodeCapacity;
          expect(applied).toBe(fits ? 1 : 0);
          if (fits) {
            hold(held, update);
            expect(before).toEqual([oracle.exchange(update)]);
          } else {
            expect({ usage: family.usage(engine), before }).toEqual({
              usage,
              before: [update.group],
            });
          }
        }
        expectAnswers(engine, family, oracle, updates);
      });
      await fc.assert(property, { seed: 78, numRuns: 15 });
    });

    it("says how many routes of a batch it applied before it was full", async () => {
      const engine = await createTestEngine(target, { limits: NO_LIMITS, ...REFERENCE });
      const host = (address: bigint, group: number) => ({ address, length: family.width, group });
      const top = 1n << BigInt(family.width - 1);
      const routes = [host(1n, 10), host(2n, 11), host(top, 12), host(3n, 13)];
      const { applied, before } = family.update(engine, routes);
      expect({ applied, before }).toEqual({ applied: 2, before: [0, 0, 12, 13] });
      expect(family.lookup(engine, [1n, 2n, top, 3n])).toEqual([10, 11, 0, 0]);
      family.update(engine, [host(1n, 0), host(2n, 0)]);
      expect(family.update(engine, [host(top, 12)]).applied).toBe(1);
    });
  });
});

function hold(held: Map<string, OracleRoute>, route: OracleRoute): void {
  const key = `${route.address}/${route.length}`;
  if (route.group === 0) held.delete(key);
  else held.set(key, route);
}

/** The root, and a node for each whole number of NODE_BITS that a prefix is longer than. */
function nodesNeeded({ width }: FibFamily, routes: readonly OracleRoute[]): number {
  const nodes = new Set<string>(["root"]);
  for (const { address, length } of routes) {
    for (let bits = NODE_BITS; bits < length; bits += NODE_BITS) {
      nodes.add(`${prefixAddress(address, bits, width)}/${bits}`);
    }
  }
  return nodes.size;
}

function expectAnswers(
  engine: Engine,
  family: FibFamily,
  oracle: LpmOracle,
  routes: readonly OracleRoute[],
): void {
  const probes = routes.flatMap((route) => boundaryAddresses(route, family.width));
  const expected = probes.map((probe) => oracle.match(probe)?.group ?? 0);
  expect(family.lookup(engine, probes)).toEqual(expected);
}
