/** Counters: what each packet adds, by worker, adjacency and group. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { type Bytes, counting, ipv4Packet, ipv6Packet, ports } from "../../oracle/ip-packets.ts";
import {
  ETHER_TYPE,
  ethernet,
  ethernetIp,
  type Frame,
  mpls,
  raw,
} from "../../oracle/link-frames.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { type Outcome, sendFrames } from "../packet-rig.ts";
import { createTestRouter, DESTINATIONS, GROUP, NEXT_HOPS } from "../test-router.ts";
import { expectConserved } from "./mutated-packets.ts";
import { mutatedFrame } from "./mutations.ts";

const PACKET: Bytes = ipv4Packet({ payload: ports(1, 2, counting(72)) });

/** Each frame of these adds to other counters; a packet of 100 bytes is 114 as it leaves. */
const FRAMES: readonly Frame[] = [
  ethernetIp(PACKET),
  raw(PACKET),
  { ...ethernetIp(PACKET), bytes: ethernetIp(PACKET).bytes.slice(0, 60), originalLength: 114 },
  ethernetIp(ipv6Packet({ destination: DESTINATIONS[6].single })),
  ethernetIp(ipv4Packet({ destination: DESTINATIONS[4].local })),
  ethernetIp(ipv4Packet({ destination: DESTINATIONS[4].none })),
  ethernetIp(ipv6Packet({ destination: DESTINATIONS[6].none })),
  mpls(ipv6Packet()),
  ethernet(ETHER_TYPE.arp, new Uint8Array(46)),
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("counts packets and bytes, by family, reason, adjacency and group", async () => {
    const engine = await createTestRouter(target);
    sendFrames(engine, FRAMES);
    const lengths = FRAMES.map(({ bytes, originalLength }) => originalLength ?? bytes.length);
    expect(engine.counters.read()).toEqual({
      received: 9,
      forwarded: 4,
      punted: 1,
      dropped: 4,
      receivedBytes: lengths.reduce((sum, length) => sum + length),
      forwardedBytes: 3 * 114 + 70,
      drops: { ethertype: 1, mpls: 1, no_route: 2 },
      families: { ipv4: 5, ipv6: 3, other: 1 },
      capturedShort: 1,
    });
    expect(engine.counters.adjacency(1)).toEqual({ packets: 4, bytes: 3 * 114 + 70 });
    expect(engine.counters.adjacency(2)).toEqual({ packets: 0, bytes: 0 });
    expect(engine.counters.group(GROUP.single)).toBe(4);
    expect(engine.counters.group(GROUP.table)).toBe(0);
  });

  it("adds up to what became of the packets, one by one", async () => {
    const engine = await createTestRouter(target);
    const random = seededRandom(101);
    const frames = Array.from({ length: 1000 }, () => mutatedFrame(random).frame);
    const outcomes = sendFrames(engine, frames);
    const counters = engine.counters.read();
    expectConserved(counters, frames.length);
    expect(counters.drops).toEqual(tally(outcomes.flatMap(({ reason }) => reason ?? [])));
    expect(counters.forwardedBytes).toBe(bytesOf(outcomes));
    for (const nextHop of NEXT_HOPS) {
      const over = outcomes.filter((outcome) => outcome.nextHop === nextHop);
      const left = { packets: over.length, bytes: bytesOf(over) };
      expect(engine.counters.adjacency(nextHop)).toEqual(left);
    }
    for (const group of Object.values(GROUP)) {
      const behind = outcomes.filter((out) => out.verdict === "forward" && out.group === group);
      expect(engine.counters.group(group)).toBe(behind.length);
    }
  });

  it("keeps the counters of each worker apart, and adds them up", async () => {
    const engine = await createTestRouter(target, { limits: { workers: 3 } });
    for (const [worker, packets] of [5, 0, 7].entries()) pushAndProcess(engine, worker, packets);
    expect(engine.counters.read()).toMatchObject({ received: 12, forwarded: 12 });
    expect(engine.counters.adjacency(1)).toEqual({ packets: 12, bytes: 12 * 114 });
    expect(engine.counters.group(GROUP.single)).toBe(12);
    const { counters, countersStride } = engine.plan;
    const received = [0, 1, 2].map(
      (worker) => engine.words[(counters + worker * countersStride) / 4],
    );
    expect(received).toEqual([5, 0, 7]);
    engine.counters.reset();
    expect(engine.counters.read()).toMatchObject({ received: 0, forwarded: 0, forwardedBytes: 0 });
    expect(engine.counters.adjacency(1)).toEqual({ packets: 0, bytes: 0 });
    expect(engine.counters.group(GROUP.single)).toBe(0);
  });

  it("counts up to the last adjacency and group that its limits name", async () => {
    const limits = { nextHops: 20, groups: 30, workers: 2 };
    const engine = await createTestRouter(target, { limits });
    engine.writeAdjacency(20, {
      destination: [2, 0, 0, 0, 0, 1],
      source: [2, 0, 0, 0, 0, 2],
      interfaceIndex: 1,
      mtu: 1500,
    });
    engine.groups.change(29, [{ adjacency: 20, weight: 1 }]);
    const length = 0;
    const columns = { count: 1, words: new Uint32Array(1), lengths: Uint8Array.of(length) };
    engine.tables.update4({ ...columns, groups: Uint32Array.of(29) });
    const packet = raw(ipv4Packet({ destination: DESTINATIONS[4].none }));
    expect(sendFrames(engine, [packet])).toMatchObject([{ group: 29, nextHop: 20 }]);
    expect(engine.counters.adjacency(20).packets).toBe(1);
    expect(engine.counters.group(29)).toBe(1);
    // Nothing of it ran over into the counters of the next worker.
    const next = engine.plan.counters + engine.plan.countersStride;
    const words = engine.words.subarray(next / 4, (next + engine.plan.countersStride) / 4);
    expect(words.every((word) => word === 0)).toBe(true);
  });
});

function pushAndProcess(engine: Engine, worker: number, packets: number): void {
  const { bytes, linkType } = ethernetIp(PACKET);
  engine.batch.clear();
  for (let pushed = 0; pushed < packets; pushed++) engine.batch.push(bytes, { linkType });
  engine.process(worker);
}

function tally(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function bytesOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, { leavingOriginalLength }) => sum + leavingOriginalLength, 0);
}
