/** One group of an engine, with its members in hand and its slots as a plain list. */

import { ADJACENCY_BYTES, ADJACENCY_IDENTITY } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { GroupChange, GroupMember } from "../../../src/engine/group-tables.ts";
import { websterQuotas } from "../../oracle/webster.ts";

/** Sets a group and shows, for each slot, which adjacency holds it. */
export class GroupDriver {
  readonly #engine: Engine;
  readonly #id: number;
  #members: readonly GroupMember[] = [];

  constructor(engine: Engine, id: number) {
    this.#engine = engine;
    this.#id = id;
  }

  /** What the group was given last. */
  get members(): readonly GroupMember[] {
    return this.#members;
  }

  /** Slots of the group's table; 1 where it needs none. */
  get slotCount(): number {
    return this.#engine.groups.slots(this.#id)?.length ?? 1;
  }

  /** Gives the group its members; throws as Engine.setGroup does, and then keeps the old ones. */
  set(members: readonly GroupMember[]): GroupChange {
    const change = this.#engine.groups.change(this.#id, members);
    this.#members = members;
    return change;
  }

  /** The adjacency of each slot of a table of `count` slots, which a smaller one repeats. */
  slots(count = this.slotCount): Uint16Array {
    const table = this.#engine.groups.slots(this.#id) ?? [this.#members[0]?.adjacency ?? 0];
    const slots = new Uint16Array(count);
    for (let start = 0; start < count; start += table.length) slots.set(table, start);
    return slots;
  }

  /** Slots that each member holds, in the order of the members. */
  quotas(): readonly number[] {
    const held = new Map<number, number>();
    for (const adjacency of this.slots()) held.set(adjacency, (held.get(adjacency) ?? 0) + 1);
    return this.#members.map(({ adjacency }) => held.get(adjacency) ?? 0);
  }
}

/** Identity of an adjacency that has one, u64. */
export function identityOf(engine: Engine, adjacency: number): bigint {
  const place = engine.plan.adjacencies + adjacency * ADJACENCY_BYTES + ADJACENCY_IDENTITY;
  return new DataView(engine.memory.buffer).getBigUint64(place, true);
}

/** Slots that Webster's method gives members: ties go to the lower identity. */
export function quotasDue(
  engine: Engine,
  members: readonly GroupMember[],
  slots: number,
): readonly number[] {
  const keyed = members.map((member, place) => {
    return { member, place, identity: identityOf(engine, member.adjacency) };
  });
  keyed.sort((a, b) => (a.identity < b.identity ? -1 : 1));
  const weights = keyed.map(({ member }) => member.weight);
  const quotas = websterQuotas(weights, slots);
  const due = members.map(() => 0);
  for (const [index, { place }] of keyed.entries()) due[place] = quotas[index] ?? 0;
  return due;
}

/** Members from weights: adjacencies 1, 2, 3, … */
export function membersOf(weights: readonly number[]): readonly GroupMember[] {
  return weights.map((weight, index) => ({ adjacency: index + 1, weight }));
}

/** What differs between two tables of one size. */
export interface Moves {
  /** Slots that went from one adjacency to another. */
  readonly moved: number;
  /** Those of them of which neither was the changed one. */
  readonly needless: number;
}

/** Compares a table before and after an event that was about one adjacency. */
export function movesBetween(before: Uint16Array, after: Uint16Array, changed: number): Moves {
  let moved = 0;
  let needless = 0;
  for (let slot = 0; slot < after.length; slot++) {
    if (before[slot] === after[slot]) continue;
    moved += 1;
    if (before[slot] !== changed && after[slot] !== changed) needless += 1;
  }
  return { moved, needless };
}
