/** How many nodes the routes of a table take, and what happens when there is room for no more. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle, type OracleRoute } from "../../oracle/lpm.ts";
import { shuffled } from "../../oracle/random.ts";
import {
  boundaryAddresses,
  FIB_FAMILIES,
  type FibFamily,
  prefixAddress,
  TABLE_BUILDS,
} from "./family.ts";
import { anyUpdates } from "./routes.ts";
import { withdrawn } from "./universe.ts";

const REFERENCE_NODE_BITS = 4;
const FEW_ROUTES = { routes4: 3, routes6: 3 };
const ONE_ROUTE = { routes4: 1, routes6: 1 };

/** Nodes of the truth that routes take. */
const NODES_NEEDED = { fast: trieNodes, reference: referenceNodes };

describe.each(TABLE_BUILDS)("$target build, $engine engine", ({ target, engine: name }) => {
  const nodesNeeded = NODES_NEEDED[name];

  describe.each(FIB_FAMILIES)("$name", (family) => {
    it("holds the nodes that its prefixes need, in whatever order they came", async () => {
      const engine = await createTestEngine(target, { engine: name });
      const unused = family.usage(engine);
      const property = fc.property(anyUpdates(family.width, 40), (updates) => {
        const held = new Map<string, OracleRoute>();
        for (const update of updates) {
          family.update(engine, [update]);
          hold(held, update);
          const { routeNodes } = family.usage(engine);
          expect(routeNodes).toBe(nodesNeeded(family, [...held.values()]));
        }
        const usage = family.usage(engine);
        for (const order of [1, 2]) {
          const routes = shuffled([...held.values()], order);
          family.update(engine, withdrawn(routes));
          expect(family.usage(engine)).toEqual(unused);
          family.update(engine, routes);
          expect(family.usage(engine)).toEqual(usage);
        }
        family.update(engine, withdrawn([...held.values()]));
      });
      fc.assert(property, { seed: 77, numRuns: target === "debug" ? 4 : 10 });
    });

    it("refuses exactly the routes that it has no room for, and changes nothing then", async () => {
      const engine = await createTestEngine(target, { limits: FEW_ROUTES, engine: name });
      const { routeNodeCapacity } = family.usage(engine);
      const property = fc.property(anyUpdates(family.width, 30), (updates) => {
        const held = new Map<string, OracleRoute>();
        const oracle = new LpmOracle(family.width);
        for (const update of updates) {
          const wanted = new Map(held);
          hold(wanted, update);
          const fits = nodesNeeded(family, [...wanted.values()]) <= routeNodeCapacity;
          const usage = family.usage(engine);
          const { applied, before } = family.update(engine, [update]);
          expect(applied).toBe(fits ? 1 : 0);
          if (fits) hold(held, update);
          else expect(family.usage(engine)).toEqual(usage);
          expect(before).toEqual([fits ? oracle.exchange(update) : update.group]);
        }
        expectAnswers(engine, family, oracle, updates);
        family.update(engine, withdrawn([...held.values()]));
      });
      fc.assert(property, { seed: 78, numRuns: target === "debug" ? 4 : 15 });
    });

    it("says how many routes of a batch it applied before it was full", async () => {
      const engine = await createTestEngine(target, { limits: ONE_ROUTE, engine: name });
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
  const key = keyOf(route);
  if (route.group === 0) held.delete(key);
  else held.set(key, route);
}

function keyOf({ address, length }: Pick<OracleRoute, "address" | "length">): string {
  return `${address}/${length}`;
}

/** The root, and a node for each whole number of REFERENCE_NODE_BITS a prefix is longer than. */
function referenceNodes({ width }: FibFamily, routes: readonly OracleRoute[]): number {
  const nodes = new Set<string>(["root"]);
  for (const { address, length } of routes) {
    for (let bits = REFERENCE_NODE_BITS; bits < length; bits += REFERENCE_NODE_BITS) {
      nodes.add(keyOf({ address: prefixAddress(address, bits, width), length: bits }));
    }
  }
  return nodes.size;
}

/** The prefixes, and what neighbours in their order have in common; the default route has none. */
function trieNodes({ width }: FibFamily, routes: readonly OracleRoute[]): number {
  const prefixes = routes.filter(({ length }) => length > 0);
  const sorted = prefixes.sort((a, b) => Number(a.address - b.address) || a.length - b.length);
  const nodes = new Set<string>(sorted.map(keyOf));
  for (const [index, { address, length }] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next === undefined) break;
    const differing = (address ^ next.address).toString(2).length;
    const common = address === next.address ? width : width - differing;
    const shared = Math.min(common, length, next.length);
    nodes.add(keyOf({ address: prefixAddress(address, shared, width), length: shared }));
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
