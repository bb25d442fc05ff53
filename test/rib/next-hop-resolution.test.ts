/** Next hops of BGP routes are reached by the longest route that covers them. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../src/net/address.ts";
import { parsePrefix } from "../../src/net/prefix.ts";
import {
  NextHopResolver,
  type Resolution,
  type ResolvingRoute,
  resolvedNextHops,
} from "../../src/rib/next-hop-resolution.ts";
import type { NextHop } from "../../src/rib/route.ts";
import { address } from "../sources/read-table.ts";

const hop = (text: string, weight = 1, cost = 0): NextHop => ({
  address: address(text),
  weight,
  cost,
});

function route(text: string, leads: ResolvingRoute["leads"]): ResolvingRoute {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no prefix`);
  return { prefix: parsed.prefix, leads };
}

const textOf = (hops: readonly NextHop[]) =>
  hops.map(({ address: one, weight, cost }) => `${formatAddress(one)}*${weight}@${cost}`);

describe("NextHopResolver", () => {
  const resolver = new NextHopResolver([
    route("0.0.0.0/0", { kind: "via", nextHops: [hop("10.0.0.9")] }),
    route("10.0.0.0/24", "link"),
    route("10.0.0.254/32", { kind: "local" }),
    route("10.255.0.0/16", { kind: "via", nextHops: [hop("10.0.0.1", 2, 5), hop("10.0.0.2")] }),
    route("10.255.7.0/24", { kind: "unreachable" }),
    route("2001:db8::/32", { kind: "via", nextHops: [hop("fd00::1")] }),
    route("10.255.8.0/24", { kind: "blackhole" }),
    route("10.255.8.0/24", { kind: "via", nextHops: [hop("10.0.0.8")] }),
  ]);

  it.each([
    ["10.255.1.1", "10.255.0.0/16", 0, ["10.0.0.1*2@5", "10.0.0.2*1@0"]],
    ["10.0.0.77", "10.0.0.0/24", 0, ["10.0.0.77*1@0"]],
    ["10.255.8.1", "10.255.8.0/24", 0, ["10.0.0.8*1@0"]],
    ["192.0.2.1", "0.0.0.0/0", 0, ["10.0.0.9*1@0"]],
    ["2001:db8:5::1", "2001:db8::/32", 0, ["fd00::1*1@0"]],
  ])("reaches %s by %s", (text, prefix, cost, hops) => {
    const resolution = resolver.of(address(text));
    expect(resolution).toMatchObject({ prefix, cost });
    expect(textOf(resolution?.nextHops ?? [])).toEqual(hops);
    expect(resolver.of(address(text))).toBe(resolution);
  });

  it.each(["10.255.7.1", "10.0.0.254", "2001:db9::1"])("does not reach %s", (text) => {
    expect(resolver.of(address(text))).toBeUndefined();
    expect(resolver.of(address(text))).toBeUndefined();
  });
});

describe("resolvedNextHops", () => {
  const resolution = (...nextHops: readonly NextHop[]): Resolution => ({
    prefix: "10.255.0.0/24",
    cost: Math.min(...nextHops.map(({ cost }) => cost)),
    nextHops,
    overflow: 0,
  });

  it("keeps the weights of one", () => {
    const alone = resolution(hop("10.0.0.1", 4), hop("10.0.0.2", 2));
    expect(textOf(resolvedNextHops([{ resolution: alone, weight: 7 }]))).toEqual([
      "10.0.0.1*4@0",
      "10.0.0.2*2@0",
    ]);
    expect(resolvedNextHops([])).toEqual([]);
  });

  it("gives each its part, tier by tier, and a shared next hop the sum", () => {
    const two = resolution(hop("10.0.0.1"), hop("10.0.0.2"), hop("10.0.0.9", 1, 10));
    const one = resolution(hop("10.0.0.2"));
    const parts = [
      { resolution: two, weight: 1 },
      { resolution: one, weight: 3 },
    ];
    // Of eight parts two are the first's and six the second's; 10.0.0.9 stands in for the first.
    expect(textOf(resolvedNextHops(parts))).toEqual([
      "10.0.0.1*1@0",
      "10.0.0.2*7@0",
      "10.0.0.9*1@10",
    ]);
  });

  it("takes routes that are equal by other costs for as near as the nearest", () => {
    const near = resolution(hop("10.0.0.1"), hop("10.0.0.2", 1, 30));
    const far = resolution(hop("10.0.0.2", 1, 10), hop("10.0.0.1", 1, 15), hop("10.0.0.3", 1, 25));
    const parts = [near, far].map((one) => ({ resolution: one, weight: 1 }));
    expect(textOf(resolvedNextHops(parts))).toEqual([
      "10.0.0.1*1@0",
      "10.0.0.2*1@0",
      "10.0.0.3*1@15",
    ]);
  });

  it("leaves weightless next hops without flows", () => {
    const parts = [
      { resolution: resolution(hop("10.0.0.1", 0)), weight: 1 },
      { resolution: resolution(hop("10.0.0.2", 3)), weight: 1 },
    ];
    expect(textOf(resolvedNextHops(parts))).toEqual(["10.0.0.1*0@0", "10.0.0.2*1@0"]);
  });

  it("keeps shares as exactly as weights can", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 4 });
    const drawn = fc.array(fc.tuple(fc.integer({ min: 1, max: 16 }), weights), {
      minLength: 2,
      maxLength: 4,
    });
    const property = fc.property(drawn, (routes) => {
      const parts = routes.map(([weight, ones], at) => ({
        weight,
        resolution: resolution(...ones.map((one, i) => hop(`10.0.${at}.${i}`, one))),
      }));
      const whole = routes.reduce((sum, [weight]) => sum + weight, 0);
      const hops = resolvedNextHops(parts);
      const all = hops.reduce((sum, { weight }) => sum + weight, 0);
      const expected = routes.flatMap(([weight, ones]) => {
        const own = ones.reduce((sum, one) => sum + one, 0);
        return ones.map((one) => (weight * one) / own / whole);
      });
      for (const [index, { weight }] of hops.entries()) {
        expect(Number.isInteger(weight) && weight >= 1 && weight <= 65_535).toBe(true);
        expect(Math.abs(weight / all - (expected[index] ?? 0))).toBeLessThan(5e-5);
      }
    });
    fc.assert(property, { seed: 81, numRuns: 300 });
  });
});
