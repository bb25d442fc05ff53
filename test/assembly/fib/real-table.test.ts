/** A part of a real table in both FIBs; test/long has the whole of it. */

import { expect, it } from "vitest";
import { TABLE_BUILDS } from "./family.ts";
import { differences, engineWith, probesOf, readRealTable } from "./real-table.ts";

const EVERY = 40;
const PROBES = 3000;

it("answers a part of a real table as the oracle does", async (context) => {
  const tables = readRealTable(context, EVERY);
  for (const build of TABLE_BUILDS) {
    const engine = await engineWith(build, tables);
    for (const table of tables) {
      const wrong = differences(engine, table, probesOf(table, PROBES));
      expect(wrong, `${build.target} build, ${build.engine} engine`).toEqual([]);
    }
  }
});
