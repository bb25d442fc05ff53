/** Nearest first, as packets see it: no far site gets a flow while a near one lives. */

import { beforeEach, expect, it } from "vitest";
import type { Forwarder } from "../../src/router/forwarder.ts";
import type { RouteInput } from "../../src/router/route-input.ts";
import { type Bytes, ipv4Packet, ipv6Packet } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { seededRandom } from "../oracle/random.ts";
import { smallForwarder } from "./router-rig.ts";

const SITES = [
  { nextHop: "fd00::1", site: "lon", cost: 10 },
  { nextHop: "fd00::2", site: "ams", cost: 10, weight: 3 },
  { nextHop: "fd00::3", site: "nyc", cost: 80 },
  { nextHop: "fd00::4", site: "sfo", cost: 80 },
  { nextHop: "fd00::5", site: "syd", cost: 200 },
] as const;
const COSTS: ReadonlyMap<string, number> = new Map(SITES.map(({ site, cost }) => [site, cost]));
const ROUTES: readonly RouteInput[] = ["203.0.113.0/24", "2001:db8:a::/48"].map((prefix) => ({
  prefix,
  nextHops: SITES,
}));

const SYN = 2;
const ACK = 16;

/** A TCP segment without payload. */
function segment(index: number, flags: number): Bytes {
  const payload = new Uint8Array(20);
  const view = new DataView(payload.buffer);
  view.setUint16(0, 1024 + index);
  view.setUint16(2, 443);
  view.setUint8(12, 5 << 4);
  view.setUint8(13, flags);
  const fields = { protocol: 6, payload };
  if (index % 2 === 0)
    return ipv4Packet({ ...fields, source: "192.0.2.7", destination: "203.0.113.9" });
  return ipv6Packet({ ...fields, source: "2001:db8:1::7", destination: "2001:db8:a::9" });
}

let forwarder: Forwarder;
beforeEach(async () => {
  forwarder = await smallForwarder({ routes: ROUTES });
});

/** Sites that one batch of 200 connections is sent to: new ones, or those under way. */
function sitesOf(flags: number): ReadonlySet<string> {
  const batch = forwarder.batch();
  for (let index = 0; index < 200; index++) batch.push(ethernetIp(segment(index, flags)).bytes);
  forwarder.process(batch);
  const names = Array.from({ length: 200 }, (_, packet) => {
    return forwarder.nextHop(batch.nextHops[packet] ?? 0)?.site ?? "none";
  });
  return new Set(names);
}

/** Sites that packets must be sent to: those of the nearest tier that has a live one. */
function nearest(live: ReadonlySet<string>): ReadonlySet<string> {
  const costs = Array.from(live, (site) => COSTS.get(site) ?? 0);
  const least = Math.min(...costs);
  return new Set(live.size === 0 ? ["none"] : [...live].filter((s) => COSTS.get(s) === least));
}

it("falls to the next tier in the batch after the last near site went, and back", () => {
  const live = new Set<string>(COSTS.keys());
  expect(sitesOf(SYN)).toEqual(new Set(["lon", "ams"]));
  for (const site of ["lon", "ams", "nyc", "sfo", "syd"]) {
    forwarder.transaction().down(site).commit();
    live.delete(site);
    expect([sitesOf(ACK), sitesOf(SYN)]).toEqual([nearest(live), nearest(live)]);
  }
  for (const site of ["syd", "nyc", "sfo", "ams", "lon"]) {
    forwarder.transaction().up(site).commit();
    live.add(site);
    expect([sitesOf(ACK), sitesOf(SYN)]).toEqual([nearest(live), nearest(live)]);
  }
});

it("never shows a far site to a flow, whatever comes and goes", () => {
  const random = seededRandom(12);
  const live = new Set<string>(COSTS.keys());
  for (let event = 0; event < 60; event++) {
    const { site } = SITES[random.below(SITES.length)] ?? SITES[0];
    const transaction = forwarder.transaction();
    if (live.delete(site)) transaction.down(site).commit();
    else {
      live.add(site);
      transaction.up(site).commit();
    }
    const allowed = nearest(live);
    for (const flags of [ACK, SYN]) {
      for (const seen of sitesOf(flags)) expect(allowed, `${event}: ${seen}`).toContain(seen);
    }
  }
});
