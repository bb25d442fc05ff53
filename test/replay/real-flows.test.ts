/** Real fragments and ICMP errors: datagrams stay together, errors reach their flow's next hop. */

import { describe, expect, it } from "vitest";
import { FLOW_BYTES, FLOW_NETWORK } from "../../assembly/layout.ts";
import type { Batch } from "../../src/engine/batch.ts";
import { type FlowRecord, readFlow } from "../../src/engine/flow-record.ts";
import type { FragmentMode } from "../../src/engine/steering.ts";
import { formatAddress } from "../../src/net/address.ts";
import { openCapture } from "../../src/node/captures.ts";
import { replay } from "../../src/replay/replay.ts";
import { type ReplayReport, replayReport } from "../../src/replay/report.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { realCaptures } from "../manifest.ts";
import { smallForwarder } from "../router/router-rig.ts";

const IPV6_FRAGMENT = 44;
const ROUTES = ["0.0.0.0/0", "::/0"].map((prefix) => ({
  prefix,
  nextHops: Array.from({ length: 16 }, (_, index) =>
    prefix === "::/0" ? `fd00::${index + 1}` : `10.0.0.${index + 1}`,
  ),
}));

/** A forwarded packet. */
interface Seen {
  readonly number: number;
  readonly flow: FlowRecord;
  readonly nextHop: number;
  /** The first bytes of the packet. */
  readonly head: DataView;
}

async function seenIn(
  forwarder: Forwarder,
  path: string,
  fragments: FragmentMode,
): Promise<{ readonly seen: readonly Seen[]; readonly report: ReplayReport }> {
  const seen: Seen[] = [];
  const observe = (batch: Batch): void => {
    for (let packet = 0; packet < batch.count; packet++) {
      const flow = readFlow(batch, packet);
      const nextHop = batch.nextHops[packet] ?? 0;
      if (flow === undefined || nextHop === 0) continue;
      const start = batch.flows.getUint32(packet * FLOW_BYTES + FLOW_NETWORK, true);
      const head = new DataView(Uint8Array.from(batch.bytes.subarray(start, start + 64)).buffer);
      seen.push({ number: batch.numbers[packet] ?? 0, flow, nextHop, head });
    }
  };
  forwarder.resetCounters();
  forwarder.engine.steering.set({ fragments });
  await using capture = await openCapture(path, forwarder);
  const { times, failure } = await replay(forwarder, capture, { observers: [{ observe }] });
  expect(failure, path).toBeUndefined();
  const report = replayReport(forwarder, capture.info, times);
  const { received, forwarded, punted, dropped } = report;
  expect(received, path).toBe(capture.info.packets);
  expect(received, path).toBe(forwarded + punted + dropped);
  return { seen, report };
}

/** What fragments of one datagram share; undefined where the packet is none, or hides it. */
function datagramOf({ flow, head }: Seen): string | undefined {
  if (!flow.isFragment) return undefined;
  const isIpv4 = flow.source.family === 4;
  if (!isIpv4 && head.getUint8(6) !== IPV6_FRAGMENT) return undefined;
  const id = isIpv4 ? head.getUint16(4) : head.getUint32(44);
  return `${formatAddress(flow.source)} ${formatAddress(flow.destination)} ${flow.protocol} ${id}`;
}

function flowOf({ flow }: Seen): string {
  const { source, destination, protocol, ports } = flow;
  const ends = `${formatAddress(source)} ${formatAddress(destination)} ${protocol}`;
  return `${ends} ${ports?.source} ${ports?.destination}`;
}

/** The next hops of each datagram that was fragmented. */
function datagramsOf(seen: readonly Seen[]): ReadonlyMap<string, ReadonlySet<number>> {
  const datagrams = new Map<string, Set<number>>();
  for (const each of seen) {
    const datagram = datagramOf(each);
    if (datagram === undefined) continue;
    datagrams.set(datagram, (datagrams.get(datagram) ?? new Set()).add(each.nextHop));
  }
  return datagrams;
}

describe("real fragments", () => {
  const captures = realCaptures()?.filter(({ truth }) => truth.fragments > 0) ?? [];

  it.each(["stateless", "track"] as const)("stay together (%s)", async (mode) => {
    const forwarder = await smallForwarder({ routes: ROUTES });
    for (const { name, path } of captures) {
      const { seen, report } = await seenIn(forwarder, path, mode);
      const split = [...datagramsOf(seen)].filter(([, nextHops]) => nextHops.size !== 1);
      expect(split, name).toEqual([]);
      const { held, released, expired } = forwarder.engine.steering.fragments;
      expect(held, name).toBe(released + expired);
      expect("fragments" in report).toBe(mode === "track");
    }
  });

  it("go with their flow where they are tracked", async (context) => {
    const path = dataPath("pcap", "ip-frag.pcap.gz");
    if (path === undefined) return context.skip(NO_DATA);
    const forwarder = await smallForwarder({ routes: ROUTES });
    const { seen, report } = await seenIn(forwarder, path, "track");
    const flows = new Map<string, Set<number>>();
    for (const each of seen.filter(({ flow }) => flow.ports !== undefined)) {
      flows.set(flowOf(each), (flows.get(flowOf(each)) ?? new Set()).add(each.nextHop));
    }
    expect([...flows.values()].every((nextHops) => nextHops.size === 1)).toBe(true);
    // The capture begins inside a datagram.
    expect(report.fragments).toMatchObject({ held: 1, released: 0, expired: 1, overflow: 0 });
    expect(report.fragments?.tracked).toBeGreaterThan(1000);
    expect(seen.filter(({ flow }) => flow.steered === "tracked")).toHaveLength(
      report.fragments?.tracked ?? 0,
    );
    const numbers = new Set(seen.map(({ number }) => number));
    expect(numbers.size).toBe(seen.length);
  });
});

/** Captures of ICMPv4 errors beside the flows that they are about, and how many such errors. */
const WITH_ERRORS = [
  ["sv-smtp-fragneeded.pcap", 6],
  ["merged-suricata.pcap.gz", 1],
] as const;

/** The flow that an ICMPv4 error quotes, turned round, as flowOf names flows. */
function quotedFlow({ flow, head }: Seen): string | undefined {
  if (flow.steered !== "quoted" || flow.source.family !== 4) return undefined;
  const quote = (head.getUint8(0) & 15) * 4 + 8;
  const ports = quote + (head.getUint8(quote) & 15) * 4;
  if (ports + 4 > head.byteLength) return undefined;
  const address = (at: number) => formatAddress({ family: 4, value: head.getUint32(at) });
  const ends = `${address(quote + 16)} ${address(quote + 12)} ${head.getUint8(quote + 9)}`;
  return `${ends} ${head.getUint16(ports + 2)} ${head.getUint16(ports)}`;
}

describe("real ICMP errors", () => {
  for (const [name, least] of WITH_ERRORS) {
    it(`reach the next hop of the flow in ${name}`, async (context) => {
      const path = dataPath("pcap", name);
      if (path === undefined) return context.skip(NO_DATA);
      const forwarder = await smallForwarder({ routes: ROUTES });
      const { seen } = await seenIn(forwarder, path, "stateless");
      const flows = new Map(seen.map((each) => [flowOf(each), each.nextHop]));
      const errors = seen.flatMap((each) => {
        const wanted = flows.get(quotedFlow(each) ?? "");
        return wanted === undefined ? [] : [{ number: each.number, at: each.nextHop, wanted }];
      });
      expect(errors.filter(({ at, wanted }) => at !== wanted)).toEqual([]);
      expect(errors.length).toBeGreaterThanOrEqual(least);
    });
  }
});
