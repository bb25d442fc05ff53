/** `rib convert --format parquet` beside `--format json`: the rows that both give. */

import { readFileSync } from "node:fs";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect } from "vitest";
import { runHere } from "./run.ts";

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

/** Converts a dump both ways, by way of the file `out`; returns how many row groups it has. */
export async function expectSameRows(
  dump: string,
  out: string,
  ...flags: readonly string[]
): Promise<number> {
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
