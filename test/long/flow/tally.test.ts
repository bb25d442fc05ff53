/** Three million flows: counted exactly as far as the tally promises, then within one percent. */

import { it } from "vitest";
import { expectExactThenEstimated } from "../../assembly/flow/tally.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

it.each(MODULE_TARGETS)("estimates three million flows (%s build)", async (target) => {
  await expectExactThenEstimated(target, 3_000_000);
});
