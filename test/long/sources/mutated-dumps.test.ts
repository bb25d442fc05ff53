/** 200,000 mutations of real MRT files. */

import { it } from "vitest";
import { NO_DATA } from "../../data.ts";
import { expectMutationsReadable, samples } from "../../sources/mrt/mutated-dumps.ts";

it("come to some end", async ({ skip }) => {
  if (samples().length === 0) return skip(NO_DATA);
  await expectMutationsReadable(8050, 200_000);
});
