/** Flow trails: which flows moved between two replays, and which of them had no need to. */

import { beforeEach, describe, expect, it } from "vitest";
import { FlowTrail } from "../../src/replay/failover.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { ipv4Packet, ports } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { smallForwarder } from "../router/router-rig.ts";
import { ARP, type Captured, query4, query6, replayPackets, SERVICE_ROUTES } from "./replay-rig.ts";

const QUERIES = Array.from({ length: 500 }, (_, port) => query4(port));
const LON = 1;
const AMS = 2;

let forwarder: Forwarder;
beforeEach(async () => {
  forwarder = await smallForwarder({ routes: SERVICE_ROUTES });
});

async function trailOf(packets: readonly Captured[]): Promise<FlowTrail> {
  const trail = new FlowTrail();
  await replayPackets(forwarder, packets, { observers: [trail] });
  return trail;
}

/** Flows that a site has, by the report of a replay from the start. */
async function flowsOf(site: string, packets: readonly Captured[]): Promise<number> {
  forwarder.resetCounters();
  const { report } = await replayPackets(forwarder, packets);
  return report.next_hops.find((row) => row.site === site)?.flows ?? 0;
}

describe("FlowTrail", () => {
  it("finds no move where nothing happened", async () => {
    const before = await trailOf([...QUERIES, ...QUERIES]);
    const moves = before.movesTo(await trailOf(QUERIES), LON);
    expect(moves).toEqual({ flowsSeen: 500, flowsMoved: 0, flowsMovedNeedlessly: 0 });
  });

  it("finds the flows of a next hop that goes, and all of them come back", async () => {
    const before = await trailOf(QUERIES);
    const flowsMoved = await flowsOf("lon", QUERIES);
    forwarder.transaction().down("lon").commit();
    const down = await trailOf(QUERIES);
    expect(flowsMoved).toBeGreaterThan(50);
    expect(before.movesTo(down, LON)).toEqual({
      flowsSeen: 500,
      flowsMoved,
      flowsMovedNeedlessly: 0,
    });
    expect(before.movesTo(down, 99).flowsMovedNeedlessly).toBe(flowsMoved);
    expect(before.movesTo(down, AMS).flowsMovedNeedlessly).toBe(0);
  });

  it("counts flows that lose every next hop, and only forwarded ones", async () => {
    const before = await trailOf([...QUERIES, ARP, query4(1, "192.0.2.1"), query6(1)]);
    forwarder.transaction().down("lon").down("ams").commit();
    const moves = before.movesTo(await trailOf(QUERIES), LON);
    expect(moves.flowsSeen).toBe(501);
    expect(moves.flowsMoved).toBe(501);
  });

  it("knows all fragments of a host pair for one flow, as the hash does", async () => {
    const packet = (port: number, offset: number) =>
      ipv4Packet({
        destination: "203.0.113.53",
        payload: ports(port, 53),
        fragmentOffset: offset,
        moreFragments: offset === 0,
      });
    const fragments = [packet(1, 0), packet(2, 0), packet(3, 2)].map((bytes) => ({
      data: ethernetIp(bytes).bytes,
    }));
    const trail = await trailOf([...fragments, query4(1)]);
    expect(trail.movesTo(trail, LON).flowsSeen).toBe(2);
  });
});
