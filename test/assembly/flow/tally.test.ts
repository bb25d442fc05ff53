/** The flow tally: each flow once, at the next hop that first carried it. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { ipv4Packet, ipv6Packet, ports } from "../../oracle/ip-packets.ts";
import { ETHER_TYPE, ethernet, type Frame, raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { createTestRouter, DESTINATIONS, GROUP, NEXT_HOPS } from "../test-router.ts";
import { sendFlows } from "./flow-source.ts";
import { expectExactThenEstimated } from "./tally.ts";

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("counts each flow once, however many packets it has", async () => {
    const engine = await createTestRouter(target);
    for (let packets = 0; packets < 3; packets++) sendFlows(engine, 7, 3000);
    sendFlows(engine, 2007, 2000);
    expect(engine.tally.flows).toBe(4000);
    expect(engine.tally.isEstimated).toBe(false);
    const carried = NEXT_HOPS.map((nextHop) => engine.tally.adjacency(nextHop));
    expect(carried.reduce((sum, flows) => sum + flows)).toBe(4000);
    engine.tally.reset();
    expect(engine.tally.flows).toBe(0);
    expect(engine.tally.adjacency(1)).toBe(0);
    sendFlows(engine, 0, 10);
    expect(engine.tally.flows).toBe(10);
  });

  it("counts flows of packets that are dropped or punted, and none without addresses", async () => {
    const engine = await createTestRouter(target);
    tallyFrames(engine, [
      raw(ipv4Packet({ destination: DESTINATIONS[4].none })),
      raw(ipv4Packet({ destination: DESTINATIONS[4].local })),
      raw(ipv6Packet({ destination: DESTINATIONS[6].blackhole })),
      ethernet(ETHER_TYPE.arp, new Uint8Array(46)),
    ]);
    expect(engine.tally.flows).toBe(3);
    expect(engine.tally.adjacency(0)).toBe(3);
  });

  it("gives a flow to the first next hop that carried a packet of it", async () => {
    const engine = await createTestRouter(target);
    const alive = raw(ipv4Packet({ payload: ports(1, 2) }));
    const dying = raw(ipv4Packet({ payload: ports(1, 2), ttl: 1 }));
    tallyFrames(engine, [dying]);
    expect([engine.tally.flows, engine.tally.adjacency(0)]).toEqual([1, 1]);
    tallyFrames(engine, [alive, dying]);
    expect(engine.tally.flows).toBe(1);
    expect([0, 1, 2].map((index) => engine.tally.adjacency(index))).toEqual([0, 1, 0]);
    engine.groups.change(GROUP.single, [{ adjacency: 2, weight: 1 }]);
    tallyFrames(engine, [alive]);
    expect(engine.tally.flows).toBe(1);
    expect([0, 1, 2].map((index) => engine.tally.adjacency(index))).toEqual([0, 1, 0]);
  });
});

it("is exact to 2^20 flows, then an estimate; test/long has every build", async () => {
  await expectExactThenEstimated("release", 1_100_000);
});

function tallyFrames(engine: Engine, frames: readonly Frame[]): void {
  engine.batch.clear();
  for (const { bytes, linkType } of frames) engine.batch.push(bytes, { linkType });
  engine.process();
  engine.tally.add(engine.batch.count);
  engine.batch.clear();
}
