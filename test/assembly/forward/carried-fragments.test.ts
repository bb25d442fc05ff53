/** Fragments inside tunnels whose inner flow counts: together, and tracked, with their flow. */

import { beforeEach, describe, expect, it } from "vitest";
import { HELD_MS } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { rotateFlowKey } from "../../../src/engine/hash.ts";
import { testKeys } from "../../engine/test-engine.ts";
import { fragmentsOf } from "../../oracle/fragment-model.ts";
import { type Bytes, icmpError, ipv4Packet, PROTOCOL } from "../../oracle/ip-packets.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { SlotRig } from "../flow/pin-rig.ts";
import { CASES, TUNNELS, type TunnelCase } from "../packet/tunnels.ts";
import { createTestRouter, DESTINATIONS } from "../test-router.ts";
import {
  type Arrival,
  type Datagram,
  type Departure,
  piece,
  sendTimed,
  wholePacket,
} from "./fragment-flows.ts";

const KEYS = [7, 8].map((first) => Uint8Array.from({ length: 16 }, (_, i) => first + i * 11));
const FAMILIES = [4, 6] as const;
const SERVICE = DESTINATIONS[4].table;
const IPIP = 4;
/** Room for the inner header and its ports, and no more: the rest is in a second fragment. */
const SHORT_MTU = 44;

/** What a tunnel makes of a packet, from one end of it to another. */
function wrapped({ protocol, wrap }: TunnelCase, inner: Bytes): Bytes {
  return ipv4Packet({ destination: SERVICE, protocol, payload: wrap(inner) });
}

function together(departures: readonly Departure[], count: number): number {
  expect(departures).toHaveLength(count);
  const nextHops = new Set(departures.map(({ nextHop }) => nextHop));
  expect([...nextHops]).toHaveLength(1);
  return departures[0]?.nextHop ?? 0;
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  const send = (packets: readonly Bytes[]): readonly Departure[] =>
    sendTimed(
      engine,
      packets.map((packet) => ({ packet, ms: 1 })),
    );
  const nextHopOf = (packet: Bytes): number => together(send([packet]), 1);
  const track = (fragments: "track" | "stateless"): void =>
    engine.steering.set({ fragments, inner: TUNNELS });

  beforeEach(async () => {
    const [flow = new Uint8Array(16)] = KEYS;
    engine = await createTestRouter(target, { keys: testKeys(flow), pinWindow: 300 });
  });

  describe.each(CASES)("in $what", (tunnel) => {
    it.each(FAMILIES)("go by inner addresses without state, IPv%i", (family) => {
      track("stateless");
      const found = new Set<number>();
      for (let port = 1; port <= 8; port++) {
        const datagram: Datagram = { family, id: port, port };
        const pieces = [0, 1, 2].map((index) => wrapped(tunnel, piece(datagram, index)));
        found.add(together(send(pieces), 3));
      }
      const alone = nextHopOf(piece({ family, id: 1, port: 1 }, 0));
      expect([...found]).toEqual([alone]);
    });

    it.each(FAMILIES)("go where the first one's ports lead when tracked, IPv%i", (family) => {
      track("track");
      const found = new Set<number>();
      for (let port = 1; port <= 12; port++) {
        const protocol = port % 2 === 0 ? PROTOCOL.tcp : PROTOCOL.udp;
        const datagram: Datagram = { family, id: port, port, protocol };
        const wanted = nextHopOf(wrapped(tunnel, wholePacket(datagram)));
        const left = send([0, 1, 2].map((index) => wrapped(tunnel, piece(datagram, index))));
        expect(together(left, 3)).toBe(wanted);
        expect(left.map(({ steered }) => steered)).toEqual(["inner", "tracked", "tracked"]);
        found.add(wanted);
      }
      expect(found.size).toBeGreaterThan(1);
    });
  });

  it("wait for their first one, and go by inner addresses where it is late", () => {
    track("track");
    const [tunnel] = CASES;
    if (tunnel === undefined) throw new Error("there are several");
    const datagram: Datagram = { family: 4, id: 77, port: 9 };
    const arrival = (index: number, ms: number, id = 77): Arrival => ({
      packet: wrapped(tunnel, piece({ ...datagram, id }, index)),
      ms,
    });
    const early = sendTimed(engine, [arrival(2, 1), arrival(1, 2), arrival(0, 3)], { size: 1 });
    expect(early.map(({ number }) => number)).toEqual([3, 1, 2]);
    expect(together(early, 3)).toBe(nextHopOf(wrapped(tunnel, wholePacket(datagram))));
    const end = HELD_MS + 5;
    const late = sendTimed(engine, [arrival(1, 3, 78), arrival(2, end, 78), arrival(0, end, 78)], {
      size: 1,
    });
    const { held, released, expired } = engine.steering.fragments;
    expect([held, released, expired]).toEqual([3, 2, 1]);
    track("stateless");
    expect(together(late, 3)).toBe(nextHopOf(wrapped(tunnel, piece(datagram, 0))));
  });

  it("stay with their flow in fragments of the outer packet, in any order", () => {
    track("track");
    const random = seededRandom(4);
    for (let round = 0; round < 60; round++) {
      engine.steering.reset();
      const datagram: Datagram = { family: 4, id: round, port: 1 + round };
      const outer = { destination: SERVICE, protocol: IPIP };
      const packets = [0, 1, 2].flatMap((index) => {
        const payload = piece(datagram, index);
        const identification = 1000 * (index + 1) + round;
        return fragmentsOf(ipv4Packet({ ...outer, payload, identification }), SHORT_MTU);
      });
      expect(packets).toHaveLength(6);
      const mixed = packets.map((packet) => ({
        packet: Uint8Array.from(packet),
        at: random.below(1e6),
      }));
      mixed.sort((a, b) => a.at - b.at);
      const left = send(mixed.map(({ packet }) => packet));
      const whole = ipv4Packet({ ...outer, payload: wholePacket(datagram) });
      expect(together(left, 6)).toBe(nextHopOf(whole));
      expect(engine.steering.fragments.expired).toBe(0);
    }
  });

  it("stay with their connection while its slot changes, inside and outside", () => {
    track("track");
    engine.setClock(100);
    new SlotRig(engine).fill({ current: 2, changedAt: 90, first: 1, owners: [1] });
    const datagram: Datagram = { family: 4, id: 5, port: 5, protocol: PROTOCOL.tcp };
    const inside = ipv4Packet({
      destination: SERVICE,
      protocol: IPIP,
      payload: wholePacket(datagram),
    });
    expect(together(send(fragmentsOf(inside, SHORT_MTU).map((f) => Uint8Array.from(f))), 2)).toBe(
      1,
    );
    const error = { destination: SERVICE, protocol: PROTOCOL.icmp, identification: 8 };
    const payload = icmpError(3, 4, wholePacket({ ...datagram, family: 4 }));
    const pieces = [
      ipv4Packet({ ...error, payload, moreFragments: true }),
      ipv4Packet({ ...error, payload, fragmentOffset: 7 }),
    ];
    expect(together(send(pieces), 2)).toBe(1);
    expect(together(send(pieces.toReversed()), 2)).toBe(1);
  });

  it("stay with their connection while keys rotate", () => {
    track("track");
    engine.setClock(100);
    const [tunnel] = CASES;
    const [, next] = KEYS;
    if (tunnel === undefined || next === undefined) throw new Error("there are several");
    const datagrams = Array.from(
      { length: 40 },
      (_, index) =>
        ({
          family: 4,
          id: index,
          port: 1 + index,
          protocol: PROTOCOL.tcp,
        }) as const,
    );
    const ways = [(packet: Bytes) => packet, (packet: Bytes) => wrapped(tunnel, packet)];
    const before = ways.map((way) => datagrams.map((each) => nextHopOf(way(wholePacket(each)))));
    rotateFlowKey(engine.memory, next);
    const after = ways.map((way) =>
      datagrams.map((each) => together(send([0, 1, 2].map((i) => way(piece(each, i)))), 3)),
    );
    expect(after).toEqual(before);
  });
});
