/** A whole real table in both FIBs: every answer as the oracle's, and nothing left when it goes. */

import { expect, it } from "vitest";
import { differences, engineWith, probesOf, readRealTable } from "../../assembly/fib/real-table.ts";
import { shuffled } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

const PREFIXES = 1_062_046;
const PROBES = 100_000;

it("answers a real table as the oracle, and is empty when it is withdrawn", async (context) => {
  const tables = readRealTable(context, 1);
  expect(tables.reduce((sum, { routes }) => sum + routes.length, 0)).toBe(PREFIXES);
  for (const target of MODULE_TARGETS) {
    const engine = await engineWith({ target, engine: "fast" }, tables);
    for (const table of tables) {
      const { family, routes } = table;
      expect(differences(engine, table, probesOf(table, PROBES))).toEqual([]);
      const withdrawals = shuffled(routes, 7).map((route) => ({ ...route, group: 0 }));
      expect(family.update(engine, withdrawals).applied).toBe(routes.length);
      expect(family.usage(engine)).toMatchObject({ routes: 0, nodes: 1 });
    }
  }
});
