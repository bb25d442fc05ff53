/** Sites of routes, shares, moves, suspects, and what a change of a site is estimated to do. */

import { describe, expect, test } from "vitest";
import type { AttributeSet } from "../../src/rib/attributes.ts";
import {
  type Choice,
  movedChoices,
  type SiteRule,
  siteOf,
  siteShares,
  suspects,
} from "../../src/rib/catchment.ts";
import { estimateMoves } from "../../src/rib/catchment-estimate.ts";
import { PathExpression } from "../../src/rib/path-expression.ts";

const OURS = 64_510;

function route(asns: readonly number[], communities: readonly number[] = []): AttributeSet {
  // cast: all that is looked at.
  return {
    asPath: asns.length === 0 ? [] : [{ kind: "sequence", asns }],
    communities,
    largeCommunities: [],
  } as unknown as AttributeSet;
}

function expression(text: string): PathExpression {
  const parsed = PathExpression.parse(text);
  if (parsed instanceof PathExpression) return parsed;
  throw new Error(parsed.what);
}

/** A choice for a site, by a path whose first AS is the peer's. */
function choice(site: string | null, ...asns: readonly number[]): Choice {
  const [peerAs = 0] = asns;
  const peer = `192.0.2.${peerAs % 256}`;
  return { prefix: "192.0.2.0/24", peer, peerAs, site, set: route(asns) };
}

const SITES: readonly SiteRule[] = [
  { name: "lon", mark: { kind: "community", pattern: { text: "", parts: [64_510, 1] } } },
  { name: "ams", mark: { kind: "path", expression: expression("64502 64510$") } },
  { name: "nyc", mark: { kind: "origin", as: OURS } },
];

describe("sites", () => {
  test.each([
    ["lon", route([64_502, OURS], [64_510 * 65_536 + 1])],
    ["ams", route([64_503, 64_502, OURS], [64_510 * 65_536 + 2])],
    ["nyc", route([64_503, OURS])],
    [null, route([64_503, 64_504])],
    [null, route([])],
  ])("tells %s by the first mark that fits", (site, set) => {
    expect(siteOf(set, SITES)).toBe(site);
  });

  test("counts choices, ASes and lengths", () => {
    const choices = [choice("lon", 1, 2, OURS), choice("lon", 2, OURS), choice("ams", 3, OURS)];
    expect(siteShares(choices, SITES)).toEqual([
      { site: "lon", choices: 2, share: 2 / 3, vantageAses: 2, pathAses: 3, meanPathLength: 2.5 },
      { site: "ams", choices: 1, share: 1 / 3, vantageAses: 1, pathAses: 2, meanPathLength: 2 },
      { site: "nyc", choices: 0, share: 0, vantageAses: 0, pathAses: 0, meanPathLength: 0 },
    ]);
    expect(siteShares([choice(null, 1, 2)], SITES).at(-1)).toMatchObject({ site: null, share: 1 });
    expect(siteShares([], SITES)).toHaveLength(SITES.length);
  });
});

test("tells what moved, came and went", () => {
  const before = [choice("lon", 1, OURS), choice("lon", 2, OURS), choice(null, 3, OURS)];
  const after = [choice("ams", 1, OURS), choice("lon", 2, 9, OURS), choice("nyc", 4, OURS)];
  expect(movedChoices(before, after)).toMatchObject([
    { peerAs: 1, from: "lon", to: "ams" },
    { peerAs: 4, from: undefined, to: "nyc" },
    { peerAs: 3, from: null, to: undefined },
  ]);
});

test("suspects parts of a prefix, and origins that are not ours", () => {
  const watched = "192.0.2.0/24";
  const of = (prefix: string, ...asns: readonly number[]) => ({
    prefix,
    watched,
    set: route(asns),
  });
  const routes = [
    of(watched, 1, OURS),
    of(watched, 1, 66),
    of(watched, 2, 66),
    of("192.0.2.128/25", 1, OURS),
    of("192.0.2.128/25", 3, 77),
  ];
  expect(suspects(routes, new Set([OURS]))).toEqual([
    { kind: "foreign_origin", prefix: watched, watched, originAs: 66, peers: 2, asPath: "1 66" },
    {
      kind: "more_specific",
      prefix: "192.0.2.128/25",
      watched,
      originAs: OURS,
      peers: 1,
      asPath: `1 ${OURS}`,
    },
    {
      kind: "more_specific",
      prefix: "192.0.2.128/25",
      watched,
      originAs: 77,
      peers: 1,
      asPath: "3 77",
    },
  ]);
  const unknown = suspects(routes, new Set());
  expect(unknown.map(({ kind }) => kind)).toEqual(["more_specific", "more_specific"]);
});

/** Links between ASes that stand beside each other on paths. */
function linksOf(...paths: readonly (readonly number[])[]): Map<number, Set<number>> {
  const links = new Map<number, Set<number>>();
  for (const path of paths) {
    for (const [place, as] of path.entries()) {
      const next = path[place + 1];
      if (next === undefined) continue;
      links.set(as, (links.get(as) ?? new Set()).add(next));
      links.set(next, (links.get(next) ?? new Set()).add(as));
    }
  }
  return links;
}

describe("estimates", () => {
  //   1 - 2 - OURS (lon)     4 - 3 - OURS (ams)     2 - 3 are linked, 5 knows lon alone
  const choices = [
    choice("lon", 1, 2, OURS),
    choice("lon", 2, OURS),
    choice("ams", 4, 3, OURS),
    choice("lon", 5, OURS),
  ];
  const links = linksOf([1, 2, OURS], [4, 3, OURS], [2, 3], [5, OURS]);

  test("a withdrawal sends each to the nearest site over links that were seen", () => {
    const moves = estimateMoves(choices, links, { kind: "withdraw", site: "lon" });
    expect(moves.map(({ choice: { peerAs }, to }) => [peerAs, to])).toEqual([
      [1, "ams"],
      [2, "ams"],
      [5, null],
    ]);
  });

  test("prepending moves those who have a shorter way", () => {
    const moved = (times: number) =>
      estimateMoves(choices, links, { kind: "prepend", site: "lon", times }).map(
        ({ choice: { peerAs } }) => peerAs,
      );
    expect(moved(1)).toEqual([]);
    expect(moved(2)).toEqual([1, 2]);
  });

  test("leaves other prefixes and sites alone", () => {
    const other = { ...choice("lon", 7, OURS), prefix: "198.51.100.0/24" };
    const all = [...choices, other];
    const change = { kind: "withdraw", site: "ams" } as const;
    const moves = estimateMoves(all, links, change);
    expect(moves).toMatchObject([{ choice: { peerAs: 4 }, to: "lon" }]);
  });
});
