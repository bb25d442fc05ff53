/** Mutated BGP messages: nothing but an outcome comes of them. */

import { expect, it } from "vitest";
import { NO_DATA } from "../../data.ts";
import { expectMutationsRead, messages } from "./mutated-messages.ts";

it("mutations of real messages have outcomes", ({ skip }) => {
  const all = messages();
  if (all.length === 0) return skip(NO_DATA);
  expect(all.length).toBeGreaterThan(100);
  const kinds = expectMutationsRead(4271, 5000, all);
  expect([...kinds.keys()].sort()).toEqual(["other", "reset", "update"]);
});
