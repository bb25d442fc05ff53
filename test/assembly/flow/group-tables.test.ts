/** Slot tables held against their definition, and what else a change promises. */

import { describe, expect, it } from "vitest";
import {
  HEADER,
  HEADER_CLOCK,
  HEADER_PIN_WINDOW,
  HEADER_SCORE_KEY0,
} from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { GroupMember } from "../../../src/engine/group-tables.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom, shuffled } from "../../oracle/random.ts";
import { sipHash } from "../../oracle/siphash.ts";
import { canonicalTable, guidedTable, type TableHop } from "../../oracle/slot-table.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { identityOf, membersOf } from "./group-driver.ts";
import { firstMembers, nextEvent } from "./group-events.ts";
import { repeated } from "./group-moves.ts";

const GROUP = 8;
const OTHER = 9;
const ROUNDS = { compression: 1, finalisation: 3 };

function hopsOf(
  engine: Engine,
  members: readonly GroupMember[],
  before: readonly GroupMember[],
): readonly TableHop[] {
  return members.map(({ adjacency, weight }) => {
    const was = before.find((member) => member.adjacency === adjacency)?.weight;
    const identity = identityOf(engine, adjacency);
    return { adjacency, identity, weight, isTarget: was !== weight };
  });
}

function slotsOf(engine: Engine, id = GROUP): Uint16Array {
  return engine.groups.slots(id)?.slice() ?? new Uint16Array();
}

function setClock(engine: Engine, clock: number, window = 60): void {
  engine.words[(HEADER + HEADER_CLOCK) / 4] = clock;
  engine.words[(HEADER + HEADER_PIN_WINDOW) / 4] = window;
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("makes and changes tables as their definition says, slot by slot", async () => {
    const engine = await createTestEngine(target);
    const random = seededRandom(71);
    const bounds = { least: 2, most: 9, weightMax: 16 };
    for (let life = 0; life < 3; life++) {
      let members = firstMembers(random, bounds);
      engine.groups.change(GROUP, members);
      expect(slotsOf(engine)).toEqual(canonicalTable(hopsOf(engine, members, []), 1024));
      for (let event = 0; event < 8; event++) {
        const before = slotsOf(engine);
        const next = nextEvent(members, random, bounds).members;
        engine.groups.change(GROUP, next);
        expect(slotsOf(engine)).toEqual(guidedTable(before, hopsOf(engine, next, members)));
        members = next;
      }
      engine.groups.remove(GROUP);
    }
  });

  it("grows as the definition says", async () => {
    const engine = await createTestEngine(target);
    const weights = Array.from({ length: 16 }, (_, index) => 1 + (index % 5));
    const [before, after] = [membersOf(weights), membersOf([...weights, 3])];
    engine.groups.change(GROUP, before);
    const held = repeated(slotsOf(engine), 2048);
    engine.groups.change(GROUP, after);
    expect(slotsOf(engine)).toEqual(guidedTable(held, hopsOf(engine, after, before)));
  });

  it("gives a set its canonical table, whatever was there and in whatever order", async () => {
    const engine = await createTestEngine(target);
    const random = seededRandom(72);
    const set = membersOf([3, 1, 4, 1, 5]);
    engine.groups.change(GROUP, set);
    const table = slotsOf(engine);
    expect(table).toEqual(canonicalTable(hopsOf(engine, set, []), 1024));
    const bounds = { least: 2, most: 24, weightMax: 16 };
    for (let round = 0; round < 5; round++) {
      const others = firstMembers(random, bounds);
      engine.groups.change(OTHER, others, { mode: "canonical" });
      engine.groups.change(OTHER, nextEvent(others, random, bounds).members);
      engine.groups.change(OTHER, shuffled(set, round), { mode: "canonical" });
      expect(slotsOf(engine, OTHER)).toEqual(table);
      expect(engine.groups.digest(OTHER)).toBe(engine.groups.digest(GROUP));
    }
  });

  it("comes to the same in short steps, with a pause between them", async () => {
    const engine = await createTestEngine(target);
    const weights = Array.from({ length: 40 }, (_, index) => 1 + (index % 7));
    for (const count of [40, 39, 40, 33, 1, 2]) {
      const members = membersOf(weights.slice(0, count));
      const seen: (Uint16Array | undefined)[] = [];
      engine.groups.change(GROUP, members);
      const before = engine.groups.slots(OTHER)?.slice();
      engine.groups.change(OTHER, members, { pause: () => seen.push(engine.groups.slots(OTHER)) });
      expect(slotsOf(engine, OTHER)).toEqual(slotsOf(engine));
      if (before === undefined)
        expect(seen.slice(0, -1).every((one) => one === undefined)).toBe(true);
    }
  });

  it("keeps whom slots belonged to while their window is open", async () => {
    const limits = { previousOwners: 2 };
    const engine = await createTestEngine(target, { limits });
    const { groups } = engine;
    setClock(engine, 1000);
    groups.change(GROUP, membersOf([1, 1, 1]));
    expect(groups.changedSlots(GROUP)).toBe(0);
    const first = slotsOf(engine);
    groups.change(GROUP, membersOf([1, 1]));
    const second = slotsOf(engine);
    setClock(engine, 1030);
    groups.change(GROUP, membersOf([0, 1, 1]));
    const third = slotsOf(engine);
    const changed = first.filter((slot, i) => slot !== second[i] || slot !== third[i]).length;
    expect(groups.changedSlots(GROUP)).toBe(changed);
    const [newest, older] = groups.previousOwners(GROUP);
    for (const [slot, owner] of third.entries()) {
      const owners = [second[slot], first[slot]].filter(
        (one, i) => one !== [owner, second[slot]][i],
      );
      expect([newest?.[slot], older?.[slot]]).toEqual([owners[0] ?? 0, owners[1] ?? 0]);
    }
    setClock(engine, 1090);
    groups.age();
    expect(groups.changedSlots(GROUP)).toBe(0);
    expect(newest?.every((owner) => owner === 0)).toBe(true);
  });

  it.each([1, 2, 3])("of %d previous owners keeps the newest, each once", async (most) => {
    const engine = await createTestEngine(target, { limits: { previousOwners: most } });
    const { groups } = engine;
    const random = seededRandom(74);
    const weights = [1, 1, 1, 1];
    groups.change(GROUP, membersOf(weights));
    let before = slotsOf(engine);
    const lists: (readonly number[])[] = Array.from(before, () => []);
    for (let event = 0; event < 24; event++) {
      setClock(engine, 1000 + event);
      weights[random.below(4)] = random.below(4);
      // Two at least, so that there is a table.
      groups.change(GROUP, membersOf([...weights, 1, 1]));
      const now = slotsOf(engine);
      const kept = groups.previousOwners(GROUP);
      for (const [slot, owner] of before.entries()) {
        const others = (lists[slot] ?? []).filter((one) => one !== owner);
        if (owner !== now[slot]) lists[slot] = [owner, ...others].slice(0, most);
        const list = kept.map((column) => column[slot] ?? 0).filter((one) => one !== 0);
        expect(list).toEqual(lists[slot]);
      }
      before = now;
    }
    expect(Math.max(...lists.map(({ length }) => length))).toBe(most);
  });

  it("keeps no owners where it is told to forget them", async () => {
    const engine = await createTestEngine(target);
    setClock(engine, 50);
    engine.groups.change(GROUP, membersOf([1, 1, 1]));
    engine.groups.change(GROUP, membersOf([1, 1]));
    engine.groups.change(
      GROUP,
      [
        { adjacency: 7, weight: 1 },
        { adjacency: 8, weight: 1 },
      ],
      {
        forgets: true,
      },
    );
    expect(engine.groups.changedSlots(GROUP)).toBe(0);
    expect(engine.groups.previousOwners(GROUP)[0]?.every((owner) => owner === 0)).toBe(true);
  });

  it("derives a table from another group's, and loads one", async () => {
    const engine = await createTestEngine(target);
    const before = membersOf([1, 2, 3, 4]);
    engine.groups.change(GROUP, before);
    engine.groups.change(GROUP, membersOf([1, 2, 9, 4]));
    const held = slotsOf(engine);
    engine.groups.change(OTHER, membersOf([1, 2, 9]), { from: GROUP });
    const kept = slotsOf(engine, OTHER).filter((slot, i) => slot === held[i]).length;
    expect(kept).toBe(held.filter((slot) => slot !== 4).length);
    expect(slotsOf(engine)).toEqual(held);
    engine.groups.load(10, membersOf([1, 2, 9, 4]), held);
    expect(slotsOf(engine, 10)).toEqual(held);
    expect(engine.groups.digest(10)).toBe(engine.groups.digest(GROUP));
  });

  it("knows next hops by a keyed hash of what they are", async () => {
    const score = Uint8Array.from({ length: 16 }, (_, index) => index);
    const engine = await createTestEngine(target);
    engine.bytes.set(score, HEADER + HEADER_SCORE_KEY0);
    for (const bytes of [0, 1, 7, 8, 9, 63, 64]) {
      const identity = Uint8Array.from({ length: bytes }, (_, index) => index * 7);
      engine.groups.identify(5, identity);
      expect(identityOf(engine, 5)).toBe(sipHash(score, identity, ROUNDS));
    }
  });

  it("refuses what cannot be, and leaves the group as it was", async () => {
    const engine = await createTestEngine(target);
    engine.groups.change(GROUP, membersOf([1, 2]));
    const before = slotsOf(engine);
    for (const [members, slotsLeast] of [
      [[{ adjacency: 0, weight: 1 }], 0],
      [[{ adjacency: 1025, weight: 1 }], 0],
      [[{ adjacency: 1, weight: 2 ** 31 }], 0],
      [[{ adjacency: 1, weight: 0.5 }], 0],
      [membersOf([1, 1]).concat(membersOf([1])), 0],
      [membersOf([1, 1]), 1000],
      [membersOf([1, 1]), 2 ** 18],
    ] as const) {
      expect(() => engine.groups.change(GROUP, members, { slotsLeast })).toThrow(
        expect.objectContaining({ code: "USAGE" }),
      );
    }
    expect(slotsOf(engine)).toEqual(before);
  });
});
