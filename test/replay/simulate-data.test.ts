/** Real captures: one of eight next hops is lost and comes back, and no flow moves needlessly. */

import { expect, it } from "vitest";
import { openCapture } from "../../src/node/captures.ts";
import { Agenda } from "../../src/replay/agenda.ts";
import { Comparison } from "../../src/replay/comparison.ts";
import { parseEvent } from "../../src/replay/event.ts";
import { replay } from "../../src/replay/replay.ts";
import { type EventOutcome, Simulation } from "../../src/replay/simulation.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { smallForwarder } from "../router/router-rig.ts";

const EIGHT = Array.from({ length: 8 }, (_, index) => index + 11);
const ROUTES = [
  { prefix: "0.0.0.0/0", nextHops: EIGHT.map((n) => `10.0.0.${n}`) },
  { prefix: "::/0", nextHops: EIGHT.map((n) => `fd00::${n}`) },
];

it.for([
  ["echo-connections.pcap.gz", 20_000],
  ["knot-live.raw.pcapng.gz", 5_000],
  ["merged-suricata.pcap.gz", 15_000],
] as const)("%s", async ([name, step], { skip }) => {
  const file = dataPath("pcap", name);
  if (file === undefined) return skip(NO_DATA);
  const forwarder = await smallForwarder({ routes: ROUTES });
  // One of them is of a loopback interface.
  forwarder.engine.forwardLoopback(true);
  const comparison = new Comparison(forwarder, ["modulo", "hash-threshold"]);
  const simulation = new Simulation(forwarder, [comparison]);
  const events = [`#${step}:down:10.0.0.14`, `#${2 * step}:up:10.0.0.14`].map(parseEvent);
  await using capture = await openCapture(file, forwarder);
  const { failure } = await replay(forwarder, capture, {
    observers: [simulation, comparison],
    timeline: new Agenda(simulation, events),
  });
  expect(failure).toBeUndefined();
  const { outcomes } = simulation;
  expect(outcomes.map(({ flowsMovedNeedlessly }) => flowsMovedNeedlessly)).toEqual([0, 0]);
  for (const { flowsSeen, flowsMoved } of outcomes) {
    expect(flowsSeen).toBeGreaterThan(100);
    expect(flowsMoved).toBeGreaterThan(0);
  }
  // What is lost breaks by its own failure: no connection of another next hop does, neither when
  // it goes nor, thanks to pins, when it comes back.
  expect(outcomes.map(({ tcpBroken }) => tcpBroken)).toEqual([0, 0]);
  const [ours, ...others] = comparison.rows(outcomes);
  for (const row of others) {
    expect(row.flows_moved).toBeGreaterThan(ours?.flows_moved ?? 0);
    expect(row.flows_moved_needlessly).toBeGreaterThan(0);
  }
});

it("connections of merged-suricata break without pins when a next hop returns", async ({
  skip,
}) => {
  const file = dataPath("pcap", "merged-suricata.pcap.gz");
  if (file === undefined) return skip(NO_DATA);
  const events = ["#15000:down:10.0.0.14", "#30000:up:10.0.0.14"].map(parseEvent);
  const returnOf = async (pinWindow: number): Promise<EventOutcome | undefined> => {
    const forwarder = await smallForwarder({ routes: ROUTES, pinWindow });
    forwarder.engine.forwardLoopback(true);
    const simulation = new Simulation(forwarder);
    await using capture = await openCapture(file, forwarder);
    const timeline = new Agenda(simulation, events);
    const { failure } = await replay(forwarder, capture, { observers: [simulation], timeline });
    expect(failure).toBeUndefined();
    return simulation.outcomes[1];
  };
  const pinned = await returnOf(300);
  const plain = await returnOf(0);
  expect(pinned).toMatchObject({ tcpBroken: 0 });
  expect(pinned?.flowsKept).toBeGreaterThan(0);
  expect(plain).toMatchObject({ flowsMoved: pinned?.flowsMoved, flowsKept: 0 });
  expect(plain?.tcpBroken).toBeGreaterThan(0);
});
