/** Routes that recorded updates change, in tables that follow; the long test: whole files. */

import { expect, it } from "vitest";
import { type Prefix, parsePrefix } from "../../src/net/prefix.ts";
import { NextHopResolver } from "../../src/rib/next-hop-resolution.ts";
import { MrtRib } from "../../src/sources/mrt-rib.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { nextHop } from "../router/router-rig.ts";
import { expectFollowed, expectUndone } from "./followed-updates.ts";
import { asPath, attribute, attributes, bytesOf } from "./mrt/dump.ts";

/** What matters of no update here. */
const UPDATE = {
  kind: "update",
  isLocal: false,
  hasPathIds: false,
  type: "BGP4MP",
  seconds: 0,
  microseconds: 0,
} as const;
const NOTHING = { withdrawn: [], revoked: [], faults: [], otherFamilies: 0 };

it.for(["updates.20160811.1600.gz", "updates.20070211.0141.gz"])(
  "the tables follow the start of %s, and keep no trace",
  async (name, { skip }) => {
    const file = dataPath("mrt", name);
    if (file === undefined) return skip(NO_DATA);
    await expectFollowed(file, { most: 3000, together: 7, every: 1000 });
  },
);

it.for(["updates.20160811.1600.gz", "updates.20070211.0141.gz"])(
  "what comes behind the start of %s leaves no trace once it is undone",
  async (name, { skip }) => {
    const file = dataPath("mrt", name);
    if (file === undefined) return skip(NO_DATA);
    await expectUndone(file, { start: 1500, most: 4500, together: 7 });
  },
);

it("tells of a prefix whose next hops come to other tiers alone", () => {
  const prefixOf = (text: string): Prefix => {
    const parsed = parsePrefix(text);
    if (parsed === undefined) throw new Error("no prefix");
    return parsed.prefix;
  };
  const via = (cost: number) =>
    ({ kind: "via", nextHops: [nextHop("10.0.0.1"), nextHop("10.0.0.2", { cost })] }) as const;
  const resolver = new NextHopResolver([
    { prefix: prefixOf("192.0.2.1/32"), leads: via(10) },
    { prefix: prefixOf("192.0.2.2/32"), leads: via(0) },
  ]);
  const rib = new MrtRib({ resolver });
  const peer = rib.peers.intern4(0xc0000201, 64_500, 1);
  const changed = (host: number) => {
    const path = [attribute(1, [0]), asPath([2, 64_500]), attribute(3, [192, 0, 2, host])];
    const set = rib.sets.intern(bytesOf(path), 4);
    const prefixes = [{ prefix: prefixOf("203.0.113.0/24"), pathId: 0 }];
    const announced = [{ family: 4, isMulticast: false, prefixes, set } as const];
    rib.update({ ...UPDATE, peer, update: { ...NOTHING, announced } });
    return rib.changes().map(({ target }) => target);
  };
  expect(changed(1)).toMatchObject([{ nextHops: [{ cost: 0 }, { cost: 10 }] }]);
  expect(changed(1)).toEqual([]);
  expect(changed(2)).toMatchObject([{ nextHops: [{ cost: 0 }, { cost: 0 }] }]);
});

it("forgets sets of attributes that no route has, unless a recording names them", () => {
  const rib = new MrtRib();
  const peer = rib.peers.intern4(0xc0000201, 64_500, 1);
  const prefixes = ["192.0.2.0/24", "198.51.100.0/24"].map((text) => {
    const prefix = parsePrefix(text)?.prefix;
    if (prefix === undefined) throw new Error("no prefix");
    return { prefix, pathId: 0 };
  });
  const announce = (place: number, as: number): void => {
    const set = rib.sets.intern(bytesOf(attributes(64_500, as)), 4);
    const one = prefixes.slice(place, place + 1);
    const announced = [{ family: 4, isMulticast: false, prefixes: one, set } as const];
    rib.update({ ...UPDATE, peer, seconds: as, update: { ...NOTHING, announced } });
  };
  announce(0, 1);
  rib.hold();
  for (let as = 2; as < 6000; as++) announce(1, as);
  expect(rib.changes()).toHaveLength(2);
  expect([rib.sets.count, rib.setsInUse]).toEqual([5999, 2]);
  rib.release();
  expect(rib.changes()).toEqual([]);
  expect([rib.sets.count, rib.setsInUse, rib.routes]).toEqual([2, 2, 2]);
  const paths = [0, 1].map((set) => rib.sets.decoded(set).set.asPath[0]?.asns);
  expect(paths).toEqual([
    [64_500, 1],
    [64_500, 5999],
  ]);
  announce(0, 5999);
  expect([rib.sets.count, rib.setsInUse]).toEqual([2, 1]);
  expect(Array.from(rib.targets(), ({ target }) => target?.kind)).toEqual(["via", "via"]);
});
