/** Packets that do not leave in place: cut to an MTU, tagged, or in a tunnel. */

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { AdjacencyFields, Encapsulation } from "../../../src/engine/adjacency.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { type Address, parseAddress } from "../../../src/net/address.ts";
import { internetChecksum } from "../../oracle/checksum.ts";
import { fragmentsOf } from "../../oracle/fragment-model.ts";
import {
  addressBytes,
  type Bytes,
  counting,
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

const MACS = { destination: [2, 0, 0, 0, 0, 9], source: [2, 0, 0, 0, 0, 8] } as const;
const MTU = 1280;
const SEED = 20_240_719;

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  /** What a packet to the group of one next hop leaves as; the reason where it does not. */
  function leave(packet: Uint8Array, link: Partial<AdjacencyFields>, captured?: number) {
    engine.writeAdjacency(1, { ...MACS, interfaceIndex: 1, mtu: MTU, ...link });
    const { batch } = engine;
    const frame = ethernetIp(packet);
    batch.clear();
    const bytes = frame.bytes.slice(0, captured === undefined ? undefined : 14 + captured);
    batch.push(bytes, { linkType: frame.linkType, originalLength: frame.bytes.length });
    engine.process();
    return Array.from(engine.leaving.frames(0), ({ bytes: left, originalLength }) => ({
      bytes: Uint8Array.from(left),
      originalLength,
    }));
  }

  const older = (packet: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(packet);
    if ((copy[0] ?? 0) >>> 4 === 6) {
      copy[7] = (copy[7] ?? 0) - 1;
      return copy;
    }
    copy[8] = (copy[8] ?? 0) - 1;
    copy.set(u16(0), 10);
    copy.set(u16(internetChecksum(copy.subarray(0, ((copy[0] ?? 0) & 15) * 4))), 10);
    return copy;
  };
  const ethernet = (type: readonly number[], packet: Uint8Array): Bytes =>
    joinBytes(MACS.destination, MACS.source, type, packet);
  const toSingle = { destination: DESTINATIONS[4].single, source: "198.18.0.7" };

  it("cuts any IPv4 packet as the model does", () => {
    const options = fc.constantFrom(
      [],
      [1, 1, 1, 0],
      [0x1e, 4, 1, 2],
      [0x9e, 4, 1, 2, 0x1e, 4, 5, 6],
    );
    const sizes = fc.integer({ min: 0, max: 9000 });
    const mtus = fc.integer({ min: 68, max: 3000 });
    const flags = fc.record({ moreFragments: fc.boolean(), fragmentOffset: fc.nat(3000) });
    fc.assert(
      fc.property(options, sizes, mtus, flags, (option, size, mtu, fragment) => {
        const fields = { ...toSingle, ...fragment, options: option };
        const packet = ipv4Packet({ ...fields, payload: counting(size) });
        const frames = leave(packet, { mtu }).map(({ bytes }) => bytes);
        const wanted = fragmentsOf(older(packet), mtu).map((one) => ethernet([8, 0], one));
        expect(frames).toEqual(wanted);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it("drops what must not be cut, and says the MTU to the sender", () => {
    const payload = ports(1, 2, counting(2000));
    const destination6 = DESTINATIONS[6].single;
    expect(leave(ipv4Packet({ ...toSingle, payload, dontFragment: true }), {})).toEqual([]);
    expect(engine.counters.read().drops.too_big).toBe(1);
    expect(leave(ipv6Packet({ destination: destination6, payload }), {})).toEqual([]);
    expect(engine.counters.read().drops.too_big).toBe(2);
  });

  it("writes of a packet that the capture cut what it held of each fragment", () => {
    const packet = ipv4Packet({ ...toSingle, payload: counting(4000) });
    const frames = leave(packet, {}, 1500);
    expect(frames.map(({ originalLength }) => originalLength)).toEqual([1290, 1290, 1290, 266]);
    expect(frames.map(({ bytes }) => bytes.length)).toEqual([1290, 14 + 20 + 224, 34, 34]);
  });

  it("pushes one tag or two", () => {
    const packet = ipv4Packet(toSingle);
    const tags = [
      { tpid: 0x88a8, tci: 100 },
      { tpid: 0x8100, tci: 7 },
    ];
    const [one] = leave(packet, { tags: tags.slice(1) });
    expect(one?.bytes).toEqual(ethernet([0x81, 0, 0, 7, 8, 0], older(packet)));
    const [two] = leave(packet, { tags });
    const both = [0x88, 0xa8, 0, 100, 0x81, 0, 0, 7, 8, 0];
    expect(two?.bytes).toEqual(ethernet(both, older(packet)));
  });

  const tunnel = (kind: Encapsulation["kind"], family: 4 | 6): Encapsulation => ({
    kind,
    source: address(family === 4 ? "192.0.2.1" : "2001:db8::1"),
    destination: address(family === 4 ? "192.0.2.11" : "2001:db8::11"),
  });
  const SHIMS = {
    ipip: [],
    gre: [0, 0],
    gue: [],
  } as const;

  it.each(["ipip", "gre", "gue"] as const)("puts either family into %s of either", (kind) => {
    const inner4 = ipv4Packet({ ...toSingle, identification: 0x77, dontFragment: true });
    inner4[1] = 0xb9;
    inner4.set(u16(0), 10);
    inner4.set(u16(internetChecksum(inner4.subarray(0, 20))), 10);
    const inner6 = ipv6Packet({ destination: DESTINATIONS[6].single });
    for (const inner of [inner4, inner6]) {
      const family = inner === inner4 ? 4 : 6;
      for (const outer of [4, 6] as const) {
        const [frame] = leave(inner, { encapsulation: tunnel(kind, outer) });
        const packet = frame?.bytes.subarray(14) ?? new Uint8Array();
        const outerBytes = outer === 4 ? 20 : 40;
        const shim = packet.subarray(outerBytes, packet.length - inner.length);
        expect(packet.subarray(packet.length - inner.length)).toEqual(older(inner));
        expect(Array.from(shim).length).toBe({ ipip: 0, gre: 4, gue: 12 }[kind]);
        const protocol = { ipip: family === 4 ? 4 : 41, gre: 47, gue: 17 }[kind];
        checkOuter(packet, outer, protocol, family === 4 ? 0xb9 : 0);
        if (kind === "gre") {
          expect(Array.from(shim)).toEqual([
            ...SHIMS.gre,
            ...(family === 4 ? [8, 0] : [0x86, 0xdd]),
          ]);
        }
        if (kind === "gue") checkGue(packet, outerBytes, shim, family === 4 ? 4 : 41);
      }
    }
  });

  /** Length, protocol, DSCP and ECN, TTL, addresses, checksum; DF and identification of IPv4. */
  function checkOuter(packet: Uint8Array, outer: 4 | 6, protocol: number, traffic: number): void {
    const view = new DataView(packet.buffer, packet.byteOffset);
    if (outer === 6) {
      expect(view.getUint32(0) >>> 20).toBe(0x600 | traffic);
      expect(view.getUint16(4)).toBe(packet.length - 40);
      expect([packet[6], packet[7]]).toEqual([protocol, 64]);
      expect(Array.from(packet.subarray(8, 40))).toEqual([
        ...addressBytes("2001:db8::1"),
        ...addressBytes("2001:db8::11"),
      ]);
      return;
    }
    expect([packet[0], packet[1]]).toEqual([0x45, traffic]);
    expect(view.getUint16(2)).toBe(packet.length);
    expect(view.getUint16(6)).toBe(0x4000);
    expect([packet[8], packet[9]]).toEqual([64, protocol]);
    expect(internetChecksum(packet.subarray(0, 20))).toBe(0);
    expect(Array.from(packet.subarray(12, 20))).toEqual([192, 0, 2, 1, 192, 0, 2, 11]);
  }

  /** Source port from the hash, port 6080, lengths, and over IPv6 a checksum that is right. */
  function checkGue(packet: Uint8Array, at: number, shim: Uint8Array, inner: number): void {
    const view = new DataView(shim.buffer, shim.byteOffset);
    expect(view.getUint16(0)).toBeGreaterThanOrEqual(49_152);
    expect([view.getUint16(2), view.getUint16(4)]).toEqual([6080, packet.length - at]);
    expect(Array.from(shim.subarray(8))).toEqual([0, inner, 0, 0]);
    if (at === 20) {
      expect(view.getUint16(6)).toBe(0);
      return;
    }
    const pseudo = joinBytes(packet.subarray(8, 40), [0, 0], u16(packet.length - at), [0, 0, 0]);
    expect(internetChecksum(joinBytes(pseudo, [PROTOCOL.udp], packet.subarray(at)))).toBe(0);
  }

  it("leaves room for the tunnel in the MTU", () => {
    const encapsulation = tunnel("gre", 4);
    const fits = ipv4Packet({ ...toSingle, payload: counting(MTU - 24 - 20) });
    const [frame, second] = leave(fits, { encapsulation });
    expect([frame?.bytes.length, second]).toEqual([14 + MTU, undefined]);
    const large = ipv4Packet({ ...toSingle, payload: counting(MTU - 24 - 20 + 1) });
    expect(leave(large, { encapsulation })).toHaveLength(2);
  });
});
