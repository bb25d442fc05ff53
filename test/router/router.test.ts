/** A running router's next hops, as links and neighbours come and go. */

import { beforeEach, describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../src/net/address.ts";
import type { Mac } from "../../src/net/mac.ts";
import { interfaceOptions } from "../../src/router/live-links.ts";
import type { LoopLink } from "../../src/router/loop-messages.ts";
import type { NextHopInput } from "../../src/router/route-input.ts";
import { Router, type RouterEvent } from "../../src/router/router.ts";
import { smallForwarder, tableOf } from "./router-rig.ts";

const OWN: Mac = [2, 0, 0, 0, 0, 1];
const THEIRS: Mac = [2, 0, 0, 0, 0, 9];
const SERVICE = { prefix: "203.0.113.0/24", nextHops: ["10.0.1.2", "10.0.2.2"] };

function link(number: number): LoopLink {
  const address = parseAddress(`10.0.${number}.1`);
  if (address === undefined) throw new Error("an address");
  const device = `e${number}`;
  const names = { number, name: device, device, mode: "auto", tags: [] } as const;
  const sizes = { mtu: 1500, mtuWanted: 1500, deviceMtu: 1500 };
  return { ...names, ...sizes, mac: OWN, addresses: [{ address, length: 24 }] };
}

const LINKS = [link(1), link(2)] as const;

/** A router, what it said and whom it asked for. */
async function rig(nextHops: readonly (string | NextHopInput)[] = SERVICE.nextHops) {
  const routes = [{ ...SERVICE, nextHops }];
  const forwarder = await smallForwarder({ routes, interfaces: interfaceOptions(LINKS) });
  const said: RouterEvent[] = [];
  const pinned: string[] = [];
  const verified: number[] = [];
  const router = new Router({
    forwarder,
    links: LINKS,
    pin: (_, address) => pinned.push(formatAddress(address)),
    verify: (number) => verified.push(number),
    resume: () => undefined,
    say: (event) => said.push(event),
  });
  const found = (number: number): void => {
    const address = parseAddress(`10.0.${number}.2`);
    if (address !== undefined) router.found(number, address, THEIRS);
  };
  const lost = (number: number): void => {
    const address = parseAddress(`10.0.${number}.2`);
    if (address !== undefined) router.lost(number, address);
  };
  const states = (): readonly string[] =>
    said.flatMap((event) => (event.event === "next_hop" ? [event.state] : []));
  return { router, said, pinned, verified, found, lost, states };
}

describe("a link that was gone", () => {
  let parts: Awaited<ReturnType<typeof rig>>;

  beforeEach(async () => {
    parts = await rig();
    parts.found(1);
    parts.found(2);
    parts.router.begin();
    parts.router.carrier(LINKS[1], false);
    parts.said.splice(0);
  });

  it("gives its next hops packets once they answered again, and not before", () => {
    const { router, verified, found, lost, states } = parts;
    router.carrier(LINKS[1], true);
    expect(verified).toEqual([2]);
    expect(states()).toEqual([]);
    lost(2);
    expect(states()).toEqual([]);
    found(2);
    expect(states()).toEqual(["up"]);
  });

  it("leaves the next hops of other links alone", () => {
    const { router } = parts;
    router.carrier(LINKS[1], true);
    const up = router.views().filter(({ state }) => state === "up");
    expect(up.map(({ next_hop: name }) => name)).toEqual(["10.0.1.2"]);
  });
});

it("asks nobody for a MAC that the configuration says", async () => {
  const second = { nextHop: "10.0.2.2", mac: "02:00:00:00:00:07" };
  const { router, pinned, states } = await rig(["10.0.1.2", second]);
  router.begin();
  expect(pinned).toEqual(["10.0.1.2"]);
  router.carrier(LINKS[1], false);
  router.carrier(LINKS[1], true);
  expect(states()).toEqual(["down", "down", "up"]);
});

/** A host of a link that no route has, found there. */
async function withHost() {
  const parts = await rig(["10.0.1.2"]);
  parts.found(1);
  parts.router.begin();
  parts.found(2);
  return parts;
}

it("lists a host that is gone no more, nor holds its adjacency", async () => {
  const { router, found, lost } = await withHost();
  expect(router.views()).toHaveLength(2);
  router.carrier(LINKS[1], false);
  router.carrier(LINKS[1], true);
  lost(2);
  expect(router.views().map(({ next_hop: name }) => name)).toEqual(["10.0.1.2"]);
  expect(router.hosts().map(({ address }) => address)).toEqual(["10.0.1.2"]);
  found(2);
  expect(router.views()).toMatchObject([{ state: "up" }, { next_hop: "10.0.2.2", state: "up" }]);
});

it("remembers what was asked of a host that is gone", async () => {
  const { router, found, lost } = await withHost();
  router.want("10.0.2.2", "drain");
  lost(2);
  expect(router.views()).toMatchObject([{}, { next_hop: "10.0.2.2", state: "down" }]);
  expect(router.hosts()).toMatchObject([{}, { address: "10.0.2.2", isThere: false }]);
  found(2);
  expect(router.views()).toMatchObject([{}, { next_hop: "10.0.2.2", state: "drain" }]);
});

it("keeps a route's next hop down where its host is gone", async () => {
  const { router, found, lost } = await rig();
  for (const number of [1, 2]) found(number);
  router.begin();
  lost(2);
  expect(router.views()).toMatchObject([{}, { next_hop: "10.0.2.2", state: "down" }]);
});

it("takes a MAC that a reload gives, of a host or a site", async () => {
  const mac = "02:00:00:00:00:07";
  const { router, found, lost } = await withHost();
  const before = tableOf({ ...SERVICE, nextHops: ["10.0.1.2"] });
  const nextHops = [1, 2].map((number) => ({ nextHop: `10.0.${number}.2`, mac }));
  router.reload(before, tableOf({ ...SERVICE, nextHops }));
  for (const number of [1, 2]) lost(number);
  expect(router.views()).toMatchObject([
    { mac, state: "up" },
    { mac, state: "up" },
  ]);
  for (const number of [1, 2]) found(number);
  expect(router.views()).toMatchObject([{ mac }, { mac }]);
});

it("asks for a host that has become a site", async () => {
  const { router, pinned } = await rig(["10.0.1.2"]);
  const host = parseAddress("10.0.2.2");
  if (host === undefined) return;
  router.begin();
  router.found(2, host, THEIRS);
  expect(pinned).toEqual(["10.0.1.2"]);
  const site = { nextHop: "10.0.2.2", site: "second" };
  const after = tableOf({ ...SERVICE, nextHops: ["10.0.1.2", site] });
  router.reload(tableOf({ ...SERVICE, nextHops: ["10.0.1.2"] }), after);
  expect(pinned).toEqual(["10.0.1.2", "10.0.2.2"]);
  const views = router.views().map(({ next_hop: name, state, is_host: isHost }) => {
    return { name, state, isHost };
  });
  expect(views).toContainEqual({ name: "10.0.2.2", state: "up", isHost: false });
});
