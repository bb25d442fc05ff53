/** Twenty thousand announcements, withdrawals and states: not one needless move. */

import { expect, it } from "vitest";
import { expectNoNeedlessMove } from "../../router/lineage.ts";

it("moves no slot but the target's", { timeout: 600_000 }, async () => {
  const size = { seed: 20, events: 20_000, prefixes: 16, nextHops: 48 };
  const { groups } = await expectNoNeedlessMove(size);
  expect(groups.ids().length).toBeLessThanOrEqual(size.prefixes);
});
