/** `rib convert --format parquet`: read back, the rows are those of JSON. */

import { readFileSync } from "node:fs";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { dataPath } from "../data.ts";
import {
  attributes,
  bytesOf,
  entry,
  peer,
  peerIndexTable,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();

type Row = Readonly<Record<string, unknown>>;

/** What a column says: absent is null, and 64 bits hold what a number does. */
function plain(row: Row): Row {
  const cells = Object.entries(row).map(([name, value]): readonly [string, unknown] => [
    name,
    typeof value === "bigint" ? Number(value) : (value ?? null),
  ]);
  return Object.fromEntries(cells.filter(([, value]) => value !== null));
}

async function readBack(path: string): Promise<{ readonly rows: readonly Row[]; groups: number }> {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const rows = await parquetReadObjects({ file: buffer });
  return { rows: rows.map(plain), groups: parquetMetadata(buffer).row_groups.length };
}

async function expectSameRows(dump: string, ...flags: readonly string[]): Promise<number> {
  const out = file("out.parquet");
  const args = ["rib", "convert", ...flags];
  const { status } = await runHere([...args, "--format", "parquet", "-w", out, dump]);
  const { stdout } = await runHere([...args, "--format", "json", dump]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  const { rows, groups } = await readBack(out);
  expect(status).toBe(0);
  // cast: each line is an object.
  expect(rows).toEqual(lines.map((line) => plain(JSON.parse(line) as Row)));
  return groups;
}

describe("rib convert --format parquet", () => {
  const dump = file(
    "rib.mrt",
    bytesOf([
      peerIndexTable([peer(4, 4), peer(6, 4)]),
      ribRecord("192.0.2.0/24", [entry(0, attributes(64_500)), entry(1, attributes(4e9))]),
      ribRecord("2001:db8::/32", [entry(1, [])]),
    ]),
  );

  it("keeps rows with states and without attributes", async () => {
    const vrps = file("vrps.csv", "ASN,IP Prefix,Max Length\nAS64500,192.0.2.0/24,24\n");
    expect(await expectSameRows(dump, "--rpki", vrps)).toBe(1);
  });

  it.each([
    ["bview.ipv4_unicast_add_path.gz", 1],
    ["updates.20020722.2238.gz", 1],
    ["bview.20020722.2337.gz", 2],
  ])("keeps the rows of %s, in groups", async (name, groups) => {
    const path = dataPath("mrt", name);
    if (path === undefined) return;
    expect(await expectSameRows(path)).toBe(groups);
  });

  it("is a file without rows where there are none", async () => {
    const empty = file("empty.mrt", bytesOf([peerIndexTable([])]));
    expect(await expectSameRows(empty)).toBe(0);
  });
});
