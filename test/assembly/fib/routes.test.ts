/** The group of a prefix itself: what was given last for it, whatever covers it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { FIB_FAMILIES, TABLE_BUILDS } from "./family.ts";
import { anyRoute } from "./routes.ts";

function key({ address, length }: Pick<OracleRoute, "address" | "length">): string {
  return `${address}/${length}`;
}

describe.each(TABLE_BUILDS)("$target build, $engine engine", ({ target, engine }) => {
  it.each(FIB_FAMILIES)("gives what each prefix was given last ($name)", async (family) => {
    const routes = fc.array(anyRoute(family.width), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(routes, routes, async (given, others) => {
        const instance = await createTestEngine(target, { engine, limits: { frameBytes: 65536 } });
        family.update(instance, given);
        const groups = new Map(given.map((route) => [key(route), route.group]));
        const asked = [...given, ...others];
        const expected = asked.map((route) => groups.get(key(route)) ?? 0);
        expect(family.routeGroups(instance, asked)).toEqual(expected);
      }),
      { seed: 33, numRuns: target === "debug" ? 10 : 40 },
    );
  });
});
