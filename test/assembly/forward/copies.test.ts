/** Copies of ICMP errors that name no flow: who gets one, which errors, how many there may be. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { readFlow } from "../../../src/engine/flow-record.ts";
import {
  type Bytes,
  fragment,
  icmpError,
  ipv4Packet,
  ipv6Packet,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { ethernetIp } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { adjacencyMacs, createTestRouter, DESTINATIONS, GROUP, NEXT_HOPS } from "../test-router.ts";

const CLIENT = { 4: "10.9.8.7", 6: "2001:db8:77::7" } as const;

type Kind = "whole" | "cut" | "later" | "answer";

/** What a server of the group sent, so much of it as an error quotes. */
function quote(family: 4 | 6, kind: Kind): Bytes {
  const ends = { source: DESTINATIONS[family].table, destination: CLIENT[family] };
  const payload = ports(53, 4053);
  if (family === 4) {
    const packet = ipv4Packet({
      ...ends,
      protocol: PROTOCOL.udp,
      payload,
      ...(kind === "later" ? { fragmentOffset: 185 } : {}),
    });
    return kind === "cut" ? packet.subarray(0, 22) : packet;
  }
  const extensions = kind === "later" ? [fragment(185, false)] : [];
  const packet = ipv6Packet({ ...ends, protocol: PROTOCOL.udp, payload, extensions });
  return kind === "cut" ? packet.subarray(0, 42) : packet;
}

/** Too big, to a server of the group. */
function error(family: 4 | 6, kind: Kind): Bytes {
  const destination = DESTINATIONS[family].table;
  const type = kind === "answer" ? [0, 129] : [3, 2];
  const message = icmpError(
    type[family === 4 ? 0 : 1] ?? 0,
    family === 4 ? 4 : 0,
    quote(family, kind),
  );
  return family === 4
    ? ipv4Packet({ destination, protocol: PROTOCOL.icmp, payload: message })
    : ipv6Packet({ destination, protocol: PROTOCOL.icmp6, payload: message });
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  beforeEach(() => {
    engine.copies.rate = 1000;
    for (const index of NEXT_HOPS) engine.writeAdjacencyState(index, "up");
  });

  /** Next hops that an error goes to, its own first, and the frames of the copies. */
  function sent(packet: Bytes): {
    readonly hops: number[];
    readonly frames: readonly Uint8Array[];
  } {
    const { batch } = engine;
    const { bytes, linkType } = ethernetIp(packet);
    batch.clear();
    batch.push(bytes, { linkType });
    engine.process();
    const copies = Array.from(engine.copies.of(0), ({ nextHop, bytes: frame }) => ({
      nextHop,
      frame: frame.slice(),
    }));
    return {
      hops: [batch.nextHops[0] ?? 0, ...copies.map(({ nextHop }) => nextHop)],
      frames: copies.map(({ frame }) => frame),
    };
  }

  describe.each([4, 6] as const)("IPv%i", (family) => {
    it.each(["cut", "later"] as const)("copies an error whose quote is %s to each", (kind) => {
      const before = engine.copies.counts;
      const { forwarded, received } = engine.counters.read();
      const { hops, frames } = sent(error(family, kind));
      expect(hops.toSorted()).toEqual(NEXT_HOPS);
      const own = engine.batch.leavingFrame(0);
      for (const [index, frame] of frames.entries()) {
        const { destination, source } = adjacencyMacs(hops[index + 1] ?? 0);
        expect([...frame.subarray(0, 12)]).toEqual([...destination, ...source]);
        expect(frame.subarray(12)).toEqual(own.subarray(12));
      }
      const { errors, copies, limited } = engine.copies.counts;
      expect([errors - before.errors, copies - before.copies, limited - before.limited]).toEqual([
        1, 2, 0,
      ]);
      const after = engine.counters.read();
      expect([after.received - received, after.forwarded - forwarded]).toEqual([1, 1]);
      expect(readFlow(engine.batch, 0)?.steered).toBe("copied");
    });

    it.each(["whole", "answer"] as const)("copies none where it is %s", (kind) => {
      expect(sent(error(family, kind)).hops).toHaveLength(1);
    });

    it("copies none unless asked to, and leads errors as before", () => {
      engine.copies.rate = 0;
      expect(sent(error(family, "cut")).hops).toHaveLength(1);
      expect(readFlow(engine.batch, 0)?.steered).toBe("quoted");
      sent(error(family, "later"));
      expect(readFlow(engine.batch, 0)?.steered).toBe("quoted");
    });

    it("stops at the rate, and goes on a second later", () => {
      engine.copies.rate = 3;
      engine.setClock(engine.clock + 1);
      const { limited } = engine.copies.counts;
      expect([1, 2, 3].map(() => sent(error(family, "cut")).hops.length)).toEqual([3, 2, 1]);
      expect(engine.copies.counts.limited - limited).toBe(2);
      engine.setClock(engine.clock + 1);
      expect(sent(error(family, "cut")).hops).toHaveLength(3);
    });

    it("copies to the first owner of a slot, however many came after", () => {
      const change = (...adjacencies: readonly number[]): void => {
        const members = adjacencies.map((adjacency) => ({ adjacency, weight: 1 }));
        engine.groups.change(GROUP.table, members);
      };
      engine.writeAdjacency(4, { ...adjacencyMacs(4), interfaceIndex: 1, mtu: 1500 });
      change(1, 2);
      engine.setClock(engine.clock + 1000);
      engine.groups.age();
      for (const third of [3, 4]) change(2, third);
      expect(sent(error(family, "cut")).hops.toSorted()).toEqual([1, 2, 3, 4]);
      engine.setClock(engine.clock + 1000);
      change(...NEXT_HOPS);
      engine.setClock(engine.clock + 1000);
      engine.groups.age();
    });

    it("copies to a next hop that drains, and to none that is down", () => {
      const members = NEXT_HOPS.map((adjacency) => ({ adjacency, weight: adjacency }));
      const others = members.filter(({ adjacency }) => adjacency !== 2);
      engine.setClock(engine.clock + 1);
      engine.writeAdjacencyState(2, "drain");
      engine.groups.change(GROUP.table, others);
      expect(sent(error(family, "cut")).hops.toSorted()).toEqual(NEXT_HOPS);
      engine.writeAdjacencyState(2, "down");
      expect(sent(error(family, "cut")).hops.toSorted()).toEqual([1, 3]);
      engine.writeAdjacencyState(2, "up");
      engine.groups.change(GROUP.table, members);
    });
  });
});
