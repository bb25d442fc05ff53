/** `rib convert --format parquet`: read back, the rows are those of JSON. */

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
import { expectSameRows } from "./parquet-rows.ts";
import { testFolder } from "./run.ts";

const file = testFolder();
const out = file("out.parquet");

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
    expect(await expectSameRows(dump, out, "--rpki", vrps)).toBe(1);
  });

  it.each(["bview.ipv4_unicast_add_path.gz", "updates.20020722.2238.gz"])(
    "keeps the rows of %s",
    async (name) => {
      const path = dataPath("mrt", name);
      if (path === undefined) return;
      expect(await expectSameRows(path, out)).toBe(1);
    },
  );

  it("is a file without rows where there are none", async () => {
    const empty = file("empty.mrt", bytesOf([peerIndexTable([])]));
    expect(await expectSameRows(empty, out)).toBe(0);
  });
});
