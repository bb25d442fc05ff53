/** Generated tables: exact counts, the Internet's lengths and clusters, the same for a seed. */

import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import { type Prefix, parsePrefix } from "../../src/net/prefix.ts";
import { type GenerateTableOptions, generateTable } from "../../src/replay/generate-table.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { readTextTable } from "../../src/sources/text.ts";

function linesOf(options: GenerateTableOptions): readonly string[] {
  return [...generateTable(options)].join("").split("\n").slice(1, -1);
}

async function tableOf(options: GenerateTableOptions): Promise<RouteTable> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const chunk of generateTable(options)) yield new TextEncoder().encode(chunk);
  }
  const table = new RouteTable();
  await readTextTable(bytes(), { name: "generated", table, nextHops: {} });
  return table;
}

/** Orders as a table does: by family, address, length. */
function compare(a: Prefix, b: Prefix): number {
  if (a.family !== b.family) return a.family - b.family;
  const [x, y] = [a, b].map((one) => (one.family === 4 ? BigInt(one.address) : one.high));
  if (x !== y) return (x ?? 0n) < (y ?? 0n) ? -1 : 1;
  return a.length - b.length;
}

function prefixesOf(lines: readonly string[]): readonly Prefix[] {
  return lines.map((line) => {
    const parsed = parsePrefix(line.split(" ")[0] ?? "");
    if (parsed === undefined || parsed.hadHostBits) throw new Error(line);
    return parsed.prefix;
  });
}

describe("generateTable", () => {
  it("says what it is and yields whole lines", () => {
    const chunks = [
      ...generateTable({ routes: 12, routes6: 4, groups: 4, seed: 5, space: "private" }),
    ];
    expect(chunks[0]).toBe("# 12 IPv4 and 4 IPv6 routes, 4 sets of next hops, seed 5\n");
    for (const chunk of chunks) expect(chunk.endsWith("\n")).toBe(true);
    expect(chunks.slice(1).join("")).toMatchInlineSnapshot(`
      "10.43.192.0/22 172.16.0.2,172.16.0.3
      10.43.194.0/24 172.16.0.3,172.16.0.4,172.16.0.1
      10.123.60.0/24 172.16.0.2,172.16.0.3
      10.130.66.0/23 172.16.0.2,172.16.0.3
      10.130.67.0/24 172.16.0.2,172.16.0.3
      10.130.109.0/24 172.16.0.2,172.16.0.3
      10.217.182.0/24 172.16.0.2,172.16.0.3
      10.251.232.0/22 172.16.0.3,172.16.0.4,172.16.0.1
      10.251.232.0/23 172.16.0.3,172.16.0.4,172.16.0.1
      10.251.233.0/24 172.16.0.3,172.16.0.4,172.16.0.1
      198.18.0.0/15 172.16.0.3,172.16.0.4,172.16.0.1
      198.18.0.0/24 172.16.0.2,172.16.0.3
      fd00:a::/32 fd00:ffff::3,fd00:ffff::4,fd00:ffff::1
      fd10:1369:c51::/48 fd00:ffff::3,fd00:ffff::4,fd00:ffff::1
      fd10:8e48::/32 fd00:ffff::3,fd00:ffff::4,fd00:ffff::1
      fd10:8e48:b358::/48 fd00:ffff::3,fd00:ffff::4,fd00:ffff::1
      "
    `);
  });

  it.each([0, 1, 2, 7, 8, 9, 100, 1000, 20_000])("has exactly %d distinct routes", (count) => {
    const lines = linesOf({ routes: count, routes6: count });
    expect(lines.length).toBe(2 * count);
    const prefixes = prefixesOf(lines);
    expect(prefixes.filter(({ family }) => family === 4).length).toBe(count);
    for (let i = 1; i < prefixes.length; i++) {
      const [before, after] = prefixes.slice(i - 1, i + 1);
      if (before && after && compare(before, after) >= 0) throw new Error(lines[i]);
    }
  });

  it("has 1,000 IPv4 and 250 IPv6 routes over 16 sets unless told otherwise", async () => {
    const table = await tableOf({});
    expect([table.count4, table.count6]).toEqual([1000, 250]);
    expect(table.targets.length).toBeLessThanOrEqual(32);
    expect(table.targets.length).toBeGreaterThan(25);
  });

  it("has a next hop for each group where runs are given, in their order", () => {
    const runs = { origins: Uint32Array.of(1, 2), lengths: Uint32Array.of(3, 2) };
    const options = { routes: 10, routes6: 10, groups: 65_535, runs: { 4: runs } };
    const hops = linesOf(options).map((line) => line.split(" ")[1]);
    const [a = "", b] = [hops[0], hops[3]];
    expect(hops.slice(0, 10)).toEqual([a, a, a, b, b, a, a, a, b, b]);
    expect(a).toMatch(/^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$/);
    expect(hops[19]).toMatch(/^fd00:ffff::[0-9a-f]+$/);
  });

  it("draws a set for each route where told to", () => {
    const lines = linesOf({ routes: 20_000, routes6: 0, groups: 100, placement: "random" });
    const sets = lines.map((line) => line.split(" ")[1]);
    expect(sets.filter((set, i) => set === sets[i - 1]).length).toBeLessThan(20_000 * 0.02);
  });

  it("is the same for the same seed", () => {
    const text = (seed: number) => linesOf({ seed }).join("\n");
    expect(text(1)).toBe(text(1));
    expect(text(1)).not.toBe(text(2));
  });

  it("has the lengths of a full table", async () => {
    const table = await tableOf({ routes: 100_000, routes6: 100_000, groups: 3 });
    const part = (histogram: Uint32Array, length: number) => (histogram[length] ?? 0) / 1000;
    expect(part(table.histogram4(), 24)).toBeCloseTo(59.6, 0);
    expect(part(table.histogram4(), 22)).toBeCloseTo(12, 0);
    expect(part(table.histogram4(), 16)).toBeCloseTo(1.5, 0);
    expect(part(table.histogram6(), 48)).toBeCloseTo(47.1, 0);
    expect(part(table.histogram6(), 32)).toBeCloseTo(14.1, 0);
    expect(part(table.histogram6(), 29)).toBeCloseTo(2.7, 0);
    expect(table.targets.length).toBe(6);
  });

  it("clusters: neighbours share /16 blocks and sets of next hops", () => {
    const lines = linesOf({ routes: 20_000, routes6: 0, groups: 1000 });
    const blocks = new Set(lines.map((line) => line.split(".", 2).join(".")));
    expect(blocks.size).toBeLessThan(20_000 / 2);
    const sets = lines.map((line) => line.split(" ")[1]);
    const shared = sets.filter((set, i) => set === sets[i - 1]).length;
    expect(shared / lines.length).toBeGreaterThan(0.6);
  });

  it("keeps to unicast that is not reserved, the services apart", () => {
    const reserved = /^(0|10|127|22[4-9]|23\d|24\d|25\d)\.|^(169\.254|172\.16|192\.168)\./;
    const lines = linesOf({ routes: 50_000, routes6: 1000 });
    expect(lines.filter((line) => reserved.test(line))).toEqual([]);
    const services = lines.filter((line) => /^(198\.1[89]\.|fd00:a:)/.test(line));
    expect(services.length).toBe(513 + 125);
  });

  it("keeps to private addresses where told to", () => {
    const lines = linesOf({ routes: 800, routes6: 200, space: "private" });
    expect(lines.length).toBe(1000);
    expect(lines.filter((line) => !/^(10\.|198\.1[89]\.|fd)/.test(line))).toEqual([]);
    const tooMany = () => linesOf({ routes: 500_000, space: "private" });
    expect(tooMany).toThrow("no room for");
  });

  it.each([
    { routes: -1 },
    { routes: 1.5 },
    { routes6: 4_000_001 },
    { groups: 0 },
    { seed: Number.NaN },
  ])("refuses %o", (options) => {
    const [name] = Object.keys(options);
    expect(() => linesOf(options)).toThrow(AnyfibError);
    expect(() => linesOf(options)).toThrow(new RegExp(`^${name} is `));
  });
});
