/** IPv6 headers and extension chains: every reason to drop, in order, and what is read. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import {
  authentication,
  counting,
  type Extension,
  extension,
  fragment,
  type Ipv6Fields,
  ipv6Packet,
  joinBytes,
  jumbo,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { ethernetIp, LINK_TYPE, raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { fateOf, sendFrame } from "../packet-rig.ts";
import { createTestRouter } from "../test-router.ts";

/** A hop-by-hop header that claims more bytes than the packet has. */
const OVERLONG_HOP_BY_HOP: Extension = { ...extension(PROTOCOL.hopByHop), ...{ rest: [9, 0] } };

/** One fault for each reason, in the order in which they are looked for. */
const FAULTS: readonly { readonly reason: string; readonly fault: Ipv6Fields }[] = [
  { reason: "ipv6_version", fault: { version: 5 } },
  { reason: "truncated", fault: { payloadLength: 1000 } },
  { reason: "multicast", fault: { destination: "ff02::1" } },
  { reason: "ipv6_source", fault: { source: "::1" } },
  { reason: "ipv6_destination", fault: { destination: "fe80::1" } },
  { reason: "ipv6_hop_by_hop", fault: { extensions: [OVERLONG_HOP_BY_HOP] } },
  { reason: "no_route", fault: { destination: "2001:db9::1" } },
  { reason: "ttl_expired", fault: { hopLimit: 1 } },
  { reason: "forward", fault: {} },
];

const EXTENSION_KINDS = [
  PROTOCOL.hopByHop,
  PROTOCOL.routing,
  PROTOCOL.destinationOptions,
  PROTOCOL.mobility,
  PROTOCOL.hip,
  PROTOCOL.shim6,
];
const PORTS = { source: 1234, destination: 53 };

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each(FAULTS)("says $reason", ({ reason, fault }) => {
    expect(fateOf(engine, raw(ipv6Packet(fault), LINK_TYPE.ipv6))).toBe(reason);
  });

  it("says the first of two reasons", () => {
    for (const [index, first] of FAULTS.entries()) {
      for (const { fault } of FAULTS.slice(index + 1)) {
        const packet = ipv6Packet({ ...fault, ...first.fault });
        expect(fateOf(engine, raw(packet, LINK_TYPE.ipv6))).toBe(first.reason);
      }
    }
  });

  it.each([
    ["::", "ipv6_source", "no_route"],
    ["::1", "ipv6_source", "ipv6_destination"],
    ["::2", "forward", "no_route"],
    ["::ffff:192.0.2.1", "forward", "no_route"],
    ["fe7f:ffff::1", "forward", "no_route"],
    ["fe80::", "beyond_scope", "ipv6_destination"],
    ["febf:ffff::1", "beyond_scope", "ipv6_destination"],
    ["fec0::1", "forward", "no_route"],
    ["fd00::1", "forward", "no_route"],
    ["feff:ffff::1", "forward", "no_route"],
    ["ff00::", "ipv6_source", "multicast"],
    ["ffff:ffff::1", "ipv6_source", "multicast"],
    ["1::", "forward", "no_route"],
  ])("takes %s as a source (%s) and as a destination (%s)", (address, source, destination) => {
    expect(fateOf(engine, raw(ipv6Packet({ source: address })))).toBe(source);
    expect(fateOf(engine, raw(ipv6Packet({ destination: address })))).toBe(destination);
  });

  it.each(EXTENSION_KINDS)("reads the ports behind an extension header of kind %i", (kind) => {
    for (const units of [0, 1, 9]) {
      const packet = ipv6Packet({ extensions: [extension(kind, units)] });
      expect(sendFrame(engine, raw(packet))).toMatchObject({
        verdict: "forward",
        flow: { protocol: PROTOCOL.udp, ports: PORTS },
      });
    }
  });

  it.each([1, 4, 20])("reads the ports behind an authentication header of %i words", (words) => {
    const packet = ipv6Packet({ extensions: [authentication(words)], protocol: PROTOCOL.tcp });
    expect(sendFrame(engine, raw(packet)).flow).toMatchObject({ protocol: 6, ports: PORTS });
  });

  it("follows a chain of up to fifteen extension headers, and forwards a longer one", () => {
    const chain = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        extension(EXTENSION_KINDS[index % EXTENSION_KINDS.length] ?? 0, index % 3),
      );
    expect(sendFrame(engine, raw(ipv6Packet({ extensions: chain(15) }))).flow?.ports).toEqual(
      PORTS,
    );
    const long = sendFrame(engine, raw(ipv6Packet({ extensions: chain(40) })));
    expect(long.verdict).toBe("forward");
    expect(long.flow?.ports).toBeUndefined();
  });

  it("cuts a chain at every byte", () => {
    const extensions = [
      extension(PROTOCOL.hopByHop, 1),
      extension(PROTOCOL.routing),
      fragment(0, false),
    ];
    const { bytes, linkType } = ethernetIp(ipv6Packet({ extensions }));
    const portsEnd = 14 + 40 + 16 + 8 + 8 + 4;
    for (let length = 0; length < bytes.length; length++) {
      const cut = { bytes: bytes.slice(0, length), linkType, originalLength: bytes.length };
      expect(fateOf(engine, cut)).toBe(length < portsEnd ? "captured_short" : "forward");
    }
  });

  it("forwards a chain that ends before its last header, without ports", () => {
    const inside = ipv6Packet({ extensions: [extension(PROTOCOL.routing, 9)], payload: [] });
    for (let length = 40; length < inside.length; length++) {
      const packet = inside.slice(0, length);
      packet.set([0, length - 40], 4);
      const { verdict, flow } = sendFrame(engine, raw(packet));
      expect({ verdict, ports: flow?.ports }).toEqual({ verdict: "forward", ports: undefined });
    }
  });

  it("wants a hop-by-hop header to be whole and takes it only as the first", () => {
    const options = extension(PROTOCOL.hopByHop, 9);
    const packet = ipv6Packet({ extensions: [options], payload: [] });
    for (let length = 40; length < packet.length; length++) {
      const short = packet.slice(0, length);
      short.set([0, length - 40], 4);
      // A payload length of 0 is none, and then the header is missing too.
      expect(fateOf(engine, raw(short))).toBe("ipv6_hop_by_hop");
    }
    const second = ipv6Packet({ extensions: [extension(PROTOCOL.routing), OVERLONG_HOP_BY_HOP] });
    expect(fateOf(engine, raw(second))).toBe("forward");
  });

  it.each([
    { what: "the first", offset: 0, more: true, isFragment: true, hasPorts: true },
    { what: "a middle one", offset: 1, more: true, isFragment: true, hasPorts: false },
    { what: "the last", offset: 8191, more: false, isFragment: true, hasPorts: false },
    { what: "the only one", offset: 0, more: false, isFragment: false, hasPorts: true },
  ])("knows a fragment: $what", ({ offset, more, isFragment, hasPorts }) => {
    const packet = ipv6Packet({ extensions: [fragment(offset, more)] });
    const { flow, verdict } = sendFrame(engine, raw(packet));
    expect({ verdict, isFragment: flow?.isFragment }).toEqual({ verdict: "forward", isFragment });
    expect(flow?.protocol).toBe(PROTOCOL.udp);
    expect(flow?.ports !== undefined).toBe(hasPorts);
  });

  it("takes the length of a jumbogram from its option", () => {
    const fields = { payloadLength: 0, extensions: [jumbo(8 + 70_000)] };
    const packet = ipv6Packet({ ...fields, payload: ports(1, 2, counting(70_000 - 8)) });
    const outcome = sendFrame(engine, raw(packet));
    expect(outcome).toMatchObject({
      verdict: "forward",
      leavingOriginalLength: 14 + packet.length,
      flow: { ports: { source: 1, destination: 2 } },
    });
    const longer = ipv6Packet({ payloadLength: 0, extensions: [jumbo(0xffffffff)] });
    expect(fateOf(engine, raw(longer))).toBe("truncated");
  });

  it("forwards a packet without payload", () => {
    const packet = ipv6Packet({ protocol: PROTOCOL.noNextHeader, payload: [] });
    const outcome = sendFrame(engine, ethernetIp(joinBytes(packet, new Uint8Array(6))));
    expect(outcome).toMatchObject({ verdict: "forward", leavingOriginalLength: 54 });
    expect(outcome.leaving.length).toBe(54);
  });
});
