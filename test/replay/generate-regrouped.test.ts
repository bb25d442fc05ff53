/** A table's own prefixes with generated groups. */

import { describe, expect, it } from "vitest";
import { parsePrefix } from "../../src/net/prefix.ts";
import { regroupTable } from "../../src/replay/generate-regrouped.ts";
import { RouteTable } from "../../src/rib/route-table.ts";

function tableOf(...texts: readonly string[]): RouteTable {
  const table = new RouteTable();
  const target = table.internTarget({ kind: "blackhole" });
  for (const text of texts) {
    const parsed = parsePrefix(text);
    if (parsed === undefined) throw new Error(text);
    table.add(parsed.prefix, target);
  }
  return table;
}

const MIXED = [
  "2001:db8::/48",
  "192.0.2.0/24",
  "10.1.0.0/16",
  "10.0.0.0/8",
  "2001:db8::1/128",
  "192.0.2.0/24",
  "10.0.0.0/16",
  "::/0",
  "2001:db8::/32",
  "200.0.0.0/8",
  "2001:db8::/48",
] as const;

describe("regroupTable", () => {
  it("lists each prefix once, in order, with the group that its run gives it", () => {
    const runs = { origins: Uint32Array.of(7, 8), lengths: Uint32Array.of(2, 1) };
    const options = { groups: 3, seed: 4, runs: { 4: runs, 6: runs } };
    expect([...regroupTable(tableOf(...MIXED), options)].join("")).toMatchInlineSnapshot(`
      "# 5 IPv4 and 4 IPv6 routes, 3 next hops, seed 4
      10.0.0.0/8 172.16.0.2
      10.0.0.0/16 172.16.0.2
      10.1.0.0/16 172.16.0.1
      192.0.2.0/24 172.16.0.2
      200.0.0.0/8 172.16.0.2
      ::/0 fd00:ffff::2
      2001:db8::/32 fd00:ffff::2
      2001:db8::/48 fd00:ffff::1
      2001:db8::1/128 fd00:ffff::2
      "
    `);
  });

  it("draws runs and groups unless told otherwise", () => {
    const prefixes = Array.from({ length: 5000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    const hopsOf = (options: Parameters<typeof regroupTable>[1]) =>
      [...regroupTable(tableOf(...prefixes), options)]
        .join("")
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(" ")[1]);
    const repeats = (hops: readonly (string | undefined)[]) =>
      hops.filter((hop, i) => hop === hops[i - 1]).length / hops.length;
    expect(new Set(hopsOf({})).size).toBe(16);
    expect(repeats(hopsOf({}))).toBeGreaterThan(0.5);
    expect(repeats(hopsOf({ placement: "random" }))).toBeLessThan(0.1);
    expect(hopsOf({ seed: 1 })).toEqual(hopsOf({}));
    expect(hopsOf({ seed: 2 })).not.toEqual(hopsOf({}));
  });

  it("may have no rows of a family, or none at all", () => {
    const text = (...texts: readonly string[]) => [...regroupTable(tableOf(...texts))].join("");
    expect(text()).toBe("# 0 IPv4 and 0 IPv6 routes, 16 next hops, seed 1\n");
    expect(text("::/0")).toMatch(/^# 0 IPv4 and 1 IPv6 .*\n::\/0 fd00:ffff::[0-9a-f]+\n$/);
  });

  it("refuses what cannot be meant", () => {
    expect(() => regroupTable(tableOf(), { groups: 0 })).toThrow("groups is 0");
    expect(() => regroupTable(tableOf(), { seed: -1 })).toThrow("seed is -1");
  });
});
