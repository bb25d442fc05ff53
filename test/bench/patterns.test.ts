/** Streams of addresses: where they lie, how often they recur, and that a seed repeats them. */

import { describe, expect, it } from "vitest";
import {
  addressBytes,
  addressStream,
  PATTERNS,
  type Pattern,
  type StreamOptions,
} from "../../bench/patterns.ts";
import type { RouteColumns } from "../../src/engine/fib-tables.ts";
import { columnsOf } from "./columns.ts";

const ROUTES = {
  4: columnsOf([
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "192.0.2.0/25",
    "192.0.2.4/32",
    "198.18.0.0/15",
  ]),
  6: columnsOf([
    "2001:db8::/32",
    "2001:db8:1::/48",
    "2001:db8:1::7/128",
    "2001:db9:7::/48",
    "fd00::/8",
  ]),
} as const;

const COUNT = 4096;
const CAPTURE = Uint8Array.from({ length: 48 }, (_, index) => index);

const stream = (pattern: Pattern, family: 4 | 6, options: Partial<StreamOptions> = {}) =>
  addressStream(pattern, {
    family,
    routes: ROUTES[family],
    count: COUNT,
    capture: CAPTURE,
    ...options,
  });

/** Addresses as numbers. */
function addresses(bytes: Uint8Array, family: 4 | 6): readonly bigint[] {
  const hex = Buffer.from(bytes).toString("hex");
  const digits = 2 * addressBytes(family);
  return Array.from({ length: hex.length / digits }, (_, index) =>
    BigInt(`0x${hex.slice(index * digits, (index + 1) * digits)}`),
  );
}

/** Rows, /0 apart, whose prefix an address lies in. */
function rowsOf(address: bigint, routes: RouteColumns, family: 4 | 6): readonly number[] {
  const width = addressBytes(family) / 4;
  return Array.from({ length: routes.count }, (_, row) => row).filter((row) => {
    const length = routes.lengths[row] ?? 0;
    const words = [...routes.words.subarray(row * width, (row + 1) * width)];
    const first = words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    const shift = BigInt(32 * width - length);
    return length > 0 && address >> shift === first >> shift;
  });
}

describe.each([4, 6] as const)("of IPv%i", (family) => {
  it.each(PATTERNS)("%s: so many, the same for a seed", (pattern) => {
    const bytes = stream(pattern, family);
    expect(bytes.length).toBe(COUNT * addressBytes(family));
    expect(stream(pattern, family)).toEqual(bytes);
    const isDrawn = pattern !== "capture";
    expect(Buffer.compare(stream(pattern, family, { seed: 2 }), bytes) !== 0).toBe(isDrawn);
  });

  it.each(["covered", "prefix", "zipf", "longest"] as const)(
    "%s stays inside prefixes",
    (pattern) => {
      for (const address of addresses(stream(pattern, family), family)) {
        expect(rowsOf(address, ROUTES[family], family)).not.toEqual([]);
      }
    },
  );

  it("prefix finds each prefix about as often", () => {
    const routes = ROUTES[family];
    const hosts = routes.lengths.map((length) => (length === 8 * addressBytes(family) ? 1 : 0));
    const row = hosts.indexOf(1);
    const found = addresses(stream("prefix", family), family).filter((address) =>
      rowsOf(address, routes, family).includes(row),
    );
    const expected = COUNT / routes.lengths.filter((length) => length > 0).length;
    expect(found.length / expected).toBeGreaterThan(0.85);
    expect(found.length / expected).toBeLessThan(1.2);
  });

  it("miss has no route, but shares bits with one", () => {
    const routes = ROUTES[family];
    const shared = family === 4 ? 16n : 96n;
    const width = addressBytes(family) / 4;
    const firsts = Array.from({ length: routes.count }, (_, row) =>
      [...routes.words.subarray(row * width, (row + 1) * width)].reduce(
        (sum, word) => (sum << 32n) | BigInt(word),
        0n,
      ),
    );
    for (const address of addresses(stream("miss", family), family)) {
      expect(rowsOf(address, routes, family)).toEqual([]);
      expect(firsts.some((first) => first >> shared === address >> shared)).toBe(true);
    }
  });

  it("sequential counts up", () => {
    const step = family === 4 ? 1n : 1n << 64n;
    const all = addresses(stream("sequential", family), family);
    const [first = 0n] = all;
    expect(all).toEqual(all.map((_, index) => first + BigInt(index) * step));
  });

  it("capture goes round", () => {
    const [first = 0n, ...rest] = addresses(stream("capture", family), family);
    const period = CAPTURE.length / addressBytes(family);
    expect(rest[period - 1]).toBe(first);
    expect(rest[0]).not.toBe(first);
  });

  it("random needs no route", () => {
    const none = { count: 0, words: new Uint32Array(), lengths: new Uint8Array() };
    const routes = { ...none, groups: new Uint32Array() };
    expect(new Set(addresses(stream("random", family, { routes }), family)).size).toBe(COUNT);
    const others = PATTERNS.filter((pattern) => pattern !== "random" && pattern !== "capture");
    for (const pattern of others) {
      expect(() => stream(pattern, family, { routes })).toThrow(`no IPv${family} route`);
    }
    const capture = new Uint8Array();
    expect(() => stream("capture", family, { capture })).toThrow(`no IPv${family} packet`);
  });
});

describe("the pattern", () => {
  it("longest draws from 1,024 prefixes", () => {
    const shorts = Array.from({ length: 200 }, (_, i) => `10.${i}.0.0/16`);
    const longs = Array.from({ length: 1024 }, (_, i) => `192.168.${i >> 6}.${(i & 63) << 2}/30`);
    const routes = columnsOf([...shorts, ...longs]);
    const all = addresses(stream("longest", 4, { routes, count: 16_384 }), 4);
    expect(all.every((address) => address >> 16n === 0xc0a8n)).toBe(true);
    expect(new Set(all.map((address) => address >> 2n)).size).toBe(1024);
  });

  it("miss gives up where all is covered", () => {
    const routes = columnsOf(["0.0.0.0/1", "128.0.0.0/1"]);
    expect(() => stream("miss", 4, { routes })).toThrow("hardly any address has no route");
  });

  it("covered goes by the size of what is covered", () => {
    const all = addresses(stream("covered", 4), 4);
    const inside = all.filter((address) => address >> 24n === 10n).length;
    // 2^24 of 2^24 + 2^17 + 2^7 addresses.
    expect(inside / COUNT).toBeGreaterThan(0.98);
    expect(inside).toBeLessThan(COUNT);
  });

  it("covered counts a prefix inside another once", () => {
    const routes = columnsOf(["10.0.0.0/24", "10.0.0.0/25", "10.0.0.0/26", "10.0.1.0/24"]);
    const all = addresses(stream("covered", 4, { routes }), 4);
    const inside = all.filter((address) => address >> 8n === 0x0a0000n).length;
    expect(Math.abs(inside / COUNT - 0.5)).toBeLessThan(0.03);
  });

  it("zipf gives the first of 100,000 flows a twelfth", () => {
    const counts = new Map<bigint, number>();
    const routes = columnsOf(["10.0.0.0/8"]);
    for (const address of addresses(stream("zipf", 4, { routes, count: 65_536 }), 4)) {
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    const [first = 0, second = 0] = [...counts.values()].sort((a, b) => b - a);
    expect(first / 65_536).toBeCloseTo(1 / 12.09, 2);
    expect(first / second).toBeCloseTo(2, 0);
  });
});
