/** Real tables of the Internet are read whole. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { formatPrefix, parsePrefix } from "../../src/net/prefix.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { DEFAULTS, type ReadTable, readTable } from "./read-table.ts";

/** Every so many rows are compared with the oracle. */
const SAMPLE_STEP = 997;

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Checks every so many rows against the line that each came from, as ipaddr.js reads it. */
function expectRowsOf(lines: readonly string[], { rows }: ReadTable): void {
  expect(rows).toHaveLength(lines.length);
  for (let row = 0; row < lines.length; row += SAMPLE_STEP) {
    const [text = ""] = (lines[row] ?? "").split(" ");
    const [address, length] = ipaddr.parseCIDR(text);
    const prefix = parsePrefix(`${address.toNormalizedString()}/${length}`)?.prefix;
    expect(rows[row]).toContain(`${prefix && formatPrefix(prefix)} -> `);
  }
}

describe("real tables", () => {
  it("the full table of 2025: prefixes alone, CRLF", async ({ skip }) => {
    const file = dataPath("routes", "prefixes-2025.txt.gz");
    if (file === undefined) return skip(NO_DATA);
    const bytes = gunzipSync(readFileSync(file));
    const read = await readTable(bytes, DEFAULTS, 65_536);
    expect(read).toMatchObject({ routes: 1_062_046, warningCount: 0 });
    expect([read.table.count4, read.table.count6]).toEqual([901_899, 160_147]);
    expect([sum(read.table.histogram4()), sum(read.table.histogram6())]).toEqual([
      901_899, 160_147,
    ]);
    expect(read.table.targets).toHaveLength(2);
    expectRowsOf(bytes.toString("latin1").trim().split("\r\n"), read);
  });

  it("the IPv6 table of LINX of 2014: next hops of many peers", async ({ skip }) => {
    const file = dataPath("routes", "linx-rib-ipv6.20141225.txt.gz");
    if (file === undefined) return skip(NO_DATA);
    const bytes = gunzipSync(readFileSync(file));
    const read = await readTable(bytes, {}, 4096);
    expect(read).toMatchObject({ routes: 20_440, warningCount: 0 });
    expect([read.table.count4, read.table.count6]).toEqual([0, 20_440]);
    const lines = bytes.toString("latin1").trim().split("\n");
    expectRowsOf(lines, read);
    const nextHops = new Set(lines.map((line) => line.split(" ")[1]));
    expect(read.table.targets).toHaveLength(nextHops.size);
  });
});
