/** Groups: shared by equal sets, in tiers by cost, changed by least movement, given up in time. */

import { beforeEach, describe, expect, it } from "vitest";
import { GROUPS_RESERVED } from "../../assembly/layout.ts";
import type { NextHop } from "../../src/rib/route.ts";
import type { KnownNextHop } from "../../src/router/next-hops.ts";
import { movesBetween } from "../assembly/flow/group-driver.ts";
import { nextHop, type RouterParts, routerParts } from "./router-rig.ts";

const [A, B, C, D] = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"] as const;
const FIRST_ID = GROUPS_RESERVED;

let parts: RouterParts;
beforeEach(async () => {
  parts = await routerParts();
});

/** The group of a set, with more users. */
function acquire(nextHops: readonly NextHop[], users: number): number {
  return parts.groups.acquire(parts.groups.setOf(nextHops), users);
}

/** Members of the tier that serves, as `name*weight`. */
function serving(id: number): readonly string[] {
  return parts.groups.serving(id).map(({ nextHop: { name }, weight }) => `${name}*${weight}`);
}

/** Sets what is given of a next hop, and writes its groups anew. */
function change(name: string, fields: Partial<Pick<KnownNextHop, "state" | "weight">>) {
  const known = parts.nextHops.find(name);
  parts.nextHops.set(known.adjacency, { ...known, ...fields });
  return parts.groups.refresh([known.adjacency]);
}

/** A copy of a group's slots; of a group of one, that one. */
function slots(id: number): Uint16Array {
  const [only] = parts.groups.serving(id);
  const table = parts.engine.groups.slots(id);
  return table?.slice() ?? Uint16Array.of(only?.nextHop.adjacency ?? 0);
}

describe("sets", () => {
  it("are one group where they are equal, whatever their order", () => {
    const { groups } = parts;
    const id = acquire([nextHop(A), nextHop(B, { weight: 2 })], 1);
    expect(id).toBe(FIRST_ID);
    expect(acquire([nextHop(B, { weight: 2 }), nextHop(A)], 1)).toBe(id);
    expect(acquire([nextHop(A, { site: "lon" }), nextHop(B, { weight: 2 })], 1)).toBe(id);
    expect(acquire([nextHop(A), nextHop(B)], 1)).toBe(id + 1);
    expect(acquire([nextHop(A), nextHop(B, { cost: 1, weight: 2 })], 1)).toBe(id + 2);
    expect(groups.ids()).toEqual([id, id + 1, id + 2]);
  });

  it("add up the weights of a next hop that they repeat in a tier", () => {
    const { groups } = parts;
    const id = acquire([nextHop(A), nextHop(B), nextHop(A, { weight: 3 })], 1);
    expect(serving(id)).toEqual([`${A}*4`, `${B}*1`]);
    expect(groups.members(id)).toEqual([
      { adjacency: 1, weight: 4, cost: 0 },
      { adjacency: 2, weight: 1, cost: 0 },
    ]);
    expect(slots(id).filter((adjacency) => adjacency === 2)).toHaveLength(205);
  });

  it("of one next hop have no slot table", () => {
    const id = acquire([nextHop(A)], 1);
    expect(parts.engine.groups.slots(id)).toBeUndefined();
    expect(serving(id)).toEqual([`${A}*1`]);
  });
});

describe("users", () => {
  it("keep a group up to the last of them; then its id and its slots are free", () => {
    const { groups, engine } = parts;
    const id = acquire([nextHop(A), nextHop(B)], 2);
    acquire([nextHop(A), nextHop(B)], 1);
    const other = acquire([nextHop(C)], 1);
    for (let users = 3; users > 1; users--) groups.release(id);
    expect(serving(id)).toHaveLength(2);
    groups.release(id);
    expect(groups.ids()).toEqual([other]);
    expect([serving(id), groups.members(id), engine.groups.bytesUsed]).toEqual([[], [], 0]);
    expect(change(A, { state: "down" })).toEqual([]);
    expect(acquire([nextHop(C), nextHop(D)], 1)).toBe(id);
    expect(acquire([nextHop(D)], 1)).toBe(other + 1);
  });

  it("are not counted of reserved and unknown groups", () => {
    for (const id of [0, 1, 4, FIRST_ID, 4711]) parts.groups.release(id);
    expect(parts.groups.ids()).toEqual([]);
  });
});

describe("tiers", () => {
  const FAR = [
    nextHop(C, { cost: 80 }),
    nextHop(A, { cost: 10 }),
    nextHop(D, { cost: 90 }),
    nextHop(B, { cost: 10, weight: 3 }),
  ];

  it("serve nearest first, and are passed over without a live member", () => {
    const id = acquire(FAR, 1);
    expect(serving(id)).toEqual([`${A}*1`, `${B}*3`]);
    change(A, { state: "down" });
    expect(serving(id)).toEqual([`${B}*3`]);
    change(B, { state: "drain" });
    expect(serving(id)).toEqual([`${C}*1`]);
    change(C, { weight: 0 });
    expect(serving(id)).toEqual([`${D}*1`]);
    change(D, { state: "down" });
    expect(serving(id)).toEqual([]);
    expect(slots(id)).toEqual(Uint16Array.of(0));
    change(A, { state: "up" });
    expect(serving(id)).toEqual([`${A}*1`]);
  });

  it("count a fall to the next one as a move of all slots", () => {
    const id = acquire(FAR, 1);
    change(A, { state: "down" });
    expect(slots(id)).toEqual(Uint16Array.of(parts.nextHops.find(B).adjacency));
    expect(change(B, { state: "down" })).toEqual([1]);
    expect(change(C, { state: "down" })).toEqual([1]);
  });

  it("leave a next hop of two costs to the nearer", () => {
    const id = acquire([nextHop(A, { cost: 5 }), nextHop(A), nextHop(B)], 1);
    expect(serving(id)).toEqual([`${A}*1`, `${B}*1`]);
    change(B, { state: "down" });
    expect(serving(id)).toEqual([`${A}*1`]);
  });
});

describe("an overflow", () => {
  const TWO_TIERS = [nextHop(A), nextHop(B, { weight: 3 }), nextHop(C, { cost: 5 })];

  function overflowing(overflow: number): number {
    return parts.groups.acquire(parts.groups.setOf(TWO_TIERS, overflow), 1);
  }

  function shares(id: number): readonly number[] {
    return parts.groups.serving(id).map(({ share }) => share);
  }

  it("gives the next tier its part, and each tier shares by weight", () => {
    const id = overflowing(0.2);
    expect(serving(id)).toEqual([`${A}*1`, `${B}*3`, `${C}*1`]);
    expect(shares(id)).toEqual([0.2, expect.closeTo(0.6), 0.2]);
    const held = [1, 2, 3].map((hop) => slots(id).filter((slot) => slot === hop).length / 1024);
    for (const [hop, share] of shares(id).entries()) expect(held[hop]).toBeCloseTo(share, 2);
  });

  it("ends where there is one tier left", () => {
    const id = overflowing(0.5);
    change(C, { state: "down" });
    expect(shares(id)).toEqual([0.25, 0.75]);
    change(C, { state: "up" });
    change(A, { state: "down" });
    change(B, { state: "down" });
    expect(serving(id)).toEqual([`${C}*1`]);
    expect(shares(id)).toEqual([1]);
  });

  it("makes a set of its own", () => {
    expect(overflowing(0.1)).not.toBe(overflowing(0.2));
    expect(overflowing(0.1)).not.toBe(acquire(TWO_TIERS, 1));
  });
});

describe("a change of a next hop", () => {
  it("moves its flows alone: in its groups, to and from itself", () => {
    const all = acquire(
      [A, B, C].map((text) => nextHop(text)),
      1,
    );
    const without = acquire(
      [B, C].map((text) => nextHop(text)),
      1,
    );
    const changes = [
      { state: "down" },
      { state: "up" },
      { weight: 5 },
      { state: "drain" },
      { state: "up", weight: undefined },
    ] as const;
    for (const fields of changes) {
      const [before, untouched] = [slots(all), slots(without)];
      const [part = 0] = change(A, fields);
      const found = movesBetween(before, slots(all), 1);
      expect(found, JSON.stringify(fields)).toEqual({ moved: part * 1024, needless: 0 });
      expect(part).toBeGreaterThan(0);
      expect(slots(without)).toEqual(untouched);
    }
  });

  it("sets a weight that holds in every set, and goes with undefined", () => {
    const one = acquire([nextHop(A, { weight: 7 }), nextHop(B)], 1);
    const two = acquire([nextHop(A), nextHop(C)], 1);
    expect(change(A, { weight: 3 })).toHaveLength(2);
    expect([serving(one)[0], serving(two)[0]]).toEqual([`${A}*3`, `${A}*3`]);
    expect(slots(two).filter((adjacency) => adjacency === 1)).toHaveLength(768);
    change(A, { weight: undefined });
    expect([serving(one)[0], serving(two)[0]]).toEqual([`${A}*7`, `${A}*1`]);
  });

  it("gives equal sets equal tables, in whatever order next hops became known", async () => {
    const first = acquire([nextHop(A), nextHop(B), nextHop(C)], 1);
    const other = await routerParts();
    for (const text of [C, B, A]) other.nextHops.intern(nextHop(text));
    const set = other.groups.setOf([nextHop(B), nextHop(C), nextHop(A)]);
    const second = other.groups.acquire(set, 1);
    const names = (of: RouterParts, id: number): readonly (string | undefined)[] =>
      Array.from(of.engine.groups.slots(id) ?? [], (adjacency) => of.nextHops.at(adjacency)?.name);
    expect(names(other, second)).toEqual(names(parts, first));
  });

  it("is undone slot by slot by what was saved before it", () => {
    const { groups } = parts;
    const ids = [
      acquire(
        [A, B, C].map((text) => nextHop(text)),
        1,
      ),
    ];
    ids.push(acquire([nextHop(A), nextHop(B, { cost: 1 }), nextHop(C, { cost: 1 })], 1));
    const saved = groups.save([1, 2]);
    const before = ids.map(slots);
    change(A, { state: "down" });
    change(B, { weight: 9 });
    expect(ids.map(slots)).not.toEqual(before);
    for (const name of [A, B]) {
      const { adjacency } = parts.nextHops.find(name);
      parts.nextHops.set(adjacency, { state: "up", weight: undefined });
    }
    groups.restore(saved);
    expect(ids.map(slots)).toEqual(before);
  });
});

describe("room", () => {
  it("ends with the limit of groups, and comes back with a release", async () => {
    parts = await routerParts({ groups: GROUPS_RESERVED + 2 });
    const { groups } = parts;
    const first = acquire([nextHop(A)], 1);
    acquire([nextHop(B)], 1);
    expect(() => acquire([nextHop(C)], 1)).toThrow(
      expect.objectContaining({
        code: "CAPACITY",
        what: "more than 2 distinct sets of next hops",
      }),
    );
    expect(acquire([nextHop(A)], 1)).toBe(first);
    expect(groups.ids()).toHaveLength(2);
    groups.release(first);
    groups.release(first);
    expect(acquire([nextHop(C)], 1)).toBe(first);
  });

  it("of slots is needed for two next hops; a group without is none", async () => {
    parts = await routerParts({ slotBytes: 10_496 });
    const { groups } = parts;
    const id = acquire([nextHop(A), nextHop(B)], 1);
    const before = slots(id);
    expect(() => acquire([nextHop(C), nextHop(D)], 1)).toThrow("raise limit slotBytes");
    expect(groups.ids()).toEqual([id]);
    expect(slots(id)).toEqual(before);
    expect(acquire([nextHop(C)], 1)).toBe(id + 1);
  });
});
