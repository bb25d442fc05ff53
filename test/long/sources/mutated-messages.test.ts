/** 200,000 mutations of real BGP messages, and of what RTR caches and files of VRPs say. */

import { expect, it } from "vitest";
import { NO_DATA } from "../../data.ts";
import { expectMutationsRead, messages } from "../../sources/bgp/mutated-messages.ts";
import { expectFilesRead, expectSessionsSound } from "../../sources/rpki/mutations.ts";

it("messages have outcomes", ({ skip }) => {
  const all = messages();
  if (all.length === 0) return skip(NO_DATA);
  const kinds = expectMutationsRead(7606, 200_000, all);
  expect(kinds.get("update") ?? 0).toBeGreaterThan(10_000);
});

it("RTR sessions end or wait", () => {
  expectSessionsSound(100_000, 50_000);
});

it("files of VRPs are read or refused with their place", async () => {
  await expectFilesRead(8210, 100_000);
});
