/** Snapshots: taken, carried over as JSON, compared, refused where they are not what they say. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Forwarder } from "../../src/router/forwarder.ts";
import type { RouteInput } from "../../src/router/route-input.ts";
import { snapshotDigest } from "../../src/router/snapshot.ts";
import { smallForwarder } from "./router-rig.ts";

const HOPS = ["fd00::1", "fd00::2", "fd00::3", "fd00::4"] as const;
const [A, B, C, D] = HOPS;
const PREFIXES = ["198.18.0.0/24", "198.18.1.0/24", "198.18.2.0/24", "2001:db8::/48"] as const;
const ALL: readonly RouteInput[] = PREFIXES.map((prefix) => ({ prefix, nextHops: [A, B, C] }));

/** What the other node gets: text, parsed. */
function carried(snapshot: unknown): unknown {
  return JSON.parse(JSON.stringify(snapshot));
}

/** A forwarder with a history: states, weights, and a prefix of its own lineage. */
async function withHistory(): Promise<Forwarder> {
  const forwarder = await smallForwarder({ routes: ALL });
  forwarder.transaction().down(B).commit();
  forwarder.transaction().up(B).weight(C, 7).commit();
  forwarder
    .transaction()
    .add({ prefix: PREFIXES[1], nextHops: [A, B, D] })
    .commit();
  forwarder
    .transaction()
    .add({ prefix: PREFIXES[1], nextHops: [A, B, C] })
    .commit();
  return forwarder;
}

/** A fresh forwarder of the same routes, where D is known too. */
function fresh(): Promise<Forwarder> {
  return smallForwarder({ routes: [...ALL, { prefix: "198.18.9.0/24", nextHops: [D] }] });
}

/** The same of one with a history. */
async function withHistoryAndD(): Promise<Forwarder> {
  const forwarder = await withHistory();
  forwarder
    .transaction()
    .add({ prefix: "198.18.9.0/24", nextHops: [D] })
    .commit();
  return forwarder;
}

/** The next hop of many flows to each prefix. */
function choices(forwarder: Forwarder): readonly (string | undefined)[] {
  const source = { family: 4, value: 0xc0000201 } as const;
  return ["198.18.0.9", "198.18.1.9", "198.18.2.9", "198.18.9.9"].flatMap((address) =>
    Array.from({ length: 64 }, (_, port) => {
      const ports = { source: 1024 + port, destination: 53 };
      return forwarder.lookup(address, { source, protocol: 17, ports }).nextHop?.name;
    }),
  );
}

describe("a snapshot", () => {
  it("carries tables, states and lineage to a forwarder of the same routes", async () => {
    const [one, other] = [await withHistoryAndD(), await fresh()];
    expect(other.digest()).not.toBe(one.digest());
    other.restore(carried(one.snapshot()));
    expect(other.digest()).toBe(one.digest());
    expect(other.snapshot()).toMatchObject({ number: one.snapshot().number });
    expect(choices(other)).toEqual(choices(one));
    expect(other.nextHops().map(({ name, weight }) => [name, weight])).toContainEqual([C, 7]);
  });

  it("holds what a change after it then does alike", async () => {
    const [one, other] = [await withHistoryAndD(), await fresh()];
    other.restore(carried(one.snapshot()));
    for (const forwarder of [one, other]) forwarder.transaction().down(A).commit();
    expect(other.digest()).toBe(one.digest());
    expect(choices(other)).toEqual(choices(one));
  });

  it("goes back to what a forwarder was", async () => {
    const forwarder = await withHistory();
    const [snapshot, before] = [forwarder.snapshot(), choices(forwarder)];
    forwarder.transaction().down(A).weight(B, 3).commit();
    expect(forwarder.digest()).not.toBe(snapshot.digest);
    forwarder.restore(snapshot);
    expect(forwarder.digest()).toBe(snapshot.digest);
    expect(choices(forwarder)).toEqual(before);
  });

  it("is whole where the first next hop is of no route any more", async () => {
    const routes = [
      { prefix: "198.18.9.0/24", nextHops: [D] },
      { prefix: PREFIXES[0], nextHops: [A, B, C] },
    ];
    const one = await smallForwarder({ routes });
    one.transaction().withdraw("198.18.9.0/24").down(C).commit();
    const snapshot = one.snapshot();
    expect(snapshot.next_hops.map(({ next_hop: name }) => name)).toEqual([A, B, C]);
    const other = await smallForwarder({ routes: routes.slice(1) });
    other.restore(carried(snapshot));
    expect(other.digest()).toBe(one.digest());
    expect(choices(other)).toEqual(choices(one));
  });

  it("has a next hop that is down and of no route any more", async () => {
    const one = await withHistoryAndD();
    const other = await withHistoryAndD();
    for (const node of [one, other]) node.transaction().withdraw("198.18.9.0/24").commit();
    one.transaction().down(D).commit();
    other.restore(carried(one.snapshot()));
    expect(other.digest()).toBe(one.digest());
    expect(other.find(D).state).toBe("down");
  });

  it("counts the events before it", async () => {
    expect((await fresh()).snapshot().number).toBe(0);
    expect((await withHistory()).snapshot().number).toBe(4);
  });

  it("has the same digest whatever order routes and next hops came in", async () => {
    const turned = ALL.toReversed().map(({ prefix }) => ({ prefix, nextHops: [C, A, B] }));
    const [one, other] = [
      await smallForwarder({ routes: ALL }),
      await smallForwarder({ routes: turned }),
    ];
    expect(other.digest()).toBe(one.digest());
  });

  it("of canonical tables is the same whatever came before", async () => {
    const make = (): Promise<Forwarder> => smallForwarder({ routes: ALL, agreement: "canonical" });
    const [one, other] = [await make(), await make()];
    one.transaction().down(A).commit();
    one.transaction().down(B).commit();
    one.transaction().up(A).commit();
    other.transaction().down(B).commit();
    expect(one.digest()).toBe(other.digest());
  });
});

describe("restoring refuses, with everything as it was,", () => {
  /** Restores what `change` makes of a good snapshot, with its digest made good. */
  async function expectRefused(
    change: (snapshot: ReturnType<Forwarder["snapshot"]>) => unknown,
    what: string,
  ): Promise<void> {
    const [one, other] = [await withHistoryAndD(), await fresh()];
    const before = [other.digest(), choices(other)];
    const made = change(one.snapshot());
    expect(() => other.restore(carried(made))).toThrow(
      expect.objectContaining({ code: "SNAPSHOT", what: expect.stringContaining(what) }),
    );
    expect([other.digest(), choices(other)]).toEqual(before);
  }

  function digested<T extends ReturnType<Forwarder["snapshot"]>>(snapshot: T): T {
    return { ...snapshot, digest: snapshotDigest(snapshot) };
  }

  it.each([
    ["no object", () => 7, "no snapshot"],
    ["another version", (s: object) => ({ ...s, anyfib_snapshot: 2 }), "anyfib_snapshot"],
    ["an unknown key", (s: object) => ({ ...s, more: 1 }), "more"],
    ["a wrong digest", (s: object) => ({ ...s, digest: "0123456789abcdef" }), "the digest is"],
  ])("%s", (_name, change, what) => expectRefused(change, what));

  it("another key, unless it is named as the former one", async () => {
    const [old, next] = ["01".repeat(16), "02".repeat(16)];
    const taken = (await smallForwarder({ routes: ALL, key: old })).snapshot();
    const other = await smallForwarder({ routes: ALL, key: next });
    expect(() => other.restore(taken)).toThrow("would move every flow");
    const digest = other.digest();
    expect(digest).not.toBe(taken.digest);
    const rotated = await smallForwarder({ routes: ALL, key: next, formerKey: old });
    expect(() => rotated.restore(taken)).not.toThrow();
    expect(rotated.snapshot().key_id).toBe(rotated.keyId);
  });

  it("another agreement", () =>
    expectRefused((s) => digested({ ...s, agreement: "canonical" }), "of canonical tables"));

  it("a next hop that no route has", () =>
    expectRefused((s) => {
      const [first, ...others] = s.next_hops;
      return digested({
        ...s,
        next_hops: [{ ...first, next_hop: "fd00::9" }, ...others],
      } as never);
    }, "no route has the next hop"));

  it("a slot of a next hop that is no member", () =>
    expectRefused(
      (s) => digested({ ...s, groups: s.groups.map((g) => ({ ...g, slots: g.slots && [3, 3] })) }),
      "leads to no member",
    ));

  it("a slot of a next hop that is down", () =>
    expectRefused((s) => {
      const next_hops = s.next_hops.map((h) => (h.next_hop === A ? { ...h, state: "down" } : h));
      return digested({ ...s, next_hops } as never);
    }, "does not serve"));

  it("prefixes that have other next hops", () =>
    expectRefused((s) => {
      const groups = s.groups.map((g) => ({ ...g, prefixes: g.prefixes && ["198.18.9.0/24"] }));
      return digested({ ...s, groups });
    }, "has other next hops"));

  it("routes that are not the snapshot's", () =>
    expectRefused((s) => {
      const groups = s.groups.filter(({ members }) => members.length > 1);
      return digested({ ...s, groups });
    }, "the routes are not those"));

  it("whatever else is made of it", async () => {
    const [one, other] = [await withHistoryAndD(), await fresh()];
    const [text, before] = [JSON.stringify(one.snapshot()), other.digest()];
    const mutation = fc.record({
      at: fc.nat(text.length - 1),
      by: fc.constantFrom("0", "-", "[", "9"),
    });
    fc.assert(
      fc.property(mutation, ({ at, by }) => {
        const mutated = text.slice(0, at) + by + text.slice(at + 1);
        let value: unknown;
        try {
          value = JSON.parse(mutated);
        } catch {
          return;
        }
        try {
          other.restore(value);
        } catch (error) {
          expect(error).toMatchObject({ code: "SNAPSHOT" });
          expect(other.digest()).toBe(before);
          return;
        }
        // A number may be changed in the text without a change of what it means.
        expect(other.digest()).toBe(one.digest());
        other.restore(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 5, numRuns: 60, endOnFailure: true },
    );
  });
});
