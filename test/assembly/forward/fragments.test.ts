/** Tracked fragments: they follow their first one, wait for it within bounds, and are counted. */

import { beforeEach, describe, expect, it } from "vitest";
import { HELD_FRAME_MAX, HELD_MAX, HELD_MS } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { testKeys } from "../../engine/test-engine.ts";
import { counting, icmpError, ipv4Packet, PROTOCOL } from "../../oracle/ip-packets.ts";
import { type Random, seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { createTestRouter, DESTINATIONS } from "../test-router.ts";
import {
  type Arrival,
  type Datagram,
  type Departure,
  piece,
  sendTimed,
  wholePacket,
} from "./fragment-flows.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => 7 + index * 11);
const COUNTERS = { tracked: 0, held: 0, released: 0, expired: 0, waiting: 0, overflow: 0 };
const FAMILIES = [4, 6] as const;

function at(ms: number, datagram: Datagram, index: number): Arrival {
  return { packet: piece(datagram, index), ms };
}

function numbers(departures: readonly Departure[]): readonly number[] {
  return departures.map(({ number }) => number);
}

/** Datagrams whose flows have another next hop than their addresses alone. */
function datagrams(count: number): readonly Datagram[] {
  return Array.from({ length: count }, (_, index) => ({
    family: index % 2 === 0 ? 4 : 6,
    id: 0x10000 + index,
    port: 1000 + index,
    ...(index % 3 === 0 ? { protocol: PROTOCOL.tcp } : {}),
  }));
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(random.below(rest.length), 1));
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await createTestRouter(target, { keys: testKeys(KEY) });
    engine.steering.set({ fragments: "track" });
  });

  /** Where a datagram's flow goes in one packet. */
  const flowNextHop = (datagram: Datagram): number =>
    sendTimed(engine, [{ packet: wholePacket(datagram), ms: 0 }])[0]?.nextHop ?? 0;

  it.each(FAMILIES)("sends later fragments of IPv%i where the flow goes", (family) => {
    for (const datagram of datagrams(60).filter((each) => each.family === family)) {
      const wanted = flowNextHop(datagram);
      const left = sendTimed(
        engine,
        [0, 1, 2].map((index) => at(1, datagram, index)),
      );
      expect(left.map(({ nextHop }) => nextHop)).toEqual([wanted, wanted, wanted]);
      expect(left.map(({ steered }) => steered)).toEqual([undefined, "tracked", "tracked"]);
    }
    expect(engine.steering.fragments).toEqual({ ...COUNTERS, tracked: 60 });
  });

  it("holds fragments that come too early, and lets them follow in their order", () => {
    const [one, two] = [datagrams(4)[1], datagrams(4)[2]];
    if (one === undefined || two === undefined) throw new Error("there are four");
    const arrivals = [
      at(1, one, 2),
      at(2, two, 1),
      at(3, one, 1),
      at(4, two, 0),
      at(5, one, 3),
      at(6, one, 0),
      at(7, one, 4),
    ];
    const left = sendTimed(engine, arrivals, { size: 7 });
    expect(numbers(left)).toEqual([4, 6, 7, 1, 2, 3, 5]);
    expect(left.map(({ timestampNs }) => Number(timestampNs) / 1e6)).toEqual(numbers(left));
    for (const { number, nextHop, leaving } of left) {
      const arrived = arrivals[number - 1]?.packet;
      expect(nextHop).toBe(flowNextHop(number === 2 || number === 4 ? two : one));
      expect(leaving.length).toBe(14 + (arrived?.length ?? 0));
      expect(leaving.subarray(34)).toEqual(arrived?.subarray(20));
    }
    expect(engine.steering.fragments).toEqual({ ...COUNTERS, tracked: 5, held: 4, released: 4 });
    expect(engine.counters.read()).toMatchObject({ received: 14, forwarded: 14 });
  });

  it("sends a datagram by its addresses once a fragment waited too long, the first one too", () => {
    for (const datagram of datagrams(12)) {
      engine.steering.reset();
      engine.steering.set({ fragments: "stateless" });
      const [wanted] = sendTimed(engine, [at(0, datagram, 0)]);
      engine.steering.set({ fragments: "track" });
      const late = HELD_MS + 2;
      const arrivals = [at(1, datagram, 1), at(late, datagram, 2), at(late + 1, datagram, 0)];
      const left = sendTimed(engine, arrivals, { size: 1 });
      expect(left.map(({ nextHop }) => nextHop)).toEqual(left.map(() => wanted?.nextHop));
      expect(numbers(left)).toEqual([2, 1, 3]);
      expect(engine.steering.fragments).toEqual({ ...COUNTERS, held: 1, expired: 1 });
    }
  });

  it("lets the end release what waits", () => {
    const left = sendTimed(
      engine,
      datagrams(6).map((datagram) => at(1, datagram, 1)),
    );
    expect(numbers(left)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(engine.steering.fragments).toEqual({ ...COUNTERS, held: 6, expired: 6 });
    expect(engine.steering.release(true)).toBe(0);
  });

  it("counts what waits when it leaves, and not before", () => {
    const early = datagrams(5).map((datagram) => at(1, datagram, 1));
    expect(sendTimed(engine, early, { end: false })).toEqual([]);
    expect(engine.counters.read()).toMatchObject({ received: 0, forwarded: 0 });
    expect(engine.steering.fragments.waiting).toBe(5);
    expect(sendTimed(engine, [])).toHaveLength(5);
    const { received, forwarded, families } = engine.counters.read();
    expect([received, forwarded, families.ipv4 + families.ipv6]).toEqual([5, 5, 5]);
  });

  it("holds so many frames, and no more", () => {
    const early = datagrams(HELD_MAX + 40).map((datagram) => at(1, datagram, 1));
    const left = sendTimed(engine, early, { end: false });
    const { held, overflow, waiting } = engine.steering.fragments;
    // Some buckets of the table are full before.
    expect(held).toBeLessThanOrEqual(HELD_MAX);
    expect(held).toBeGreaterThan(HELD_MAX - 20);
    expect([overflow, waiting]).toEqual([left.length, held]);
    expect(left.length + held).toBe(early.length);
    expect(sendTimed(engine, [])).toHaveLength(held);
  });

  it("holds no frame that is too long, and keeps its datagram together", () => {
    const [datagram] = datagrams(1);
    if (datagram === undefined) throw new Error("there is one");
    const long = ipv4Packet({
      destination: DESTINATIONS[4].table,
      protocol: PROTOCOL.tcp,
      identification: datagram.id & 0xffff,
      fragmentOffset: 9,
      moreFragments: true,
      payload: counting(HELD_FRAME_MAX),
    });
    const arrivals = [at(1, datagram, 1), { packet: long, ms: 2 }, at(3, datagram, 0)];
    const left = sendTimed(engine, arrivals, { size: 1 });
    expect(numbers(left)).toEqual([2, 1, 3]);
    expect(new Set(left.map(({ nextHop }) => nextHop)).size).toBe(1);
    expect(engine.steering.fragments).toMatchObject({ held: 1, expired: 1, overflow: 1 });
  });

  it("sends fragments of an ICMP error where the quoted flow goes", () => {
    const source = DESTINATIONS[4].table;
    for (let port = 1; port < 20; port++) {
      const datagram = { family: 4, id: port, port, protocol: PROTOCOL.udp } as const;
      const quote = wholePacket(datagram);
      const turned = Uint8Array.from(quote);
      turned.set(quote.subarray(16, 20), 12);
      turned.set(quote.subarray(12, 16), 16);
      turned.set([...quote.subarray(22, 24), ...quote.subarray(20, 22)], 20);
      const error = { destination: source, protocol: PROTOCOL.icmp, identification: port };
      const payload = icmpError(3, 4, turned);
      const left = sendTimed(engine, [
        { packet: ipv4Packet({ ...error, payload, moreFragments: true }), ms: 1 },
        { packet: ipv4Packet({ ...error, payload, fragmentOffset: 7 }), ms: 1 },
      ]);
      const wanted = flowNextHop(datagram);
      expect(left.map(({ nextHop }) => nextHop)).toEqual([wanted, wanted]);
      expect(left.map(({ steered }) => steered)).toEqual(["quoted", "tracked"]);
    }
  });

  it("keeps every datagram together in any order, and with its flow where there is room", () => {
    const random = seededRandom(1);
    for (let round = 0; round < 20; round++) {
      engine.steering.reset();
      engine.counters.reset();
      const sent = datagrams(40).map((datagram) => ({ ...datagram, id: random.below(2 ** 31) }));
      const pieces = sent.flatMap((datagram, which) =>
        [0, 1, 2, 3].map((index) => ({ which, arrival: at(1, datagram, index) })),
      );
      const mixed = shuffled(random, pieces);
      const size = 1 + random.below(32);
      const left = sendTimed(
        engine,
        mixed.map(({ arrival }) => arrival),
        { size },
      );
      expect(numbers(left).toSorted((a, b) => a - b)).toEqual(pieces.map((_, i) => i + 1));
      const { overflow, held, released, expired } = engine.steering.fragments;
      expect([overflow, expired, held]).toEqual([0, 0, released]);
      expect(engine.counters.read()).toMatchObject({ received: 160, forwarded: 160 });
      for (const { number, nextHop } of left) {
        const datagram = sent[mixed[number - 1]?.which ?? 0];
        expect(datagram && flowNextHop(datagram)).toBe(nextHop);
      }
    }
  });
});
