/** Plain packets are read in a way of their own: what becomes of them is what it always was. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { internetChecksum } from "../../oracle/checksum.ts";
import {
  type Bytes,
  counting,
  ipv4Packet,
  ipv6Packet,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { ETHER_TYPE, ethernet, LINK_TYPE, raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { sendFrames } from "../packet-rig.ts";
import { createTestRouter } from "../test-router.ts";

const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
/** Single bits and ends of ranges: where a build would part from the release build. */
const SOME_BYTES = [0, 1, 2, 4, 6, 8, 15, 16, 17, 32, 44, 63, 64, 127, 128, 254, 255];
/** TCP's and UDP's headers are the same up to the ports: flags stand where UDP has data. */
const PAYLOAD = ports(5000, 53, counting(24));
const PACKETS = [PROTOCOL.tcp, PROTOCOL.udp].flatMap((protocol) => [
  {
    name: `IPv4, protocol ${protocol}`,
    packet: ipv4Packet({ protocol, payload: PAYLOAD }),
    etherType: ETHER_TYPE.ipv4,
    linkType: LINK_TYPE.ipv4,
  },
  {
    name: `IPv6, protocol ${protocol}`,
    packet: ipv6Packet({ protocol, payload: PAYLOAD }),
    etherType: ETHER_TYPE.ipv6,
    linkType: LINK_TYPE.ipv6,
  },
]);
type Kind = Pick<(typeof PACKETS)[number], "etherType" | "linkType">;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each(PACKETS)("$name: values of each byte, as without Ethernet", (kind) => {
    const { packet } = kind;
    // Addresses of IPv6 are half of all bytes, and all but their first two are alike.
    const isAlike = (at: number): boolean =>
      kind.etherType === ETHER_TYPE.ipv6 && at >= 10 && at < 40 && at !== 24 && at !== 25;
    const headerBytes = packet.length - PAYLOAD.length + 14;
    for (let at = 0; at < headerBytes; at++) {
      expectSame(
        kind,
        (target === "release" && !isAlike(at) ? BYTES : SOME_BYTES).map((value) =>
          changed(packet, at, value),
        ),
      );
    }
  });

  it.each(PACKETS)("$name: cut at each byte, by the sender or the capture", (kind) => {
    const { packet } = kind;
    const cuts = Array.from(packet.keys(), (length) => packet.slice(0, length + 1));
    expectSame(kind, cuts);
    expectSame(kind, cuts, packet.length);
  });

  it("reads plain packets among others, each as it reads it alone", () => {
    const frames = Array.from({ length: 40 }, (_, index) => {
      const { packet = PAYLOAD, etherType = 0 } = PACKETS[(index * 7) % PACKETS.length] ?? {};
      return ethernet(etherType, index % 5 === 3 ? packet.slice(0, 30) : changed(packet, 1, index));
    });
    const alone = frames.flatMap((frame) => sendFrames(engine, [frame]));
    expect(sendFrames(engine, frames)).toEqual(alone);
  });

  /** Sends packets in Ethernet, where they may be plain, and without, where they never are. */
  function expectSame(kind: Kind, packets: readonly Bytes[], originalLength?: number): void {
    const inEthernet = packets.map((packet) => {
      const frame = ethernet(kind.etherType, packet);
      return originalLength === undefined
        ? frame
        : { ...frame, originalLength: originalLength + 14 };
    });
    const bare = packets.map((packet) => {
      const frame = raw(packet, kind.linkType);
      return originalLength === undefined ? frame : { ...frame, originalLength };
    });
    expect(sendFrames(engine, inEthernet)).toEqual(sendFrames(engine, bare));
  }
});

/** A packet with one byte of another value; the checksum is right again unless that was changed. */
function changed(packet: Bytes, at: number, value: number): Bytes {
  const other = Uint8Array.from(packet);
  // Ethernet says which version it carries: another is no packet there.
  other[at] = at === 0 ? ((packet[0] ?? 0) & 0xf0) | (value & 15) : value;
  if ((packet[0] ?? 0) >>> 4 === 6 || at === 10 || at === 11) return other;
  other.set([0, 0], 10);
  const sum = internetChecksum(other.subarray(0, ((other[0] ?? 0) & 15) * 4));
  other.set([sum >>> 8, sum & 255], 10);
  return other;
}
