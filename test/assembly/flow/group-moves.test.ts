/** What a change of a group moves: no flow between two next hops that the change is not about. */

import { describe, expect, it } from "vitest";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { GroupDriver, membersOf, movesBetween, quotasDue } from "./group-driver.ts";
import { firstMembers } from "./group-events.ts";
import { liveThrough } from "./group-moves.ts";

const GROUP = 8;
/** Its adjacency is none that random members have. */
const NEWCOMER = { adjacency: 2000, weight: 1 };

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it.each([
    { what: "equal weights", least: 2, most: 201, weightMax: 1 },
    { what: "weights of 1 to 16", least: 2, most: 201, weightMax: 16 },
    { what: "any weights", least: 2, most: 40, weightMax: 65535 },
  ])("moves nothing needlessly in random single events ($what)", async (bounds) => {
    const engine = await createTestEngine(target);
    const tally = liveThrough(engine, seededRandom(41), 200, bounds);
    expect(tally).toMatchObject({ needless: 0, misreported: 0 });
    expect(engine.groups.bytesUsed).toBe(0);
  });

  it("keeps Webster's quotas through any events", async () => {
    const engine = await createTestEngine(target);
    const group = new GroupDriver(engine, GROUP);
    for (const weights of [
      [1, 1],
      [3, 1],
      [3, 1, 9],
      [1, 9],
      [1, 9, 9, 9, 200],
      [7, 7, 1],
    ]) {
      group.set(membersOf(weights));
      expect(group.quotas()).toEqual(quotasDue(engine, group.members, group.slotCount));
    }
  });

  it("moves no flow when a table of equal weights grows but to the newcomer", async () => {
    const engine = await createTestEngine(target);
    const group = new GroupDriver(engine, GROUP);
    group.set(membersOf(Array.from({ length: 16 }, () => 3)));
    const before = group.slots(2048);
    const { moved, slots } = group.set(membersOf(Array.from({ length: 17 }, () => 3)));
    expect({ moved, slots }).toEqual({ moved: 120, slots: 2048 });
    expect(movesBetween(before, group.slots(), 17)).toEqual({ moved: 120, needless: 0 });
  });

  it("moves nothing needlessly when a table of unequal weights grows", async () => {
    const engine = await createTestEngine(target, { limits: { nextHops: 2000 } });
    const random = seededRandom(42);
    for (const count of [16, 32, 64]) {
      for (let life = 0; life < 10; life++) {
        const group = new GroupDriver(engine, GROUP);
        const members = firstMembers(random, { least: count, most: count, weightMax: 16 });
        group.set([]);
        group.set(members);
        const before = group.slots(2 * group.slotCount);
        group.set([...members, NEWCOMER]);
        expect(movesBetween(before, group.slots(), NEWCOMER.adjacency).needless).toBe(0);
      }
    }
  });

  it("keeps the larger table when next hops leave", async () => {
    const engine = await createTestEngine(target);
    const group = new GroupDriver(engine, GROUP);
    group.set(membersOf(Array.from({ length: 40 }, () => 1)));
    expect(group.slotCount).toBe(4096);
    const before = group.slots();
    group.set(membersOf([1, 1]));
    expect(group.slotCount).toBe(4096);
    const kept = group.slots().filter((adjacency, slot) => adjacency === before[slot]);
    expect(kept.length).toBe(before.filter((adjacency) => adjacency <= 2).length);
  });

  it("moves nothing when it is given what it has", async () => {
    const engine = await createTestEngine(target);
    const group = new GroupDriver(engine, GROUP);
    for (const weights of [[], [4], [4, 5, 6]]) {
      group.set(membersOf(weights));
      expect(group.set(membersOf(weights)).moved).toBe(0);
    }
  });

  it("moves only what it must between one next hop and a table", async () => {
    const engine = await createTestEngine(target);
    const group = new GroupDriver(engine, GROUP);
    expect(group.set([{ adjacency: 5, weight: 9 }])).toEqual({ moved: 1, slots: 1 });
    expect(group.slots()).toEqual(Uint16Array.of(5));
    const both = [
      { adjacency: 5, weight: 3 },
      { adjacency: 6, weight: 1 },
    ];
    expect(group.set(both)).toEqual({ moved: 256, slots: 1024 });
    expect(group.quotas()).toEqual([768, 256]);
    expect(group.set([{ adjacency: 6, weight: 1 }])).toEqual({ moved: 768, slots: 1024 });
    expect(group.slots()).toEqual(Uint16Array.of(6));
    expect(group.set([{ adjacency: 7, weight: 1 }])).toEqual({ moved: 1, slots: 1 });
    expect(group.set(both)).toEqual({ moved: 1024, slots: 1024 });
    expect(group.set([])).toEqual({ moved: 1024, slots: 1024 });
    expect(group.slots()).toEqual(Uint16Array.of(0));
    expect(group.set(both)).toEqual({ moved: 1024, slots: 1024 });
  });
});

it("moves what a list of weights loses and no more", async () => {
  const engine = await createTestEngine("release");
  const group = new GroupDriver(engine, GROUP);
  group.set(membersOf([5, 3, 2, 6]));
  const before = group.slots();
  const held = before.filter((adjacency) => adjacency === 3).length;
  const { moved } = group.set(membersOf([5, 3, 2, 6]).filter(({ adjacency }) => adjacency !== 3));
  expect(moved).toBe(held);
  expect(movesBetween(before, group.slots(), 3)).toEqual({ moved: held, needless: 0 });
});
