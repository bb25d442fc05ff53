/** A full table of 2010: the manifest's counts, and bgpdump's lines, one by one. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { AttributeSets, BgpdumpLines, PeerTable, readMrt } from "../../../src/sources/mrt.ts";
import { dataPath, NO_DATA } from "../../data.ts";
import { chunksOf } from "../../sources/read-table.ts";

it("RIPE RIS rrc06 has bgpdump's 641,957 lines", async ({ skip }) => {
  const file = dataPath("mrt", "rrc06-20100701.reencoded.mrt.gz");
  const expected = dataPath("mrt", "expect", "rrc06-20100701.bgp.gz");
  if (file === undefined || expected === undefined) return skip(NO_DATA);
  const theirs = gunzipSync(readFileSync(expected)).toString().split("\n");
  const [attributeSets, peers] = [new AttributeSets(), new PeerTable()];
  const wrong: string[] = [];
  let line = 0;
  const lines = new BgpdumpLines(attributeSets, peers, (text) => {
    if (text !== `${theirs[line]}\n`) wrong.push(text);
    line += 1;
  });
  const result = await readMrt(chunksOf(gunzipSync(readFileSync(file)), 65_536), {
    name: file,
    attributeSets,
    peers,
    takeRib: (record) => lines.rib(record),
  });
  expect(result).toMatchObject({ prefixes: 323_487, entries: 641_957, damaged: 0 });
  expect(wrong).toEqual([]);
  expect(line).toBe(641_957);
});
