/**
 * Policy: which routes are taken from peers, and what is changed about them before the best path is
 * decided.
 *
 * Rules are tried in their order. One matches where all that it asks for holds; of a list any one
 * will do. What it sets is set, which later rules see; accept and reject end the matter, a rule
 * without them goes on to the next. Behind the last rule the default counts.
 * Cost: what the rules ask, in their order; a prefix list takes a few look-ups, whatever it has.
 */

import type { Address } from "../net/address.ts";
import type { PrefixCells } from "../net/bytes.ts";
import type { AttributeSet } from "./attributes.ts";
import {
  type CommunityPattern,
  hasCommunity,
  withCommunities,
  withoutCommunities,
} from "./community-pattern.ts";
import type { OriginState } from "./origin-validation.ts";
import type { PathExpression } from "./path-expression.ts";
import type { PathState } from "./path-validation.ts";
import type { PrefixList } from "./prefix-list.ts";

/** What a rule asks for: all that is there. */
export interface RouteMatch {
  readonly prefixes?: PrefixList;
  readonly asPath?: PathExpression;
  /** Any of them. */
  readonly communities?: readonly CommunityPattern[];
  /** Any of them; a route that was not validated has none. */
  readonly validation?: readonly OriginState[];
  /** Any of them; a route whose path was not validated has none. */
  readonly pathValidation?: readonly PathState[];
  /** Any of them, by either of its names. */
  readonly peers?: ReadonlySet<string>;
}

/** What a rule changes: all that is there. */
export interface RouteChange {
  readonly localPreference?: number;
  readonly med?: number;
  /** Of the next hop, in a multipath group. */
  readonly weight?: number;
  /** Taken away before others are added. */
  readonly removeCommunities?: readonly CommunityPattern[];
  /** Exact ones. */
  readonly addCommunities?: readonly CommunityPattern[];
  /** Of the route's family, or IPv6; IPv6 routes keep theirs where it is IPv4. */
  readonly nextHop?: Address;
}

/** What ends the rules. */
export type PolicyAction = "accept" | "reject";

/** One rule. */
export interface PolicyRule {
  /** What it is called where it is told of. */
  readonly name: string;
  readonly match: RouteMatch;
  readonly change: RouteChange;
  /** Undefined where the next rule follows. */
  readonly action: PolicyAction | undefined;
}

/** Rules, and what counts where none decides. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  readonly default: PolicyAction;
}

/** Whom a route came from, as rules name peers. */
export interface PolicyPeer {
  /** As formatAddress writes it. */
  readonly address: string;
  /** `AS64500`. */
  readonly as: string;
}

/** A route as it came from a peer. */
export interface PolicyRoute {
  /** Masked. */
  readonly prefix: PrefixCells;
  readonly set: AttributeSet;
  readonly peer: PolicyPeer;
  readonly validation?: OriginState;
  readonly pathValidation?: PathState;
}

/** What became of a route. */
export interface PolicyResult {
  readonly action: PolicyAction;
  /** The rule that decided; undefined where the default did. */
  readonly rule: PolicyRule | undefined;
  /** The one that came, where nothing was changed. */
  readonly set: AttributeSet;
  /** What rules gave the next hop; undefined without one. */
  readonly weight: number | undefined;
  /** Indices of the rules that changed it: with the set that came, they say what it became. */
  readonly changedBy: readonly number[];
}

/** Applies a policy to a route. */
export function applyPolicy(policy: Policy, route: PolicyRoute): PolicyResult {
  let { set } = route;
  let weight: number | undefined;
  const changedBy: number[] = [];
  for (const [index, rule] of policy.rules.entries()) {
    if (!matches(rule.match, route, set)) continue;
    if (rule.action === "reject") {
      return { action: "reject", rule, set: route.set, weight: undefined, changedBy: [] };
    }
    const changed = changedSet(set, rule.change, route.prefix.family);
    if (changed !== set || rule.change.weight !== undefined) changedBy.push(index);
    set = changed;
    weight = rule.change.weight ?? weight;
    if (rule.action === "accept") return { action: "accept", rule, set, weight, changedBy };
  }
  return { action: policy.default, rule: undefined, set, weight, changedBy };
}

/** Whether a route is what a rule asks for, with the attributes that it has by then. */
function matches(match: RouteMatch, route: PolicyRoute, set: AttributeSet): boolean {
  const { peers, validation, pathValidation, prefixes, communities, asPath } = match;
  const { peer } = route;
  if (peers && !peers.has(peer.address) && !peers.has(peer.as)) return false;
  if (validation && (!route.validation || !validation.includes(route.validation))) return false;
  const { pathValidation: state } = route;
  if (pathValidation && (!state || !pathValidation.includes(state))) return false;
  if (prefixes && !prefixes.has(route.prefix)) return false;
  if (communities && !communities.some((pattern) => hasCommunity(set, pattern))) return false;
  return asPath === undefined || asPath.matches(set.asPath);
}

/** What a set becomes by a change; the same object where nothing is changed. */
function changedSet(set: AttributeSet, change: RouteChange, family: 4 | 6): AttributeSet {
  const { localPreference, med, nextHop, removeCommunities = [], addCommunities = [] } = change;
  const isNextHop = nextHop !== undefined && (family === 4 || nextHop.family === 6);
  const areCommunities = removeCommunities.length + addCommunities.length > 0;
  if (!isNextHop && !areCommunities && (localPreference ?? med) === undefined) return set;
  return {
    ...set,
    ...(localPreference === undefined ? {} : { localPreference }),
    ...(med === undefined ? {} : { med }),
    ...(isNextHop ? { nextHop, linkLocalNextHop: undefined } : {}),
    ...withCommunities(withoutCommunities(set, removeCommunities), addCommunities),
  };
}
