/** A dump of more rows than a row group of Parquet has. */

import { expect, it } from "vitest";
import { expectSameRows } from "../../cli/parquet-rows.ts";
import { testFolder } from "../../cli/run.ts";
import { dataPath } from "../../data.ts";

const file = testFolder();

it("keeps the rows of bview.20020722.2337.gz, in groups", async () => {
  const path = dataPath("mrt", "bview.20020722.2337.gz");
  if (path === undefined) return;
  expect(await expectSameRows(path, file("out.parquet"))).toBe(2);
});
