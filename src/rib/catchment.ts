/**
 * Catchments: which site each vantage point chose for each anycast prefix. A collector's peer tells
 * its own best route, so the site that the route leads to is where its AS sends packets; sites are
 * told apart by what their routes carry.
 */

import { formatAddress } from "../net/address.ts";
import { formatPath, NO_ORIGIN, pathLength, pathOrigin } from "./as-path.ts";
import type { AttributeSet } from "./attributes.ts";
import { type Candidate, decide } from "./best-path.ts";
import { type CommunityPattern, hasCommunity } from "./community-pattern.ts";
import type { PathExpression } from "./path-expression.ts";

/** How the routes of a site are told. */
export type SiteMark =
  | { readonly kind: "community"; readonly pattern: CommunityPattern }
  | { readonly kind: "origin"; readonly as: number }
  | { readonly kind: "path"; readonly expression: PathExpression };

/** A site and how its routes are told. */
export interface SiteRule {
  readonly name: string;
  readonly mark: SiteMark;
}

/** What a vantage point chose for a prefix. */
export interface Choice {
  readonly prefix: string;
  /** The peer of the collector, and its AS. */
  readonly peer: string;
  readonly peerAs: number;
  /** Null where the route carries no site's mark. */
  readonly site: string | null;
  readonly set: AttributeSet;
}

/** What a site has of the choices. */
export interface SiteShare {
  /** Null for routes that carry no site's mark. */
  readonly site: string | null;
  /** Vantage points and prefixes that chose it. */
  readonly choices: number;
  /** Of all choices. */
  readonly share: number;
  readonly vantageAses: number;
  /** ASes on the paths to it, vantage ASes included: they send packets the same way. */
  readonly pathAses: number;
  readonly meanPathLength: number;
}

/** A choice that differs between two dumps. */
export interface MovedChoice {
  readonly prefix: string;
  readonly peer: string;
  readonly peerAs: number;
  /** Undefined where there was no route, null where it carried no site's mark. */
  readonly from: string | null | undefined;
  readonly to: string | null | undefined;
}

function isMarked(set: AttributeSet, mark: SiteMark): boolean {
  switch (mark.kind) {
    case "community":
      return hasCommunity(set, mark.pattern);
    case "origin":
      return pathOrigin(set.asPath) === mark.as;
    case "path":
      return mark.expression.matches(set.asPath);
  }
}

/** The site of a route: the first whose mark it carries. */
export function siteOf(set: AttributeSet, sites: readonly SiteRule[]): string | null {
  return sites.find(({ mark }) => isMarked(set, mark))?.name ?? null;
}

/** The choice of a peer: the best of its routes, of which ADD-PATH may tell several. */
export function choiceOf(
  prefix: string,
  candidates: readonly Candidate[],
  sites: readonly SiteRule[],
): Choice | undefined {
  const { best } = decide(candidates);
  const candidate = candidates[best];
  if (candidate === undefined) return undefined;
  const { set, peer } = candidate;
  const from = { peer: formatAddress(peer.address), peerAs: peer.as };
  return { prefix, ...from, site: siteOf(set, sites), set };
}

/** What each site has, in the order of the rules; then what carries no mark, if anything does. */
export function siteShares(
  choices: readonly Pick<Choice, "site" | "set" | "peerAs">[],
  sites: readonly SiteRule[],
): readonly SiteShare[] {
  const names = [...new Set(sites.map(({ name }) => name)), null];
  const shares = names.map((site) => {
    const own = choices.filter((choice) => choice.site === site);
    const lengths = own.map(({ set }) => pathLength(set.asPath));
    const sum = lengths.reduce((total, length) => total + length, 0);
    return {
      site,
      choices: own.length,
      share: choices.length === 0 ? 0 : own.length / choices.length,
      vantageAses: new Set(own.map(({ peerAs }) => peerAs)).size,
      pathAses: new Set(own.flatMap(({ set, peerAs }) => [peerAs, ...asesOf(set)])).size,
      meanPathLength: own.length === 0 ? 0 : sum / own.length,
    };
  });
  return shares.filter(({ site, choices: count }) => site !== null || count > 0);
}

/** The ASes of a route's path, the nearest first, each once. */
export function asesOf({ asPath }: AttributeSet): readonly number[] {
  return [...new Set(asPath.flatMap(({ asns }) => asns))];
}

function keyOf({ prefix, peer, peerAs }: Pick<Choice, "prefix" | "peer" | "peerAs">): string {
  return `${prefix} ${peer} ${peerAs}`;
}

/** Choices that differ, those that only one of the two has included. */
export function movedChoices(
  before: readonly Choice[],
  after: readonly Choice[],
): readonly MovedChoice[] {
  const old = new Map(before.map((choice) => [keyOf(choice), choice]));
  const moved: MovedChoice[] = [];
  for (const choice of after) {
    const { prefix, peer, peerAs, site } = choice;
    const from = old.get(keyOf(choice))?.site;
    old.delete(keyOf(choice));
    if (from !== site) moved.push({ prefix, peer, peerAs, from, to: site });
  }
  for (const { prefix, peer, peerAs, site } of old.values()) {
    moved.push({ prefix, peer, peerAs, from: site, to: undefined });
  }
  return moved;
}

/** Announcements that may be somebody else's. */
export interface Suspect {
  readonly kind: "more_specific" | "foreign_origin";
  readonly prefix: string;
  /** The prefix of ours that it touches. */
  readonly watched: string;
  /** Null where the path ends in a set. */
  readonly originAs: number | null;
  /** Peers that have it. */
  readonly peers: number;
  /** The path of one of them. */
  readonly asPath: string;
}

/** A route for a watched prefix, or for a part of it. */
export interface WatchedRoute {
  readonly prefix: string;
  readonly watched: string;
  readonly set: AttributeSet;
}

/**
 * What is suspect: a route for a part of a watched prefix, which draws packets away from all sites,
 * and one by an origin that is not ours. A part that is watched itself is suspect by its origin
 * alone. One row for each prefix and origin.
 */
export function suspects(
  routes: readonly WatchedRoute[],
  origins: ReadonlySet<number>,
): readonly Suspect[] {
  const found = new Map<string, Suspect & { peers: number }>();
  for (const { prefix, watched, set } of routes) {
    const origin = pathOrigin(set.asPath);
    const isForeign = origins.size > 0 && !origins.has(origin);
    if (!isForeign && prefix === watched) continue;
    const key = `${prefix} ${origin}`;
    const known = found.get(key);
    if (known !== undefined) {
      known.peers += 1;
      continue;
    }
    found.set(key, {
      kind: prefix === watched ? "foreign_origin" : "more_specific",
      prefix,
      watched,
      originAs: origin === NO_ORIGIN ? null : origin,
      peers: 1,
      asPath: formatPath(set.asPath),
    });
  }
  return [...found.values()];
}
