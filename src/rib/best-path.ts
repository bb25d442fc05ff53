/**
 * Which of a prefix's candidates is best (RFC 4271 section 9.1.2), which are as good for multipath,
 * and at which step each of the others fell out.
 *
 *   usable              a next hop that can be reached; no loop, nothing malformed
 *   stale               not kept through a long graceful restart (RFC 9494 section 4.3)
 *   local_preference    the highest; 100 unless said, 0 with GRACEFUL_SHUTDOWN (RFC 8326)
 *   as_path_length      the shortest; a set counts for one, confederations for none
 *   origin              igp, egp, incomplete
 *   med                 the lowest of those by the same neighbor AS, or of all (always-compare-med)
 *   external            eBGP before iBGP and confederation peers
 *   igp_cost            the lowest cost to the next hop
 *        ---- all that are left are equal for multipath, where their paths may differ ----
 *   oldest              of external ones, with that option
 *   router_id           the lowest; ORIGINATOR_ID where there is one (RFC 4456 section 9)
 *   cluster_list        the shortest (RFC 4456 section 9)
 *   peer_address        the lowest
 *   path_id             the lowest (RFC 7911)
 *
 * Each step takes out those that are worse than the best that are left, so the result is the same
 * whatever the order of the candidates. MED alone is no order of all of them: it takes out those
 * that are worse than one by the same neighbor AS ("deterministic").
 * Cost: one pass over what is left at each step.
 */

import type { Address } from "../net/address.ts";
import { compareAddresses } from "../net/address.ts";
import { pathLength } from "./as-path.ts";
import type { AsPath, AttributeSet, RouteOrigin } from "./attributes.ts";

/** Steps of the decision, in order. */
export const DECISION_STEPS = [
  "usable",
  "stale",
  "local_preference",
  "as_path_length",
  "origin",
  "med",
  "external",
  "igp_cost",
  "oldest",
  "router_id",
  "cluster_list",
  "peer_address",
  "path_id",
] as const;

/** A step of the decision. */
export type DecisionStep = (typeof DECISION_STEPS)[number];

/** Who a candidate came from. */
export interface CandidatePeer {
  readonly address: Address;
  readonly as: number;
  /** A u32. */
  readonly routerId: number;
}

/** What the decision looks at. */
export interface Candidate {
  readonly set: AttributeSet;
  readonly peer: CandidatePeer;
  /** 0 where the session has none (RFC 7911). */
  readonly pathId: number;
  /** Whether it came by iBGP, or from a peer of the confederation. */
  readonly isInternal: boolean;
  /** To its next hop; infinite where that cannot be reached. */
  readonly igpCost: number;
  /** When it came: any unit, lower is older. */
  readonly since: number;
}

/** Knobs, as routers have them. */
export interface DecisionOptions {
  /** Compares the MED of different neighbor ASes. */
  readonly alwaysCompareMed?: boolean;
  /** No MED is the worst one, instead of the best (0). */
  readonly missingMedWorst?: boolean;
  /** Takes the oldest of external candidates, before router ids are compared. */
  readonly preferOldest?: boolean;
  /** Equal paths need be of one length alone. */
  readonly multipathRelax?: boolean;
  /** Equal candidates that are used, 1 to MULTIPATH_MAX. */
  readonly multipath?: number;
}

/** What was decided. Candidates are told by their index. */
export interface Decision {
  /** -1 where none is usable. */
  readonly best: number;
  /** The best one, then those that are as good, in order of preference. */
  readonly equal: readonly number[];
  /** Where each fell out; undefined for the best one. */
  readonly steps: readonly (DecisionStep | undefined)[];
}

/** Most next hops of a prefix. */
export const MULTIPATH_MAX = 128;
/** Where a route has none. */
export const LOCAL_PREFERENCE = 100;

const ORIGINS: Readonly<Record<RouteOrigin, number>> = { igp: 0, egp: 1, incomplete: 2 };
const MED_MAX = 0xffff_ffff;
/** More ASes than an attribute has room for. */
const LENGTH_MAX = 2 ** 14 - 1;
const GRACEFUL_SHUTDOWN = 0xffff_0000;
const LLGR_STALE = 0xffff_0006;
/** Steps that equal candidates have in common. */
const EQUAL_STEPS = DECISION_STEPS.indexOf("oldest");

/** The local preference that counts. */
export function effectivePreference({ localPreference, communities }: AttributeSet): number {
  if (communities.includes(GRACEFUL_SHUTDOWN)) return 0;
  return localPreference ?? LOCAL_PREFERENCE;
}

/** The AS that a route came into this one from: 0 where its path names none. */
export function neighborAs(path: AsPath): number {
  const first = path.find(({ kind }) => kind === "sequence" || kind === "set");
  return first?.kind === "sequence" ? (first.asns[0] ?? 0) : 0;
}

/** The MED that counts. */
export function effectiveMed({ med }: AttributeSet, isMissingWorst = false): number {
  return med ?? (isMissingWorst ? MED_MAX : 0);
}

/** What a step compares: lower is better. MED and addresses are compared otherwise. */
const KEYS: Readonly<Partial<Record<DecisionStep, (candidate: Candidate) => number>>> = {
  usable: ({ igpCost }) => (igpCost === Number.POSITIVE_INFINITY ? 1 : 0),
  stale: ({ set }) => Number(set.communities.includes(LLGR_STALE)),
  local_preference: ({ set }) => -effectivePreference(set),
  as_path_length: ({ set }) => pathLength(set.asPath),
  origin: ({ set }) => ORIGINS[set.origin],
  external: ({ isInternal }) => Number(isInternal),
  igp_cost: ({ igpCost }) => igpCost,
  oldest: ({ isInternal, since }) => (isInternal ? 0 : since),
  router_id: ({ set, peer }) => set.originatorId ?? peer.routerId,
  cluster_list: ({ set }) => set.clusterList.length,
  path_id: ({ pathId }) => pathId,
};

/**
 * The steps in front of MED as one number, lower is better: a table's prefixes are mostly decided
 * by them, and routes that share their attributes share it.
 */
export function preferenceKey(set: AttributeSet): number {
  const isStale = Number(set.communities.includes(LLGR_STALE));
  const preference = 2 ** 32 - 1 - effectivePreference(set);
  const length = Math.min(pathLength(set.asPath), LENGTH_MAX);
  return ((isStale * 2 ** 32 + preference) * (LENGTH_MAX + 1) + length) * 4 + ORIGINS[set.origin];
}

/** Decides among the candidates of a prefix. */
export function decide(candidates: readonly Candidate[], options: DecisionOptions = {}): Decision {
  const steps: (DecisionStep | undefined)[] = candidates.map(() => undefined);
  let left = candidates.map((_, index) => index);
  let equal: readonly number[] = left;
  for (const [number, step] of DECISION_STEPS.entries()) {
    if (number === EQUAL_STEPS || left.length < 2) equal = number <= EQUAL_STEPS ? left : equal;
    if (left.length < 2 && number > 0) break;
    if (step === "oldest" && options.preferOldest !== true) continue;
    const kept = keep(step, left, candidates, options);
    if (kept.length === left.length) continue;
    for (const index of left) if (!kept.includes(index)) steps[index] = step;
    left = kept;
  }
  const [best = -1] = left;
  const winner = candidates[best];
  if (winner === undefined) return { best: -1, equal: [], steps };
  const { multipath = 1 } = options;
  const others = equal.filter((index) => {
    const candidate = candidates[index];
    return index !== best && candidate !== undefined && mayJoin(candidate, winner, options);
  });
  const order = others.sort((a, b) => compareEqual(candidates[a], candidates[b], options));
  return { best, equal: [best, ...order].slice(0, Math.min(multipath, MULTIPATH_MAX)), steps };
}

/** The order of equal candidates, by the steps that they do not have in common. */
function compareEqual(
  a: Candidate | undefined,
  b: Candidate | undefined,
  { preferOldest = false }: DecisionOptions,
): number {
  if (a === undefined || b === undefined) return 0;
  for (const step of DECISION_STEPS.slice(EQUAL_STEPS)) {
    if (step === "oldest" && !preferOldest) continue;
    const key = KEYS[step];
    const order = key ? key(a) - key(b) : compareAddresses(a.peer.address, b.peer.address);
    if (order !== 0) return order;
  }
  return 0;
}

/** What a step leaves; nothing where no candidate is usable. */
function keep(
  step: DecisionStep,
  left: readonly number[],
  candidates: readonly Candidate[],
  options: DecisionOptions,
): number[] {
  const of = (index: number): Candidate | undefined => candidates[index];
  if (step === "med") return keepMed(left, candidates, options);
  if (step === "peer_address") {
    const lowest = left.reduce((best, index) => {
      const [a, b] = [of(index), of(best)];
      return a && b && compareAddresses(a.peer.address, b.peer.address) < 0 ? index : best;
    }, left[0] ?? -1);
    const address = of(lowest)?.peer.address;
    return left.filter((index) => {
      const one = of(index);
      return one && address && compareAddresses(one.peer.address, address) === 0;
    });
  }
  const key = KEYS[step];
  const keys = left.map((index) => {
    const one = of(index);
    return one === undefined || key === undefined ? 0 : key(one);
  });
  const lowest = step === "usable" ? 0 : Math.min(...keys);
  return left.filter((_, at) => keys[at] === lowest);
}

/** The lowest MED of each neighbor AS, or of all. */
function keepMed(
  left: readonly number[],
  candidates: readonly Candidate[],
  { alwaysCompareMed = false, missingMedWorst = false }: DecisionOptions,
): number[] {
  const lowest = new Map<number, number>();
  const facts = left.map((index) => {
    const set = candidates[index]?.set;
    const as = set === undefined || alwaysCompareMed ? 0 : neighborAs(set.asPath);
    const med = set === undefined ? MED_MAX : effectiveMed(set, missingMedWorst);
    lowest.set(as, Math.min(lowest.get(as) ?? MED_MAX, med));
    return { as, med };
  });
  return left.filter((_, at) => {
    const fact = facts[at];
    return fact !== undefined && fact.med === lowest.get(fact.as);
  });
}

/** Whether a candidate that is equal by all keys may be used beside the best one. */
function mayJoin(candidate: Candidate, best: Candidate, options: DecisionOptions): boolean {
  if (options.multipathRelax === true) return true;
  if (!best.isInternal) return candidate.peer.as === best.peer.as;
  return samePath(candidate.set.asPath, best.set.asPath);
}

function samePath(a: AsPath, b: AsPath): boolean {
  return (
    a.length === b.length &&
    a.every((segment, at) => {
      const other = b[at];
      const isAlike = other?.kind === segment.kind && other.asns.length === segment.asns.length;
      return isAlike && segment.asns.every((as, place) => as === other.asns[place]);
    })
  );
}

/**
 * Why the MEDs of a loser and the best candidate were not compared, where that might have changed
 * the result: undefined where they were, or are the same.
 */
export function medNote(
  loser: Candidate,
  best: Candidate,
  step: DecisionStep | undefined,
  { alwaysCompareMed = false, missingMedWorst = false }: DecisionOptions = {},
): string | undefined {
  const isAfter =
    step !== undefined && DECISION_STEPS.indexOf(step) > DECISION_STEPS.indexOf("med");
  if (!isAfter || alwaysCompareMed) return undefined;
  const meds = [loser, best].map(({ set }) => effectiveMed(set, missingMedWorst));
  const ases = [loser, best].map(({ set }) => neighborAs(set.asPath));
  if (meds[0] === meds[1] || ases[0] === ases[1]) return undefined;
  return `MED ${meds[0]} by AS${ases[0]} was not compared with ${meds[1]} by AS${ases[1]}`;
}
