/** Mutated captures: no crash, no hang, every complaint with file and offset. */

import { expect, it } from "vitest";
import { NO_DATA } from "../data.ts";
import { captureSamples, expectCapturesReadable } from "./mutated-captures.ts";
import { captureEngine } from "./read-capture.ts";

it("mutations of real captures come to some end", async ({ skip }) => {
  const samples = captureSamples();
  if (samples.length === 0) return skip(NO_DATA);
  expect(samples.length).toBeGreaterThan(100);
  await expectCapturesReadable(await captureEngine(), samples, { seed: 1, count: 1000 });
});
