/** Transactions: nothing before commit, all of it or nothing at commit, and a report of it. */

import { beforeEach, describe, expect, it } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import type { RouteInput } from "../../src/router/route-input.ts";
import { smallForwarder } from "./router-rig.ts";

const SHARED: RouteInput = {
  prefix: "203.0.113.0/24",
  nextHops: ["10.0.0.1", "10.0.0.2", { nextHop: "10.0.0.3", site: "lon" }],
};
const SINGLE: RouteInput = { prefix: "2001:db8:a::/48", nextHops: ["fd00::1"] };
const FLOWS = 400;

let forwarder: Forwarder;
beforeEach(async () => {
  forwarder = await smallForwarder({ routes: [SHARED, SINGLE] });
});

/** Where flows of a client go, one a port. */
function choices(): readonly (string | undefined)[] {
  const source = parseAddress("192.0.2.7");
  if (source === undefined) throw new Error("no address");
  return Array.from({ length: FLOWS }, (_, port) => {
    const ports = { source: 1024 + port, destination: 443 };
    return forwarder.lookup("203.0.113.9", { source, protocol: 6, ports }).nextHop?.name;
  });
}

/** All that a commit which fails must leave as it was. */
function state(): unknown {
  const { usage4, usage6 } = forwarder.engine.tables;
  return { nextHops: forwarder.nextHops(), usage4, usage6, choices: choices() };
}

function prefixOf(address: string): string | null {
  return forwarder.lookup(address).prefix;
}

describe("a transaction", () => {
  it("does nothing before it is committed", () => {
    const before = state();
    const transaction = forwarder.transaction();
    transaction.add({ prefix: "198.51.100.0/24", nextHops: ["10.0.0.9"] }).withdraw(SHARED.prefix);
    transaction.down("lon").weight("10.0.0.1", 7);
    expect(state()).toEqual(before);
  });

  it("drops everything when it is disposed of", () => {
    const before = state();
    {
      using transaction = forwarder.transaction();
      transaction.down("lon");
    }
    expect(state()).toEqual(before);
    const transaction = forwarder.transaction().down("lon");
    transaction[Symbol.dispose]();
    expect(() => transaction.commit()).toThrow("the transaction has ended");
    expect(state()).toEqual(before);
  });

  it("is committed once", () => {
    const transaction = forwarder.transaction().withdraw(SINGLE.prefix);
    transaction.commit();
    expect(() => transaction.commit()).toThrow(
      expect.objectContaining({ code: "USAGE", exitCode: 2 }),
    );
  });

  it("of nothing changes nothing", () => {
    const before = state();
    const report = forwarder.transaction().commit();
    expect(report).toMatchObject({ routes: 0, flowsPerMillionMoved: 0 });
    expect(report.microseconds).toBeGreaterThanOrEqual(0);
    expect(state()).toEqual(before);
  });
});

describe("the report", () => {
  it("counts routes that were added, replaced, or were there to be withdrawn", () => {
    const { routes } = forwarder
      .transaction()
      .add({ prefix: "198.51.100.0/24", nextHops: ["10.0.0.9"] })
      .add({ prefix: "2001:db8:a:1::/64", kind: "blackhole" })
      .add({ ...SHARED, nextHops: ["10.0.0.1"] })
      .withdraw(SINGLE.prefix)
      .withdraw("192.0.2.0/24")
      .commit();
    expect(routes).toBe(4);
    expect(forwarder.lookup("2001:db8:a:1::1").group.kind).toBe("blackhole");
    expect(prefixOf("2001:db8:a:2::1")).toBeNull();
    expect(forwarder.lookup("203.0.113.1").nextHop?.name).toBe("10.0.0.1");
  });

  it("says how many flows of the changed groups moved", () => {
    const before = choices();
    const { flowsPerMillionMoved } = forwarder.transaction().down("lon").commit();
    const after = choices();
    const moved = before.filter((name, flow) => name !== after[flow]);
    expect(new Set(moved)).toEqual(new Set(["10.0.0.3"]));
    expect(flowsPerMillionMoved / 1e6).toBeCloseTo(1 / 3, 2);
    // Four standard deviations of a draw of so many flows.
    expect(Math.abs(moved.length / FLOWS - 1 / 3)).toBeLessThan(0.095);
    expect(forwarder.transaction().drain("fd00::1").commit().flowsPerMillionMoved).toBe(1e6);
  });
});

describe("two changes of one thing", () => {
  it("of a prefix: the later holds", () => {
    const other = { ...SHARED, nextHops: ["10.0.0.9"] };
    forwarder.transaction().withdraw(SHARED.prefix).add(other).commit();
    expect(forwarder.lookup("203.0.113.1").nextHop?.name).toBe("10.0.0.9");
    forwarder.transaction().add(SHARED).withdraw("203.0.113.77/24").commit();
    expect(prefixOf("203.0.113.1")).toBeNull();
  });

  it("of a next hop: the later holds, state and weight apart", () => {
    forwarder.transaction().down("lon").weight("lon", 5).weight("10.0.0.3", 6).up("lon").commit();
    expect(forwarder.nextHops()[2]).toMatchObject({ state: "up", weight: 6 });
    forwarder.transaction().drain("lon").commit();
    expect(forwarder.nextHops()[2]).toMatchObject({ state: "drain", weight: 6 });
  });

  it("by transactions that are open at once: each changes what it names alone", () => {
    const weight = forwarder.transaction().weight("lon", 9);
    forwarder.transaction().down("lon").commit();
    weight.commit();
    expect(forwarder.nextHops()[2]).toMatchObject({ state: "down", weight: 9 });
  });
});

describe("next hops that no route has any more", () => {
  const names = (): readonly string[] => forwarder.nextHops().map(({ name }) => name);

  it("are not known any more, and known again with their routes", () => {
    const before = { names: names(), usage: forwarder.engine.tables.usage4, flows: choices() };
    const more = { prefix: "198.51.100.0/24", nextHops: ["10.0.0.8", "10.0.0.1"] };
    forwarder.transaction().add(more).commit();
    expect(names()).toContain("10.0.0.8");
    forwarder.transaction().withdraw(more.prefix).commit();
    const { usage4: usage } = forwarder.engine.tables;
    expect({ names: names(), usage, flows: choices() }).toEqual(before);
    forwarder.transaction().withdraw(SHARED.prefix).commit();
    expect(names()).toEqual(["10.0.0.3", "fd00::1"]);
    forwarder.transaction().add(SHARED).commit();
    expect(names()).toEqual(before.names);
  });

  it("leave room for others, once the time of pins is over", async () => {
    const limits = { nextHops: 2 };
    using small = await smallForwarder({ routes: [], limits, pinWindow: 60 });
    small.setClock(1);
    for (let round = 1; round <= 200; round++) {
      const route = { prefix: "198.51.100.0/24", nextHops: [`10.1.0.${round}`] };
      small.setClock(1 + 60 * round);
      small.transaction().add(route).commit();
      expect(small.lookup("198.51.100.1").nextHop?.name).toBe(`10.1.0.${round}`);
    }
    expect(small.nextHops()).toHaveLength(1);
  });

  it("are there again when a change fails that gave them up", async () => {
    const limits = { nextHops: 2 };
    using small = await smallForwarder({ routes: [SINGLE], limits, pinWindow: 0 });
    const crowd = small.transaction();
    crowd.withdraw(SINGLE.prefix).add({ prefix: "198.51.100.0/24", nextHops: ["10.1.0.1"] });
    crowd.add({ prefix: "198.51.101.0/24", nextHops: ["10.1.0.2", "10.1.0.3"] });
    expect(() => crowd.commit()).toThrow("more than 2 next hops");
    expect(small.nextHops().map(({ name }) => name)).toEqual(["fd00::1"]);
    expect(small.lookup("2001:db8:a::1").nextHop?.name).toBe("fd00::1");
  });
});

describe("what cannot be", () => {
  it("is refused when it is named", () => {
    const transaction = forwarder.transaction();
    expect(() => transaction.add({ prefix: "nowhere" })).toThrow('"nowhere" is no prefix');
    expect(() => transaction.withdraw("203.0.113.0/33")).toThrow("is no prefix");
    expect(() => transaction.down("fra")).toThrow("no route has the next hop or site fra");
    expect(transaction.commit()).toMatchObject({ routes: 0 });
  });

  it("leaves everything as it was: a weight out of range, behind other changes", () => {
    const before = state();
    const transaction = forwarder.transaction().down("10.0.0.1").weight("lon", 65_536);
    expect(() => transaction.commit()).toThrow(expect.objectContaining({ code: "USAGE" }));
    expect(state()).toEqual(before);
    expect(() => transaction.commit()).toThrow("the transaction has ended");
  });

  it("leaves everything as it was: routes beyond the limits", async () => {
    forwarder = await smallForwarder({
      routes: [SHARED, SINGLE],
      limits: { routes4: 2, nextHops: 8 },
    });
    const before = state();
    const full = forwarder.transaction().down("lon").weight("10.0.0.1", 4);
    for (let host = 0; host < 256; host++) {
      full.add({ prefix: `198.51.100.${host}/32`, nextHops: [`10.0.1.${host % 3}`] });
    }
    expect(() => full.commit()).toThrow("the IPv4 table is full");
    expect(state()).toEqual(before);

    const nextHops = Array.from({ length: 5 }, (_, host) => `10.0.1.${host}`);
    const crowd = forwarder.transaction().add({ prefix: "0.0.0.0/0", nextHops });
    expect(() => crowd.commit()).toThrow("more than 8 next hops");
    expect(state()).toEqual(before);
    forwarder
      .transaction()
      .add({ prefix: "0.0.0.0/0", nextHops: nextHops.slice(1) })
      .commit();
    expect(forwarder.nextHops()).toHaveLength(8);
  });

  it("leaves everything as it was: slot tables that find no room", async () => {
    const spare = { prefix: "198.51.100.0/24", nextHops: ["10.0.0.1", "10.0.0.4"] };
    forwarder = await smallForwarder({ routes: [SHARED, SINGLE], limits: { slotBytes: 10_496 } });
    forwarder
      .transaction()
      .add({ ...spare, nextHops: ["10.0.0.4"] })
      .commit();
    forwarder.transaction().down("10.0.0.4").commit();
    forwarder.transaction().add(spare).commit();
    forwarder
      .transaction()
      .add({ prefix: "192.0.2.0/24", nextHops: ["10.0.0.2", "10.0.0.3"] })
      .commit();
    const before = state();
    const transaction = forwarder.transaction().down("10.0.0.3").weight("10.0.0.2", 3);
    transaction.up("10.0.0.4").add({ prefix: "192.0.2.64/26", nextHops: ["10.0.0.1", "fd00::1"] });
    expect(() => transaction.commit()).toThrow("no room for the slot table");
    expect(state()).toEqual(before);
  });

  it("moves no flow that need not move, in whatever order its changes are", async () => {
    const nextHops = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
    const [a = "", b = ""] = nextHops;
    for (const order of ["down first", "up first"]) {
      forwarder = await smallForwarder({ routes: [{ prefix: "198.51.100.0/24", nextHops }] });
      forwarder.transaction().down(b).commit();
      const transaction = forwarder.transaction();
      if (order === "down first") transaction.down(a).up(b);
      else transaction.up(b).down(a);
      // A third of the slots are a's: they go to b, and no other slot changes hands.
      expect(Math.round(transaction.commit().flowsPerMillionMoved / 1e4), order).toBe(33);
    }
  });

  it("leaves everything as it was: a table that had shrunk in between", async () => {
    const nextHops = Array.from({ length: 40 }, (_, i) => `10.0.0.${i + 1}`);
    const routes = [{ prefix: "198.51.100.0/24", nextHops }];
    forwarder = await smallForwarder({ routes, limits: { slotBytes: 0 } });
    const before = forwarder.engine.groups.slots(8)?.slice();
    const transaction = forwarder.transaction();
    for (const name of nextHops.slice(1)) transaction.down(name);
    const others = ["10.1.0.1", "10.1.0.2"];
    for (let i = 0; i < 9; i++) transaction.add({ prefix: `10.${i}.0.0/16`, nextHops: others });
    transaction.add({
      prefix: "11.0.0.0/8",
      nextHops: nextHops.map((n) => n.replace("10.0.0", "10.2.0")),
    });
    expect(() => transaction.commit()).toThrow("no room for the slot table");
    expect(forwarder.engine.groups.slots(8)).toEqual(before);
  });
});
