/** The largest tables that are promised: all their routes have room, and change at once. */

import { expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { type BigTable, generatedPrefixes, tableOf } from "./big-table.ts";
import { engineWith, wrongAnswers } from "./big-table-answers.ts";

const ROUTES = { 4: 4_000_000, 6: 1_000_000 };
const SEED = 7;
const ADDRESSES = 2_000_000;

it.each([4, 6] as const)("holds as many IPv%i routes as it was configured for", async (family) => {
  const prefixes = generatedPrefixes(family, ROUTES[family], SEED);
  const table = tableOf(`generated, seed ${SEED}`, prefixes, 65_535);
  const limits = { routes4: ROUTES[4], routes6: ROUTES[6] };
  const engine = await createTestEngine("release", { limits });
  const unused = usageOf(table, engine);
  expect(update(table, engine, table.routes.groups)).toBe(ROUTES[family]);
  const { routes, bytes, writerBytes } = usageOf(table, engine);
  const sizes = [bytes, writerBytes].map((size) => (size / routes).toFixed(1)).join(" and ");
  console.log(`IPv${family}: ${routes} routes, ${sizes} bytes a prefix`);
  const others = table.routes.groups.map((group) => 1 + ((group * 7) % 65_535));
  expect(update(table, engine, others)).toBe(ROUTES[family]);
  const changed = { ...table, routes: { ...table.routes, groups: others } };
  const reference = await engineWith(changed, "release", "reference");
  expect(wrongAnswers(changed, engine, reference, ADDRESSES)).toEqual([]);
  expect(
    update(
      table,
      engine,
      others.map(() => 0),
    ),
  ).toBe(ROUTES[family]);
  expect(usageOf(table, engine)).toEqual(unused);
});

/** Gives the prefixes of a table other groups; returns how many were applied. */
function update({ family, routes }: BigTable, { tables }: Engine, groups: Uint32Array): number {
  const columns = { ...routes, groups: groups.slice() };
  return family === 4 ? tables.update4(columns) : tables.update6(columns);
}

function usageOf({ family }: BigTable, { tables }: Engine) {
  return family === 4 ? tables.usage4 : tables.usage6;
}
