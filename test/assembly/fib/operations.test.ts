/** Thousands of random updates, then their inverse; test/long has a hundred thousand. */

import { describe, it } from "vitest";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES } from "./family.ts";
import { expectSameAnswers } from "./operations.ts";

const OPERATIONS = { debug: 1500, release: 6000, shared: 6000 };

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it.each(FIB_FAMILIES)("answers as the reference engine ($name)", async (family) => {
    const operations = OPERATIONS[target];
    await expectSameAnswers({ family, target, seed: 41, operations, checkpoints: 10 });
  });
});
