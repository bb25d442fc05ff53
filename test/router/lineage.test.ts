/** Groups by set and lineage: split, shared, changed in place, and never moved needlessly. */

import { beforeEach, describe, expect, it } from "vitest";
import type { RouteInput } from "../../src/router/route-input.ts";
import { expectNoNeedlessMove } from "./lineage.ts";
import { type RouterParts, routerParts, tableOf } from "./router-rig.ts";

const [A, B, C] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"] as const;
const [P, Q, R] = ["198.18.0.0/24", "198.18.1.0/24", "198.18.2.0/24"] as const;

let parts: RouterParts;
beforeEach(async () => {
  parts = await routerParts();
});

function via(prefix: string, ...nextHops: readonly string[]): RouteInput {
  return { prefix, nextHops };
}

/** Groups of P, Q and R. */
function ids(): readonly number[] {
  return [...parts.engine.tables.lookup4(Uint32Array.of(0xc6120001, 0xc6120101, 0xc6120201))];
}

it("moves no slot but the target's in random announcements and withdrawals", async () => {
  const size = { seed: 7, events: 400, prefixes: 12, nextHops: 14 };
  const { groups, engine } = await expectNoNeedlessMove(size);
  expect(groups.ids().length).toBeLessThanOrEqual(12);
  expect(engine.groups.bytesUsed).toBeGreaterThan(0);
});

describe("a step", () => {
  beforeEach(() => {
    parts.fib.install(tableOf(via(P, A, B, C), via(Q, A, B, C), via(R, A, B, C)));
  });

  it("changes the group in place where all its prefixes make it", () => {
    const before = ids();
    const { moved } = parts.fib.install(tableOf(via(P, A, B), via(Q, A, B), via(R, A, B)));
    expect(ids()).toEqual(before);
    expect(moved).toHaveLength(1);
    expect(moved[0]).toBeCloseTo(1 / 3, 2);
    expect(parts.groups.users(before[0] ?? 0)).toBe(3);
  });

  it("splits the group, and is shared by the prefixes that make it", () => {
    const [first] = ids();
    parts.fib.install(tableOf(via(P, A, B), via(Q, A, B)));
    const [p, q, r] = ids();
    expect([q, r]).toEqual([p, first]);
    expect(p).not.toBe(first);
    expect([parts.groups.users(p ?? 0), parts.groups.users(r ?? 0)]).toEqual([2, 1]);
  });

  it("differs by where it came from: one set, two tables", () => {
    parts.fib.install(tableOf(via(Q, A, B)));
    parts.fib.install(tableOf(via(R, A, C)));
    parts.fib.install(tableOf(via(Q, A, B, C), via(R, A, B, C)));
    const [p, q, r] = ids();
    expect(new Set([p, q, r]).size).toBe(3);
    expect(ids().map((id) => parts.groups.members(id))).toEqual(
      new Array(3).fill(parts.groups.members(p ?? 0)),
    );
  });

  it("joins a group of the same set and table", () => {
    const before = ids();
    parts.fib.install(tableOf(via(P, A, B)));
    parts.fib.install(tableOf(via(Q, A, B)));
    const [p, q, r] = ids();
    expect([q, r]).toEqual([p, before[2]]);
  });

  it("counts a prefix once that a table repeats, and takes its last row", () => {
    const before = ids();
    parts.fib.install(tableOf(via(P, A), via(P, A, B), via(P, A, C), via(P, A, B)));
    const [p, q, r] = ids();
    expect([q, r]).toEqual(before.slice(1));
    expect(parts.groups.serving(p ?? 0).map(({ nextHop }) => nextHop.name)).toEqual([A, B]);
    expect([p, q].map((id) => parts.groups.users(id ?? 0))).toEqual([1, 2]);
  });

  it("to a fresh prefix gives the canonical table, not a group with a history", () => {
    parts.fib.install(tableOf(via(P, A, B), via(Q, A, B), via(R, A, B)));
    parts.fib.install(tableOf({ prefix: "198.18.3.0/24", nextHops: [A, B] }));
    expect(parts.groups.ids()).toHaveLength(2);
  });

  it("is taken back where the table does not fit", () => {
    const before = ids();
    const slots = parts.engine.groups.slots(before[0] ?? 0)?.slice();
    const many = Array.from({ length: 1200 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    const table = tableOf(via(P, A, B), via(Q, A, B), via(R, A, B), via("198.18.9.0/24", ...many));
    expect(() => parts.fib.install(table)).toThrow(expect.objectContaining({ code: "CAPACITY" }));
    expect(ids()).toEqual(before);
    expect(parts.engine.groups.slots(before[0] ?? 0)).toEqual(slots);
    expect(parts.groups.ids()).toEqual([before[0]]);
    expect(parts.groups.members(before[0] ?? 0)).toHaveLength(3);
  });
});
