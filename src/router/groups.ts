/**
 * Groups: the set of next hops behind a prefix, shared by all prefixes with the same set and
 * lineage.
 *
 * A prefix that has no group takes the canonical one of its set. A prefix that has one and whose
 * set changes (a step) takes the group derived from it: its table copied and then changed by least
 * movement, so that a change learned from routes moves no more flows than one of a next hop.
 * Prefixes that make the same step share its group, and where all users of a group make it, the
 * group changes in place. Two groups of one set whose tables are equal become one.
 *
 *     set {A,B,C}  g8 canonical ---- A is withdrawn from some prefixes ----> set {B,C}  g9 from g8
 *                  g8 goes on for the others            fresh prefixes of {B,C} take g10 canonical
 *
 * A group's record in the data plane holds the members that serve alone (member-set.ts): losing a
 * next hop rewrites groups, never prefixes.
 */

import type { Engine } from "../engine/engine.ts";
import type { GroupChange, GroupOptions } from "../engine/group-tables.ts";
import { GROUPS_MAX, GROUPS_RESERVED } from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { NextHop } from "../rib/route.ts";
import { type Group, GroupIndex } from "./group-index.ts";
import { MarkedRoutes } from "./marked-routes.ts";
import {
  groupMembers,
  type MemberSet,
  memberSet,
  type RouteMark,
  type ServingMember,
  type SetMember,
  servingOf,
} from "./member-set.ts";
import type { NextHops } from "./next-hops.ts";

/** Whether tables depend on their history and move nothing needlessly, or on their set alone. */
export type Agreement = "guided" | "canonical";

/** How groups get their tables. */
export interface GroupsOptions {
  /** "guided" unless said. */
  readonly agreement?: Agreement;
  /** Slots that every table has at least: a power of two. */
  readonly slots?: number;
}

/** What a group was: undo what happened to it since. */
interface SavedGroup {
  readonly set: MemberSet;
  readonly isCanonical: boolean;
  readonly slots: Uint16Array | undefined;
}

/** Groups as they were, by id. */
export type SavedGroups = ReadonlyMap<number, SavedGroup>;

/** A step of a group's users to another set. */
export interface Step {
  readonly from: number;
  readonly set: MemberSet;
  /** How many of its users make it. */
  readonly users: number;
}

/** Where a step leads, and what part of the slots it gave to another next hop, 0 to 1. */
export interface StepResult {
  readonly id: number;
  readonly moved: number;
}

function equalSlots(a: Uint16Array | undefined, b: Uint16Array | undefined): boolean {
  return a?.length === b?.length && (a === undefined || a.every((slot, i) => slot === b?.[i]));
}

/** All groups of a router, counted by the prefixes that use them. */
export class Groups {
  readonly #engine: Engine;
  readonly #nextHops: NextHops;
  readonly #agreement: Agreement;
  readonly #slotsLeast: number;
  readonly #index: GroupIndex;
  /** Routes that are counted or limited. */
  readonly marked: MarkedRoutes;
  readonly #freeIds: number[] = [];
  #nextId = GROUPS_RESERVED;

  constructor(engine: Engine, nextHops: NextHops, options: GroupsOptions = {}) {
    this.#engine = engine;
    this.#nextHops = nextHops;
    this.#index = new GroupIndex(nextHops);
    this.marked = new MarkedRoutes(engine);
    this.#agreement = options.agreement ?? "guided";
    this.#slotsLeast = options.slots ?? 0;
  }

  /** The set of a route's next hops, which become known. */
  setOf(nextHops: readonly NextHop[], overflow = 0, mark?: RouteMark): MemberSet {
    return memberSet(nextHops, overflow, this.#nextHops, mark);
  }

  /** The canonical group of a set, with `users` more prefixes. */
  acquire(set: MemberSet, users: number): number {
    const group = this.#canonical(set) ?? this.#create(set);
    group.users += users;
    return group.id;
  }

  /**
   * Where users of a group go whose set changes: the group itself, changed in place, when all of
   * them do, or one derived from it. Its users are as they were: retain and release them.
   */
  step({ from, set, users }: Step): StepResult {
    const group = this.#index.at(from);
    if (group === undefined || this.#agreement === "canonical" || set.members.length < 2) {
      return { id: this.acquire(set, 0), moved: 0 };
    }
    if (group.set.key === set.key) return { id: from, moved: 0 };
    if (users === group.users) return { id: from, moved: this.#move(group, set) };
    return this.#derive(group, set);
  }

  /** So many more prefixes lead to a group. Reserved ids are ignored. */
  retain(id: number, users: number): void {
    const group = this.#index.at(id);
    if (group !== undefined) group.users += users;
  }

  /** A prefix leads elsewhere now; a group without users is given up. Reserved ids are ignored. */
  release(id: number): void {
    const group = this.#index.at(id);
    if (group === undefined) return;
    group.users -= 1;
    if (group.users === 0) this.#remove(group);
  }

  /** Gives a group up that was acquired or stepped to and that no prefix came to use. */
  drop(id: number): void {
    const group = this.#index.at(id);
    if (group?.users === 0) this.#remove(group);
  }

  /**
   * Writes the groups of some next hops anew, each once, after their states or weights changed.
   * Returns what part of its slots each of them gave to another next hop, 0 to 1.
   */
  refresh(adjacencies: Iterable<number>): readonly number[] {
    return Array.from(this.#index.using(adjacencies), (group) => this.#rewrite(group));
  }

  /** Groups of some next hops, as they are: what `restore` undoes a change with. */
  save(adjacencies: Iterable<number>): SavedGroups {
    const groups = Array.from(this.#index.using(adjacencies));
    return new Map(groups.map((group) => [group.id, this.#saved(group)]));
  }

  /** As save, for one group. */
  saveGroup(id: number): SavedGroups {
    const group = this.#index.at(id);
    return new Map(group === undefined ? [] : [[id, this.#saved(group)]]);
  }

  /** Writes groups anew, their next hops being as they were, and each slot with whom it was. */
  restore(saved: SavedGroups): void {
    for (const [id, { set, isCanonical, slots }] of saved) {
      const group = this.#index.at(id);
      if (group === undefined) continue;
      this.#index.move(group, set);
      this.marked.follow(id, set.mark);
      this.#load(group, slots);
      group.isCanonical = isCanonical;
    }
  }

  /** Members that serve, nearest first; empty where no next hop is up. */
  serving(id: number): readonly ServingMember[] {
    const group = this.#index.at(id);
    return group === undefined ? [] : servingOf(group.set, this.#nextHops);
  }

  /** All members of a group's set, in tiers by cost. */
  members(id: number): readonly SetMember[] {
    return this.#index.at(id)?.set.members ?? [];
  }

  /** Prefixes that lead to a group. */
  users(id: number): number {
    return this.#index.at(id)?.users ?? 0;
  }

  /**
   * Gives a group the slots of a snapshot: adjacencies that serve it, a power of two of them; none
   * for a group of one. Throws CAPACITY where there is no room for the table.
   */
  load(id: number, slots: Uint16Array | undefined): void {
    const group = this.#index.at(id);
    if (group === undefined) return;
    this.#load(group, slots);
    group.isCanonical = false;
  }

  /** A group of a set of its own lineage, with the slots of a snapshot and no users yet. */
  adopt(set: MemberSet, slots: Uint16Array | undefined): number {
    const group = this.#create(set);
    group.isCanonical = false;
    try {
      this.#load(group, slots);
    } catch (error) {
      this.#remove(group);
      throw error;
    }
    return group.id;
  }

  /** What the groups of one set are; they differ in lineage. */
  ofSet(set: MemberSet): readonly number[] {
    return Array.from(this.#index.withKey(set.key), ({ id }) => id);
  }

  /** The set behind a group. */
  set(id: number): MemberSet | undefined {
    return this.#index.at(id)?.set;
  }

  /** Ids of all groups in use. */
  ids(): readonly number[] {
    return Array.from(this.#index.all(), ({ id }) => id);
  }

  #canonical(set: MemberSet): Group | undefined {
    for (const group of this.#index.withKey(set.key)) if (group.isCanonical) return group;
    return undefined;
  }

  /**
   * A new group of a set: with the canonical table, or with that of the group that it comes from,
   * changed. Throws CAPACITY where there is no room.
   */
  #create(set: MemberSet, from?: Group): Group & Pick<StepResult, "moved"> {
    const group = {
      id: this.#takeId(),
      set,
      users: 0,
      isCanonical: from === undefined,
      tier: from?.tier,
      moved: 0,
    };
    try {
      this.marked.follow(group.id, set.mark);
      const options = from === undefined ? { mode: "canonical" as const } : { from: from.id };
      const { moved, slots } = this.#write(group, options);
      group.moved = moved / slots;
    } catch (error) {
      this.marked.follow(group.id, undefined);
      this.#freeIds.push(group.id);
      throw error;
    }
    this.#engine.counters.resetGroup(group.id);
    this.#index.add(group);
    return group;
  }

  #remove(group: Group): void {
    this.#engine.groups.remove(group.id);
    this.marked.follow(group.id, undefined);
    this.#index.remove(group);
    this.#freeIds.push(group.id);
  }

  #saved({ id, set, isCanonical }: Group): SavedGroup {
    return { set, isCanonical, slots: this.#engine.groups.slots(id)?.slice() };
  }

  /** All users of a group go over to another set. */
  #move(group: Group, set: MemberSet): number {
    const before = group.set;
    this.#index.move(group, set);
    try {
      this.marked.follow(group.id, set.mark);
      return this.#rewrite(group);
    } catch (error) {
      this.#index.move(group, before);
      this.marked.follow(group.id, before.mark);
      throw error;
    }
  }

  /** Some users of a group go over to another set: a copy of it that is then changed. */
  #derive(from: Group, set: MemberSet): StepResult {
    const group = this.#create(set, from);
    return { id: this.#merged(group).id, moved: group.moved };
  }

  /** The group of the same set with the same table, which takes a new one's place. */
  #merged(group: Group): Group {
    const table = this.#engine.groups.slots(group.id);
    for (const other of this.#index.withKey(group.set.key)) {
      if (other === group || !equalSlots(table, this.#engine.groups.slots(other.id))) continue;
      this.#remove(group);
      return other;
    }
    return group;
  }

  /** Gives a group slots that were saved; none for a group of one. */
  #load(group: Group, slots: Uint16Array | undefined): void {
    if (slots === undefined) {
      this.#write(group);
      return;
    }
    const serving = servingOf(group.set, this.#nextHops);
    this.#engine.groups.load(group.id, groupMembers(serving), slots);
    group.tier = serving[0]?.cost;
  }

  /** Changes a group's table by least movement; returns what part of its slots moved. */
  #rewrite(group: Group): number {
    const { moved, slots } = this.#write(group);
    group.isCanonical &&= moved === 0 || this.#agreement === "canonical";
    return moved / slots;
  }

  /** Gives a group the members that serve. Nobody is led back to a tier that serves no more. */
  #write(group: Group, options: GroupOptions = {}): GroupChange {
    const serving = servingOf(group.set, this.#nextHops);
    const tier = serving[0]?.cost;
    const change = this.#engine.groups.change(group.id, groupMembers(serving), {
      mode: this.#agreement,
      slotsLeast: this.#slotsLeast,
      forgets: tier !== group.tier,
      ...options,
    });
    group.tier = tier;
    return change;
  }

  #takeId(): number {
    const free = this.#freeIds.pop();
    if (free !== undefined) return free;
    const { groups } = this.#engine.plan.limits;
    if (this.#nextId < groups) return this.#nextId++;
    throw new AnyfibError({
      code: "CAPACITY",
      what: `more than ${groups - GROUPS_RESERVED} distinct sets of next hops`,
      hint:
        groups < GROUPS_MAX
          ? `use fewer sets, or raise limit groups (at most ${GROUPS_MAX})`
          : "use fewer sets: this is as many as a forwarder can tell apart",
      detail: { groups },
    });
  }
}
