/** Neighbours: found, lost, answered, bounded; times are the test's. */

import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../../src/net/address.ts";
import type { Mac } from "../../../src/net/mac.ts";
import { arpReply, arpRequest, parseArp } from "../../../src/router/neighbors/arp.ts";
import { advertisement, parseNd, solicitation } from "../../../src/router/neighbors/nd.ts";
import {
  NEIGHBORS_MAX,
  type NeighborAction,
  NeighborTable,
} from "../../../src/router/neighbors/table.ts";

const OURS: Mac = [2, 0, 0, 0, 0, 1];
const THEIRS: Mac = [2, 0, 0, 0, 0, 17];
const OTHERS: Mac = [2, 0, 0, 0, 0, 18];

function at(text: string) {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}

const own4 = { mac: OURS, address: at("192.0.2.1") };
const own6 = { mac: OURS, address: at("2001:db8::1") };
const peer4 = { mac: THEIRS, address: at("192.0.2.17") };
const peer6 = { mac: THEIRS, address: at("2001:db8::17") };

function table(): NeighborTable {
  const addresses = [
    { address: own4.address, length: 24 },
    { address: own6.address, length: 64 },
  ];
  return new NeighborTable([{ number: 1, mac: OURS, addresses }]);
}

/** Actions without the bytes of frames. */
function told(actions: readonly NeighborAction[] | undefined): readonly string[] {
  return (actions ?? []).map((action) => {
    if (action.kind !== "send") return `${action.kind} ${formatAddress(action.address)}`;
    const message = parseArp(action.frame) ?? parseNd(action.frame);
    return `${message?.kind} ${message === undefined ? "" : formatAddress(message.target)}`;
  });
}

describe("NeighborTable", () => {
  it.each([4, 6])("finds a next hop of IPv%d, keeps it, and loses it", (family) => {
    const peer = family === 4 ? peer4 : peer6;
    const own = peer.address.family === 4 ? own4 : own6;
    const name = formatAddress(peer.address);
    const answer = () =>
      peer.address.family === 4 ? arpReply(peer, own) : advertisement(peer, own);
    const neighbors = table();
    expect(told(neighbors.pin(1, peer.address, 0))).toEqual([`request ${name}`]);
    expect(told(neighbors.tick(500))).toEqual([]);
    expect(told(neighbors.tick(1000))).toEqual([`request ${name}`]);
    expect(told(neighbors.hear(1, answer(), 1100))).toEqual([`found ${name}`]);
    expect(told(neighbors.tick(31_000))).toEqual([]);
    expect(told(neighbors.tick(31_100))).toEqual([`request ${name}`]);
    expect(told(neighbors.hear(1, answer(), 31_200))).toEqual([]);
    for (const time of [61_200, 62_200, 63_200]) {
      expect(told(neighbors.tick(time))).toEqual([`request ${name}`]);
    }
    expect(told(neighbors.tick(64_200))).toEqual([`lost ${name}`]);
    // A next hop is asked for again, without end.
    expect(told(neighbors.tick(65_200))).toEqual([`request ${name}`]);
    expect(told(neighbors.hear(1, answer(), 65_300))).toEqual([`found ${name}`]);
  });

  it("asks anew for what is on a link that was gone", () => {
    const neighbors = table();
    neighbors.pin(1, peer4.address, 0);
    neighbors.hear(1, arpReply(peer4, own4), 10);
    expect(told(neighbors.forget(1, 20))).toEqual(["lost 192.0.2.17", "request 192.0.2.17"]);
    expect(told(neighbors.hear(1, arpReply(peer4, own4), 30))).toEqual(["found 192.0.2.17"]);
  });

  it("gives up a host that does not answer", () => {
    const neighbors = table();
    neighbors.resolve(1, peer4.address, 0);
    for (const time of [1000, 2000, 3000]) neighbors.tick(time);
    expect(neighbors.list()).toEqual([]);
  });

  it("answers for its own addresses alone, and learns who asked", () => {
    const neighbors = table();
    const asked4 = neighbors.hear(1, arpRequest(peer4, { family: 4, value: 0xc0000201 }), 0);
    expect(told(asked4)).toEqual(["found 192.0.2.17", "answer 192.0.2.1"]);
    expect(told(neighbors.hear(1, arpRequest(peer4, { family: 4, value: 0xc0000202 }), 0))).toEqual(
      [],
    );
    if (own6.address.family !== 6) return;
    const asked6 = neighbors.hear(1, solicitation(peer6, own6.address), 0);
    expect(told(asked6)).toEqual(["found 2001:db8::17", "answer 2001:db8::1"]);
  });

  it("follows a neighbour to another MAC", () => {
    const neighbors = table();
    neighbors.pin(1, peer4.address, 0);
    neighbors.hear(1, arpReply(peer4, own4), 0);
    const moved = neighbors.hear(1, arpReply({ ...peer4, mac: OTHERS }, own4), 10);
    expect(moved).toEqual([{ kind: "found", link: 1, address: peer4.address, mac: OTHERS }]);
  });

  it("keeps others' frames out: not from a link, nor about strangers", () => {
    const neighbors = table();
    expect(neighbors.hear(2, arpReply(peer4, own4), 0)).toBe(undefined);
    expect(neighbors.hear(1, new Uint8Array(60), 0)).toBe(undefined);
    expect(told(neighbors.hear(1, arpReply(peer4, own4), 0))).toEqual([]);
    expect(neighbors.list()).toEqual([]);
  });

  it("is bounded: a scan of a link takes no more room than there is", () => {
    const neighbors = table();
    for (let host = 0; host < 3 * NEIGHBORS_MAX; host++) {
      neighbors.resolve(1, { family: 4, value: 0xc0000300 + host }, 0);
    }
    expect(neighbors.list().length).toBeLessThan(NEIGHBORS_MAX);
    expect(neighbors.refused).toBeGreaterThan(0);
    expect(told(neighbors.pin(1, peer4.address, 0))).toEqual(["request 192.0.2.17"]);
  });
});
