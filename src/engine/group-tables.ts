/** The groups: sets of adjacencies with weights, and the slot tables that share flows out. */

import {
  ADJACENCY_BYTES,
  ADJACENCY_IDENTITY,
  CHANGE_ENTRIES,
  CHANGE_FORGETS,
  CHANGE_IS_CANONICAL,
  CHANGE_IS_GIVEN,
  CHANGE_LIST,
  CHANGE_MEMBERS,
  GROUP_BYTES,
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_DIGEST,
  HEADER_SLOTS_MOVED,
  HEADER_SLOTS_SET,
  HEADER_SLOTS_USED,
  MEMBER_ADJACENCY,
  MEMBER_BYTES,
  MEMBER_IS_TARGET,
  MEMBER_WEIGHT,
  SCRATCH_RECORDS,
  SLOT_BYTES,
  SLOT_CLOCKED_BYTES,
  SLOT_TABLE_CHANGED,
  SLOT_TABLE_MASK,
  SLOT_TABLE_OWNERS,
  SLOT_TABLE_SLOTS,
  SLOT_UNIT_BYTES,
  SLOTS_MIN,
  STATUS_MORE,
  STATUS_OK,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** A member of a group. */
export interface GroupMember {
  readonly adjacency: number;
  /** Below 2^31; 0 is no member. */
  readonly weight: number;
  /** Whether the change is about it; unless said: whether it is new, or has another weight. */
  readonly isTarget?: boolean;
}

/** How a group is changed. */
export interface GroupOptions {
  /**
   * `guided` (unless said) keeps the table there is and moves nothing needlessly; `canonical`
   * makes the table that the members alone give, whatever was there before.
   */
  readonly mode?: "guided" | "canonical";
  /** Slots that its table has at least: a power of two, to limit tableSlots. */
  readonly slotsLeast?: number;
  /** A group whose table is copied and then changed, instead of the group's own. */
  readonly from?: number;
  /** Keeps no previous owners of slots that move: those of a tier must not be asked any more. */
  readonly forgets?: boolean;
  /** Called between short steps, to forward packets; it must not change groups or routes. */
  readonly pause?: () => void;
}

/** What a change of a group did to its slots; a group of one counts as one slot. */
export interface GroupChange {
  readonly moved: number;
  readonly slots: number;
}

/** What groupBegin is told. */
interface Beginning {
  readonly id: number;
  readonly count: number;
  readonly flags: number;
  readonly slotsLeast: number;
  readonly from: number;
}

/** Scores of one step where packets wait: some 0.3 ms. */
const STEP_SCORES = 32768;
/** Where nobody waits: all at once. */
const ALL_SCORES = 2 ** 28;
/** Slots that one step of ageing looks at. */
const STEP_SLOTS = 65536;
/** How long a change waits for workers that hold what it needs. */
const RETRY_SECONDS = 10;
const WEIGHT_END = 2 ** 31;

function badMember({ adjacency, weight }: GroupMember): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what: `a member with adjacency ${adjacency} and weight ${weight}`,
    hint: "give each known adjacency once, and whole weights below 2^31",
    detail: { adjacency, weight },
  });
}

/** Hands members to the module, and shows the tables that it makes of them. */
export class GroupTables {
  readonly #memory: WebAssembly.Memory;
  readonly #words: Uint32Array;
  readonly #longs: BigUint64Array;
  readonly #bytes: Uint8Array;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;
  /** Weights of each group's members by adjacency, to see what a change is about. */
  readonly #weights = new Map<number, ReadonlyMap<number, number>>();

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#memory = memory;
    this.#words = new Uint32Array(memory.buffer);
    this.#longs = new BigUint64Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#plan = plan;
    this.#exports = exports;
  }

  /** Tells the module where a change's working memory is. */
  initialise(): void {
    const { change, changeMembers, changeList, changeEntries } = this.#plan;
    this.#words[(change + CHANGE_MEMBERS) / 4] = changeMembers;
    this.#words[(change + CHANGE_LIST) / 4] = changeList;
    this.#words[(change + CHANGE_ENTRIES) / 4] = changeEntries;
  }

  /**
   * Says what next hop an adjacency leads to: bytes (to 256) of its address, zone and
   * encapsulation. Nodes with the same key and identities make the same tables.
   */
  identify(adjacency: number, identity: Uint8Array): void {
    const start = this.#plan.scratch + SCRATCH_RECORDS;
    this.#bytes.set(identity, start);
    this.#exports.adjacencyIdentify(adjacency, start, identity.length);
  }

  /**
   * Gives a group its members (distinct adjacencies; none: no next hop is up). Throws USAGE for
   * members that cannot be, and CAPACITY where no slot table can be had: the group is as it was.
   */
  change(id: number, members: readonly GroupMember[], options: GroupOptions = {}): GroupChange {
    const { mode = "guided", slotsLeast = 0, from = id, forgets = false, pause } = options;
    this.#checkSlots(slotsLeast);
    const serving = this.#sorted(members.filter(({ weight }) => weight !== 0));
    this.#stage(serving, this.#weights.get(from));
    const isCanonical = mode === "canonical" ? CHANGE_IS_CANONICAL : 0;
    const flags = isCanonical + (forgets ? CHANGE_FORGETS : 0);
    return this.#run({ id, count: serving.length, flags, slotsLeast, from }, serving, pause);
  }

  /** Takes all members away. */
  remove(id: number): GroupChange {
    return this.change(id, []);
  }

  /** Gives a group of two members or more the slots of a snapshot: a power of two adjacencies. */
  load(id: number, members: readonly GroupMember[], slots: Uint16Array): GroupChange {
    this.#checkSlots(Math.max(slots.length, SLOTS_MIN));
    const serving = this.#sorted(members.filter(({ weight }) => weight !== 0));
    if (serving.length < 2 || slots.length < SLOTS_MIN) return this.change(id, members);
    const known = new Set(serving.map(({ adjacency }) => adjacency));
    for (const adjacency of slots) {
      if (!known.has(adjacency)) throw badMember({ adjacency, weight: 0 });
    }
    this.#stage(serving, undefined);
    new Uint16Array(this.#memory.buffer, this.#plan.changeEntries, slots.length).set(slots);
    const count = serving.length;
    const beginning = { id, count, flags: CHANGE_IS_GIVEN, slotsLeast: slots.length, from: id };
    return this.#run(beginning, serving, undefined);
  }

  /** The group's slots, a view; undefined where the group has no table. */
  slots(id: number): Uint16Array | undefined {
    const table = this.#table(id);
    if (table === undefined) return undefined;
    return new Uint16Array(this.#memory.buffer, table + SLOT_TABLE_SLOTS, this.#slotCount(table));
  }

  /** When each slot changed hands, by the clock; 0 for never. A view. */
  changedAt(id: number): Uint32Array | undefined {
    const table = this.#table(id);
    if (table === undefined) return undefined;
    const slots = this.#slotCount(table);
    return new Uint32Array(this.#memory.buffer, table + SLOT_TABLE_SLOTS + 2 * slots, slots);
  }

  /** Previous owners of each slot, newest first: a view for each that tables keep. */
  previousOwners(id: number): readonly Uint16Array[] {
    const table = this.#table(id);
    if (table === undefined) return [];
    const slots = this.#slotCount(table);
    const start = table + SLOT_TABLE_SLOTS + SLOT_BYTES * slots;
    return Array.from(
      { length: this.#read(table + SLOT_TABLE_OWNERS) },
      (_, place) => new Uint16Array(this.#memory.buffer, start + 2 * slots * place, slots),
    );
  }

  /** Whom each slot belonged to when its window opened, 0 for nobody. A view. */
  firstOwners(id: number): Uint16Array | undefined {
    const table = this.#table(id);
    if (table === undefined) return undefined;
    const slots = this.#slotCount(table);
    const start = table + SLOT_TABLE_SLOTS + SLOT_CLOCKED_BYTES * slots;
    return new Uint16Array(this.#memory.buffer, start, slots);
  }

  /** Adjacencies that slots with an open window belonged to before. */
  formerOwners(): ReadonlySet<number> {
    this.age();
    const owners = new Set<number>();
    for (const id of this.#weights.keys()) {
      if (this.changedSlots(id) === 0) continue;
      const columns = [this.firstOwners(id) ?? [], ...this.previousOwners(id)];
      for (const column of columns) for (const owner of column) owners.add(owner);
    }
    owners.delete(0);
    return owners;
  }

  /** Slots whose window may be open: ageing makes it exact. */
  changedSlots(id: number): number {
    const table = this.#table(id);
    return table === undefined ? 0 : this.#read(table + SLOT_TABLE_CHANGED);
  }

  /** Forgets previous owners whose window has closed, in short steps. */
  age(pause?: () => void): void {
    for (const id of this.#weights.keys()) {
      if (this.changedSlots(id) === 0) continue;
      const slots = this.slots(id)?.length ?? 0;
      for (let first = 0; first < slots; first += STEP_SLOTS) {
        this.#exports.groupAge(id, first, first + STEP_SLOTS);
        pause?.();
      }
    }
  }

  /** Tells tables apart: equal on nodes whose slots lead to the same next hops, under one key. */
  digest(id: number): bigint {
    this.#exports.groupDigest(id);
    return this.#longs[(HEADER + HEADER_DIGEST) / 8] ?? 0n;
  }

  /** Bytes of the slot tables that groups use. */
  get bytesUsed(): number {
    return this.#read(HEADER + HEADER_SLOTS_USED) * SLOT_UNIT_BYTES;
  }

  #checkSlots(slots: number): void {
    const { tableSlots } = this.#plan.limits;
    if (slots === 0 || (slots <= tableSlots && Number.isInteger(Math.log2(slots)))) return;
    throw new AnyfibError({
      code: "USAGE",
      what: `a table of ${slots} slots`,
      hint: `give a power of two, to limit tableSlots (${tableSlots})`,
      detail: { slots, tableSlots },
    });
  }

  /** Members in the order of their identities; one without takes its index for it. */
  #sorted(members: readonly GroupMember[]): readonly GroupMember[] {
    const keyed = members.map((member) => {
      const { adjacency, weight } = member;
      const { nextHops } = this.#plan.limits;
      const isWeight = Number.isInteger(weight) && weight > 0 && weight < WEIGHT_END;
      if (!isWeight || !(adjacency >= 1 && adjacency <= nextHops)) throw badMember(member);
      return { member, identity: this.#identity(adjacency) };
    });
    keyed.sort((a, b) => {
      if (a.identity === b.identity) return a.member.adjacency - b.member.adjacency;
      return a.identity < b.identity ? -1 : 1;
    });
    const sorted = keyed.map(({ member }) => member);
    const twice = sorted.find((member, i) => sorted[i - 1]?.adjacency === member.adjacency);
    if (twice !== undefined) throw badMember(twice);
    return sorted;
  }

  #identity(adjacency: number): bigint {
    const place = (this.#plan.adjacencies + adjacency * ADJACENCY_BYTES + ADJACENCY_IDENTITY) / 8;
    if (this.#longs[place] === 0n) {
      this.identify(adjacency, Uint8Array.of(adjacency & 255, adjacency >>> 8));
    }
    return this.#longs[place] ?? 0n;
  }

  #stage(members: readonly GroupMember[], before: ReadonlyMap<number, number> | undefined): void {
    let record = this.#plan.changeMembers / 4;
    for (const { adjacency, weight, isTarget } of members) {
      const isAbout = isTarget ?? before?.get(adjacency) !== weight;
      this.#words[record + MEMBER_ADJACENCY / 4] = adjacency;
      this.#words[record + MEMBER_WEIGHT / 4] = weight;
      this.#words[record + MEMBER_IS_TARGET / 4] = isAbout ? 1 : 0;
      record += MEMBER_BYTES / 4;
    }
  }

  #run(
    beginning: Beginning,
    members: readonly GroupMember[],
    pause: (() => void) | undefined,
  ): GroupChange {
    const { id } = beginning;
    this.#begin(beginning, pause);
    const errors: unknown[] = [];
    const budget = pause === undefined ? ALL_SCORES : STEP_SCORES;
    while (this.#exports.groupStep(budget) >>> 0 === STATUS_MORE) {
      try {
        pause?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (members.length === 0) this.#weights.delete(id);
    else this.#weights.set(id, new Map(members.map((one) => [one.adjacency, one.weight])));
    if (errors.length > 0) throw errors[0];
    return {
      moved: this.#read(HEADER + HEADER_SLOTS_MOVED),
      slots: this.#read(HEADER + HEADER_SLOTS_SET),
    };
  }

  /** Begins a change; where workers hold the room for its table, waits for them. */
  #begin(beginning: Beginning, pause: (() => void) | undefined): void {
    const { id, count, flags, slotsLeast, from } = beginning;
    const end = performance.now() + 1000 * RETRY_SECONDS;
    for (;;) {
      const status = this.#exports.groupBegin(id, count, flags, slotsLeast, from) >>> 0;
      if (status === STATUS_OK) return;
      if (status === STATUS_MORE && performance.now() < end) {
        pause?.();
        continue;
      }
      const { slotBytes } = this.#plan.limits;
      throw new AnyfibError({
        code: "CAPACITY",
        what: `no room for the slot table of a group of ${count} next hops`,
        hint: `raise limit slotBytes above ${slotBytes}`,
        detail: { group: id, members: count, slotBytes },
      });
    }
  }

  #table(id: number): number | undefined {
    const word = this.#read(this.#plan.groups + id * GROUP_BYTES);
    return word < GROUP_TABLE_MIN ? undefined : word;
  }

  #slotCount(table: number): number {
    return this.#read(table + SLOT_TABLE_MASK) + 1;
  }

  #read(address: number): number {
    return this.#words[address / 4] ?? 0;
  }
}
