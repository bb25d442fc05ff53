/** The flow hash: SipHash-1-3 of the tuple on the wire, held against its definition. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine, testKeys } from "../../engine/test-engine.ts";
import { flowHash, type WireTuple } from "../../oracle/flow-hash.ts";
import { readIpv4, readIpv6 } from "../../oracle/ip-model.ts";
import {
  type Bytes,
  extension,
  fragment,
  ipv4Packet,
  ipv6Packet,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { raw } from "../../oracle/link-frames.ts";
import { type Random, seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES } from "../fib/family.ts";
import { sendFrame, sendFrames } from "../packet-rig.ts";
import { membersOf } from "./group-driver.ts";

const GROUP = 8;
const KEY = Uint8Array.from({ length: 16 }, (_, index) => 17 * index + 3);
const PROTOCOLS = [
  PROTOCOL.tcp,
  PROTOCOL.udp,
  PROTOCOL.icmp,
  PROTOCOL.dccp,
  PROTOCOL.sctp,
  PROTOCOL.udpLite,
  PROTOCOL.noNextHeader,
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("is SipHash-1-3 under the key, for any tuple of both families", async () => {
    const random = seededRandom(81);
    for (let keys = 0; keys < 8; keys++) {
      const key = random.bytes(16);
      const engine = await createHashingEngine(target, key);
      const packets = Array.from({ length: 50 }, (_, index) =>
        index % 2 === 0 ? anyIpv4(random) : anyIpv6(random),
      );
      const outcomes = sendFrames(
        engine,
        packets.map((packet) => raw(packet)),
      );
      expect(outcomes.map(({ hash }) => hash)).toEqual(
        packets.map((packet) => flowHash(key, tupleOf(packet))),
      );
    }
  });

  it("has its slot in its low bits, also of the largest table", async () => {
    const engine = await createHashingEngine(target, KEY);
    const random = seededRandom(82);
    for (const nextHops of [2, 40, 1100]) {
      engine.groups.change(GROUP, membersOf(Array.from({ length: nextHops }, () => 1)));
      const table = engine.groups.slots(GROUP) ?? new Uint16Array();
      for (let packets = 0; packets < 40; packets++) {
        const outcome = sendFrame(engine, raw(anyIpv4(random)));
        expect(outcome.slot).toBe(Number((outcome.hash ?? 0n) & BigInt(table.length - 1)));
        expect(outcome.nextHop).toBe(table[outcome.slot ?? 0]);
      }
    }
    expect(engine.groups.slots(GROUP)?.length).toBe(2 ** 17);
  });

  it("is the same for all fragments of a datagram, and another for the whole", async () => {
    const engine = await createHashingEngine(target, KEY);
    for (const datagram of FRAGMENTED) {
      const [whole, ...fragments] = datagram.map((packet) => sendFrame(engine, raw(packet)).hash);
      expect(new Set(fragments).size).toBe(1);
      expect(fragments[0]).not.toBe(whole);
    }
  });

  it("tells directions, ports, protocols and keys apart", async () => {
    const engine = await createHashingEngine(target, KEY);
    const other = await createHashingEngine(target, new Uint8Array(16));
    const [source, destination] = ["198.18.0.1", "198.51.100.7"];
    const packets = [
      ipv4Packet({ source, destination, payload: ports(1000, 53) }),
      ipv4Packet({ source: destination, destination: source, payload: ports(53, 1000) }),
      ipv4Packet({ source, destination, payload: ports(53, 1000) }),
      ipv4Packet({ source, destination, payload: ports(1000, 54) }),
      ipv4Packet({ source, destination, payload: ports(1000, 53), protocol: PROTOCOL.tcp }),
    ];
    const hashes = packets.map((packet) => sendFrame(engine, raw(packet)).hash);
    const otherHash = sendFrame(other, raw(packets[0] ?? [])).hash;
    expect(new Set([...hashes, otherHash]).size).toBe(packets.length + 1);
  });

  it("does not see what no tuple holds", async () => {
    const engine = await createHashingEngine(target, KEY);
    const packets = [
      ipv4Packet(),
      ipv4Packet({ ttl: 9 }),
      ipv4Packet({ dontFragment: true }),
      ipv4Packet({ options: [1, 1, 1, 0] }),
      ipv4Packet({ payload: ports(1234, 53, new Uint8Array(100)) }),
    ];
    const hashes = packets.map((packet) => sendFrame(engine, raw(packet)).hash);
    expect(new Set(hashes).size).toBe(1);
  });

  it("chooses for a flow that is asked about what its packets get", async () => {
    const engine = await createHashingEngine(target, KEY);
    const random = seededRandom(83);
    for (let packets = 0; packets < 60; packets++) {
      const packet = packets % 2 === 0 ? anyIpv4(random) : anyIpv6(random);
      const { flow, nextHop } = sendFrame(engine, raw(packet));
      if (flow === undefined) throw new Error("a forwarded packet has a flow");
      const { ports: _, ...withoutPorts } = flow;
      expect(engine.choose(GROUP, flow.isFragment ? withoutPorts : flow)).toBe(nextHop);
    }
  });
});

/** A datagram, then its fragments: the first has the transport header, the others have not. */
const FRAGMENTED: readonly (readonly Bytes[])[] = [
  [
    ipv4Packet(),
    ipv4Packet({ moreFragments: true }),
    ipv4Packet({ fragmentOffset: 100, moreFragments: true }),
    ipv4Packet({ fragmentOffset: 200 }),
  ],
  [
    ipv6Packet(),
    ipv6Packet({ extensions: [fragment(0, true)] }),
    ipv6Packet({ extensions: [fragment(100, true)] }),
    ipv6Packet({ extensions: [fragment(200, false)] }),
  ],
  // An extension behind the fragment header is in the first fragment alone.
  [
    ipv6Packet({ extensions: [extension(PROTOCOL.destinationOptions)] }),
    ipv6Packet({ extensions: [fragment(0, true), extension(PROTOCOL.destinationOptions)] }),
    ipv6Packet({ extensions: [fragment(100, true)], protocol: PROTOCOL.destinationOptions }),
    ipv6Packet({ extensions: [fragment(200, false)], protocol: PROTOCOL.destinationOptions }),
  ],
];

/** An engine whose default routes lead to a group with a slot table. */
async function createHashingEngine(
  target: (typeof MODULE_TARGETS)[number],
  key: Uint8Array,
): Promise<Engine> {
  const limits = { nextHops: 4096 };
  const engine = await createTestEngine(target, { keys: testKeys(key), limits });
  for (const family of FIB_FAMILIES) {
    family.update(engine, [{ address: 0n, length: 0, group: GROUP }]);
  }
  engine.groups.change(GROUP, membersOf([1, 2, 3]));
  return engine;
}

/** The tuple of a whole packet, as the model reads it. */
function tupleOf(packet: Bytes): WireTuple {
  const arrived = { bytes: packet, originalLength: packet.length };
  const read = (packet[0] ?? 0) >>> 4 === 4 ? readIpv4(arrived) : readIpv6(arrived);
  if (!("source" in read)) throw new Error(`a packet for this test is whole: ${read.reason}`);
  return read;
}

function anyPayload(random: Random): Bytes {
  return ports(random.below(65536), random.below(65536));
}

function anyProtocol(random: Random): number {
  return PROTOCOLS[random.below(PROTOCOLS.length)] ?? PROTOCOL.udp;
}

function anyIpv4(random: Random): Bytes {
  const octet = () => 1 + random.below(100);
  return ipv4Packet({
    source: `${octet()}.${octet()}.${octet()}.${octet()}`,
    destination: `${octet()}.${octet()}.${octet()}.${octet()}`,
    protocol: anyProtocol(random),
    payload: anyPayload(random),
    moreFragments: random.below(6) === 0,
  });
}

function anyIpv6(random: Random): Bytes {
  const half = () => random.below(65536).toString(16);
  return ipv6Packet({
    source: `2001:db8:${half()}:${half()}::${half()}:${half()}`,
    destination: `2001:db8:${half()}:${half()}:${half()}::${half()}`,
    protocol: anyProtocol(random),
    payload: anyPayload(random),
    extensions: random.below(6) === 0 ? [fragment(0, true)] : [],
  });
}
