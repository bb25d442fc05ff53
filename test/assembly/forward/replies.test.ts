/** ICMP errors: who is told what, where it goes, and how many there may be. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { parseAddress } from "../../../src/net/address.ts";
import { internetChecksum } from "../../oracle/checksum.ts";
import {
  addressBytes,
  type Bytes,
  counting,
  icmpError,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
  u16,
} from "../../oracle/ip-packets.ts";
import { ethernetIp } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { createTestRouter, DESTINATIONS } from "../test-router.ts";

const MAC = [2, 0, 0, 0, 0, 0x77] as const;
const OWN4 = "192.0.2.1";
const OWN6 = "2001:db8:5::1";
const LINK_LOCAL = "fe80::1";
const NOWHERE = { 4: "10.9.8.7", 6: "2001:db8:dead::1" } as const;

function known(text: string, length: number) {
  const address = parseAddress(text);
  return address === undefined ? [] : [{ address, length }];
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await createTestRouter(target);
    const addresses = [...known(OWN4, 24), ...known(OWN6, 64), ...known(LINK_LOCAL, 64)];
    engine.interfaces.set(1, { mac: MAC, addresses, checksMac: false });
    engine.interfaces.input = 1;
  });

  beforeEach(() => engine.replies.set({ rate: Number.POSITIVE_INFINITY }));

  /** The replies to packets of one batch. */
  function replies(...packets: readonly Uint8Array[]): readonly Uint8Array[] {
    const { batch } = engine;
    batch.clear();
    for (const packet of packets) {
      const { bytes, linkType } = ethernetIp(packet);
      batch.push(bytes, { linkType });
    }
    engine.process();
    return Array.from(engine.replies.list(), ({ frame }) => Uint8Array.from(frame));
  }

  const expired4 = (fields = {}): Bytes =>
    ipv4Packet({ source: NOWHERE[4], destination: DESTINATIONS[4].single, ttl: 1, ...fields });
  const expired6 = (fields = {}): Bytes =>
    ipv6Packet({ source: NOWHERE[6], destination: DESTINATIONS[6].single, hopLimit: 1, ...fields });

  it("quotes an IPv4 packet as it came, to 576 bytes in all", () => {
    for (const size of [0, 8, 519, 520, 521, 1400]) {
      const packet = expired4({ payload: counting(size) });
      const [frame = new Uint8Array()] = replies(packet);
      const quoted = packet.subarray(0, 576 - 28);
      const message = frame.subarray(34);
      expect(frame.length).toBe(14 + 28 + quoted.length);
      expect(internetChecksum(frame.subarray(14, 34))).toBe(0);
      expect(internetChecksum(message)).toBe(0);
      expect([message[0], message[1]]).toEqual([11, 0]);
      expect(message.subarray(8)).toEqual(quoted);
      expect(Array.from(frame.subarray(26, 34))).toEqual([
        ...addressBytes(OWN4),
        ...addressBytes(NOWHERE[4]),
      ]);
    }
  });

  it("quotes an IPv6 packet as it came, to 1,280 bytes in all", () => {
    for (const size of [0, 8, 1191, 1192, 1193, 1400]) {
      const packet = expired6({ payload: counting(size) });
      const [frame = new Uint8Array()] = replies(packet);
      const quoted = packet.subarray(0, 1280 - 48);
      const message = frame.subarray(54);
      expect(Array.from(message.subarray(8))).toEqual(Array.from(quoted));
      const pseudo = joinBytes(frame.subarray(22, 54), [0, 0], u16(message.length), [0, 0, 0]);
      expect(internetChecksum(joinBytes(pseudo, [PROTOCOL.icmp6], message))).toBe(0);
      expect([message[0], message[1]]).toEqual([3, 0]);
      expect(Array.from(frame.subarray(22, 38))).toEqual(addressBytes(OWN6));
    }
  });

  it.each([
    ["no_route", NOWHERE[4], [3, 0], NOWHERE[6], [1, 0]],
    ["unreachable", DESTINATIONS[4].unreachable, [3, 1], DESTINATIONS[6].unreachable, [1, 0]],
    ["prohibit", DESTINATIONS[4].prohibit, [3, 13], DESTINATIONS[6].prohibit, [1, 1]],
  ] as const)("tells the sender of %s", (_, destination4, code4, destination6, code6) => {
    const [four, six] = replies(
      expired4({ destination: destination4 }),
      expired6({ destination: destination6 }),
    );
    expect([four?.[34], four?.[35]]).toEqual(code4);
    expect([six?.[54], six?.[55]]).toEqual(code6);
  });

  it("is silent about blackholes, errors, unknown types and later fragments", () => {
    const error = icmpError(3, 1, ipv4Packet());
    const error6 = icmpError(1, 0, ipv6Packet());
    expect(
      replies(
        expired4({ destination: DESTINATIONS[4].blackhole }),
        expired4({ protocol: PROTOCOL.icmp, payload: error }),
        expired4({ protocol: PROTOCOL.icmp, payload: icmpError(42, 0, []) }),
        expired4({ protocol: PROTOCOL.icmp, payload: [] }),
        expired4({ fragmentOffset: 1 }),
        expired6({ protocol: PROTOCOL.icmp6, payload: error6 }),
      ),
    ).toEqual([]);
    const asks = icmpError(8, 0, counting(8));
    expect(replies(expired4({ protocol: PROTOCOL.icmp, payload: asks }))).toHaveLength(1);
  });

  it("says the MTU that was too small", () => {
    const macs = { destination: MAC, source: MAC };
    engine.writeAdjacency(1, { ...macs, interfaceIndex: 1, mtu: 1300 });
    const payload = ports(1, 2, counting(1400));
    const [four, six] = replies(
      expired4({ payload, ttl: 9, dontFragment: true }),
      expired6({ payload, hopLimit: 9 }),
    );
    expect(Array.from(four?.subarray(34, 42) ?? []).toSpliced(2, 2)).toEqual([3, 4, 0, 0, 5, 20]);
    expect(Array.from(six?.subarray(54, 62) ?? []).toSpliced(2, 2)).toEqual([2, 0, 0, 0, 5, 20]);
  });

  it("tells a link-local sender, from a link-local address, what lies beyond the link", () => {
    const [frame] = replies(expired6({ source: "fe80::99", hopLimit: 9 }));
    expect([frame?.[54], frame?.[55]]).toEqual([1, 2]);
    expect(Array.from(frame?.subarray(22, 38) ?? [])).toEqual(addressBytes(LINK_LOCAL));
  });

  it("goes by the route to the sender, or back to where the packet came from", () => {
    const { bytes } = ethernetIp(expired4());
    const [back] = replies(expired4());
    expect(back?.subarray(0, 6)).toEqual(bytes.slice(6, 12));
    expect(Array.from(back?.subarray(6, 12) ?? [])).toEqual(MAC);
    engine.writeAdjacency(1, {
      destination: [2, 0, 0, 0, 0, 1],
      source: MAC,
      interfaceIndex: 1,
      mtu: 1500,
    });
    const [routed] = replies(expired4({ source: DESTINATIONS[4].single, destination: NOWHERE[4] }));
    expect(Array.from(routed?.subarray(0, 6) ?? [])).toEqual([2, 0, 0, 0, 0, 1]);
  });

  it("sends as many as the limit says, and counts the rest", () => {
    engine.setClock(1000);
    engine.replies.set({ rate: 3, burst: 5 });
    const before = engine.replies.counts;
    const eight = Array.from({ length: 8 }, () => expired4());
    expect(replies(...eight)).toHaveLength(5);
    expect(replies(...eight)).toHaveLength(0);
    engine.setClock(1001);
    expect(replies(...eight)).toHaveLength(3);
    engine.setClock(9000);
    expect(replies(...eight)).toHaveLength(5);
    const { made, limited } = engine.replies.counts;
    expect([made - before.made, limited - before.limited]).toEqual([13, 19]);
    engine.replies.set({ rate: 0 });
    expect(replies(...eight)).toHaveLength(0);
  });
});
