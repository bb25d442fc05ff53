/** Mutated and cut MRT files: no crash, no hang, every complaint with file and offset. */

import { expect, it } from "vitest";
import { NO_DATA } from "../../data.ts";
import { expectMutationsReadable, expectReadable, samples } from "./mutated-dumps.ts";

it("mutations of real dumps come to some end", async ({ skip }) => {
  const all = samples();
  if (all.length === 0) return skip(NO_DATA);
  await expectMutationsReadable(6396, 3000, all);
});

it("real dumps that are cut at any byte come to some end", async ({ skip }) => {
  const all = samples().filter(({ length }) => length < 2000);
  if (all.length === 0) return skip(NO_DATA);
  expect(all.length).toBeGreaterThan(3);
  for (const bytes of all) {
    for (let end = 0; end < bytes.length; end++) await expectReadable(bytes.subarray(0, end));
  }
});
