/** Routes into the data plane: all of a table or none, over what was there, and out again. */

import { beforeEach, describe, expect, it } from "vitest";
import { GROUPS_RESERVED } from "../../assembly/layout.ts";
import { parseAddress } from "../../src/net/address.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { WITHDRAWN } from "../../src/router/fib-sync.ts";
import { prefixOf, type RouteInput } from "../../src/router/route-input.ts";
import { kindOfGroup } from "../../src/router/route-kinds.ts";
import { type RouterParts, routerParts, tableOf } from "./router-rig.ts";

const VIA_A: RouteInput = { prefix: "203.0.113.0/24", nextHops: ["10.0.0.1"] };
const VIA_B: RouteInput = { prefix: "2001:db8:a::/48", nextHops: ["fd00::1"] };

let parts: RouterParts;
beforeEach(async () => {
  parts = await routerParts();
});

/** What an address leads to: a kind, or the names of its next hops. */
function answer(text: string): string {
  const address = parseAddress(text);
  const { tables } = parts.engine;
  let id = 0;
  if (address?.family === 4) [id = 0] = tables.lookup4(Uint32Array.of(address.value));
  if (address?.family === 6) {
    const bytes = new DataView(new ArrayBuffer(16));
    bytes.setBigUint64(0, address.high);
    bytes.setBigUint64(8, address.low);
    [id = 0] = tables.lookup6(new Uint8Array(bytes.buffer));
  }
  if (id === 0) return "none";
  if (id < GROUPS_RESERVED) return kindOfGroup(id);
  return parts.groups
    .serving(id)
    .map(({ nextHop }) => nextHop.name)
    .join();
}

/** Everything that a failed table must leave as it is. */
function state(): unknown {
  const { engine, groups } = parts;
  const addresses = ["203.0.113.9", "203.0.113.200", "198.51.100.1", "2001:db8:a::1", "::1"];
  const members = groups.ids().map((id) => [id, groups.members(id)]);
  const { usage4, usage6 } = engine.tables;
  return {
    answers: addresses.map(answer),
    members,
    usage4,
    usage6,
    slots: engine.groups.bytesUsed,
  };
}

/** A table that withdraws prefixes. */
function withdrawals(...prefixes: readonly string[]): RouteTable {
  const table = new RouteTable();
  const target = table.internTarget(WITHDRAWN);
  for (const prefix of prefixes) table.add(prefixOf(prefix), target);
  return table;
}

describe("install", () => {
  it("puts routes of both families and all kinds in", () => {
    const kinds = ["local", "blackhole", "unreachable", "prohibit"] as const;
    const routes = kinds.flatMap((kind, index) => [
      { prefix: `198.51.${index}.0/24`, kind },
      { prefix: `2001:db8:${index}::/48`, kind },
    ]);
    expect(parts.fib.install(tableOf(VIA_A, VIA_B, ...routes)).routes).toBe(10);
    expect(answer("203.0.113.77")).toBe("10.0.0.1");
    expect(answer("2001:db8:a:ffff::1")).toBe("fd00::1");
    for (const [index, kind] of kinds.entries()) {
      expect([answer(`198.51.${index}.9`), answer(`2001:db8:${index}::9`)]).toEqual([kind, kind]);
    }
    expect([answer("192.0.2.1"), answer("2001:db8:b::1")]).toEqual(["none", "none"]);
    expect(parts.groups.ids()).toHaveLength(2);
    expect(kindOfGroup(GROUPS_RESERVED)).toBe("via");
  });

  it("lets a later row of a prefix win, and counts the users of both", () => {
    const later = { ...VIA_A, nextHops: ["10.0.0.2"] };
    expect(parts.fib.install(tableOf(VIA_A, later, VIA_A, later)).routes).toBe(4);
    expect(answer("203.0.113.9")).toBe("10.0.0.2");
    expect(parts.groups.ids()).toHaveLength(1);
    expect(parts.engine.tables.usage4.routes).toBe(1);
  });

  it("replaces the route of an earlier table, whose group goes with its last prefix", () => {
    parts.fib.install(tableOf(VIA_A, { ...VIA_A, prefix: "198.51.100.0/24" }));
    parts.fib.install(tableOf({ prefix: VIA_A.prefix, kind: "blackhole" }));
    expect([answer("203.0.113.9"), answer("198.51.100.1")]).toEqual(["blackhole", "10.0.0.1"]);
    parts.fib.install(tableOf({ prefix: "198.51.100.0/24", nextHops: ["10.0.0.3"] }));
    expect(parts.groups.ids().map((id) => parts.groups.members(id))).toEqual([
      [{ adjacency: 2, weight: 1, cost: 0 }],
    ]);
  });

  it("takes targets that no row has for nothing", () => {
    const table = tableOf(VIA_A);
    const mark = table.mark();
    table.add4(0, 0, table.internTarget({ kind: "via", nextHops: [] }));
    table.rewind(mark);
    parts.fib.install(table);
    expect(parts.groups.ids()).toHaveLength(1);
  });
});

describe("withdrawing", () => {
  it("takes routes away, and counts those that were there", () => {
    const host = { prefix: "203.0.113.200/32", kind: "local" } as const;
    parts.fib.install(tableOf(VIA_A, VIA_B, host));
    const gone = withdrawals("203.0.113.0/24", "198.51.100.0/24", "::/0");
    expect(parts.fib.install(gone).routes).toBe(1);
    expect(["203.0.113.9", "203.0.113.200"].map(answer)).toEqual(["none", "local"]);
    expect(parts.fib.install(withdrawals("2001:db8:a::/48", "203.0.113.200/32")).routes).toBe(2);
    expect(answer("2001:db8:a::1")).toBe("none");
    expect(parts.groups.ids()).toEqual([]);
    expect(parts.engine.tables.usage4).toMatchObject({ routes: 0, nodes: 1 });
    expect(parts.engine.tables.usage6).toMatchObject({ routes: 0, nodes: 1 });
  });

  it("and adding take effect in the order of the rows", () => {
    const table = tableOf(VIA_A);
    const [address = 0] = table.addresses4;
    table.add4(address, 24, table.internTarget(WITHDRAWN));
    expect(parts.fib.install(table).routes).toBe(2);
    expect(answer("203.0.113.9")).toBe("none");
    table.add4(address, 24, 0);
    parts.fib.install(table);
    expect(answer("203.0.113.9")).toBe("10.0.0.1");
    expect(parts.groups.ids()).toHaveLength(1);
  });
});

describe("a table that does not fit", () => {
  const host = (index: number): RouteInput => ({
    prefix: `203.0.113.${index}/32`,
    nextHops: ["10.0.0.1", `10.0.1.${index + 1}`],
  });
  const host6 = (index: number): RouteInput => ({
    prefix: `2001:db8:a::${index.toString(16)}:0:0/128`,
    nextHops: ["fd00::2", "fd00::3"],
  });
  const BEFORE = [VIA_A, VIA_B, host(0), host(200), host6(1)];

  const expectUnchanged = (routes: readonly RouteInput[], what: string): void => {
    parts.fib.install(tableOf(...BEFORE));
    const before = state();
    expect(() => parts.fib.install(tableOf(...routes))).toThrow(
      expect.objectContaining({ code: "CAPACITY", what: expect.stringContaining(what) }),
    );
    expect(state()).toEqual(before);
    const gone = withdrawals(...BEFORE.map(({ prefix }) => prefix));
    expect(parts.fib.install(gone).routes).toBe(5);
    expect(parts.groups.ids()).toEqual([]);
  };

  const MANY4 = Array.from({ length: 250 }, (_, index) => host(index));

  it("leaves everything as it was: IPv4 nodes", async () => {
    parts = await routerParts({ routes4: 3 });
    const full = [{ ...VIA_A, kind: "local" } as const, ...MANY4];
    expectUnchanged(full, "the IPv4 table is full at route ");
  });

  it("leaves everything as it was: IPv6 nodes, after the IPv4 part went in", async () => {
    parts = await routerParts({ routes6: 3 });
    const many = Array.from({ length: 50 }, (_, index) => host6(index));
    const dead = { prefix: "203.0.113.0/24", kind: "prohibit" } as const;
    expectUnchanged([dead, { prefix: "0.0.0.0/0", kind: "local" }, ...many], "the IPv6 table");
  });

  it("leaves everything as it was: groups", async () => {
    parts = await routerParts({ groups: GROUPS_RESERVED + 20 });
    expectUnchanged(MANY4, "more than 20 distinct sets");
  });

  it("leaves everything as it was: slots", async () => {
    parts = await routerParts({ slotBytes: 4 * 8448 });
    expectUnchanged(MANY4, "no room for the slot table");
  });

  it("leaves everything as it was: next hops", async () => {
    parts = await routerParts({ nextHops: 20 });
    expectUnchanged(MANY4, "more than 20 next hops");
  });
});
