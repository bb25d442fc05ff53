/**
 * Groups: the set of next hops behind a prefix, shared by all prefixes that have the same one.
 *
 * A set's members stand in tiers by cost. The tier that serves is the nearest one (lowest cost)
 * with a member that is up and has weight; hashing is only among its members. A group's record in
 * the data plane holds the serving tier alone: losing a next hop rewrites groups, never prefixes.
 */

import type { Engine, GroupChange } from "../engine/engine.ts";
import { GROUPS_MAX, GROUPS_RESERVED } from "../engine/layout.ts";
import { type Address, compareAddresses } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import type { NextHop } from "../rib/route.ts";
import type { KnownNextHop, NextHops } from "./next-hops.ts";

/** A member of a set, as its route gave it. */
export interface SetMember {
  readonly adjacency: number;
  readonly weight: number;
  readonly cost: number;
}

/** A member of the tier that serves. */
export interface ServingMember {
  readonly nextHop: KnownNextHop;
  /** The weight in force. */
  readonly weight: number;
  readonly cost: number;
}

/** Slot tables by group id; undefined where a group had none. */
export type SavedSlots = ReadonlyMap<number, Uint16Array | undefined>;

interface Group {
  readonly id: number;
  readonly key: string;
  readonly members: readonly SetMember[];
  /** Prefixes that lead here. */
  users: number;
}

/** A member before it is merged, with the address that it is ordered by. */
interface Candidate extends SetMember {
  readonly address: Address;
}

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

/** All groups of a router, counted by the prefixes that use them. */
export class Groups {
  readonly #engine: Engine;
  readonly #nextHops: NextHops;
  readonly #byKey = new Map<string, Group>();
  readonly #byId = new Map<number, Group>();
  readonly #ofAdjacency = new Map<number, Set<Group>>();
  readonly #freeIds: number[] = [];
  #nextId = GROUPS_RESERVED;

  constructor(engine: Engine, nextHops: NextHops) {
    this.#engine = engine;
    this.#nextHops = nextHops;
  }

  /** The group of a route's next hops, with `users` more prefixes. */
  acquire(nextHops: readonly NextHop[], users: number): number {
    const members = mergeMembers(
      nextHops.map((nextHop) => ({
        address: nextHop.address,
        adjacency: this.#nextHops.intern(nextHop).adjacency,
        weight: nextHop.weight,
        cost: nextHop.cost,
      })),
    );
    const key = members.map((m) => `${m.adjacency}*${m.weight}@${m.cost}`).join();
    const group = this.#byKey.get(key) ?? this.#create(key, members);
    group.users += users;
    return group.id;
  }

  /** A prefix leads elsewhere now; a group without users is given up. Reserved ids are ignored. */
  release(id: number): void {
    const group = this.#byId.get(id);
    if (group === undefined) return;
    group.users -= 1;
    if (group.users === 0) this.#remove(group);
  }

  /**
   * Writes the groups of some next hops anew, each once, after their states or weights changed.
   * Returns what part of its slots each of them gave to another next hop, 0 to 1.
   */
  refresh(adjacencies: Iterable<number>): readonly number[] {
    const affected = new Set<Group>();
    for (const adjacency of adjacencies) {
      for (const group of this.#ofAdjacency.get(adjacency) ?? []) affected.add(group);
    }
    return Array.from(affected, (group) => {
      const { moved, slots } = this.#write(group);
      return moved / slots;
    });
  }

  /** The slots of all groups of some next hops, copied: what `restore` undoes a change with. */
  save(adjacencies: Iterable<number>): SavedSlots {
    const saved = new Map<number, Uint16Array | undefined>();
    for (const adjacency of adjacencies) {
      for (const { id } of this.#ofAdjacency.get(adjacency) ?? []) {
        if (!saved.has(id)) saved.set(id, this.#engine.slotTable(id)?.slice());
      }
    }
    return saved;
  }

  /** Writes groups anew, their next hops being as they were, and each slot with whom it was. */
  restore(saved: SavedSlots): void {
    for (const [id, slots] of saved) {
      const group = this.#byId.get(id);
      if (group === undefined) continue;
      this.#write(group, slots?.length);
      const table = this.#engine.slotTable(id);
      if (table === undefined || slots === undefined) continue;
      // A table that grew in between repeats what it held; no flow sees the difference.
      for (let at = 0; at + slots.length <= table.length; at += slots.length) table.set(slots, at);
    }
  }

  /** Members of the tier that serves, nearest first; empty where no next hop is up. */
  serving(id: number): readonly ServingMember[] {
    const group = this.#byId.get(id);
    return group === undefined ? [] : this.#servingOf(group);
  }

  /** All members of a group's set, in tiers by cost. */
  members(id: number): readonly SetMember[] {
    return this.#byId.get(id)?.members ?? [];
  }

  /** Ids of all groups in use. */
  ids(): readonly number[] {
    return [...this.#byId.keys()];
  }

  #create(key: string, members: readonly SetMember[]): Group {
    const id = this.#freeIds.at(-1) ?? this.#nextId;
    const { groups } = this.#engine.plan.limits;
    if (id >= groups) {
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
    const group = { id, key, members, users: 0 };
    this.#write(group);
    this.#engine.counters.resetGroup(id);
    if (this.#freeIds.pop() === undefined) this.#nextId = id + 1;
    this.#byKey.set(key, group);
    this.#byId.set(id, group);
    for (const { adjacency } of members) {
      const using = this.#ofAdjacency.get(adjacency) ?? new Set();
      this.#ofAdjacency.set(adjacency, using.add(group));
    }
    return group;
  }

  #remove(group: Group): void {
    this.#engine.setGroup(group.id, []);
    this.#byKey.delete(group.key);
    this.#byId.delete(group.id);
    for (const { adjacency } of group.members) this.#ofAdjacency.get(adjacency)?.delete(group);
    this.#freeIds.push(group.id);
  }

  #write(group: Group, slotsLeast = 0): GroupChange {
    const members = this.#servingOf(group).map(({ nextHop, weight }) => ({
      adjacency: nextHop.adjacency,
      weight,
    }));
    return this.#engine.setGroup(group.id, members, slotsLeast);
  }

  #servingOf(group: Group): readonly ServingMember[] {
    const serving: ServingMember[] = [];
    for (const { adjacency, weight, cost } of group.members) {
      const nearest = serving[0];
      if (nearest !== undefined && cost > nearest.cost) break;
      const nextHop = this.#nextHops.at(adjacency);
      if (nextHop?.state !== "up") continue;
      const inForce = nextHop.weight ?? weight;
      if (inForce > 0) serving.push({ nextHop, weight: inForce, cost });
    }
    return serving;
  }
}
