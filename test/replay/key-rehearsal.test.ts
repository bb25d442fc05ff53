/** Keys rotated in simulations: what moves, what stays, beside lookups under both keys. */

import { beforeAll, describe, expect, it } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import { Agenda } from "../../src/replay/agenda.ts";
import { parseEvent } from "../../src/replay/event.ts";
import { KeyRehearsal } from "../../src/replay/key-rehearsal.ts";
import { type EventOutcome, Simulation } from "../../src/replay/simulation.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import type { ForwarderOptions } from "../../src/router/forwarder-options.ts";
import { icmpError, ipv4Packet, joinBytes, PROTOCOL, u16, u32 } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { smallForwarder } from "../router/router-rig.ts";
import { type Captured, replayPackets } from "./replay-rig.ts";

const OLD = "00112233445566778899aabbccddeeff";
const NEW = "ffeeddccbbaa99887766554433221100";
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const PAIR = { current: bytes(NEW), former: bytes(OLD) };
const CLIENT = "192.0.2.1";
const SERVICE = "203.0.113.53";
const HOPS = Array.from({ length: 8 }, (_, index) => `10.0.0.${index + 1}`);
const FLOWS = 500;
const SYN = 2;
const ACK = 16;
const PORTS = Array.from({ length: FLOWS }, (_, index) => 1024 + index);

function make(options: Partial<ForwarderOptions> = {}): Promise<Forwarder> {
  const routes = [{ prefix: "203.0.113.0/24", nextHops: HOPS }];
  return smallForwarder({ routes, key: OLD, limits: { pins: 8192 }, ...options });
}

function segment(port: number, flags: number): Captured {
  const payload = joinBytes(u16(port), u16(443), u32(1), u32(1), [0x50, flags], u16(9), u32(0));
  const fields = { source: CLIENT, destination: SERVICE, protocol: PROTOCOL.tcp, payload };
  return { data: ethernetIp(ipv4Packet(fields)).bytes };
}

/** Too big, about what the service sent on that connection. */
function tooBig(port: number): Captured {
  const quoted = ipv4Packet({
    source: SERVICE,
    destination: CLIENT,
    protocol: PROTOCOL.tcp,
    payload: joinBytes(u16(443), u16(port), u32(1)),
  });
  const payload = icmpError(3, 4, quoted);
  const fields = { source: "198.51.100.7", destination: SERVICE, protocol: PROTOCOL.icmp, payload };
  return { data: ethernetIp(ipv4Packet(fields)).bytes };
}

async function simulate(
  packets: readonly Captured[],
  events: readonly string[],
): Promise<{ readonly outcomes: readonly EventOutcome[]; readonly simulation: Simulation }> {
  const forwarder = await make();
  const rehearsal = await KeyRehearsal.of(forwarder, PAIR);
  const simulation = new Simulation(forwarder, [], rehearsal);
  const timeline = new Agenda(simulation, events.map(parseEvent));
  const { failure } = await replayPackets(forwarder, packets, {
    observers: [simulation],
    timeline,
  });
  if (failure !== undefined) throw failure;
  return { outcomes: simulation.outcomes, simulation };
}

/** Next hops of the flows, as `lookup` says. */
function choices(forwarder: Forwarder): readonly string[] {
  const source = parseAddress(CLIENT);
  if (source === undefined) throw new Error("no address");
  return PORTS.map((port) => {
    const flow = { source, protocol: PROTOCOL.tcp, ports: { source: port, destination: 443 } };
    return forwarder.lookup(SERVICE, flow).nextHop?.name ?? "";
  });
}

describe("a key that follows another in a simulation", () => {
  const opening = PORTS.map((port) => segment(port, SYN));
  const going = PORTS.map((port) => segment(port, ACK));
  const event = `#${FLOWS + 1}:key:file`;
  let moved = 0;
  let before: readonly string[];
  let after: readonly string[];

  beforeAll(async () => {
    const forwarder = await make();
    before = choices(forwarder);
    (await forwarder.keys.rotation(PAIR))?.();
    after = choices(forwarder);
    moved = before.filter((hop, index) => hop !== after[index]).length;
  });

  it("moves what lookups under both keys say, and breaks no connection", async () => {
    const { outcomes, simulation } = await simulate([...opening, ...going, ...going], [event]);
    expect(moved).toBeGreaterThan(FLOWS * 0.8);
    expect(outcomes).toMatchObject([
      {
        flowsSeen: FLOWS,
        flowsMoved: moved,
        flowsMovedNeedlessly: 0,
        flowsTierChanged: 0,
        flowsKept: moved,
        tcpBroken: 0,
      },
    ]);
    const share = (hops: readonly string[]): number =>
      hops.filter((hop) => hop === HOPS[0]).length / FLOWS;
    const [first] = outcomes[0]?.shares ?? [];
    expect([first?.before, first?.after]).toEqual([share(before), share(after)]);
    expect(simulation.lostPackets).toBe(0);
  });

  it("knows a flow under both keys: events behind it go by the new one", async () => {
    const down = `#${2 * FLOWS + 1}:down:${HOPS[2]}`;
    const { outcomes } = await simulate([...opening, ...going, ...going], [event, down]);
    const lost = after.filter((hop) => hop === HOPS[2]).length;
    expect(outcomes[1]).toMatchObject({
      flowsSeen: FLOWS,
      flowsMoved: lost,
      flowsMovedNeedlessly: 0,
      tcpBroken: 0,
    });
  });

  it("takes ICMP errors as packets of the flow that they quote, before and after", async () => {
    const errors = PORTS.map(tooBig);
    const { outcomes, simulation } = await simulate(
      [...opening, ...errors, ...errors],
      [`#${2 * FLOWS + 1}:key:file`],
    );
    const [outcome] = outcomes;
    expect(outcome).toMatchObject({ flowsSeen: FLOWS, flowsMoved: moved, tcpBroken: 0 });
    // An error follows a connection, and so stays with it.
    expect(outcome?.flowsKept).toBe(moved);
    expect(simulation.lostPackets).toBe(0);
  });

  it("knows connections that are led by their server's id as others", async () => {
    const servers = { servers: { [HOPS[3] ?? ""]: "a103" } };
    const forwarder = await make({ quic: servers });
    const rehearsal = await KeyRehearsal.of(forwarder, PAIR);
    const [first, second, third] = [0xa1, 0xa1, 0xb1].map((id) => {
      const payload = joinBytes(u16(5000), u16(443), u16(28), u16(0), [0x41, 7, id, 3], u32(1));
      const padded = joinBytes(payload, u32(2), u32(3));
      const fields = { source: CLIENT, destination: SERVICE, protocol: PROTOCOL.udp };
      return { data: ethernetIp(ipv4Packet({ ...fields, payload: padded })).bytes };
    });
    const hashes = (captured: readonly (Captured | undefined)[]) => {
      const batch = forwarder.batch();
      for (const one of captured) if (one !== undefined) batch.push(one.data);
      forwarder.process(batch);
      forwarder.engine.tally.add(batch.count);
      rehearsal.hash();
      const last = captured.length - 1;
      return { ...rehearsal.hashes(batch, last), to: batch.nextHops[last] };
    };
    hashes([tooBig(1), tooBig(2)]);
    const named = hashes([tooBig(3), first]);
    expect(forwarder.nextHop(named.to ?? 0)?.name).toBe(HOPS[3]);
    expect(hashes([tooBig(4), tooBig(5), second])).toEqual(named);
    // The same flow, without a server's id.
    expect(hashes([third])).toMatchObject({ low: named.low, fresh: named.fresh });
  });

  it("happens once, and is refused where a running router refuses it", async () => {
    await expect(simulate(opening, [event, event])).rejects.toThrow("happens twice");
    const forwarder = await make();
    await expect(KeyRehearsal.of(forwarder, { current: PAIR.former })).rejects.toThrow("already");
    for (const pair of [{ current: PAIR.current }, { ...PAIR, former: PAIR.current }]) {
      await expect(KeyRehearsal.of(forwarder, pair)).rejects.toMatchObject({ code: "CONFIG" });
    }
    const plain = await make({ pinWindow: 0 });
    await expect(KeyRehearsal.of(plain, PAIR)).rejects.toThrow("without pins");
  });
});
