/** Next hops: told apart by address and zone, found by site, each with an adjacency of its own. */

import { beforeEach, describe, expect, it } from "vitest";
import { ADJACENCY_BYTES } from "../../assembly/layout.ts";
import { formatMac, type Mac } from "../../src/net/mac.ts";
import { nextHop, type RouterParts, routerParts } from "./router-rig.ts";

const MAC: Mac = [2, 0, 94, 16, 0, 7];

let parts: RouterParts;
beforeEach(async () => {
  parts = await routerParts({ nextHops: 4 });
});

/** Destination and source MAC of an adjacency, as the packet path writes them. */
function macsOf({ engine }: RouterParts, adjacency: number): readonly string[] {
  const start = engine.plan.adjacencies + adjacency * ADJACENCY_BYTES;
  return [start, start + 6].map((at) => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = engine.bytes.subarray(at, at + 6);
    return formatMac([a, b, c, d, e, f]);
  });
}

describe("identity", () => {
  it("is the address, however it is written, and the zone", () => {
    const { nextHops } = parts;
    const known = ["10.0.0.1", "2001:db8::1", "fe80::1%eth0", "fe80::1%eth1"].map((text) =>
      nextHops.intern(nextHop(text)),
    );
    expect(known.map(({ adjacency }) => adjacency)).toEqual([1, 2, 3, 4]);
    expect(nextHops.intern(nextHop("2001:0db8:0::0001")).adjacency).toBe(2);
    expect(nextHops.intern(nextHop("fe80:0::1%eth1")).adjacency).toBe(4);
    expect([...nextHops.all()]).toEqual(known);
    expect(nextHops.at(3)?.name).toBe("fe80::1%eth0");
    expect([nextHops.at(0), nextHops.at(5)]).toEqual([undefined, undefined]);
  });

  it("is not its weight, cost or site: those belong to routes", () => {
    const { nextHops } = parts;
    nextHops.intern(nextHop("10.0.0.1", { weight: 3, cost: 7 }));
    nextHops.intern(nextHop("10.0.0.1", { weight: 5, site: "lon" }));
    expect([...nextHops.all()]).toMatchObject([{ adjacency: 1, site: "lon", weight: undefined }]);
  });

  it("is found by address in any form, and by site", () => {
    const { nextHops } = parts;
    const ams = nextHops.intern(nextHop("2001:db8::a", { site: "ams" }));
    const local = nextHops.intern(nextHop("fe80::1%eth0"));
    for (const name of ["ams", "2001:db8::a", "2001:DB8:0::A"]) {
      expect(nextHops.find(name)).toBe(ams);
    }
    expect(nextHops.find("FE80::1%eth0")).toBe(local);
    for (const unknown of ["fra", "10.0.0.9", "fe80::1", "fe80::1%eth1", "constructor", ""]) {
      expect(() => nextHops.find(unknown)).toThrow(
        expect.objectContaining({ code: "USAGE", detail: { nextHop: unknown } }),
      );
    }
  });
});

describe("the MAC", () => {
  it.each([
    ["10.1.2.255", "02:00:0a:01:02:ff"],
    ["2001:db8::abcd:ef01:203", "02:01:ef:01:02:03"],
    ["fe80::ffff:ffff%eth0", "02:01:ff:ff:ff:ff"],
  ])("of %s is %s unless one is given, and the source is 02:…:01", (text, mac) => {
    const { adjacency } = parts.nextHops.intern(nextHop(text));
    expect(macsOf(parts, adjacency)).toEqual([mac, "02:00:00:00:00:01"]);
  });

  it("is the given one, also where it is learnt late", () => {
    const { nextHops } = parts;
    const given = nextHops.intern(nextHop("10.0.0.1", { mac: MAC }));
    const late = nextHops.intern(nextHop("10.0.0.2"));
    nextHops.intern(nextHop("10.0.0.2", { mac: MAC }));
    nextHops.intern(nextHop("10.0.0.1"));
    for (const { adjacency } of [given, late]) {
      expect(macsOf(parts, adjacency)[0]).toBe("02:00:5e:10:00:07");
    }
  });
});

describe("room", () => {
  const fillUp = (): void => {
    for (const text of ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]) {
      parts.nextHops.intern(nextHop(text, { site: `site of ${text}` }));
    }
  };

  it("ends with the limit, which a known one does not meet", () => {
    fillUp();
    expect(() => parts.nextHops.intern(nextHop("10.0.0.5"))).toThrow(
      expect.objectContaining({
        code: "CAPACITY",
        what: "more than 4 next hops, 10.0.0.5 is one too many",
      }),
    );
    expect(parts.nextHops.intern(nextHop("10.0.0.4")).adjacency).toBe(4);
  });

  it("is had again by going back, with the names of sites", () => {
    const { nextHops } = parts;
    fillUp();
    nextHops.rewind(2);
    expect([...nextHops.all()].map(({ name }) => name)).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(() => nextHops.find("site of 10.0.0.3")).toThrow("no route has");
    expect(nextHops.find("site of 10.0.0.2").adjacency).toBe(2);
    expect(nextHops.intern(nextHop("10.0.0.9")).adjacency).toBe(3);
    expect(macsOf(parts, 3)[0]).toBe("02:00:0a:00:00:09");
  });
});

describe("one that no group has any more", () => {
  const names = (): readonly string[] => Array.from(parts.nextHops.all(), ({ name }) => name);
  const intern = (text: string): number => {
    const { adjacency } = parts.nextHops.intern(nextHop(text));
    parts.nextHops.used(adjacency);
    return adjacency;
  };
  /** All four, of which the first two are given up one after another. */
  const giveUpTwo = (): void => {
    for (const text of ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]) intern(text);
    parts.engine.setClock(1000);
    parts.nextHops.unused(1);
    parts.engine.setClock(1001);
    parts.nextHops.unused(2);
    parts.nextHops.settle();
  };

  it("is not listed, and keeps its adjacency", () => {
    giveUpTwo();
    expect(names()).toEqual(["10.0.0.3", "10.0.0.4"]);
    expect(Array.from(parts.nextHops.everyOne(), ({ adjacency }) => adjacency)).toEqual([
      1, 2, 3, 4,
    ]);
    expect(parts.nextHops.at(1)?.name).toBe("10.0.0.1");
    expect(intern("10.0.0.1")).toBe(1);
    expect(names()).toEqual(["10.0.0.1", "10.0.0.3", "10.0.0.4"]);
  });

  it("stays listed where it has a state, a weight or a site, or is held", () => {
    const { nextHops } = parts;
    giveUpTwo();
    nextHops.set(1, { state: "drain" });
    nextHops.set(2, { weight: 3 });
    expect(names()).toHaveLength(4);
    nextHops.set(1, { state: "up" });
    nextHops.set(2, { weight: undefined });
    expect(names()).toHaveLength(2);
    nextHops.intern(nextHop("10.0.0.1", { site: "lon" }));
    expect(nextHops.hold("10.0.0.2")).toBe(2);
    expect(names()).toHaveLength(4);
  });

  it("gives its adjacency up once its connections are over, the first one first", () => {
    const { engine, nextHops } = parts;
    giveUpTwo();
    engine.setClock(1299);
    expect(() => intern("10.0.0.5")).toThrow("more than 4 next hops");
    engine.setClock(1300);
    expect(intern("10.0.0.5")).toBe(1);
    expect(names()).toEqual(["10.0.0.5", "10.0.0.3", "10.0.0.4"]);
    expect(() => nextHops.find("10.0.0.1")).toThrow("no route has the next hop");
    expect(macsOf(parts, 1)[0]).toBe("02:00:0a:00:00:05");
    expect(() => intern("10.0.0.1")).toThrow("more than 4 next hops");
    engine.setClock(1301);
    expect(intern("10.0.0.1")).toBe(2);
  });

  it("keeps it while a change may be undone, and when it is asked for", () => {
    const { engine, nextHops } = parts;
    giveUpTwo();
    engine.setClock(2000);
    nextHops.unused(1);
    nextHops.intern(nextHop("10.0.0.2"));
    engine.setClock(3000);
    expect(() => intern("10.0.0.5")).toThrow("more than 4 next hops");
    nextHops.settle();
    expect(intern("10.0.0.5")).toBe(1);
  });

  it("has it again where the change is undone, with what it counted", () => {
    const { engine, nextHops } = parts;
    intern("10.0.0.1");
    nextHops.intern(nextHop("10.0.0.1", { mac: MAC }));
    giveUpTwo();
    engine.counters.putAdjacency(1, BigUint64Array.of(5n, 600n));
    engine.setClock(2000);
    const before = [...nextHops.everyOne()];
    expect(nextHops.intern(nextHop("10.0.0.5")).adjacency).toBe(1);
    expect(nextHops.intern(nextHop("10.0.0.6", { site: "lon" })).adjacency).toBe(2);
    expect(engine.counters.adjacency(1)).toEqual({ packets: 0, bytes: 0 });
    expect(() => nextHops.intern(nextHop("10.0.0.7"))).toThrow("more than 4 next hops");
    nextHops.rewind(4);
    nextHops.settle();
    expect([...nextHops.everyOne()]).toEqual(before);
    expect(names()).toEqual(["10.0.0.3", "10.0.0.4"]);
    expect(() => nextHops.find("lon")).toThrow("no route has");
    expect(engine.counters.adjacency(1)).toEqual({ packets: 5, bytes: 600 });
    expect([macsOf(parts, 1)[0], nextHops.hasMac(1)]).toEqual(["02:00:5e:10:00:07", true]);
    expect(macsOf(parts, 2)[0]).toBe("02:00:0a:00:00:02");
    expect(intern("10.0.0.5")).toBe(1);
  });

  it("keeps it while a slot may lead a connection back to it", () => {
    const { engine, nextHops } = parts;
    giveUpTwo();
    nextHops.used(2);
    const members = (...adjacencies: readonly number[]) =>
      adjacencies.map((adjacency) => ({ adjacency, weight: 1 }));
    engine.groups.change(8, members(1, 3));
    engine.groups.change(8, members(3, 4));
    engine.setClock(1200);
    engine.groups.change(8, members(3, 2));
    engine.setClock(1400);
    nextHops.settle();
    expect(engine.groups.formerOwners()).toEqual(new Set([1, 4]));
    expect(() => intern("10.0.0.5")).toThrow("more than 4 next hops");
    engine.setClock(1500);
    nextHops.settle();
    nextHops.settle();
    expect(intern("10.0.0.5")).toBe(1);
  });

  it("is forgotten by going back", () => {
    giveUpTwo();
    parts.nextHops.rewind(1);
    expect(parts.nextHops.count).toBe(1);
    expect(names()).toEqual([]);
    expect(intern("10.0.0.9")).toBe(2);
    expect(names()).toEqual(["10.0.0.9"]);
  });
});

describe("state and weight", () => {
  it("hold until they are set again", () => {
    const { nextHops } = parts;
    const { adjacency } = nextHops.intern(nextHop("10.0.0.1"));
    nextHops.set(adjacency, { state: "down", weight: 0 });
    expect(nextHops.at(adjacency)).toMatchObject({ state: "down", weight: 0 });
    nextHops.set(adjacency, { state: "drain", weight: 65_535 });
    expect(nextHops.intern(nextHop("10.0.0.1"))).toMatchObject({ state: "drain", weight: 65_535 });
    nextHops.set(99, { state: "down", weight: undefined });
    expect(nextHops.at(99)).toBeUndefined();
  });

  it.each([-1, 65_536, 1.5, Number.NaN])("refuses weight %s", (weight) => {
    const { nextHops } = parts;
    const { adjacency } = nextHops.intern(nextHop("10.0.0.1"));
    expect(() => nextHops.set(adjacency, { state: "down", weight })).toThrow("a whole number");
    expect(nextHops.at(adjacency)).toMatchObject({ state: "up", weight: undefined });
  });
});
