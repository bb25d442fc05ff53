/** Routes that recorded updates change, in tables that follow; the long test: whole files. */

import { it } from "vitest";
import { dataPath, NO_DATA } from "../data.ts";
import { expectFollowed } from "./followed-updates.ts";

it.for(["updates.20160811.1600.gz", "updates.20070211.0141.gz"])(
  "the tables follow the start of %s, and keep no trace",
  async (name, { skip }) => {
    const file = dataPath("mrt", name);
    if (file === undefined) return skip(NO_DATA);
    await expectFollowed(file, { most: 3000, together: 7, every: 1000 });
  },
);
