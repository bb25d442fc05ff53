/** Both FIBs against the plain oracle: any updates in any order, and their inverse. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle, type OracleRoute } from "../../oracle/lpm.ts";
import {
  boundaryAddresses,
  FIB_FAMILIES,
  type FibFamily,
  inverseRoutes,
  TABLE_BUILDS,
} from "./family.ts";
import { anyAddress, anyUpdates } from "./routes.ts";

/** Short prefixes reach much of a fast table, and the debug build takes its time over them. */
const RUNS = { debug: 12, release: 40, shared: 40 };

describe.each(TABLE_BUILDS)("$target build, $engine engine", ({ target, engine: name }) => {
  describe.each(FIB_FAMILIES)("$name", (family) => {
    it("answers as the oracle after any updates, and as before after their inverse", async () => {
      const engine = await createTestEngine(target, { engine: name });
      const unused = family.usage(engine);
      const property = fc.property(
        anyUpdates(family.width, 60),
        anyUpdates(family.width, 60),
        fc.array(anyAddress(family.width), { maxLength: 60 }),
        (first, second, addresses) => {
          const oracle = new LpmOracle(family.width);
          const probes = [...addresses, ...probesAround(family, [...first, ...second])];
          const empty = stateOf(engine, family, probes);
          const undoFirst = applyChecked(engine, family, oracle, first);
          const between = stateOf(engine, family, probes);
          expect(between.answers).toEqual(oracleAnswers(oracle, probes));
          const undoSecond = applyChecked(engine, family, oracle, second);
          const last = stateOf(engine, family, probes);
          expect(last.answers).toEqual(oracleAnswers(oracle, probes));
          expect(last.usage.routes).toBe(oracle.size);
          family.update(engine, undoSecond);
          expect(stateOf(engine, family, probes)).toEqual(between);
          family.update(engine, undoFirst);
          expect(stateOf(engine, family, probes)).toEqual(empty);
        },
      );
      fc.assert(property, { seed: 20251, numRuns: RUNS[target] });
      expect(family.usage(engine)).toEqual(unused);
    });
  });
});

function probesAround(family: FibFamily, routes: readonly OracleRoute[]): readonly bigint[] {
  return routes.flatMap((route) => boundaryAddresses(route, family.width));
}

/** Applies updates, holds what they replaced against the oracle, and returns their inverse. */
function applyChecked(
  engine: Engine,
  family: FibFamily,
  oracle: LpmOracle,
  routes: readonly OracleRoute[],
): readonly OracleRoute[] {
  const { applied, before } = family.update(engine, routes);
  expect(applied).toBe(routes.length);
  expect(before).toEqual(routes.map((route) => oracle.exchange(route)));
  return inverseRoutes(routes, before);
}

/** All that can be seen of a table: group and matched length of each probe, and its usage. */
function stateOf(engine: Engine, family: FibFamily, probes: readonly bigint[]) {
  const groups = family.lookup(engine, probes);
  const answers = probes.map((probe, index) => {
    const length = family.matchLength(engine, probe);
    return { group: groups[index], length };
  });
  return { answers, usage: family.usage(engine) };
}

function oracleAnswers(oracle: LpmOracle, probes: readonly bigint[]) {
  return probes.map((probe) => oracle.match(probe) ?? { group: 0, length: undefined });
}
