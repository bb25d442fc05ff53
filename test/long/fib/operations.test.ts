/** A hundred thousand random updates with a thousand comparisons, and back. */

import { describe, it } from "vitest";
import { FIB_FAMILIES } from "../../assembly/fib/family.ts";
import { expectSameAnswers } from "../../assembly/fib/operations.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

/** The debug build takes its time over short prefixes. */
const OPERATIONS = { debug: 25_000, release: 100_000, shared: 100_000 };
const OPERATIONS_A_CHECKPOINT = 100;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it.each(FIB_FAMILIES)("answers as the reference engine ($name)", async (family) => {
    const operations = OPERATIONS[target];
    const checkpoints = operations / OPERATIONS_A_CHECKPOINT;
    await expectSameAnswers({ family, target, seed: 42, operations, checkpoints });
  });
});
