/** What may stand between Ethernet and IP, and is looked through for reports alone. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { ipv4Packet, ipv6Packet, joinBytes, u16, u32 } from "../../oracle/ip-packets.ts";
import { ETHER_TYPE, ethernet, ethernetIp, type Frame, mpls } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { fateOf, sendFrame } from "../packet-rig.ts";
import { createTestRouter } from "../test-router.ts";

const IPV4 = ipv4Packet();
const IPV6 = ipv6Packet();
const TYPE4 = u16(ETHER_TYPE.ipv4);
const FLOW = { ports: { source: 1234, destination: 53 } };

/** A carrier, the bytes of its headers before IP, and the reason why it is not forwarded. */
interface CarrierCase {
  readonly what: string;
  readonly frame: Frame;
  readonly headerBytes: number;
  readonly reason?: string;
}

const CASES: readonly CarrierCase[] = [
  // IEEE 802, 10: LLC aa aa 03, organisation 0, EtherType.
  {
    what: "SNAP",
    frame: ethernet(8 + IPV4.length, joinBytes([0xaa, 0xaa, 3, 0, 0, 0], TYPE4, IPV4)),
    headerBytes: 22,
  },
  // IEEE 802.1BR, 7: an E-TAG of six bytes.
  {
    what: "E-TAG",
    frame: ethernet(0x893f, joinBytes([0, 0, 0, 1, 0, 0], TYPE4, IPV4)),
    headerBytes: 22,
  },
  { what: "VN-TAG", frame: ethernet(0x8926, joinBytes(u32(1), TYPE4, IPV4)), headerBytes: 20 },
  {
    what: "FabricPath",
    frame: ethernet(0x8903, joinBytes([0, 1], ethernetIp(IPV4).bytes)),
    headerBytes: 30,
  },
  // IEEE 802.1AE, 9: TCI, SL, packet number, and the SCI where the SC bit (0x20) is set.
  {
    what: "MACsec that is not encrypted",
    frame: ethernet(0x88e5, joinBytes([0, 0], u32(7), TYPE4, IPV4)),
    headerBytes: 22,
  },
  {
    what: "MACsec with a channel",
    frame: ethernet(0x88e5, joinBytes([0x20, 0], u32(7), u32(1), u32(2), TYPE4, IPV4)),
    headerBytes: 30,
  },
  // RFC 8300, 2.2: length in words in the low six bits, next protocol in the fourth byte.
  {
    what: "NSH before IPv4",
    frame: ethernet(0x894f, joinBytes([0, 2, 2, 1], u32(5), IPV4)),
    headerBytes: 22,
  },
  {
    what: "NSH before Ethernet",
    frame: ethernet(0x894f, joinBytes([0, 2, 2, 3], u32(5), ethernetIp(IPV4).bytes)),
    headerBytes: 36,
  },
  {
    what: "an Arista timestamp of 64 bits",
    frame: ethernet(0xd28b, joinBytes([0, 1, 0, 0x10], u32(1), u32(2), TYPE4, IPV4)),
    headerBytes: 28,
  },
  {
    what: "an Arista timestamp of 48 bits",
    frame: ethernet(0xd28b, joinBytes([0, 1, 0, 0x20], u32(1), u16(2), TYPE4, IPV4)),
    headerBytes: 26,
  },
  // RFC 4385, 3: a control word begins with four zero bits, Ethernet follows.
  {
    what: "a pseudowire with a control word",
    frame: mpls(joinBytes(u32(5), ethernetIp(IPV4).bytes)),
    headerBytes: 36,
    reason: "mpls",
  },
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each(CASES)("finds the flow behind $what, wherever it is cut", (row) => {
    const { frame, headerBytes, reason = "ethertype" } = row;
    expect(sendFrame(engine, frame)).toMatchObject({ reason, family: 4, flow: FLOW });
    const originalLength = frame.bytes.length;
    for (let length = 0; length < originalLength; length++) {
      const cut = { ...frame, bytes: frame.bytes.slice(0, length), originalLength };
      const outcome = sendFrame(engine, cut);
      expect(outcome.verdict).toBe("drop");
      expect(outcome.flow !== undefined).toBe(length >= headerBytes + 20);
    }
  });

  it("finds IPv6 behind tags of several kinds", () => {
    const inner = joinBytes(u16(ETHER_TYPE.vlan), [0, 9], u16(ETHER_TYPE.ipv6), IPV6);
    const frame = ethernet(0x8926, joinBytes(u32(1), inner));
    expect(sendFrame(engine, frame)).toMatchObject({ reason: "ethertype", family: 6, flow: FLOW });
  });

  it.each([
    { what: "encrypted MACsec", frame: ethernet(0x88e5, joinBytes([0x0c, 0], u32(7), IPV4)) },
    { what: "NSH before NSH", frame: ethernet(0x894f, joinBytes([0, 2, 2, 4], u32(5), IPV4)) },
    { what: "NSH that leads to itself", frame: ethernet(0x894f, [0, 0, 2, 5, 0, 0, 0, 0]) },
    { what: "an Arista frame of another kind", frame: ethernet(0xd28b, joinBytes(u32(2), IPV4)) },
    { what: "LLC that is not SNAP", frame: ethernet(100, joinBytes([0x42, 0x42, 3], IPV4)) },
    {
      what: "SNAP of an organisation",
      frame: ethernet(100, joinBytes([0xaa, 0xaa, 3, 0, 0, 12], TYPE4, IPV4)),
    },
  ])("finds nothing in $what", ({ frame }) => {
    expect(sendFrame(engine, frame)).toMatchObject({ verdict: "drop", family: 0 });
    expect(["ethertype", "truncated"]).toContain(fateOf(engine, frame));
  });
});
