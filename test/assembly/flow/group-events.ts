/** Random single events of a group: a next hop joins, leaves, or changes its weight. */

import type { GroupMember } from "../../../src/engine/group-tables.ts";
import type { Random } from "../../oracle/random.ts";

/** How many members a group has. */
export interface MemberBounds {
  readonly least: number;
  readonly most: number;
  /** Largest weight. */
  readonly weightMax: number;
}

/** A group after an event, and the adjacency that it was about. */
export interface GroupEvent {
  readonly members: readonly GroupMember[];
  readonly changed: number;
}

/** Adjacencies to choose from: any of those that a test engine has. */
const ADJACENCIES = 1024;

/** A group of any size in the bounds. */
export function firstMembers(random: Random, bounds: MemberBounds): readonly GroupMember[] {
  const count = bounds.least + random.below(bounds.most - bounds.least + 1);
  let members: readonly GroupMember[] = [];
  while (members.length < count) members = join(members, random, bounds).members;
  return members;
}

/** The next event: all three kinds are as likely where the bounds allow them. */
export function nextEvent(
  members: readonly GroupMember[],
  random: Random,
  bounds: MemberBounds,
): GroupEvent {
  const kind = random.below(3);
  if (kind === 0 && members.length < bounds.most) return join(members, random, bounds);
  if (kind === 1 && members.length > bounds.least) return leave(members, random);
  return reweigh(members, random, bounds);
}

function join(members: readonly GroupMember[], random: Random, bounds: MemberBounds): GroupEvent {
  let changed = 1 + random.below(ADJACENCIES);
  while (members.some(({ adjacency }) => adjacency === changed)) {
    changed = 1 + random.below(ADJACENCIES);
  }
  const weight = 1 + random.below(bounds.weightMax);
  const at = random.below(members.length + 1);
  const joined = [...members.slice(0, at), { adjacency: changed, weight }, ...members.slice(at)];
  return { members: joined, changed };
}

function leave(members: readonly GroupMember[], random: Random): GroupEvent {
  const changed = members[random.below(members.length)]?.adjacency ?? 0;
  return { members: members.filter(({ adjacency }) => adjacency !== changed), changed };
}

function reweigh(
  members: readonly GroupMember[],
  random: Random,
  bounds: MemberBounds,
): GroupEvent {
  const changed = members[random.below(members.length)]?.adjacency ?? 0;
  const weight = 1 + random.below(bounds.weightMax);
  const reweighed = members.map((member) =>
    member.adjacency === changed ? { ...member, weight } : member,
  );
  return { members: reweighed, changed };
}
