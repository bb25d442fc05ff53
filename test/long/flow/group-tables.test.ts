/** What tables of 64 and 512 next hops come to: balance, agreement, needless moves, time. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import type { GroupMember } from "../../../src/engine/group-tables.ts";
import { movesBetween, quotasDue } from "../../assembly/flow/group-driver.ts";
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

  it("are near a fresh one after 1 and 60 guided events", async () => {
    const engine = await bigEngine();
    const random = seededRandom(91);
    let members = firstMembers(random, { ...bounds, least: 64, most: 64 });
    engine.groups.change(GROUP, members, { slotsLeast });
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

describe("512 next hops, weights 1 to 16, 131,072 slots", () => {
  // A next hop has 256 slots in the mean, and one of weight 1 about 30: Webster's method gives it
  // half a slot too many or too few, 1.6 %. The method that keeps the fullest lowest (Jefferson's,
  // which rounds down) has it at 1.0019 of its due in half of all draws and at 1.0039 in the worst,
  // and takes a whole slot from light ones instead, the only one of some.
  it.each([93, 94, 95, 96])("are as balanced as whole slots allow (draw %i)", async (seed) => {
    const engine = await bigEngine();
    const members = firstMembers(seededRandom(seed), { least: 512, most: 512, weightMax: 16 });
    engine.groups.change(GROUP, members, { slotsLeast: 131_072 });
    const slots = slotsOf(engine);
    const held = members.map(({ adjacency }) => slots.filter((slot) => slot === adjacency).length);
    expect(held).toEqual(quotasDue(engine, members, slots.length));
    const total = members.reduce((sum, { weight }) => sum + weight, 0);
    const excess = members.map(({ weight }, i) => (held[i] ?? 0) - (weight * slots.length) / total);
    expect(1 + Math.max(...excess) / (slots.length / members.length)).toBeLessThan(1.004);
    const lightest = Math.min(...members.map(({ weight }) => weight));
    const halfSlot = total / (2 * lightest * slots.length);
    expect(fullest(slots, members)).toBeLessThan(1 + 1.05 * halfSlot);
  });
});

/** The quickest of several runs of each step of each event: what others take is not in it. */
class Quickest {
  readonly #least = new Map<string, number>();

  note(key: string, ms: number): void {
    this.#least.set(key, Math.min(this.#least.get(key) ?? Number.POSITIVE_INFINITY, ms));
  }

  get sorted(): readonly number[] {
    return [...this.#least.values()].toSorted((a, b) => a - b);
  }
}

it("changes 65,536 slots of 64 next hops within 20 ms, in steps below 1 ms", async () => {
  const engine = await bigEngine();
  const members = firstMembers(seededRandom(97), { least: 64, most: 64, weightMax: 16 });
  engine.groups.change(GROUP, members, { slotsLeast: 65_536 });
  const [steps, changes] = [new Quickest(), new Quickest()];
  for (let run = 0; run < 6; run++) {
    for (const { adjacency } of members) {
      const without = members.filter((one) => one.adjacency !== adjacency);
      for (const [kind, serving] of [without, members].entries()) {
        const start = performance.now();
        let [resumed, step] = [start, 0];
        const pause = (): void => {
          const now = performance.now();
          steps.note(`${adjacency} ${kind} ${step++}`, now - resumed);
          resumed = performance.now();
        };
        engine.groups.change(GROUP, serving, { pause });
        pause();
        changes.note(`${adjacency} ${kind}`, performance.now() - start);
      }
    }
  }
  const { sorted } = steps;
  expect(sorted.length).toBeGreaterThan(1000);
  expect(sorted[Math.floor(sorted.length * 0.99)]).toBeLessThan(1);
  expect(changes.sorted.at(-1)).toBeLessThan(20);
});
