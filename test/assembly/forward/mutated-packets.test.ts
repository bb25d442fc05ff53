/** Mutated packets: what becomes of each is what the model says; test/long has the full count. */

import { describe, it } from "vitest";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { expectModelOutcomes, expectNoiseAccountedFor } from "./mutated-packets.ts";

const PACKETS = 5000;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("does with mutated packets what the model does", async () => {
    await expectModelOutcomes(target, 71, PACKETS);
  });

  it("accounts for every frame of noise", async () => {
    await expectNoiseAccountedFor(target, 72, PACKETS);
  });
});
