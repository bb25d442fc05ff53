/** Our lookups in C, over linear memory that the module wrote, answer as the oracle does. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { rivalsOf, startRival } from "../../../bench/rivals/rivals.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { oracleDigest, smallTable } from "./small-table.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "anyfib-twin-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.for([4, 6] as const)("IPv%i", async (family, context) => {
  const choice = rivalsOf(family, false).find(({ reads }) => reads === "memory");
  if (choice === undefined) throw new Error("the twin is gone");
  for (let seed = 1; seed <= 3; seed++) {
    const small = smallTable(family, seed, false);
    const engine = await createTestEngine("release");
    const routes = { ...small.routes, groups: small.routes.groups.slice() };
    if (family === 4) engine.tables.update4(routes);
    else engine.tables.update6(routes);

    const { plan } = engine;
    const [stream, file] = [path.join(folder, "stream"), path.join(folder, "memory")];
    writeFileSync(stream, small.stream);
    writeFileSync(file, engine.bytes.subarray(0, plan.lists));
    const { root } = family === 4 ? plan.table4 : plan.table6;
    const memory = { file, root, tableBytes: 1 };
    const files = { family, table: "", stream, memory };
    const rival = await startRival(choice, files, { root: ROOT, scripts: ROOT });
    if ("skip" in rival) return context.skip(rival.skip);
    const { answer, streamCount } = rival;
    expect(await rival.digest()).toBe(oracleDigest(small, { answer, count: streamCount }));
    await rival.close();
  }
});
