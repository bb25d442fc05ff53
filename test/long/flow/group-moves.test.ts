/** 20,000 random single events of groups of 2 to 201 next hops, and the quotas of huge groups. */

import { expect, it } from "vitest";
import { GroupDriver, membersOf, quotasDue } from "../../assembly/flow/group-driver.ts";
import { liveThrough } from "../../assembly/flow/group-moves.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

const EVENTS = 20_000;

it.each(MODULE_TARGETS)("moves nothing needlessly in 20,000 events (%s build)", async (target) => {
  for (const weightMax of [1, 16, 65535]) {
    const engine = await createTestEngine(target);
    const bounds = { least: 2, most: 201, weightMax };
    const tally = liveThrough(engine, seededRandom(weightMax), EVENTS, bounds);
    expect(tally).toMatchObject({ needless: 0, misreported: 0 });
    expect(engine.groups.bytesUsed).toBe(0);
  }
});

it("gives a group with the largest table the slots that Webster's method does", async () => {
  const engine = await createTestEngine("release", { limits: { nextHops: 4096 } });
  const random = seededRandom(61);
  const weights = Array.from({ length: 2500 }, () => 1 + random.below(65535));
  const group = new GroupDriver(engine, 8);
  group.set(membersOf(weights));
  expect(group.slotCount).toBe(131_072);
  expect(group.quotas()).toEqual(quotasDue(engine, group.members, group.slotCount));
});
