/** Hop lists: what a sender writes, byte by byte, and what a router does that is asked next. */

import { beforeAll, describe, expect, it } from "vitest";
import { dropReasonName, verdictName } from "../../src/engine/drop-reasons.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import type { ForwarderOptions } from "../../src/router/forwarder-options.ts";
import { TEST_LIMITS } from "../engine/test-engine.ts";
import { internetChecksum } from "../oracle/checksum.ts";
import {
  addressBytes,
  type Bytes,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
  u16,
} from "../oracle/ip-packets.ts";
import { LINK_TYPE } from "../oracle/link-frames.ts";
import { seededRandom } from "../oracle/random.ts";
import { gueHeader, hopList, outerPacket, udpDatagram } from "../oracle/tunnel-packets.ts";
import { moduleBytes } from "../setup/modules.ts";

const FLOWS = 200;
const SERVERS = { 4: ["10.0.0.1", "10.0.0.2", "10.0.0.3"], 6: ["fd00::1", "fd00::2", "fd00::3"] };
const ETHERNET_BYTES = 14;

function make(options: Omit<ForwarderOptions, "module">): Promise<Forwarder> {
  return Forwarder.create({ limits: TEST_LIMITS, ...options, module: moduleBytes("release") });
}

/** The packets that one leaves as, from their outer IP headers on; its fate where it does not. */
function send({ engine }: Forwarder, packet: Uint8Array): readonly Bytes[] | string {
  const { batch } = engine;
  batch.clear();
  const linkType = (packet[0] ?? 0) >>> 4 === 4 ? LINK_TYPE.ipv4 : LINK_TYPE.ipv6;
  batch.push(packet, { linkType });
  engine.process();
  const verdict = verdictName(batch.verdicts[0] ?? 0);
  if (verdict !== "forward") {
    return verdict === "drop" ? dropReasonName(batch.reasons[0] ?? 0) : verdict;
  }
  return Array.from(engine.leaving.frames(0), ({ bytes }) => bytes.slice(ETHERNET_BYTES));
}

/** Outer destination of a GUE packet, and its private data, by the form of docs/formats.md. */
function sentGue(packet: Bytes): { readonly to: readonly number[]; readonly data: Bytes } {
  const isIpv4 = (packet[0] ?? 0) >>> 4 === 4;
  const gue = (isIpv4 ? 20 : 40) + 8;
  const words = (packet[gue] ?? 0) & 31;
  const to = packet.subarray(isIpv4 ? 16 : 24, gue - 8);
  return { to: Array.from(to), data: packet.slice(gue + 4, gue + 4 + words * 4) };
}

describe.each([4, 6] as const)("a sender over IPv%i", (family) => {
  const servers = SERVERS[family];
  let forwarder: Forwarder;
  /** By flow: who had it before, the newest first. */
  const before = new Map<number, string[]>();
  let now: readonly string[] = [];

  beforeAll(async () => {
    forwarder = await make({
      interfaces: [{ name: "up", addresses: ["192.0.2.1/24", "2001:db8::1/64"] }],
      routes: [
        {
          prefix: "198.51.100.0/24",
          nextHops: servers.map((nextHop) => {
            return { nextHop, via: "up", encapsulation: "gue", hopList: true } as const;
          }),
        },
      ],
      limits: { ...TEST_LIMITS, previousOwners: 3 },
    });
    forwarder.setClock(1000);
  });

  const query = (flow: number, payload = ports(flow, 53)) =>
    ipv4Packet({ destination: "198.51.100.9", payload });
  const packetOf = (flow: number): Bytes => {
    const [packet] = send(forwarder, query(flow));
    if (!(packet instanceof Uint8Array)) throw new Error("every flow has a server");
    return packet;
  };
  const owners = (): readonly string[] =>
    Array.from({ length: FLOWS }, (_, flow) => {
      const to = sentGue(packetOf(flow)).to.join();
      return servers.find((server) => addressBytes(server).join() === to) ?? "";
    });
  /** Changes a server; of flows that leave one which lives, it is noted. */
  const change = (step: (transaction: ReturnType<Forwarder["transaction"]>) => unknown) => {
    const transaction = forwarder.transaction();
    step(transaction);
    transaction.commit();
    const after = owners();
    const states = new Map(forwarder.nextHops().map(({ name, state }) => [name, state]));
    for (const [flow, owner] of now.entries()) {
      if (owner === after[flow] || states.get(`${owner}+gue`) === "down") continue;
      before.set(flow, [owner, ...(before.get(flow) ?? [])].slice(0, 3));
    }
    now = after;
  };

  it("writes none before a slot changed hands", () => {
    now = owners();
    for (let flow = 0; flow < FLOWS; flow++) expect(sentGue(packetOf(flow)).data).toHaveLength(0);
  });

  it("names those who had the slot, the newest first, as the model does", () => {
    const random = seededRandom(family);
    const name = (index: number): string => `${servers[index]}+gue`;
    for (let n = 0; n < 6; n++) {
      const weight = 1 + random.below(9);
      change((transaction) => transaction.weight(name(random.below(3)), weight));
    }
    const counts = new Set<number>();
    for (let flow = 0; flow < FLOWS; flow++) {
      const packet = packetOf(flow);
      const due = (before.get(flow) ?? []).filter((owner) => owner !== now[flow]);
      const hops = due.filter((owner, index) => due.indexOf(owner) === index);
      counts.add(hops.length);
      const wanted = hops.length === 0 ? [] : hopList(0, hops);
      expect(sentGue(packet).data).toEqual(Uint8Array.from(wanted));
      expectLengths(packet, query(flow).length + wanted.length);
    }
    expect(counts.has(1) && counts.has(0)).toBe(true);
  });

  it("does not name a server that is down", () => {
    change((transaction) => transaction.down(`${servers[1]}+gue`));
    for (let flow = 0; flow < FLOWS; flow++) {
      const data = Array.from(sentGue(packetOf(flow)).data).join();
      expect(data).not.toContain(addressBytes(servers[1] ?? "").join());
    }
  });

  it("cuts packets so that lists fit, whether they have one or not", () => {
    const list = 4 + 3 * (family === 4 ? 4 : 16);
    const room = 1500 - (family === 4 ? 20 : 40) - 12 - list - 20;
    const payload = (size: number) => ports(7, 53, new Uint8Array(size - 8));
    expect(send(forwarder, query(7, payload(room)))).toHaveLength(1);
    const cut = send(forwarder, query(7, payload(room + 1)));
    expect(cut).toHaveLength(2);
    for (const packet of cut) expect(packet.length).toBeLessThanOrEqual(1500);
  });

  it("forgets them when the window closes", () => {
    forwarder.setClock(1000 + 301);
    for (let flow = 0; flow < FLOWS; flow++) expect(sentGue(packetOf(flow)).data).toHaveLength(0);
  });
});

/** Outer lengths and checksums of a packet that carries `bytes` behind GUE. */
function expectLengths(packet: Bytes, bytes: number): void {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const isIpv4 = view.getUint8(0) >>> 4 === 4;
  const at = isIpv4 ? 20 : 40;
  expect(packet).toHaveLength(at + 12 + bytes);
  expect(view.getUint16(at + 4)).toBe(12 + bytes);
  if (isIpv4) {
    expect(view.getUint16(2)).toBe(packet.length);
    expect(internetChecksum(packet.subarray(0, 20))).toBe(0);
    return;
  }
  expect(view.getUint16(4)).toBe(packet.length - 40);
  const pseudo = [...packet.subarray(8, 40), 0, 17, ...u16(12 + bytes)];
  expect(internetChecksum(joinBytes(pseudo, packet.subarray(40)))).toBe(0);
}

describe("a router that is asked next", () => {
  const SENDER = { 4: "10.7.0.9", 6: "fd00:7::9" } as const;
  const OWN = { 4: "192.0.2.1", 6: "2001:db8::1" } as const;
  const NEXT = { 4: ["10.0.0.8", "10.0.0.9"], 6: ["fd00::8", "fd00::9"] } as const;
  const inner = (destination: string): Bytes =>
    destination.includes(":") ? ipv6Packet({ destination }) : ipv4Packet({ destination });
  const asked = (
    family: 4 | 6,
    packet: Bytes,
    next = 0,
    { hops = NEXT[family] as readonly string[], checksum = undefined as number | undefined } = {},
  ): Bytes => {
    const data = hopList(next, hops);
    const sum = checksum === undefined ? {} : { checksum };
    const ends = [SENDER[family], OWN[family]] as const;
    return outerPacket({
      source: ends[0],
      destination: ends[1],
      traffic: 3,
      protocol: PROTOCOL.udp,
      payload: udpDatagram(ends, 6080, gueHeader(packet, { data }), sum),
    });
  };
  let forwarder: Forwarder;

  beforeAll(async () => {
    forwarder = await make({
      routes: [
        { prefix: "198.51.100.0/24", nextHops: ["10.0.1.1"] },
        { prefix: "203.0.113.0/24", kind: "blackhole" },
        { prefix: "203.0.114.0/24", kind: "unreachable" },
        { prefix: "10.0.0.0/24", nextHops: ["10.0.0.254"] },
        { prefix: "fd00::/64", nextHops: ["fd00::fe"] },
        { prefix: "2001:db8:2::/48", nextHops: ["fd00::1:1"] },
      ],
      tunnels: [{ name: "a", addresses: [OWN[4], OWN[6]], secondChance: true }],
    });
  });

  it.each([4, 6] as const)("passes on over IPv%i what nobody here serves", (family) => {
    for (const destination of ["9.9.9.9", "203.0.114.1", "2001:db9::9"]) {
      for (const checksum of [undefined, 0]) {
        const packet = asked(family, inner(destination), 0, { checksum });
        const [left] = send(forwarder, packet);
        if (!(left instanceof Uint8Array)) throw new Error(`${destination} was not passed on`);
        expect(sentGue(left)).toEqual({
          to: addressBytes(NEXT[family][0]),
          data: hopList(1, NEXT[family]),
        });
        const at = family === 4 ? 20 : 40;
        // All but the hop limit, the destination, the place in the list and checksums.
        expect(left.slice(at + 16)).toEqual(packet.slice(at + 16));
        expect(left[family === 4 ? 8 : 7]).toBe(63);
        expect(left[1]).toBe(packet[1]);
        if (family === 4) expect(internetChecksum(left.subarray(0, 20))).toBe(0);
        const udp = left.subarray(at);
        if (checksum === 0) expect([udp[6], udp[7]]).toEqual([0, 0]);
        else {
          const addresses = left.subarray(family === 4 ? 12 : 8, at);
          const pseudo = [...addresses, 0, 17, ...u16(udp.length)];
          expect(internetChecksum(joinBytes(pseudo, udp))).toBe(0);
        }
      }
    }
    expect(forwarder.tunnels.counters()[0]?.passed).toBeGreaterThan(0);
  });

  it("keeps what it serves, drops included, and what has no other hop", () => {
    const fate = (packet: Bytes): string => {
      const left = send(forwarder, packet);
      return typeof left === "string" ? left : `to ${left[0]?.subarray(16, 20).join(".")}`;
    };
    // CE outside, and what is inside cannot be marked: the outer one is opened here.
    expect(fate(asked(4, inner("198.51.100.9")))).toBe("tunnel_ecn");
    expect(fate(asked(4, inner("203.0.113.9")))).toBe("tunnel_ecn");
    expect(fate(asked(4, inner("9.9.9.9"), 1))).toBe("to 10.0.0.9");
    expect(fate(asked(4, inner("9.9.9.9"), 2))).toBe("tunnel_ecn");
    expect(fate(asked(4, inner("9.9.9.9"), 0, { hops: NEXT[6] }))).toBe("tunnel_ecn");
    expect(fate(asked(4, inner("9.9.9.9"), 0, { hops: ["127.0.0.1"] }))).toBe("ipv4_destination");
    expect(fate(asked(4, inner("9.9.9.9"), 0, { hops: ["172.16.0.1"] }))).toBe("no_route");
    // Itself, twice, then another: bounded, and the list goes on each time.
    const own = { hops: [OWN[4], OWN[4], "10.0.0.9"] };
    expect(fate(asked(4, inner("9.9.9.9"), 0, own))).toBe("to 10.0.0.9");
    const always = { hops: Array.from({ length: 9 }, () => OWN[4]) };
    expect(fate(asked(4, inner("9.9.9.9"), 0, always))).toBe("tunnel_depth");
  });

  it("asks nobody else unless it is told to", async () => {
    const alone = await make({ tunnels: [{ name: "a", addresses: [OWN[4]] }] });
    expect(send(alone, asked(4, inner("9.9.9.9")))).toBe("tunnel_ecn");
  });

  it("passes on what no next hop is up for", () => {
    const transaction = forwarder.transaction();
    transaction.down("10.0.1.1");
    transaction.commit();
    const [left] = send(forwarder, asked(4, inner("198.51.100.9")));
    expect(left instanceof Uint8Array && left.subarray(16, 20).join(".")).toBe("10.0.0.8");
  });
});
