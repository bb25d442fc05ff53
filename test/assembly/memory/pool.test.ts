/** Pools: blocks that were given back serve again, clean, and as many as there are. */

import { describe, expect, it } from "vitest";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES, type FibFamily } from "../fib/family.ts";

const LIMITS = { routes4: 50, routes6: 50 };
/** Routes that share no node but the first levels', so that each takes several blocks. */
const LENGTH = 28;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it.each(FIB_FAMILIES)("serves $name for any number of rounds", async (family) => {
    const engine = await createTestEngine(target, { limits: LIMITS });
    const empty = family.usage(engine);
    for (let round = 0; round < 40; round++) {
      const routes = routesOfRound(family, round);
      expect(family.update(engine, routes).applied).toBe(routes.length);
      const groups = family.lookup(
        engine,
        routes.map(({ address }) => address),
      );
      expect(groups).toEqual(routes.map(({ group }) => group));
      family.update(
        engine,
        routes.map((route) => ({ ...route, group: 0 })),
      );
      expect(
        family.lookup(
          engine,
          routes.map(({ address }) => address),
        ),
      ).toEqual(routes.map(() => 0));
      expect(family.usage(engine)).toEqual(empty);
    }
  });
});

/** Fifty routes to different places, each round elsewhere. */
function routesOfRound({ width }: FibFamily, round: number): readonly OracleRoute[] {
  const random = seededRandom(round);
  const step = Math.floor(2 ** LENGTH / 50);
  return Array.from({ length: 50 }, (_, index) => ({
    address: BigInt(index * step + random.below(step)) << BigInt(width - LENGTH),
    length: LENGTH,
    group: 1 + random.below(65535),
  }));
}
