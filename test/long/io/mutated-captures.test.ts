/** 100,000 mutations of real captures, pcap and pcapng, through every build. */

import { describe, it } from "vitest";
import { NO_DATA } from "../../data.ts";
import { captureSamples, expectCapturesReadable } from "../../io/mutated-captures.ts";
import { captureEngine } from "../../io/read-capture.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("brings them to some end", async ({ skip }) => {
    const samples = captureSamples();
    if (samples.length === 0) return skip(NO_DATA);
    const engine = await captureEngine(target);
    await expectCapturesReadable(engine, samples, { seed: 2, count: 100_000 });
  });
});
