/** Link headers: every link type that is served, what stands before IP, and where it is cut. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { ipv4Packet, ipv6Packet, joinBytes, ports } from "../../oracle/ip-packets.ts";
import {
  CARRIERS,
  ETHER_TYPE,
  ethernet,
  ethernetIp,
  LINK_TYPE,
  linuxSll,
  linuxSll2,
  loopback,
  mpls,
  PPP,
  pppoe,
  raw,
} from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { fateOf, sendFrame } from "../packet-rig.ts";
import { createTestRouter } from "../test-router.ts";

const PACKETS = [
  { name: "IPv4", family: 4, packet: ipv4Packet(), portsEnd: 24 },
  { name: "IPv6", family: 6, packet: ipv6Packet(), portsEnd: 44 },
];
const ROOMS = CARRIERS.flatMap((carrier) => PACKETS.map((packet) => ({ ...packet, carrier })));
const SERVED: readonly number[] = Object.values(LINK_TYPE);
const NOT_IP = joinBytes([0x50], new Uint8Array(60));

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each(ROOMS)("finds $name in $carrier.name, wherever it is cut", ({ carrier, ...room }) => {
    const { bytes, linkType } = carrier.wrap(room.packet);
    expect(sendFrame(engine, { bytes, linkType })).toMatchObject({
      verdict: "forward",
      family: room.family,
      flow: { ports: { source: 1234, destination: 53 } },
    });
    const originalLength = bytes.length;
    for (let length = 0; length < originalLength; length++) {
      const cut = { bytes: bytes.slice(0, length), linkType };
      const needed = carrier.headerBytes + room.portsEnd;
      expect(fateOf(engine, cut)).toBe("truncated");
      expect(fateOf(engine, { ...cut, originalLength })).toBe(
        length < needed ? "captured_short" : "forward",
      );
    }
  });

  it("looks through up to eight VLAN tags", () => {
    for (let tags = 0; tags <= 8; tags++) {
      const kinds = Array.from({ length: tags }, () => ETHER_TYPE.vlan);
      expect(fateOf(engine, ethernetIp(ipv4Packet(), kinds))).toBe("forward");
    }
    const endless = Array.from({ length: 40 }, () => ETHER_TYPE.qinq);
    expect(fateOf(engine, ethernetIp(ipv4Packet(), endless))).toBe("ethertype");
  });

  it.each(PACKETS)("says who speaks $name behind MPLS and PPPoE, and forwards neither", (row) => {
    const flow = { ports: { source: 1234, destination: 53 } };
    for (let labels = 1; labels <= 16; labels++) {
      const outcome = sendFrame(engine, mpls(row.packet, labels));
      expect(outcome).toMatchObject({ reason: "mpls", family: row.family, flow });
    }
    const session = pppoe(row.family === 4 ? PPP.ipv4 : PPP.ipv6, row.packet);
    expect(sendFrame(engine, session)).toMatchObject({
      reason: "pppoe",
      family: row.family,
      flow,
    });
  });

  it.each([
    { what: "too many labels", frame: mpls(ipv4Packet(), 40), reason: "mpls" },
    { what: "no IP behind labels", frame: mpls(NOT_IP), reason: "mpls" },
    { what: "labels without an end", frame: mpls([], 3), reason: "truncated" },
    { what: "PPP control", frame: pppoe(PPP.lcp, NOT_IP), reason: "pppoe" },
    { what: "half a PPPoE header", frame: ethernet(ETHER_TYPE.pppoe, [0x11]), reason: "truncated" },
    {
      what: "PPPoE discovery",
      frame: ethernet(ETHER_TYPE.pppoeDiscovery, NOT_IP),
      reason: "ethertype",
    },
    { what: "ARP", frame: ethernet(ETHER_TYPE.arp, NOT_IP), reason: "ethertype" },
    {
      what: "ARP in VLAN",
      frame: ethernet(ETHER_TYPE.arp, NOT_IP, [ETHER_TYPE.vlan]),
      reason: "ethertype",
    },
    { what: "a length for an EtherType", frame: ethernet(60, NOT_IP), reason: "ethertype" },
    { what: "ARP in LINUX_SLL", frame: linuxSll(ETHER_TYPE.arp, NOT_IP), reason: "ethertype" },
    { what: "ARP in LINUX_SLL2", frame: linuxSll2(ETHER_TYPE.arp, NOT_IP), reason: "ethertype" },
    { what: "ISO in NULL", frame: loopback(7, NOT_IP, "little"), reason: "ethertype" },
    { what: "neither version in RAW", frame: raw(NOT_IP), reason: "ethertype" },
    { what: "an Ethernet header alone", frame: ethernet(ETHER_TYPE.arp, []), reason: "ethertype" },
    {
      what: "a tag alone",
      frame: ethernet(ETHER_TYPE.arp, [], [ETHER_TYPE.qinq]),
      reason: "ethertype",
    },
    { what: "LINUX_SLL alone", frame: linuxSll(ETHER_TYPE.arp, []), reason: "ethertype" },
    { what: "LINUX_SLL2 alone", frame: linuxSll2(ETHER_TYPE.arp, []), reason: "ethertype" },
    { what: "NULL alone", frame: loopback(7, [], "big"), reason: "ethertype" },
    { what: "nothing in RAW", frame: raw([]), reason: "truncated" },
  ])("drops $what ($reason)", ({ frame, reason }) => {
    expect(sendFrame(engine, frame)).toMatchObject({ verdict: "drop", reason, family: 0 });
  });

  it.each([
    { order: "little", families: [24, 28, 30, 10] },
    { order: "big", families: [24, 28, 30, 10] },
  ] as const)("knows IPv6 of every system in NULL ($order-endian)", ({ order, families }) => {
    for (const family of families) {
      expect(fateOf(engine, loopback(family, ipv6Packet(), order))).toBe("forward");
    }
    expect(fateOf(engine, loopback(2, ipv4Packet(), order))).toBe("forward");
  });

  it("drops link types that are not served", () => {
    for (let linkType = 0; linkType < 320; linkType++) {
      if (SERVED.includes(linkType)) continue;
      expect(sendFrame(engine, raw(ipv4Packet(), linkType))).toMatchObject({
        reason: "link_type",
        family: 0,
      });
    }
  });

  it("counts a packet by the family that its link header names", () => {
    const four = raw(ipv6Packet({ payload: ports(1, 2) }), LINK_TYPE.ipv4);
    expect(sendFrame(engine, four)).toMatchObject({ reason: "ipv4_version", family: 4 });
    const six = raw(ipv4Packet({ payload: new Uint8Array(40) }), LINK_TYPE.ipv6);
    expect(sendFrame(engine, six)).toMatchObject({ reason: "ipv6_version", family: 6 });
  });

  it("takes small EtherTypes for lengths, whatever follows", () => {
    const packet = ipv4Packet();
    for (let length = 0; length < 16; length++) {
      for (const frame of [ethernet(length, packet), linuxSll(length, packet)]) {
        expect(fateOf(engine, frame), `length ${length}`).toBe("ethertype");
      }
    }
  });
});
