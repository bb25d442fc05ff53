/** Routes as they were given: the group of a prefix itself, and all of them in order. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES, TABLE_BUILDS } from "./family.ts";
import { anyRoute } from "./routes.ts";

function key({ address, length }: Pick<OracleRoute, "address" | "length">): string {
  return `${address}/${length}`;
}

function withdrawn(route: OracleRoute): OracleRoute {
  return { ...route, group: 0 };
}

describe.each(TABLE_BUILDS)("$target build, $engine engine", ({ target, engine }) => {
  it.each(FIB_FAMILIES)("gives what each prefix was given last ($name)", async (family) => {
    const routes = fc.array(anyRoute(family.width), { minLength: 1, maxLength: 60 });
    const instance = await createTestEngine(target, { engine, limits: { frameBytes: 65536 } });
    fc.assert(
      fc.property(routes, routes, (given, others) => {
        family.update(instance, given);
        const groups = new Map(given.map((route) => [key(route), route.group]));
        const asked = [...given, ...others];
        const expected = asked.map((route) => groups.get(key(route)) ?? 0);
        expect(family.routeGroups(instance, asked)).toEqual(expected);
        family.update(instance, given.map(withdrawn));
        expect(family.routeGroups(instance, asked)).toEqual(asked.map(() => 0));
      }),
      { seed: 33, numRuns: target === "debug" ? 10 : 25 },
    );
  });
});

/** By address, and of two at one address the shorter first. */
function inOrder(a: OracleRoute, b: OracleRoute): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.length - b.length;
}

describe.each(MODULE_TARGETS)("a list (%s build)", (target) => {
  it.each(FIB_FAMILIES)("holds every route once, in order ($name)", async (family) => {
    const routes = fc.array(anyRoute(family.width), { maxLength: 80 });
    const engine = await createTestEngine(target, { limits: { frameBytes: 65536 } });
    fc.assert(
      fc.property(routes, (given) => {
        family.update(engine, given);
        const last = new Map(given.map((route) => [key(route), route]));
        const held = [...last.values()].filter(({ group }) => group !== 0);
        expect(family.list(engine)).toEqual(held.toSorted(inOrder));
        family.update(engine, given.map(withdrawn));
        expect(family.list(engine)).toEqual([]);
      }),
      { seed: 34, numRuns: target === "debug" ? 10 : 25 },
    );
  });
});

it("is listed in parts where there are many", async () => {
  const engine = await createTestEngine("release", { limits: { routes4: 10_000 } });
  for (const family of FIB_FAMILIES.filter(({ width }) => width === 32)) {
    const routes = Array.from({ length: 9000 }, (_, i) => ({
      address: BigInt(i) << 8n,
      length: 24,
      group: 1 + i,
    }));
    family.update(engine, routes);
    expect(family.list(engine)).toEqual(routes);
  }
});

it("is not to be had of the reference engine", async () => {
  const engine = await createTestEngine("release", { engine: "reference" });
  expect(() => [...engine.tables.routes4()]).toThrow("the reference engine lists no routes");
});
