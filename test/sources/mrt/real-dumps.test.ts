/** A real table dump has the counts that the manifest gives it. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { pathOrigin } from "../../../src/rib/as-path.ts";
import { AttributeSets, PeerTable, readMrt } from "../../../src/sources/mrt.ts";
import { dataPath, NO_DATA } from "../../data.ts";
import { chunksOf } from "../read-table.ts";

it("RIPE RIS rrc06 of 2010: entries, prefixes, peers, origins", async ({ skip }) => {
  const file = dataPath("mrt", "rrc06-20100701.reencoded.mrt.gz");
  const expected = dataPath("mrt", "expect", "rrc06-20100701.bgp.gz");
  if (file === undefined || expected === undefined) return skip(NO_DATA);
  const attributeSets = new AttributeSets();
  const origins: number[] = [];
  const result = await readMrt(chunksOf(gunzipSync(readFileSync(file)), 65_536), {
    name: file,
    attributeSets,
    peers: new PeerTable(),
    takeRib: (record) => {
      for (const set of record.attributeSets.subarray(0, record.count)) {
        origins.push(pathOrigin(attributeSets.decoded(set).set.asPath));
      }
    },
  });
  expect(result).toMatchObject({ prefixes: 323_487, entries: 641_957, damaged: 0 });
  // Fields of `bgpdump -m`: the seventh is the path, whose sets are in braces.
  const paths = gunzipSync(readFileSync(expected))
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => line.split("|")[6] ?? "");
  const last = (path: string) => (/\{|^$/.test(path) ? 0 : Number(path.split(" ").at(-1)));
  expect(paths.length).toBe(origins.length);
  const wrong = paths.filter((path, index) => last(path) !== origins[index]);
  expect(wrong).toEqual([]);
});
