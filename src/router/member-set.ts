/**
 * Sets of next hops: their members in tiers by cost, and which of them serve with what share.
 *
 * The tier that serves is the nearest one (lowest cost) with a member that is up and has weight;
 * hashing is only among its members. A set with an overflow gives that part of its flows to the
 * next such tier while the nearest one serves.
 */

import type { GroupMember } from "../engine/group-tables.ts";
import { type Address, compareAddresses } from "../net/address.ts";
import type { NextHop, RouteMeter, TerminalKind } from "../rib/route.ts";
import type { KnownNextHop, NextHops } from "./next-hops.ts";

/** A member of a set, as its route gave it. */
export interface SetMember {
  readonly adjacency: number;
  readonly weight: number;
  readonly cost: number;
}

/** What makes a set that of one route alone: its meter, and its kind where it has no next hops. */
export interface RouteMark {
  readonly meter: RouteMeter;
  readonly kind?: TerminalKind;
}

/** What stands behind a prefix. */
export interface MemberSet {
  /** Equal keys are equal sets. */
  readonly key: string;
  /** By nearness, then by address. */
  readonly members: readonly SetMember[];
  /** Part of its flows, 0 to 1, that the next tier takes while the nearest one serves. */
  readonly overflow: number;
  readonly mark?: RouteMark;
}

/** A member that serves. */
export interface ServingMember {
  readonly nextHop: KnownNextHop;
  /** The weight in force, among the members of its tier. */
  readonly weight: number;
  readonly cost: number;
  /** Part of the set's flows that it is due, 0 to 1. */
  readonly share: number;
}

/** A member before it is merged, with the address that it is ordered by. */
export interface Candidate extends SetMember {
  readonly address: Address;
}

/** Weights of members of two tiers, when shares are made whole numbers. */
const SHARE_UNITS = 2 ** 30;

/**
 * Order of members: by nearness, then by address, which no table's order of lines changes. Equal
 * sets have equal keys, and under one flow key equal tables.
 */
function byIdentity(a: Candidate, b: Candidate): number {
  return a.cost - b.cost || compareAddresses(a.address, b.address);
}

/** Merges repeated next hops of one tier: their weights add up. */
function mergeMembers(candidates: readonly Candidate[]): readonly SetMember[] {
  const merged: SetMember[] = [];
  for (const { adjacency, weight, cost } of candidates.toSorted(byIdentity)) {
    const last = merged.at(-1);
    if (last?.adjacency === adjacency && last.cost === cost) {
      merged[merged.length - 1] = { ...last, weight: last.weight + weight };
    } else merged.push({ adjacency, weight, cost });
  }
  return merged;
}

/** The set of a route's next hops, which become known. */
export function memberSet(
  routeNextHops: readonly NextHop[],
  overflow: number,
  nextHops: NextHops,
  mark?: RouteMark,
): MemberSet {
  const candidates = routeNextHops.map((nextHop) => ({
    address: nextHop.address,
    adjacency: nextHops.intern(nextHop).adjacency,
    weight: nextHop.weight,
    cost: nextHop.cost,
  }));
  return setOfMembers(candidates, overflow, mark);
}

/** The set of next hops that are known. */
export function setOfMembers(
  candidates: readonly Candidate[],
  overflow: number,
  mark?: RouteMark,
): MemberSet {
  const members = mergeMembers(candidates);
  const list = members.map((m) => `${m.adjacency}*${m.weight}@${m.cost}`).join();
  const key = overflow === 0 ? list : `${list}+${overflow}`;
  if (mark === undefined) return { key, members, overflow };
  return { key: `${key} ${JSON.stringify(mark)}`, members, overflow, mark };
}

/** A member with the weight in force; undefined for one that serves nobody. */
function live(
  { adjacency, weight, cost }: SetMember,
  nextHops: NextHops,
): Omit<ServingMember, "share"> | undefined {
  const nextHop = nextHops.at(adjacency);
  if (nextHop?.state !== "up") return undefined;
  const inForce = nextHop.weight ?? weight;
  return inForce > 0 ? { nextHop, weight: inForce, cost } : undefined;
}

/** Members with weight that are up, of the nearest `tiers` tiers that have any. */
function liveTiers(
  set: MemberSet,
  nextHops: NextHops,
  tiers: number,
): readonly (readonly Omit<ServingMember, "share">[])[] {
  const found: Omit<ServingMember, "share">[][] = [];
  for (const member of set.members) {
    const serving = live(member, nextHops);
    if (serving === undefined) continue;
    const last = found.at(-1);
    if (last?.[0]?.cost === serving.cost) last.push(serving);
    else if (found.length < tiers) found.push([serving]);
    else break;
  }
  return found;
}

/** Members that serve, nearest first; none where no next hop is up. Their shares add up to 1. */
export function servingOf(set: MemberSet, nextHops: NextHops): readonly ServingMember[] {
  const tiers = liveTiers(set, nextHops, set.overflow === 0 ? 1 : 2);
  return tiers.flatMap((members, tier) => {
    const part = tiers.length === 1 ? 1 : [1 - set.overflow, set.overflow][tier];
    const total = members.reduce((sum, { weight }) => sum + weight, 0);
    return members.map((member) => ({ ...member, share: ((part ?? 0) * member.weight) / total }));
  });
}

/** Serving members as the data plane takes them: of one tier by weight, of two by share. */
export function groupMembers(serving: readonly ServingMember[]): readonly GroupMember[] {
  const isOneTier = serving.at(0)?.cost === serving.at(-1)?.cost;
  return mergeTiers(
    serving.map(({ nextHop: { adjacency }, weight, share }) => ({
      adjacency,
      weight: isOneTier ? weight : Math.max(1, Math.round(share * SHARE_UNITS)),
    })),
  );
}

/** A next hop may stand in two tiers that both serve; the data plane knows it once. */
function mergeTiers(members: readonly GroupMember[]): readonly GroupMember[] {
  const merged = new Map<number, number>();
  for (const { adjacency, weight } of members) {
    merged.set(adjacency, (merged.get(adjacency) ?? 0) + weight);
  }
  return Array.from(merged, ([adjacency, weight]) => ({ adjacency, weight }));
}
