/** The groups: sets of adjacencies with weights, and the slot tables that share flows out. */

import {
  GROUP_BYTES,
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_SLOTS_MOVED,
  HEADER_SLOTS_SET,
  HEADER_SLOTS_USED,
  MEMBER_ADJACENCY,
  MEMBER_BYTES,
  MEMBER_WEIGHT,
  SCRATCH_RECORDS,
  SLOT_TABLE_MASK,
  SLOT_TABLE_SLOTS,
  SLOT_UNIT_BYTES,
  STATUS_OK,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** A member of a group: an adjacency and its weight, 1 to WEIGHT_MAX. */
export interface GroupMember {
  readonly adjacency: number;
  readonly weight: number;
}

/** How a group is changed. */
export interface GroupOptions {
  /** Slots that its table has at least, a power of two: to bring a former table back. */
  readonly slotsLeast?: number;
}

/** What a change of a group did to its slots; a group of one counts as one slot. */
export interface GroupChange {
  readonly moved: number;
  readonly slots: number;
}

/** Hands members to the module, and shows the tables that it makes of them. */
export class GroupTables {
  readonly #memory: WebAssembly.Memory;
  readonly #words: Uint32Array;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#memory = memory;
    this.#words = new Uint32Array(memory.buffer);
    this.#plan = plan;
    this.#exports = exports;
  }

  /**
   * Gives a group its members (distinct adjacencies; none: no next hop is up).
   * Throws CAPACITY, with the group as it was, where no slot table can be had.
   */
  change(
    id: number,
    members: readonly GroupMember[],
    { slotsLeast = 0 }: GroupOptions = {},
  ): GroupChange {
    let record = (this.#plan.scratch + SCRATCH_RECORDS) / 4;
    for (const { adjacency, weight } of members) {
      this.#words[record + MEMBER_ADJACENCY / 4] = adjacency;
      this.#words[record + MEMBER_WEIGHT / 4] = weight;
      record += MEMBER_BYTES / 4;
    }
    if (this.#exports.groupSet(id, members.length, slotsLeast) >>> 0 !== STATUS_OK) {
      const { slotBytes } = this.#plan.limits;
      throw new AnyfibError({
        code: "CAPACITY",
        what: `no room for the slot table of a group of ${members.length} next hops`,
        hint: `raise limit slotBytes above ${slotBytes}`,
        detail: { group: id, members: members.length, slotBytes },
      });
    }
    return {
      moved: this.#read(HEADER + HEADER_SLOTS_MOVED),
      slots: this.#read(HEADER + HEADER_SLOTS_SET),
    };
  }

  /** The group's slots, a view; undefined where the group has no table. */
  slots(id: number): Uint16Array | undefined {
    const table = this.#read(this.#plan.groups + id * GROUP_BYTES);
    if (table < GROUP_TABLE_MIN) return undefined;
    const slots = this.#read(table + SLOT_TABLE_MASK) + 1;
    return new Uint16Array(this.#memory.buffer, table + SLOT_TABLE_SLOTS, slots);
  }

  /** Bytes of the slot tables that groups use. */
  get bytesUsed(): number {
    return this.#read(HEADER + HEADER_SLOTS_USED) * SLOT_UNIT_BYTES;
  }

  #read(address: number): number {
    return this.#words[address / 4] ?? 0;
  }
}
