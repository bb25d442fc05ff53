/** Rivals in processes of their own: DPDK's answers, and processes that do not as they should. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeTable } from "../../../bench/rivals/exchange.ts";
import { RivalProcess } from "../../../bench/rivals/rival-process.ts";
import { type RivalFiles, rivalsOf, startRival } from "../../../bench/rivals/rivals.ts";
import { oracleDigest, type SmallTable, smallTable } from "./small-table.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "anyfib-rivals-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(table: SmallTable): RivalFiles {
  const files = {
    family: table.family,
    table: path.join(folder, `table${table.family}`),
    stream: path.join(folder, `stream${table.family}`),
  };
  writeFileSync(files.table, encodeTable(table.family, table.routes));
  writeFileSync(files.stream, table.stream);
  return files;
}

const dpdk = ([4, 6] as const).flatMap((family) =>
  rivalsOf(family, false).flatMap((choice) =>
    choice.program.startsWith("dpdk-") ? [{ family, choice, name: choice.name }] : [],
  ),
);

test.for(dpdk)("$name answers as the oracle does", async ({ family, choice }, context) => {
  for (const hasDefault of [false, true]) {
    const table = smallTable(family, 3, hasDefault);
    const rival = await startRival(choice, write(table), { root: ROOT, scripts: ROOT });
    if ("skip" in rival) return context.skip(rival.skip);
    const expected = oracleDigest(table, { answer: rival.answer, count: rival.streamCount });
    expect(rival.name).toBe(choice.name);
    expect(rival.streamCount).toBe(table.groups.length);
    expect(await rival.digest()).toBe(expected);
    const samples = await rival.turn(0.001);
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.every((ns) => ns > 0)).toBe(true);
    expect(await rival.digest()).toBe(expected);
    await rival.close();
  }
});

describe("a process", () => {
  const start = (script: string): ReturnType<typeof RivalProcess.start> =>
    RivalProcess.start(process.execPath, ["-e", script]);

  test("that skips says why", async () => {
    const skipped = await start(`console.log('{"skip":"no such thing"}')`);
    expect(skipped).toEqual({ skip: "no such thing" });
  });

  test("that fails is quoted", async () => {
    await expect(start(`console.error("out of memory"); process.exit(1)`)).rejects.toThrow(
      /ended: out of memory/,
    );
  });

  test("that is not there is named", async () => {
    await expect(RivalProcess.start("/nonexistent/rival", [])).rejects.toThrow(/ENOENT/);
  });

  test("that says something else is refused", async () => {
    await expect(start(`console.log('{"name":1}')`)).rejects.toThrow(/a rival says/);
    await expect(start("console.log('hello')")).rejects.toThrow(/a rival says "hello"/);
  });
});
