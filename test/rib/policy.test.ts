/** Policies: what they take, what they change, and rules that can never match. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import { parseCommunityPattern } from "../../src/rib/community-pattern.ts";
import { PathExpression } from "../../src/rib/path-expression.ts";
import {
  applyPolicy,
  type Policy,
  type PolicyRoute,
  type PolicyRule,
  type RouteMatch,
} from "../../src/rib/policy.ts";
import { deadRules } from "../../src/rib/policy-analysis.ts";
import { PrefixList, parsePrefixRange } from "../../src/rib/prefix-list.ts";
import { attributeSet, cellsOf } from "./routes.ts";

const prefixes = (...texts: readonly string[]): PrefixList =>
  new PrefixList(
    texts.map((text) => {
      const range = parsePrefixRange(text);
      if (typeof range === "string") throw new Error(range);
      return range;
    }),
  );
const asPath = (text: string): PathExpression => {
  const parsed = PathExpression.parse(text);
  if (parsed instanceof PathExpression) return parsed;
  throw new Error(parsed.what);
};
const patterns = (...texts: readonly string[]) =>
  texts.map((text) => {
    const pattern = parseCommunityPattern(text);
    if (pattern === undefined) throw new Error(`${text} is no community`);
    return pattern;
  });
const address = (text: string) => {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
};
const rule = (
  match: RouteMatch,
  action?: "accept" | "reject",
  change: PolicyRule["change"] = {},
): PolicyRule => ({ name: "rule", match, change, action });
const policy = (...rules: readonly PolicyRule[]): Policy => ({
  rules: rules.map((one, index) => ({ ...one, name: `rule ${index + 1}` })),
  default: "accept",
});

const ROUTE: PolicyRoute = {
  prefix: cellsOf("192.0.2.0/24"),
  set: attributeSet({
    asPath: [{ kind: "sequence", asns: [64_500, 64_510] }],
    nextHop: address("198.51.100.1"),
    communities: [64_500 * 0x10000 + 7, 0xffffff01],
    largeCommunities: [64_500, 1, 2],
  }),
  peer: { address: "198.51.100.1", as: "AS64500" },
  validation: "not-found",
  pathValidation: "unknown",
};

describe("applyPolicy", () => {
  it.each<[string, RouteMatch, boolean]>([
    ["everything", {}, true],
    ["its prefix", { prefixes: prefixes("10.0.0.0/8", "192.0.2.0/24") }, true],
    ["another prefix", { prefixes: prefixes("192.0.2.0/25") }, false],
    ["its path", { asPath: asPath("64510$") }, true],
    ["another path", { asPath: asPath("64500$") }, false],
    ["its community", { communities: patterns("1:1", "64500:7") }, true],
    ["communities of its AS", { communities: patterns("64500:*") }, true],
    ["a community by name", { communities: patterns("no-export") }, true],
    ["its large community", { communities: patterns("64500:*:2") }, true],
    ["another community", { communities: patterns("64500:8", "64500:1:3") }, false],
    ["its state", { validation: ["valid", "not-found"] }, true],
    ["another state", { validation: ["invalid"] }, false],
    ["its path's state", { pathValidation: ["invalid", "unknown"] }, true],
    ["another path's state", { pathValidation: ["valid"] }, false],
    ["its peer", { peers: new Set(["198.51.100.1"]) }, true],
    ["its peer's AS", { peers: new Set(["AS64500"]) }, true],
    ["another peer", { peers: new Set(["AS64510", "198.51.100.2"]) }, false],
    ["all at once", { asPath: asPath("64510$"), communities: patterns("1:1") }, false],
  ])("asks for %s", (_name, match, isMatch) => {
    const { action } = applyPolicy(policy(rule(match, "reject")), ROUTE);
    expect(action).toBe(isMatch ? "reject" : "accept");
  });

  it("has no state of a route that was not validated", () => {
    const { validation: _, pathValidation: __, ...route } = ROUTE;
    const match = { validation: ["valid", "invalid", "not-found"] } as const;
    expect(applyPolicy(policy(rule(match, "reject")), route).action).toBe("accept");
    const ofPath = { pathValidation: ["valid", "invalid", "unknown"] } as const;
    expect(applyPolicy(policy(rule(ofPath, "reject")), route).action).toBe("accept");
  });

  it("changes what rules say, in their order", () => {
    const result = applyPolicy(
      policy(
        rule({}, undefined, { localPreference: 200, weight: 3, med: 1 }),
        rule({ asPath: asPath("^1") }, "reject"),
        rule({ communities: patterns("64500:7") }, undefined, {
          removeCommunities: patterns("64500:*", "64500:1:*"),
          addCommunities: patterns("64500:1", "no-export", "1:2:3"),
        }),
        rule({ communities: patterns("64500:7") }, "reject"),
        rule({ communities: patterns("1:2:3") }, "accept", {
          med: 0,
          nextHop: address("2001:db8::1"),
        }),
        rule({}, "reject"),
      ),
      ROUTE,
    );
    expect(result).toMatchObject({
      action: "accept",
      rule: { name: "rule 5" },
      weight: 3,
      changedBy: [0, 2, 4],
      set: {
        ...ROUTE.set,
        localPreference: 200,
        med: 0,
        communities: [0xffffff01, 64_500 * 0x10000 + 1],
        largeCommunities: [1, 2, 3],
        nextHop: address("2001:db8::1"),
      },
    });
  });

  it("leaves IPv6 routes their next hops, where a rule has an IPv4 one", () => {
    const one = policy(rule({}, "accept", { nextHop: address("192.0.2.9") }));
    const route = { ...ROUTE, prefix: cellsOf("2001:db8::/32") };
    expect(applyPolicy(one, route)).toMatchObject({ changedBy: [], set: ROUTE.set });
    expect(applyPolicy(one, ROUTE).set.nextHop).toEqual(address("192.0.2.9"));
  });

  it("takes the default behind the last rule", () => {
    const result = applyPolicy({ rules: [], default: "reject" }, ROUTE);
    expect(result).toMatchObject({ action: "reject", rule: undefined, set: ROUTE.set });
  });
});

const ALL = { origins: true, paths: true };

describe("deadRules", () => {
  const wide = { prefixes: prefixes("192.0.2.0/24 le 32") };
  const narrow = { prefixes: prefixes("192.0.2.128/25") };
  const adds = rule({}, undefined, { addCommunities: patterns("1:1") });

  it.each<[string, readonly PolicyRule[], readonly number[]]>([
    ["behind one that takes all", [rule({}, "accept"), rule(narrow)], [1]],
    ["behind a wider one", [rule(wide, "reject"), rule(narrow, "accept")], [1]],
    ["not behind a narrower one", [rule(narrow, "reject"), rule(wide, "accept")], []],
    ["not behind one that goes on", [rule(wide), rule(narrow)], []],
    [
      "not behind one that asks for more",
      [rule({ ...wide, asPath: asPath("1") }, "reject"), rule(narrow)],
      [],
    ],
    [
      "of the same path",
      [rule({ asPath: asPath("1") }, "reject"), rule({ asPath: asPath("1"), ...wide })],
      [1],
    ],
    ["of no path", [rule({ asPath: asPath("1 ^") })], [0]],
    [
      "of a narrower community",
      [rule({ communities: patterns("1:*") }, "reject"), rule({ communities: patterns("1:1") })],
      [1],
    ],
    [
      "not of one that is added",
      [
        rule({ communities: patterns("1:*") }, "reject"),
        adds,
        rule({ communities: patterns("1:1") }),
      ],
      [],
    ],
    [
      "of fewer peers",
      [rule({ peers: new Set(["AS1", "AS2"]) }, "accept"), rule({ peers: new Set(["AS2"]) })],
      [1],
    ],
    [
      "of fewer states",
      [rule({ validation: ["valid", "invalid"] }, "accept"), rule({ validation: ["valid"] })],
      [1],
    ],
    [
      "of fewer states of paths",
      [rule({ pathValidation: ["valid"] }, "accept"), rule({ pathValidation: ["valid"] })],
      [1],
    ],
    ["but not of more", [rule({ pathValidation: ["valid"] }, "accept"), rule({})], []],
  ])("finds a rule %s", (_name, rules, expected) => {
    expect(deadRules(policy(...rules), ALL).map(({ index }) => index)).toEqual(expected);
  });

  it("says why", () => {
    const rules = [rule(wide, "reject"), rule(narrow), rule({ asPath: asPath("$ 1") })];
    const states = [rule({ validation: ["invalid"] }), rule({ pathValidation: ["invalid"] })];
    const none = { origins: false, paths: false };
    expect(deadRules(policy(...rules, ...states), none)).toEqual([
      { index: 1, why: "rule 1 ends all that it could match" },
      { index: 2, why: "no path matches $ 1" },
      { index: 3, why: "routes are not validated without the section rpki, or --rpki" },
      { index: 4, why: "paths are not validated without the ASPAs of rpki.vrp_file, or --rpki" },
    ]);
  });

  it("finds none that matches a route", () => {
    const option = <T>(values: readonly T[]) =>
      fc.option(fc.constantFrom(...values), { nil: undefined });
    const match = fc
      .record({
        prefixes: option([
          prefixes("192.0.2.0/24"),
          prefixes("0.0.0.0/0 le 32"),
          prefixes("192.0.2.0/24 le 25", "10.0.0.0/8"),
        ]),
        communities: option([patterns("1:*"), patterns("1:1"), patterns("1:2", "2:2")]),
        asPath: option([asPath("1"), asPath("^1"), asPath("1 ^")]),
        peers: option([new Set(["AS1"]), new Set(["AS1", "AS2"])]),
      })
      .map(
        ({ prefixes: list, communities, asPath: path, peers }): RouteMatch => ({
          ...(list && { prefixes: list }),
          ...(communities && { communities }),
          ...(path && { asPath: path }),
          ...(peers && { peers }),
        }),
      );
    const rules = fc.array(
      fc.tuple(
        match,
        option(["accept", "reject"] as const),
        option([patterns("1:1"), patterns("2:2")]),
      ),
      { minLength: 2, maxLength: 6 },
    );
    const route = fc.record({
      prefix: fc.constantFrom("192.0.2.0/24", "192.0.2.0/25", "10.0.0.0/8").map(cellsOf),
      set: fc
        .tuple(fc.subarray([0x10001, 0x10002, 0x20002]), fc.subarray([1, 2]))
        .map(([communities, asns]) =>
          attributeSet({ communities, asPath: [{ kind: "sequence", asns }] }),
        ),
      peer: fc.constantFrom(1, 2, 3).map((as) => ({ address: "192.0.2.1", as: `AS${as}` })),
    });
    let found = 0;
    fc.assert(
      fc.property(rules, fc.array(route, { minLength: 10, maxLength: 10 }), (forms, routes) => {
        const whole = policy(
          ...forms.map(([one, action, add]) =>
            rule(one, action, { weight: 1, ...(add === undefined ? {} : { addCommunities: add }) }),
          ),
        );
        for (const { index } of deadRules(whole, ALL)) {
          found += 1;
          for (const one of routes) {
            const { rule: last, changedBy } = applyPolicy(whole, one);
            expect(last).not.toBe(whole.rules[index]);
            expect(changedBy).not.toContain(index);
          }
        }
      }),
      { seed: 3, numRuns: 500 },
    );
    expect(found).toBeGreaterThan(50);
  });
});
