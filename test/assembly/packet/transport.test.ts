/** Where a packet's transport header stands, and whether a TCP segment opens a connection. */

import { beforeAll, describe, expect, it } from "vitest";
import { FLOW_BYTES, FLOW_TRANSPORT } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { readFlow, writeFlow } from "../../../src/engine/flow-record.ts";
import {
  type Bytes,
  counting,
  extension,
  fragment,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  u16,
  u32,
} from "../../oracle/ip-packets.ts";
import { raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { sendFrame } from "../packet-rig.ts";
import { createTestRouter } from "../test-router.ts";

const TCP = { protocol: PROTOCOL.tcp };

/** A TCP header (RFC 9293, 3.1) with the given flags. */
function segment(flags: number): Bytes {
  return joinBytes(u16(1234), u16(80), u32(7), u32(9), [0x50, flags], u16(512), u32(0));
}

const OPTIONS = extension(PROTOCOL.destinationOptions, 1);

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each([
    { what: "SYN", flags: 0x02, opens: true },
    { what: "SYN with ECN and PSH", flags: 0xca, opens: true },
    { what: "SYN and ACK", flags: 0x12, opens: false },
    { what: "ACK", flags: 0x10, opens: false },
    { what: "FIN and ACK", flags: 0x11, opens: false },
    { what: "RST", flags: 0x04, opens: false },
    { what: "no flag", flags: 0, opens: false },
  ])("says of $what whether it opens", ({ flags, opens }) => {
    const wanted = opens ? "opens" : "follows";
    const payload = segment(flags);
    for (const packet of [
      ipv4Packet({ ...TCP, payload }),
      ipv4Packet({ ...TCP, payload, options: new Uint8Array(12), moreFragments: true }),
      ipv6Packet({ ...TCP, payload }),
      ipv6Packet({ ...TCP, payload, extensions: [OPTIONS, fragment(0, true)] }),
    ]) {
      expect(sendFrame(engine, raw(packet)).flow?.segment).toBe(wanted);
    }
  });

  it("says that a TCP header cut before its flags follows, wherever it is cut", () => {
    const packet = ipv4Packet({ ...TCP, payload: segment(2) });
    for (let length = 20; length <= packet.length; length++) {
      const cut = { ...raw(packet.slice(0, length)), originalLength: packet.length };
      const { flow } = sendFrame(engine, cut);
      expect(flow?.segment).toBe(length >= 34 ? "opens" : "follows");
    }
    const short = ipv4Packet({ ...TCP, payload: segment(2).subarray(0, 13) });
    expect(sendFrame(engine, raw(joinBytes(short, [2]))).flow?.segment).toBe("follows");
  });

  it("says that later fragments of TCP follow, and nothing of other protocols", () => {
    const payload = counting(16);
    const later = { payload, fragmentOffset: 9 };
    const extensions = [fragment(9, false)];
    expect(sendFrame(engine, raw(ipv4Packet({ ...TCP, ...later }))).flow?.segment).toBe("follows");
    const later6 = ipv6Packet({ ...TCP, payload, extensions });
    expect(sendFrame(engine, raw(later6)).flow?.segment).toBe("follows");
    expect(sendFrame(engine, raw(ipv4Packet(later))).flow).not.toHaveProperty("segment");
    expect(sendFrame(engine, raw(ipv4Packet())).flow).not.toHaveProperty("segment");
  });

  it.each([
    { what: "IPv4", packet: ipv4Packet(), transport: 20 },
    { what: "options", packet: ipv4Packet({ options: counting(40) }), transport: 60 },
    { what: "ICMP", packet: ipv4Packet({ protocol: PROTOCOL.icmp }), transport: 20 },
    { what: "a later fragment", packet: ipv4Packet({ fragmentOffset: 1 }), transport: 0 },
    { what: "IPv6", packet: ipv6Packet(), transport: 40 },
    { what: "extensions", packet: ipv6Packet({ extensions: [OPTIONS] }), transport: 56 },
    { what: "its fragment", packet: ipv6Packet({ extensions: [fragment(1, true)] }), transport: 0 },
  ])("finds the transport header of $what", ({ packet, transport }) => {
    sendFrame(engine, raw(packet));
    expect(engine.batch.flows.getUint16(FLOW_TRANSPORT, true)).toBe(transport);
  });

  it("reads the segment that writeFlow wrote", () => {
    sendFrame(engine, raw(ipv4Packet()));
    const { flows } = engine.batch;
    const view = new DataView(flows.buffer, flows.byteOffset, FLOW_BYTES);
    const address = { family: 4, value: 0xc0000201 } as const;
    for (const wanted of ["opens", "follows"] as const) {
      writeFlow(view, { source: address, destination: address, protocol: 6, segment: wanted });
      expect(readFlow(engine.batch, 0)?.segment).toBe(wanted);
    }
  });
});
