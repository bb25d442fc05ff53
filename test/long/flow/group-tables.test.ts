/** What tables of 64 and 512 next hops come to: balance, agreement, needless moves, time. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import type { GroupMember } from "../../../src/engine/group-tables.ts";
import { movesBetween } from "../../assembly/flow/group-driver.ts";
import { firstMembers, nextEvent } from "../../assembly/flow/group-events.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";

const GROUP = 8;
const FRESH = 9;

async function bigEngine(): Promise<Engine> {
  return await createTestEngine("release", { limits: { slotBytes: 64 * 2 ** 20 } });
}

function slotsOf(engine: Engine, id = GROUP): Uint16Array {
  return engine.groups.slots(id)?.slice() ?? new Uint16Array();
}

/** Part of the slots that a fresh table has as the group's. */
function agreement(engine: Engine, members: readonly GroupMember[]): number {
  const held = slotsOf(engine);
  engine.groups.change(FRESH, members, { mode: "canonical", slotsLeast: held.length });
  const fresh = slotsOf(engine, FRESH);
  return held.filter((slot, i) => slot === fresh[i]).length / held.length;
}

/** The fullest slot share to what its weight is due. */
function fullest(table: Uint16Array, members: readonly GroupMember[]): number {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  const shares = members.map(({ adjacency, weight }) => {
    const held = table.filter((slot) => slot === adjacency).length;
    return (held * total) / (weight * table.length);
  });
  return Math.max(...shares);
}

describe("tables of 64 next hops, weights 1 to 16, 65,536 slots", () => {
  const bounds = { least: 60, most: 68, weightMax: 16 };
  const slotsLeast = 65_536;

  it("are balanced, and after 1 and 60 guided events near a fresh one", async () => {
    const engine = await bigEngine();
    const random = seededRandom(91);
    let members = firstMembers(random, { ...bounds, least: 64, most: 64 });
    engine.groups.change(GROUP, members, { slotsLeast });
    expect(fullest(slotsOf(engine), members)).toBeLessThan(1.001);
    for (let event = 1; event <= 60; event++) {
      members = nextEvent(members, random, bounds).members;
      engine.groups.change(GROUP, members);
      if (event === 1) expect(agreement(engine, members)).toBeGreaterThan(0.99);
    }
    expect(agreement(engine, members)).toBeGreaterThan(0.93);
  });

  it("move little needlessly where they are canonical, and come to one table", async () => {
    const engine = await bigEngine();
    const random = seededRandom(92);
    let members = firstMembers(random, { ...bounds, least: 64, most: 64 });
    engine.groups.change(GROUP, members, { slotsLeast, mode: "canonical" });
    let needless = 0;
    for (let event = 1; event <= 60; event++) {
      const before = slotsOf(engine);
      const next = nextEvent(members, random, bounds);
      members = next.members;
      engine.groups.change(GROUP, members, { slotsLeast, mode: "canonical" });
      needless += movesBetween(before, slotsOf(engine), next.changed).needless;
    }
    expect(needless / 60 / slotsLeast).toBeLessThan(0.0035);
    expect(agreement(engine, members)).toBe(1);
  });
});

it("balances 512 next hops in 131,072 slots as whole slots allow", async () => {
  const engine = await bigEngine();
  const members = firstMembers(seededRandom(93), { least: 512, most: 512, weightMax: 16 });
  engine.groups.change(GROUP, members, { slotsLeast: 131_072 });
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  const lightest = Math.min(...members.map(({ weight }) => weight));
  // The share of one that is due 30 slots can be off by half a slot, and no less.
  const halfSlot = total / (2 * lightest * 131_072);
  expect(fullest(slotsOf(engine), members)).toBeLessThan(1 + halfSlot);
});
