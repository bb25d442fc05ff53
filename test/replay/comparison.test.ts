/** Other algorithms beside ours: their counts against a plain model that looks at every flow. */

import { expect, it } from "vitest";
import { Agenda } from "../../src/replay/agenda.ts";
import { Comparison, type ModelRow } from "../../src/replay/comparison.ts";
import { parseEvent } from "../../src/replay/event.ts";
import { Simulation } from "../../src/replay/simulation.ts";
import { ipv4Packet } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { smallForwarder } from "../router/router-rig.ts";
import { type Captured, replayPackets } from "./replay-rig.ts";

const FLOWS = 800;
const ACK = 16;

function segment(port: number): Captured {
  const payload = new Uint8Array(20);
  new DataView(payload.buffer).setUint16(0, 1024 + port);
  payload.set([0x50, ACK], 12);
  const packet = ipv4Packet({ destination: "203.0.113.53", protocol: 6, payload });
  return { data: ethernetIp(packet).bytes };
}

/** Every flow has one packet before the event and one after it. */
async function compare(event: string, weights: readonly number[]): Promise<readonly ModelRow[]> {
  const nextHops = weights.map((weight, index) => ({ nextHop: `10.0.0.${11 + index}`, weight }));
  const forwarder = await smallForwarder({ routes: [{ prefix: "203.0.113.0/24", nextHops }] });
  const comparison = new Comparison(forwarder, ["maglev", "modulo", "hash-threshold", "resilient"]);
  const simulation = new Simulation(forwarder, [comparison]);
  const timeline = new Agenda(simulation, [parseEvent(event)]);
  const once = Array.from({ length: FLOWS }, (_, port) => segment(port));
  const { failure } = await replayPackets(forwarder, [...once, ...once], {
    observers: [simulation, comparison],
    timeline,
  });
  if (failure !== undefined) throw failure;
  return comparison.rows(simulation.outcomes);
}

it("counts a lost next hop: all move under modulo, none needlessly with us", async () => {
  const rows = await compare(`#${FLOWS + 1}:down:10.0.0.13`, [1, 1, 1, 1]);
  const [ours, maglev, modulo, threshold, resilient] = rows;
  expect(rows.map(({ algorithm }) => algorithm)).toEqual([
    "anyfib",
    "maglev",
    "modulo",
    "hash-threshold",
    "resilient",
  ]);
  expect(ours).toMatchObject({ flows_moved_needlessly: 0, tcp_established_broken: 0 });
  expect((modulo?.flows_moved ?? 0) / FLOWS).toBeCloseTo(3 / 4, 1.3);
  expect(threshold?.flows_moved_needlessly).toBeGreaterThan(FLOWS / 20);
  expect(maglev?.flows_moved).toBeLessThan(modulo?.flows_moved ?? 0);
  expect(resilient).toMatchObject({ flows_moved_needlessly: 0, tcp_established_broken: 0 });
  // Each flow is TCP and has a later packet: what moved though its next hop lived is broken.
  for (const row of [maglev, modulo, threshold]) {
    expect(row?.tcp_established_broken).toBe(row?.flows_moved_needlessly);
  }
  for (const row of rows) expect(row.most_over_target).toBeGreaterThanOrEqual(1);
});

it("finds all that moves broken where the next hop that gets it is new", async () => {
  const rows = await compare(`#${FLOWS + 1}:weight=3:10.0.0.13`, [1, 1, 1, 1]);
  for (const { algorithm, flows_moved, tcp_established_broken } of rows.slice(1)) {
    expect(tcp_established_broken, algorithm).toBe(flows_moved);
  }
  expect(rows.find(({ algorithm }) => algorithm === "resilient")?.flows_moved).toBe(0);
});

it("finds no move where nothing changes", async () => {
  for (const row of await compare(`#${FLOWS + 1}:up:10.0.0.12`, [1, 2, 3])) {
    expect([row.flows_moved, row.tcp_established_broken]).toEqual([0, 0]);
  }
});
