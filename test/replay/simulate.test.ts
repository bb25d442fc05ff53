/** Simulations against a plain model: what the tables say at each event, what the packets do. */

import { describe, expect, it } from "vitest";
import type { FlowTuple } from "../../src/engine/flow-record.ts";
import { parseAddress } from "../../src/net/address.ts";
import { Agenda } from "../../src/replay/agenda.ts";
import { applyEvent, parseEvent } from "../../src/replay/event.ts";
import { type EventOutcome, Simulation } from "../../src/replay/simulation.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { ipv4Packet } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { seededRandom } from "../oracle/random.ts";
import { smallForwarder } from "../router/router-rig.ts";
import { type Captured, replayPackets } from "./replay-rig.ts";

const SITES = ["lon", "ams", "fra", "nyc"] as const;
const SERVICE = "203.0.113.53";
const SYN = 2;
const ACK = 16;

/** Near sites by weight, and a far one; without pins, so that lookups say what packets do. */
function forwarderOfSites(pinWindow = 0): Promise<Forwarder> {
  const nextHops = SITES.map((site, index) => ({
    nextHop: `10.0.0.${11 + index}`,
    site,
    weight: 1 + index,
    cost: site === "nyc" ? 50 : 10,
  }));
  return smallForwarder({ routes: [{ prefix: "203.0.113.0/24", nextHops }], pinWindow });
}

/** A packet of connection `port`; UDP where `flags` is 0. */
function packetOf(port: number, flags: number): Captured {
  const payload = new Uint8Array(20);
  const view = new DataView(payload.buffer);
  view.setUint16(0, 1024 + port);
  view.setUint16(2, 443);
  payload.set([0x50, flags], 12);
  const packet = ipv4Packet({ destination: SERVICE, protocol: flags === 0 ? 17 : 6, payload });
  return { data: ethernetIp(packet).bytes };
}

function flowOf(port: number, protocol: number): Omit<FlowTuple, "destination"> {
  const source = parseAddress("192.0.2.1");
  if (source === undefined) throw new Error("no address");
  return { source, protocol, ports: { source: 1024 + port, destination: 443 } };
}

async function simulate(
  packets: readonly Captured[],
  events: readonly string[],
  pinWindow = 0,
): Promise<readonly EventOutcome[]> {
  const forwarder = await forwarderOfSites(pinWindow);
  const simulation = new Simulation(forwarder);
  const timeline = new Agenda(simulation, events.map(parseEvent));
  const { failure } = await replayPackets(forwarder, packets, {
    observers: [simulation],
    timeline,
  });
  if (failure !== undefined) throw failure;
  return simulation.outcomes;
}

/** What an outcome counts. */
type Counts = Pick<
  EventOutcome,
  "flowsSeen" | "flowsMoved" | "flowsMovedNeedlessly" | "flowsTierChanged" | "tcpBroken"
>;

/** A packet as the model takes it. */
interface ModelPacket {
  readonly port: number;
  readonly flags: number;
}

/** The same, flow by flow, with lookups on another forwarder. */
async function model(
  packets: readonly ModelPacket[],
  events: readonly { readonly at: number; readonly event: string }[],
): Promise<readonly Counts[]> {
  const forwarder = await forwarderOfSites();
  const seen = new Map<
    string,
    { port: number; protocol: number; last: string; event: number; isLost: boolean }
  >();
  const counts: Counts[] = [];
  const choose = (port: number, protocol: number): string =>
    forwarder.lookup(SERVICE, flowOf(port, protocol)).nextHop?.name ?? "";
  const costOf = (): number | undefined => forwarder.lookup(SERVICE).group.nextHops[0]?.cost;
  for (const [index, { port, flags }] of packets.entries()) {
    for (const { at, event } of events.filter((one) => one.at === index + 1)) {
      const { action, target } = parseEvent(event);
      const before = new Map(Array.from(seen, ([key, f]) => [key, choose(f.port, f.protocol)]));
      const cost = costOf();
      if (action.kind === "key") throw new Error("no event of this model");
      applyEvent(forwarder, action, target);
      const name = forwarder.find(target).name;
      const moved = [...seen].filter(([key, f]) => choose(f.port, f.protocol) !== before.get(key));
      const needless = moved.filter(
        ([key, f]) => before.get(key) !== name && choose(f.port, f.protocol) !== name,
      );
      for (const [, flow] of moved) flow.event = counts.length + 1;
      counts.push({
        flowsSeen: seen.size,
        flowsMoved: moved.length,
        flowsMovedNeedlessly: needless.length,
        flowsTierChanged: costOf() === cost ? 0 : moved.length,
        tcpBroken: 0,
      });
      const up = forwarder.nextHops().filter(({ state }) => state !== "down");
      const alive = new Set(up.map((nextHop) => nextHop.name));
      for (const flow of seen.values()) flow.isLost ||= !alive.has(flow.last);
      expect(at).toBe(index + 1);
    }
    const protocol = flags === 0 ? 17 : 6;
    const last = choose(port, protocol);
    if (last === "") continue;
    const flow = seen.get(`${port} ${protocol}`) ?? {
      port,
      protocol,
      last,
      event: 0,
      isLost: false,
    };
    const by = counts[flow.event - 1];
    const isBroken = flow.last !== last && flags === ACK && !flow.isLost;
    if (isBroken && by !== undefined) by.tcpBroken += 1;
    seen.set(`${port} ${protocol}`, { ...flow, last, isLost: false });
  }
  return counts;
}

function countsOf(outcomes: readonly EventOutcome[]): readonly Counts[] {
  return outcomes.map((outcome) => ({
    flowsSeen: outcome.flowsSeen,
    flowsMoved: outcome.flowsMoved,
    flowsMovedNeedlessly: outcome.flowsMovedNeedlessly,
    flowsTierChanged: outcome.flowsTierChanged,
    tcpBroken: outcome.tcpBroken,
  }));
}

describe("a simulation", () => {
  it.each([1, 2, 3])("counts as the plain model does (seed %i)", async (seed) => {
    const random = seededRandom(seed);
    const packets = Array.from({ length: 1500 }, () => ({
      port: random.below(120),
      flags: [0, SYN, ACK, ACK, ACK][random.below(5)] ?? 0,
    }));
    const events = Array.from({ length: 12 }, () => {
      const kinds = ["up", "down", "down", "drain", `weight=${random.below(9)}`];
      const at = 1 + random.below(packets.length);
      const event = `#${at}:${kinds[random.below(5)]}:${SITES[random.below(4)]}`;
      return { at, event };
    }).toSorted((a, b) => a.at - b.at);
    const captured = packets.map(({ port, flags }) => packetOf(port, flags));
    const outcomes = await simulate(
      captured,
      events.map(({ event }) => event),
    );
    expect(countsOf(outcomes)).toEqual(await model(packets, events));
    expect(outcomes.some(({ flowsMoved }) => flowsMoved > 10)).toBe(true);
    expect(outcomes.some(({ tcpBroken }) => tcpBroken > 0)).toBe(true);
    expect(outcomes.every(({ flowsMovedNeedlessly }) => flowsMovedNeedlessly === 0)).toBe(true);
  });

  it("lets events happen on time, in seconds from the first packet", async () => {
    const packets = Array.from({ length: 600 }, (_, port) => packetOf(port, ACK));
    const events = [
      "0:down:lon",
      "0.0000003:up:lon",
      "#500:down:ams",
      "5:up:ams",
      "#9999:down:fra",
    ];
    const outcomes = await simulate(packets, events);
    // Packets are a nanosecond apart.
    expect(outcomes.map(({ flowsSeen }) => flowsSeen)).toEqual([0, 300, 499, 600, 600]);
    const at = outcomes.map(({ atSeconds, isAfterEnd }) => [atSeconds, isAfterEnd]);
    expect(at).toEqual([
      [0, false],
      [3e-7, false],
      [4.99e-7, false],
      [5, true],
      [5.99e-7, true],
    ]);
  });

  it("tells shares before and after, and what the weights are due", async () => {
    const packets = Array.from({ length: 2000 }, (_, port) => packetOf(port, ACK));
    const [outcome] = await simulate(packets, ["9:down:fra"]);
    const [lon, ams, fra, nyc] = outcome?.shares ?? [];
    expect(fra).toMatchObject({ targetBefore: 0.5, targetAfter: 0, after: 0 });
    expect(fra?.before).toBeCloseTo(0.5, 1);
    expect(lon?.targetAfter).toBeCloseTo(1 / 3);
    expect(ams?.after).toBeCloseTo(2 / 3, 1);
    expect(nyc).toMatchObject({ before: 0, after: 0, targetBefore: 0, targetAfter: 0 });
    const sum = (key: "before" | "after"): number =>
      (outcome?.shares ?? []).reduce((total, share) => total + share[key], 0);
    expect([sum("before"), sum("after")]).toEqual([expect.closeTo(1), expect.closeTo(1)]);
  });

  it("breaks no connection of a live next hop while pins hold", async () => {
    const random = seededRandom(9);
    const ports = Array.from({ length: 400 }, (_, port) => port);
    const opening = ports.map((port) => packetOf(port, SYN));
    const going = Array.from({ length: 3000 }, () => packetOf(random.below(400), ACK));
    const later = ports.map((port) => packetOf(400 + port, SYN));
    const all = Array.from({ length: 3000 }, () => packetOf(random.below(800), ACK));
    const packets = [...opening, ...going, ...later, ...all];
    const events = ["#900:down:lon", "#4200:up:lon", "#5000:weight=1:fra"];
    const broken = async (pinWindow: number): Promise<readonly number[]> =>
      (await simulate(packets, events, pinWindow)).map(({ tcpBroken }) => tcpBroken);
    const [, back = 0, lighter = 0] = await broken(0);
    expect(Math.min(back, lighter)).toBeGreaterThan(20);
    expect(await broken(300)).toEqual([0, 0, 0]);
  });

  it("counts flows that fall to another tier apart", async () => {
    const packets = Array.from({ length: 300 }, (_, port) => packetOf(port, ACK));
    const outcomes = await simulate(packets, [
      "9:down:lon",
      "9:down:ams",
      "9:down:fra",
      "9:up:ams",
    ]);
    expect(outcomes.map(({ flowsTierChanged }) => flowsTierChanged)).toEqual([0, 0, 300, 300]);
    expect(outcomes.map(({ flowsMoved }) => flowsMoved).slice(2)).toEqual([300, 300]);
  });
});
