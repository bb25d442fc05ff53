/** 20,000 random single events of groups of 2 to 512 next hops, and the quotas of huge groups. */

import { expect, it } from "vitest";
import { GroupDriver, membersOf, quotasDue } from "../../assembly/flow/group-driver.ts";
import { liveThrough } from "../../assembly/flow/group-moves.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";

/** All of them where weights are what groups mostly have; fewer where the same code runs slower. */
const LIVES = [
  { target: "release", weightMax: 16, events: 20_000 },
  { target: "release", weightMax: 1, events: 4_000 },
  { target: "release", weightMax: 65_535, events: 4_000 },
  { target: "shared", weightMax: 16, events: 4_000 },
  { target: "debug", weightMax: 16, events: 1_000 },
] as const;

it.each(LIVES)(
  "moves nothing needlessly in $events events with weights 1 to $weightMax ($target build)",
  async ({ target, weightMax, events }) => {
    const engine = await createTestEngine(target);
    const bounds = { least: 2, most: 512, weightMax };
    const tally = liveThrough(engine, seededRandom(weightMax), events, bounds);
    expect(tally).toMatchObject({ events, needless: 0, misreported: 0 });
    expect(engine.groups.bytesUsed).toBe(0);
  },
);

it("gives a group with the largest table the slots that Webster's method does", async () => {
  const engine = await createTestEngine("release", { limits: { nextHops: 4096 } });
  const random = seededRandom(61);
  const weights = Array.from({ length: 2500 }, () => 1 + random.below(65535));
  const group = new GroupDriver(engine, 8);
  group.set(membersOf(weights));
  expect(group.slotCount).toBe(131_072);
  expect(group.quotas()).toEqual(quotasDue(engine, group.members, group.slotCount));
});
