/** A part of a real table in both FIBs; test/long has the whole of it. */

import { expect, it } from "vitest";
import { differences, engineWith, probesOf, readRealTable } from "./real-table.ts";

const EVERY = 20;
const PROBES = 6000;

it("answers a twentieth of a real table as the oracle does", async (context) => {
  const tables = readRealTable(context, EVERY);
  const engine = await engineWith("release", tables);
  for (const table of tables) {
    expect(differences(engine, table, probesOf(table, PROBES))).toEqual([]);
  }
});
