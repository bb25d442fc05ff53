/** Recorded updates as a whole: the tables are the RIB's at every 1,000th, and empty after all. */

import { it } from "vitest";
import { dataPath, NO_DATA } from "../../data.ts";
import { expectFollowed, expectUndone } from "../../sources/followed-updates.ts";

it.for([
  { name: "updates.20160811.1600.gz", together: 1 },
  { name: "updates.20160811.1600.gz", together: 100 },
  { name: "updates.20070211.0141.gz", together: 13 },
])("the tables follow $name, $together changes at a time", async ({ name, together }, { skip }) => {
  const file = dataPath("mrt", name);
  if (file === undefined) return skip(NO_DATA);
  await expectFollowed(file, { together, every: 1000 });
});

it.for(["updates.20160811.1600.gz", "updates.20070211.0141.gz"])(
  "%s leaves no trace on the routes of its start once it is undone",
  async (name, { skip }) => {
    const file = dataPath("mrt", name);
    if (file === undefined) return skip(NO_DATA);
    const most = Number.POSITIVE_INFINITY;
    await expectUndone(file, { start: 4000, most, together: 13 });
  },
);
