/** Room for slot tables: shared by all groups, counted, and given back. */

import { describe, expect, it } from "vitest";
import type { AnyfibError } from "../../../src/net/errors.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { GroupDriver, membersOf, quotasDue } from "./group-driver.ts";
import { firstMembers, nextEvent } from "./group-events.ts";

/** Bytes of the smallest table: a header and 1,024 slots of eight bytes, in units of 256. */
const TABLE_BYTES = 10_496;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("leaves a group as it was when there is no room for its table", async () => {
    const engine = await createTestEngine(target, { limits: { slotBytes: 3 * TABLE_BYTES } });
    const [first, second, third] = [8, 9, 10].map((id) => new GroupDriver(engine, id));
    if (first === undefined || second === undefined || third === undefined) return;
    first.set(membersOf([1, 2]));
    second.set(membersOf([4]));
    const before = first.slots();
    // A table grows beside the old one: of 2,048 slots it would just fit, of 4,096 it does not.
    expect(() => first.set(membersOf(Array.from({ length: 33 }, () => 1)))).toThrow(noRoom(8, 33));
    expect(first.slots()).toEqual(before);
    expect(engine.groups.bytesUsed).toBe(TABLE_BYTES);
    third.set(membersOf([1, 1]));
    expect(() => second.set(membersOf(Array.from({ length: 17 }, () => 1)))).toThrow(noRoom(9, 17));
    expect(second.slots()).toEqual(Uint16Array.of(1));
    first.set([]);
    second.set(membersOf([1, 1]));
    expect(second.quotas()).toEqual([512, 512]);
    expect(third.quotas()).toEqual([512, 512]);
  });

  it("has no room at all in a region of no bytes, and needs none for one next hop", async () => {
    const engine = await createTestEngine(target, { limits: { slotBytes: 0 } });
    const group = new GroupDriver(engine, 8);
    group.set(membersOf([3]));
    expect(() => group.set(membersOf([3, 3]))).toThrow(noRoom(8, 2));
    expect(group.slots()).toEqual(Uint16Array.of(1));
  });

  it("serves many groups from one region, and has all of it back in the end", async () => {
    const engine = await createTestEngine(target, { limits: { slotBytes: 64 * TABLE_BYTES } });
    const random = seededRandom(51);
    const bounds = { least: 2, most: 40, weightMax: 16 };
    const groups = Array.from({ length: 8 }, (_, index) => new GroupDriver(engine, 8 + index));
    for (const group of groups) group.set(firstMembers(random, bounds));
    for (let event = 0; event < 200; event++) {
      const group = groups[random.below(groups.length)];
      group?.set(random.below(8) === 0 ? [] : nextEvent(group.members, random, bounds).members);
      if (group?.members.length === 0) group.set(firstMembers(random, bounds));
    }
    for (const group of groups) {
      expect(group.quotas()).toEqual(quotasDue(engine, group.members, group.slotCount));
    }
    const tables = groups.map(({ slotCount }) => Math.ceil((64 + 10 * slotCount) / 256) * 256);
    expect(engine.groups.bytesUsed).toBe(tables.reduce((sum, bytes) => sum + bytes));
    for (const group of groups) group.set([]);
    expect(engine.groups.bytesUsed).toBe(0);
  });
});

/** The error of a group that finds no room. */
function noRoom(group: number, members: number): AnyfibError {
  return expect.objectContaining({
    name: "AnyfibError",
    code: "CAPACITY",
    detail: expect.objectContaining({ group, members }),
  });
}
