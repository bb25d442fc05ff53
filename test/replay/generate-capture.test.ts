/** Generated captures: valid frames, exact flows, and routes for them in every generated table. */

import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import { type Prefix, parsePrefix } from "../../src/net/prefix.ts";
import { type GenerateCaptureOptions, generateCapture } from "../../src/replay/generate-capture.ts";
import { generateTable } from "../../src/replay/generate-table.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { readTextTable } from "../../src/sources/text.ts";
import { internetChecksum } from "../oracle/checksum.ts";
import { moduleBytes } from "../setup/modules.ts";

interface Parsed {
  readonly family: number;
  readonly protocol: number;
  /** Addresses and ports, in hexadecimal. */
  readonly flow: string;
  readonly destination: string;
  readonly sequence: number;
  readonly payloadBytes: number;
}

/** Reads a frame by the book; throws where a length or a checksum is wrong. */
function parse(frame: Uint8Array): Parsed {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const family = frame[14] === 0x45 ? 4 : 6;
  expect(view.getUint16(12)).toBe(family === 4 ? 0x0800 : 0x86dd);
  const at = family === 4 ? 34 : 54;
  const upper = frame.subarray(at);
  const addresses = family === 4 ? frame.subarray(26, 34) : frame.subarray(22, 54);
  const protocol = frame[family === 4 ? 23 : 20] ?? 0;
  expect(frame[family === 4 ? 22 : 21]).toBe(64);
  if (family === 4) {
    expect(view.getUint16(16)).toBe(frame.length - 14);
    expect(internetChecksum(frame.subarray(14, 34))).toBe(0);
  } else {
    expect(frame[14]).toBe(0x60);
    expect(view.getUint16(18)).toBe(upper.length);
  }
  if (protocol === 17) {
    expect(view.getUint16(at + 4)).toBe(upper.length);
    expect(view.getUint16(at + 6)).not.toBe(0);
  }
  const pseudo = [...addresses, 0, protocol, upper.length >> 8, upper.length & 255];
  expect(internetChecksum(Uint8Array.from([...pseudo, ...upper]))).toBe(0);
  const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16)).join(" ");
  return {
    family,
    protocol,
    flow: `${protocol} ${hex(addresses)} ${hex(upper.subarray(0, 4))}`,
    destination: hex(addresses.subarray(addresses.length / 2)),
    sequence: protocol === 6 ? view.getUint32(at + 4) : 0,
    payloadBytes: upper.length - (protocol === 6 ? 20 : 8),
  };
}

function parsed(options: GenerateCaptureOptions): readonly Parsed[] {
  return Array.from(generateCapture(options), ({ frame }) => parse(frame));
}

function lengths(options: GenerateCaptureOptions): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { frame, originalLength } of generateCapture(options)) {
    expect(originalLength).toBe(frame.length);
    counts.set(frame.length, (counts.get(frame.length) ?? 0) + 1);
  }
  return counts;
}

function prefixes(...texts: readonly string[]): readonly Prefix[] {
  return texts.flatMap((text) => parsePrefix(text)?.prefix ?? []);
}

describe("generateCapture", () => {
  it("makes valid frames of both families and both protocols", () => {
    const packets = parsed({ packets: 2000 });
    const kinds = new Set(packets.map(({ family, protocol }) => `${family} ${protocol}`));
    expect([...kinds].sort()).toEqual(["4 17", "4 6", "6 17", "6 6"]);
  });

  it.each([4, 6] as const)("keeps to family %d where told to", (family) => {
    const packets = parsed({ packets: 500, family });
    expect(new Set(packets.map((packet) => packet.family))).toEqual(new Set([family]));
  });

  it.each([
    [10_000, 1000],
    [1000, 1000],
    [999, 1],
    [500, 1000],
    [1, 1],
    [0, 1],
  ])("of %d packets has exactly the flows asked for, %d", (packets, flows) => {
    const seen = new Set(parsed({ packets, flows, size: 60 }).map(({ flow }) => flow));
    expect(seen.size).toBe(Math.min(packets, flows));
  });

  it("gives most packets to few flows", () => {
    const counts = new Map<string, number>();
    for (const { flow } of parsed({ packets: 20_000, flows: 1000, size: 60 })) {
      counts.set(flow, (counts.get(flow) ?? 0) + 1);
    }
    const largest = [...counts.values()].sort((a, b) => b - a).slice(0, 100);
    const part = largest.reduce((sum, count) => sum + count, 0) / 20_000;
    expect(part).toBeGreaterThan(0.5);
    expect(part).toBeLessThan(0.9);
  });

  it("mixes sizes 7 to 4 to 1, or keeps to one", () => {
    const mixed = lengths({ packets: 12_000, family: 4 });
    expect([...mixed.keys()].sort((a, b) => a - b)).toEqual([60, 590, 1514]);
    expect((mixed.get(60) ?? 0) / 1000).toBeCloseTo(7, 0);
    expect((mixed.get(590) ?? 0) / 1000).toBeCloseTo(4, 0);
    expect([...lengths({ packets: 100, size: 333 }).keys()]).toEqual([333]);
    const small = [...lengths({ packets: 100, size: 60, family: 6 }).keys()];
    expect(small.sort()).toEqual([62, 74]);
  });

  it("goes on where a TCP flow's last packet ended", () => {
    const next = new Map<string, number>();
    for (const { protocol, flow, sequence, payloadBytes } of parsed({ packets: 3000, flows: 50 })) {
      if (protocol !== 6) continue;
      expect(sequence).toBe(next.get(flow) ?? sequence);
      next.set(flow, (sequence + payloadBytes) >>> 0);
    }
  });

  it("has timestamps that grow, 10 µs at a time on average", () => {
    const times = Array.from(generateCapture({ packets: 5000 }), ({ timestampNs }) => timestampNs);
    expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? time))).toBe(true);
    const span = Number((times.at(-1) ?? 0n) - (times[0] ?? 0n));
    expect(span / 5000).toBeGreaterThan(9_500);
    expect(span / 5000).toBeLessThan(10_500);
    expect(times[0]).toBeGreaterThan(1_735_689_600_000_000_000n);
  });

  it("is the same for the same seed", () => {
    const text = (seed: number) =>
      Array.from(generateCapture({ packets: 300, seed }), ({ frame }) => frame.join()).join("\n");
    expect(text(1)).toBe(text(1));
    expect(text(1)).not.toBe(text(2));
  });

  it("sends packets to the given prefixes alone", () => {
    const destinations = prefixes("192.0.2.7/32", "2001:db8:1:2::/64", "0.0.0.0/0");
    const packets = parsed({ packets: 1000, flows: 500, destinations });
    const hosts = packets.filter(({ destination }) => destination === "c0 0 2 7");
    expect(hosts.length).toBeGreaterThan(50);
    const sixes = packets.filter(({ family }) => family === 6);
    expect(sixes.every(({ destination }) => destination.startsWith("20 1 d b8 0 1 0 2 "))).toBe(
      true,
    );
    expect(new Set(sixes.map(({ destination }) => destination)).size).toBeGreaterThan(100);
  });

  it.each([
    { packets: -1 },
    { flows: 0 },
    { flows: 2 ** 24 + 1 },
    { size: 59 },
    { size: 9015 },
    { seed: -1 },
    { destinations: [] },
    { family: 6, destinations: prefixes("192.0.2.0/24") },
  ] as const)("refuses %o", (options) => {
    expect(() => parsed(options)).toThrow(AnyfibError);
  });
});

describe("a generated capture over generated tables", () => {
  it.each([{ routes: 1, routes6: 1 }, {}, { routes: 20_000, routes6: 5000, seed: 9, groups: 200 }])(
    "of %o finds a route for every packet",
    async (options) => {
      const table = new RouteTable();
      async function* bytes(): AsyncGenerator<Uint8Array> {
        for (const chunk of generateTable(options)) yield new TextEncoder().encode(chunk);
      }
      await readTextTable(bytes(), { name: "generated", table, nextHops: {} });
      const forwarder = await Forwarder.create({ tables: [table], module: moduleBytes("release") });
      let batch = forwarder.batch();
      for (const { frame, timestampNs } of generateCapture({ packets: 5000, flows: 2000 })) {
        if (batch.push(frame, { timestampNs })) continue;
        forwarder.process(batch);
        batch = forwarder.batch();
        batch.push(frame, { timestampNs });
      }
      forwarder.process(batch);
      const { received, forwarded, drops } = forwarder.counters;
      expect({ received, forwarded, drops }).toEqual({
        received: 5000,
        forwarded: 5000,
        drops: {},
      });
    },
  );
});
