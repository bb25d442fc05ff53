/** Routes on their way into the tables: staged in memory that the module reads, and applied. */

import {
  ENGINE_FAST,
  ENGINE_REFERENCE,
  GROUPS_MAX,
  HEADER,
  HEADER_TABLE4,
  HEADER_TABLE6,
  INDEX_MASK,
  INDEX_START,
  POOL_BLOCK_BYTES,
  POOL_CAPACITY,
  POOL_START,
  POOL_TOUCHED,
  POOL_USED,
  RETIRED_MAX,
  RING_MASK,
  RING_START,
  ROUTE4_ADDRESS,
  ROUTE4_BYTES,
  ROUTE4_GROUP,
  ROUTE4_LENGTH,
  ROUTE6_BYTES,
  ROUTE6_GROUP,
  ROUTE6_HIGH,
  ROUTE6_LENGTH,
  ROUTE6_LOW,
  SCRATCH_RECORDS,
  SCRATCH_RECORDS_BYTES,
  SLABS_PAGES,
  SLABS_RECORDS,
  SLABS_START,
  STATUS_MORE,
  TABLE_DIRTY,
  TABLE_ENGINE,
  TABLE_INDEX,
  TABLE_LEVELS,
  TABLE_POOL,
  TABLE_PROGRESS,
  TABLE_RING,
  TABLE_ROOT,
  TABLE_SLABS,
  TABLE_STATUS,
  TABLE_USERS,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { MemoryPlan, TablePlan } from "./memory-plan.ts";

/** Routes to apply, as columns; a group of 0 withdraws. Addresses have no bits beyond length. */
export interface RouteColumns {
  readonly count: number;
  /** IPv4: one u32 a route. IPv6: four, most significant first. All in host order. */
  readonly words: Uint32Array;
  readonly lengths: Uint8Array;
  /** Group ids; applying leaves the group that each prefix had before. */
  readonly groups: Uint32Array;
}

/** fib4UpdateBatch or fib6UpdateBatch. */
export type UpdateBatch = (records: number, count: number, budget: number) => number;

function badRoute(length: number, group: number): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what: `a route of length ${length} and group ${group}`,
    hint: "give a length of the family, and a group id of 16 bits",
    detail: { length, group },
  });
}

/** Records that the scratch region holds, beside the address that matchLength6 puts there. */
function recordsMax({ routeBytes }: FamilyFormat): number {
  return Math.floor((SCRATCH_RECORDS_BYTES - 16) / routeBytes);
}

function pausedCall(pause: (() => void) | undefined, errors: unknown[]): void {
  try {
    pause?.();
  } catch (error) {
    errors.push(error);
  }
}

function stalled(): AnyfibError {
  return new AnyfibError({
    code: "ENVIRONMENT",
    what: `workers hold memory of the tables for more than ${RETRY_SECONDS} seconds`,
    hint: "end the worker that is inside a batch: epochEnter without epochLeave",
  });
}

/** How one family's routes and addresses lie in memory. */
export interface FamilyFormat {
  /** Its record in the header. */
  readonly table: number;
  /** Levels of the reference engine. */
  readonly levels: number;
  readonly routeBytes: number;
  readonly lengthOffset: number;
  readonly groupOffset: number;
  /** Offsets of the address words in a route record, most significant first. */
  readonly wordOffsets: readonly number[];
}

/** Routes of IPv4. */
export const FORMAT4: FamilyFormat = {
  table: HEADER + HEADER_TABLE4,
  levels: 8,
  routeBytes: ROUTE4_BYTES,
  lengthOffset: ROUTE4_LENGTH,
  groupOffset: ROUTE4_GROUP,
  wordOffsets: [ROUTE4_ADDRESS],
};

/** Routes of IPv6. */
export const FORMAT6: FamilyFormat = {
  table: HEADER + HEADER_TABLE6,
  levels: 32,
  routeBytes: ROUTE6_BYTES,
  lengthOffset: ROUTE6_LENGTH,
  groupOffset: ROUTE6_GROUP,
  // A u64 is little-endian in memory: its high half stands second.
  wordOffsets: [ROUTE6_HIGH + 4, ROUTE6_HIGH, ROUTE6_LOW + 4, ROUTE6_LOW],
};

/** Units of work of one call where nobody waits: as many as there are. */
const WORK_ALL = 2 ** 31;
/** How long an update waits for workers that hold what it needs. */
const RETRY_SECONDS = 10;
/** Units of work of one call where packets wait: mostly visits of nodes, at most 0.1 us each. */
const WORK_STEP = 4096;
/** Routes that are staged at once where packets wait. */
const ROUTES_STEP = 128;

/** Moves routes into tables through the scratch region. */
export class TableRecords {
  /** First byte of the staged records. */
  readonly start: number;
  readonly #words: Uint32Array;

  constructor(memory: WebAssembly.Memory, plan: Pick<MemoryPlan, "scratch">) {
    this.#words = new Uint32Array(memory.buffer);
    this.start = plan.scratch + SCRATCH_RECORDS;
  }

  /** Writes the record of a table in the header: an empty pool, whose first block is the root. */
  initialise({ table, levels }: FamilyFormat, plan: TablePlan): void {
    const isFast = plan.engine === "fast";
    const fields: readonly (readonly [number, number])[] = [
      [TABLE_ENGINE, isFast ? ENGINE_FAST : ENGINE_REFERENCE],
      [TABLE_ROOT, isFast ? plan.root : plan.nodes],
      [TABLE_LEVELS, levels],
      [TABLE_POOL + POOL_START, plan.nodes],
      [TABLE_POOL + POOL_BLOCK_BYTES, plan.nodeBytes],
      [TABLE_POOL + POOL_CAPACITY, plan.nodeCapacity],
      // The reference engine's first node is its root.
      [TABLE_POOL + POOL_USED, isFast ? 0 : 1],
      [TABLE_POOL + POOL_TOUCHED, isFast ? 0 : 1],
      [TABLE_DIRTY, plan.dirty],
      [TABLE_USERS, plan.users],
      [TABLE_SLABS + SLABS_START, plan.slabs],
      [TABLE_SLABS + SLABS_PAGES, plan.slabPages],
      [TABLE_SLABS + SLABS_RECORDS, plan.slabRecords],
      [TABLE_INDEX + INDEX_START, plan.index],
      [TABLE_INDEX + INDEX_MASK, plan.indexEntries - 1],
      [TABLE_RING + RING_START, plan.ring],
      [TABLE_RING + RING_MASK, RETIRED_MAX - 1],
    ];
    for (const [offset, value] of fields) this.#words[(table + offset) / 4] = value;
  }

  /** Applies routes in order; returns how many: fewer than given when the table is full. */
  update(
    format: FamilyFormat,
    routes: RouteColumns,
    apply: UpdateBatch,
    pause: (() => void) | undefined,
  ): number {
    const most = pause === undefined ? recordsMax(format) : ROUTES_STEP;
    for (let start = 0; start < routes.count; start += most) {
      const count = Math.min(most, routes.count - start);
      this.stage(format, routes, start, count);
      const applied = this.#apply(format, count, apply, pause);
      this.#collect(format, routes, start, applied);
      if (applied < count) return start + applied;
    }
    return routes.count;
  }

  /** Sets each route's group to the one that its prefix itself has now. */
  routeGroups(
    format: FamilyFormat,
    routes: RouteColumns,
    read: (records: number, count: number) => void,
  ): void {
    const most = recordsMax(format);
    for (let start = 0; start < routes.count; start += most) {
      const count = Math.min(most, routes.count - start);
      this.stage(format, routes, start, count);
      read(this.start, count);
      this.#collect(format, routes, start, count);
    }
  }

  /** Reads staged records into columns. */
  read(
    { wordOffsets, routeBytes, lengthOffset, groupOffset }: FamilyFormat,
    to: RouteColumns,
  ): void {
    const width = wordOffsets.length;
    for (let i = 0; i < to.count; i++) {
      const record = this.start + i * routeBytes;
      for (let word = 0; word < width; word++) {
        to.words[i * width + word] = this.#words[(record + (wordOffsets[word] ?? 0)) / 4] ?? 0;
      }
      to.lengths[i] = this.#words[(record + lengthOffset) / 4] ?? 0;
      to.groups[i] = this.#words[(record + groupOffset) / 4] ?? 0;
    }
  }

  /**
   * Applies staged records, in as many calls as it takes; what `pause` throws comes out when they
   * are applied. Throws ENVIRONMENT where workers hold memory for longer than RETRY_SECONDS.
   */
  #apply(
    format: FamilyFormat,
    count: number,
    apply: UpdateBatch,
    pause: (() => void) | undefined,
  ): number {
    const budget = pause === undefined ? WORK_ALL : WORK_STEP;
    const errors: unknown[] = [];
    let applied = apply(this.start, count, budget) >>> 0;
    let lastProgress = performance.now();
    let reached = this.#progress(format);
    while (this.#words[(format.table + TABLE_STATUS) / 4] === STATUS_MORE) {
      pausedCall(pause, errors);
      applied = apply(this.start, count, budget) >>> 0;
      const now = performance.now();
      const progress = this.#progress(format);
      if (progress !== reached) lastProgress = now;
      reached = progress;
      if (now - lastProgress > 1000 * RETRY_SECONDS) throw stalled();
    }
    pausedCall(pause, errors);
    if (errors.length > 0) throw errors[0];
    return applied;
  }

  /** Moves on while an update does. */
  #progress(format: FamilyFormat): number {
    return this.#words[(format.table + TABLE_PROGRESS) / 4] ?? 0;
  }

  /** Stages routes from `start` on. Throws USAGE for one that cannot be. */
  stage(format: FamilyFormat, routes: RouteColumns, start: number, count: number): void {
    const { wordOffsets, routeBytes, lengthOffset, groupOffset } = format;
    const width = wordOffsets.length;
    for (let i = 0; i < count; i++) {
      const record = this.start + i * routeBytes;
      for (let word = 0; word < width; word++) {
        const value = routes.words[(start + i) * width + word] ?? 0;
        this.#words[(record + (wordOffsets[word] ?? 0)) / 4] = value;
      }
      const length = routes.lengths[start + i] ?? 0;
      const group = routes.groups[start + i] ?? 0;
      if (group >= GROUPS_MAX || length > 32 * width) throw badRoute(length, group);
      this.#words[(record + lengthOffset) / 4] = length;
      this.#words[(record + groupOffset) / 4] = group;
    }
  }

  #collect(format: FamilyFormat, routes: RouteColumns, start: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const record = this.start + i * format.routeBytes;
      routes.groups[start + i] = this.#words[(record + format.groupOffset) / 4] ?? 0;
    }
  }
}
