/** IPv4 headers: every reason to drop, in the order of the checks, and what is read of a packet. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import {
  counting,
  type Ipv4Fields,
  ipv4Packet,
  joinBytes,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { ethernetIp, type Frame, LINK_TYPE, raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { fateOf, sendFrame } from "../packet-rig.ts";
import { createTestRouter } from "../test-router.ts";

/** One fault for each reason, in the order in which they are looked for. */
const FAULTS: readonly { readonly reason: string; readonly fault: Ipv4Fields }[] = [
  { reason: "ipv4_version", fault: { version: 7 } },
  { reason: "ipv4_header_length", fault: { headerWords: 4 } },
  { reason: "ipv4_checksum", fault: { checksum: 0x1111 } },
  { reason: "ipv4_total_length", fault: { totalLength: 19 } },
  { reason: "truncated", fault: { totalLength: 1000 } },
  { reason: "multicast", fault: { destination: "224.0.0.1" } },
  { reason: "broadcast", fault: { destination: "255.255.255.255" } },
  { reason: "ipv4_source", fault: { source: "127.0.0.1" } },
  { reason: "ipv4_destination", fault: { destination: "127.0.0.1" } },
  { reason: "no_route", fault: { destination: "10.1.2.3" } },
  { reason: "ttl_expired", fault: { ttl: 1 } },
  { reason: "forward", fault: {} },
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each(FAULTS)("says $reason", ({ reason, fault }) => {
    expect(fateOf(engine, raw(ipv4Packet(fault), LINK_TYPE.ipv4))).toBe(reason);
  });

  it("says the first of two reasons", () => {
    for (const [index, first] of FAULTS.entries()) {
      for (const { fault } of FAULTS.slice(index + 1)) {
        const packet = ipv4Packet({ ...fault, ...first.fault });
        expect(fateOf(engine, raw(packet, LINK_TYPE.ipv4))).toBe(first.reason);
      }
    }
  });

  it.each([
    ["0.0.0.0", "ipv4_source", "ipv4_destination"],
    ["0.0.0.1", "forward", "no_route"],
    ["126.255.255.255", "forward", "no_route"],
    ["127.0.0.0", "ipv4_source", "ipv4_destination"],
    ["127.255.255.255", "ipv4_source", "ipv4_destination"],
    ["128.0.0.0", "forward", "no_route"],
    ["223.255.255.255", "forward", "no_route"],
    ["224.0.0.0", "ipv4_source", "multicast"],
    ["239.255.255.255", "ipv4_source", "multicast"],
    ["240.0.0.0", "forward", "no_route"],
    ["255.255.255.254", "forward", "no_route"],
    ["255.255.255.255", "ipv4_source", "broadcast"],
  ])("takes %s as a source (%s) and as a destination (%s)", (address, source, destination) => {
    expect(fateOf(engine, raw(ipv4Packet({ source: address })))).toBe(source);
    expect(fateOf(engine, raw(ipv4Packet({ destination: address })))).toBe(destination);
  });

  it("detects every bit that turns in a header of 20 and of 60 bytes", () => {
    for (const packet of [ipv4Packet(), ipv4Packet({ options: counting(40) })]) {
      for (let bit = 8; bit < ((packet[0] ?? 0) & 15) * 32; bit++) {
        const turned = Uint8Array.from(packet);
        turned[bit >>> 3] = (turned[bit >>> 3] ?? 0) ^ (0x80 >>> (bit & 7));
        expect(fateOf(engine, raw(turned))).toBe("ipv4_checksum");
      }
    }
  });

  it("adds carries up in the longest header", () => {
    const options = new Uint8Array(40).fill(255);
    const packet = ipv4Packet({ options, ttl: 255, protocol: 255 });
    expect(fateOf(engine, raw(packet))).toBe("forward");
  });

  it("reads the ports behind options of any length", () => {
    for (let bytes = 0; bytes <= 40; bytes += 4) {
      const packet = ipv4Packet({ options: new Uint8Array(bytes).fill(1) });
      expect(sendFrame(engine, ethernetIp(packet))).toMatchObject({
        verdict: "forward",
        flow: { ports: { source: 1234, destination: 53 } },
      });
    }
  });

  it("claims a header that the frame has no room for", () => {
    const packet = ipv4Packet({ headerWords: 15, payload: counting(8) });
    expect(fateOf(engine, raw(packet))).toBe("ipv4_header_length");
    const cut = { ...raw(ipv4Packet({ options: counting(40) }).slice(0, 40)), originalLength: 100 };
    expect(fateOf(engine, cut)).toBe("captured_short");
  });

  it.each([
    { what: "TCP", protocol: PROTOCOL.tcp, has: true },
    { what: "UDP", protocol: PROTOCOL.udp, has: true },
    { what: "DCCP", protocol: PROTOCOL.dccp, has: true },
    { what: "SCTP", protocol: PROTOCOL.sctp, has: true },
    { what: "UDP-Lite", protocol: PROTOCOL.udpLite, has: true },
    { what: "ICMP", protocol: PROTOCOL.icmp, has: false },
    { what: "GRE", protocol: 47, has: false },
  ])("reads ports of $what: $has", ({ protocol, has }) => {
    const { flow, verdict } = sendFrame(engine, raw(ipv4Packet({ protocol })));
    expect({ verdict, protocol: flow?.protocol }).toEqual({ verdict: "forward", protocol });
    expect(flow?.ports).toEqual(has ? { source: 1234, destination: 53 } : undefined);
  });

  it.each([
    { what: "no fragment", fields: {}, isFragment: false, hasPorts: true },
    { what: "not to fragment", fields: { dontFragment: true }, isFragment: false, hasPorts: true },
    { what: "the first", fields: { moreFragments: true }, isFragment: true, hasPorts: true },
    {
      what: "one in the middle",
      fields: { moreFragments: true, fragmentOffset: 1 },
      isFragment: true,
      hasPorts: false,
    },
    { what: "the last", fields: { fragmentOffset: 8191 }, isFragment: true, hasPorts: false },
  ])("knows a fragment: $what", ({ fields, isFragment, hasPorts }) => {
    const { flow, verdict } = sendFrame(engine, raw(ipv4Packet(fields)));
    expect({ verdict, isFragment: flow?.isFragment }).toEqual({ verdict: "forward", isFragment });
    expect(flow?.ports !== undefined).toBe(hasPorts);
  });

  it("forwards a packet that is too short for ports, without them", () => {
    for (let bytes = 0; bytes < 4; bytes++) {
      const { flow, verdict } = sendFrame(engine, raw(ipv4Packet({ payload: counting(bytes) })));
      expect({ verdict, ports: flow?.ports }).toEqual({ verdict: "forward", ports: undefined });
    }
  });

  it("does not take padding for a part of the packet", () => {
    const packet = ipv4Packet({ payload: ports(7, 8, counting(2)) });
    const padded: Frame = ethernetIp(joinBytes(packet, new Uint8Array(30).fill(0xee)));
    const outcome = sendFrame(engine, padded);
    expect(outcome.verdict).toBe("forward");
    expect(outcome.leaving.length).toBe(14 + packet.length);
    expect(outcome.leavingOriginalLength).toBe(14 + packet.length);
    // Ports that would stand in the padding are none.
    const bare = joinBytes(ipv4Packet({ payload: [] }), new Uint8Array(26).fill(0xee));
    expect(sendFrame(engine, ethernetIp(bare)).flow?.ports).toBeUndefined();
  });

  it("forwards what was captured of a longer packet, and says how long it was", () => {
    const whole = ethernetIp(ipv4Packet({ payload: ports(1, 2, counting(1000)) }));
    const cut = { ...whole, bytes: whole.bytes.slice(0, 96), originalLength: whole.bytes.length };
    const outcome = sendFrame(engine, cut);
    expect(outcome).toMatchObject({
      verdict: "forward",
      leavingOriginalLength: whole.bytes.length,
    });
    expect(outcome.leaving.length).toBe(96);
  });
});
