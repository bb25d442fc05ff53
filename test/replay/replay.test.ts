/** Replays: every packet accounted for, whatever ends them; shares and flows as they were. */

import { beforeEach, describe, expect, it } from "vitest";
import { BATCH_MAX } from "../../src/engine/layout.ts";
import { AnyfibError } from "../../src/net/errors.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { byteSource } from "../io/read-capture.ts";
import { smallForwarder } from "../router/router-rig.ts";
import {
  ARP,
  captureBytes,
  query4,
  query6,
  replayPackets,
  replaySource,
  SERVICE_ROUTES,
} from "./replay-rig.ts";

let forwarder: Forwarder;
beforeEach(async () => {
  forwarder = await smallForwarder({ routes: SERVICE_ROUTES });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Four thousand queries of as many flows, two of each. */
const QUERIES = Array.from({ length: 8000 }, (_, index) => query4(1024 + (index % 4000)));
const MIXED = [
  query4(1),
  query6(1),
  ARP,
  query4(2, "203.0.113.200"),
  query4(3, "203.0.113.201"),
  query4(4, "203.0.113.202"),
  query4(5, "192.0.2.1"),
  query6(6, "2001:db8:b::1"),
  query6(7, "2001:db8:a::1", 1),
  { ...query4(8), original: 1400 },
  query6(1),
];

describe("the report", () => {
  it("accounts for every packet, byte and flow", async () => {
    const { report, failure } = await replayPackets(forwarder, MIXED);
    expect(failure).toBeUndefined();
    const frameBytes = sum(MIXED.map((packet) => packet.data.length));
    expect(report).toMatchObject({
      capture: {
        file: "test.pcap",
        format: "pcap",
        packets: 11,
        bytes: frameBytes,
        truncated: true,
        truncated_packets: 1,
      },
      received: 11,
      forwarded: 5,
      punted: 1,
      dropped: 5,
      received_bytes: frameBytes + 1400 - query4(8).data.length,
      drops: {
        blackhole: 1,
        no_route: 2,
        ttl_expired: 1,
        ethertype: 1,
      },
      families: { ipv4: 6, ipv6: 4, other: 1 },
      flows: 9,
    });
    expect(sum(Object.values(report.drops))).toBe(report.dropped);
  });

  it("gives each next hop its packets, bytes, flows and shares", async () => {
    const { report } = await replayPackets(forwarder, [...QUERIES, query4(1, "203.0.113.200")]);
    const rows = report.next_hops;
    expect(rows.map(({ next_hop, site }) => [next_hop, site])).toEqual([
      ["10.0.0.11", "lon"],
      ["10.0.0.12", "ams"],
      ["10.0.0.13", undefined],
      ["fe80::1%eth0", undefined],
    ]);
    expect(sum(rows.map(({ packets }) => packets))).toBe(report.forwarded);
    expect(sum(rows.map(({ bytes }) => bytes))).toBe(report.forwarded_bytes);
    expect(sum(rows.map(({ flows }) => flows))).toBe(4001);
    expect(sum(rows.map(({ share }) => share))).toBeCloseTo(1, 12);
    expect(sum(rows.map((row) => row.target_share))).toBeCloseTo(1, 12);
    const [lon, ams, single, idle] = rows;
    expect(lon?.target_share).toBeCloseTo(2000 / 8001, 12);
    expect(ams?.target_share).toBeCloseTo(6000 / 8001, 12);
    // Four standard deviations of a draw of 4,000 flows.
    expect(Math.abs((lon?.flows ?? 0) / 4000 - 0.25)).toBeLessThan(0.028);
    expect(lon?.packets).toBe(2 * (lon?.flows ?? 0));
    expect(single).toMatchObject({ packets: 1, flows: 1, target_share: 1 / 8001 });
    expect(idle).toEqual({
      next_hop: "fe80::1%eth0",
      packets: 0,
      bytes: 0,
      flows: 0,
      share: 0,
      target_share: 0,
    });
  });

  it("has times that fit together", async () => {
    const { report, times } = await replayPackets(forwarder, QUERIES);
    expect(times.readSeconds + times.forwardingSeconds).toBeLessThanOrEqual(times.seconds);
    expect(report.seconds).toBe(times.seconds);
    const ns = report.forwarding_ns_per_packet;
    expect(ns).toBeCloseTo((times.forwardingSeconds * 1e9) / 8000, 6);
    expect(report.packets_per_second).toBeCloseTo(1e9 / ns, 0);
  });

  it("of an empty capture is all zero", async () => {
    const { report } = await replayPackets(forwarder, []);
    expect(report).toMatchObject({ received: 0, drops: {}, flows: 0, packets_per_second: 0 });
    expect(report.next_hops.every(({ share }) => share === 0)).toBe(true);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe("observers", () => {
  it("see every packet once, with its number", async () => {
    const seen: (readonly [first: number, count: number])[] = [];
    const observer = {
      observe: (batch: { readonly count: number }, first: number) => {
        seen.push([first, batch.count]);
      },
    };
    await replayPackets(forwarder, QUERIES, { observers: [observer] });
    let next = 1;
    for (const [first, count] of seen) {
      expect(first).toBe(next);
      expect(count).toBeLessThanOrEqual(BATCH_MAX);
      next += count;
    }
    expect(next).toBe(8001);
  });

  it("end the replay when they fail; what came before is counted", async () => {
    const full = new Error("disk full");
    const observers = [{ observe: () => Promise.reject(full) }];
    const { report, failure } = await replayPackets(forwarder, QUERIES, { observers });
    expect(failure).toBe(full);
    expect(report.received).toBe(BATCH_MAX);
    expect(report.forwarded).toBe(BATCH_MAX);
  });
});

describe("a part of a capture", () => {
  it.each([
    [4, { received: 6, forwarded: 3, families: { ipv4: 6, ipv6: 0, other: 0 } }],
    [6, { received: 4, forwarded: 2, families: { ipv4: 0, ipv6: 4, other: 0 } }],
  ] as const)("of family %d leaves the others out, as if there were none", async (family, part) => {
    const { report } = await replayPackets(forwarder, MIXED, { family });
    expect(report).toMatchObject({ ...part, capture: { packets: 11 } });
    expect(report.received).toBe(report.forwarded + report.punted + report.dropped);
  });

  it("of another family than a whole batch does not end early", async () => {
    const packets = [...QUERIES.slice(0, 2 * BATCH_MAX), query6(1)];
    const { report } = await replayPackets(forwarder, packets, { family: 6 });
    expect(report).toMatchObject({ received: 1, forwarded: 1 });
  });

  it("of the first packets stops there", async () => {
    const { report } = await replayPackets(forwarder, QUERIES, { count: 700 });
    expect(report).toMatchObject({ received: 700, capture: { packets: 700 } });
  });
});

describe("a replay that is cut short", () => {
  const bytes = captureBytes(QUERIES);

  it("by the end of the file reports what came before, and where", async () => {
    const { report, failure } = await replaySource(forwarder, byteSource(bytes.subarray(0, -1)));
    expect(failure).toMatchObject({ code: "CAPTURE_CUT", exitCode: 3 });
    expect(report).toMatchObject({ received: 7999, capture: { packets: 7999 } });
  });

  it("by its source reports what came before", async () => {
    const broken = new AnyfibError({ code: "FILE", what: "broken", hint: "none" });
    const good = byteSource(bytes, () => 100_000);
    let reads = 0;
    const source = {
      ...good,
      read: (target: Uint8Array) => (reads++ < 3 ? good.read(target) : Promise.reject(broken)),
    };
    const { report, failure } = await replaySource(forwarder, source);
    expect(failure).toBe(broken);
    const recordBytes = 16 + query4(1).data.length;
    expect(report.received).toBe(Math.floor((300_000 - 24) / recordBytes));
    expect(report.received).toBe(report.forwarded);
  });

  it("by an AbortSignal reports what came before", async () => {
    const controller = new AbortController();
    const observers = [{ observe: () => controller.abort() }];
    const source = byteSource(bytes, () => 100_000);
    const { signal } = controller;
    const { report, failure } = await replaySource(forwarder, source, { signal, observers });
    expect(failure).toMatchObject({ code: "ABORTED", exitCode: 130 });
    expect(report.received).toBeGreaterThan(0);
    expect(report.received).toBeLessThan(8000);
    expect(report.received).toBe(report.forwarded);
  });
});
