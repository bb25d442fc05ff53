/** 100,000 mutated packets and as many frames of noise through every build. */

import { describe, it } from "vitest";
import {
  expectModelOutcomes,
  expectNoiseAccountedFor,
} from "../../assembly/forward/mutated-packets.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

const PACKETS = 100_000;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("does with mutated packets what the model does", async () => {
    await expectModelOutcomes(target, 171, PACKETS);
  });

  it("accounts for every frame of noise", async () => {
    await expectNoiseAccountedFor(target, 172, PACKETS);
  });
});
