/** 200,000 mutations of every real MRT file, in bounded memory. */

import { expect, it } from "vitest";
import { NO_DATA } from "../../data.ts";
import { allSamples, expectMutationsReadable } from "../../sources/mrt/mutated-dumps.ts";

const GROWTH_BYTES_MAX = 512 * 2 ** 20;

it("come to some end", async ({ skip }) => {
  const all = await allSamples();
  if (all.length === 0) return skip(NO_DATA);
  expect(all.length).toBeGreaterThan(40);
  await expectMutationsReadable(1, 1000, all);
  const before = process.memoryUsage().rss;
  await expectMutationsReadable(8050, 200_000, all);
  expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH_BYTES_MAX);
});
