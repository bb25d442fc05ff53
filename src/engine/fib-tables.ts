/** The two FIBs: routes applied in bulk, addresses looked up in bulk. */

import {
  ENGINE_FAST,
  ENGINE_REFERENCE,
  GROUPS_MAX,
  HEADER,
  HEADER_TABLE4,
  HEADER_TABLE6,
  INDEX_MASK,
  INDEX_START,
  INDEX_USED,
  MATCH_NONE,
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
  SLABS_USED_BYTES,
  STATUS_MORE,
  TABLE_DEFAULT_GROUP,
  TABLE_DIRTY,
  TABLE_ENGINE,
  TABLE_INDEX,
  TABLE_LEVELS,
  TABLE_POOL,
  TABLE_PROGRESS,
  TABLE_RING,
  TABLE_ROOT,
  TABLE_ROUTES,
  TABLE_SLABS,
  TABLE_STATUS,
  TABLE_USERS,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { EngineExports } from "./exports.ts";
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

/** What a table holds. */
export interface TableUsage {
  readonly routes: number;
  /** Nodes that lookups read. */
  readonly nodes: number;
  /** Bytes that lookups read: the root and the nodes. */
  readonly bytes: number;
  /** Nodes of the truth: the reference engine's own, or the fast engine's prefix trie. */
  readonly routeNodes: number;
  readonly routeNodeCapacity: number;
  /** Bytes of both, and of what the writer finds nodes by. */
  readonly writerBytes: number;
}

/** fib4UpdateBatch or fib6UpdateBatch. */
type UpdateBatch = (records: number, count: number, budget: number) => number;

function badRoute(length: number, group: number): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what: `a route of length ${length} and group ${group}`,
    hint: "give a length of the family, and a group id of 16 bits",
    detail: { length, group },
  });
}

function listsNothing(): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what: "the reference engine lists no routes",
    hint: 'make the forwarder with engine "fast"',
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
interface FamilyFormat {
  readonly table: number;
  readonly routeBytes: number;
  readonly lengthOffset: number;
  readonly groupOffset: number;
  /** Offsets of the address words in a route record, most significant first. */
  readonly wordOffsets: readonly number[];
}

const FORMAT4: FamilyFormat = {
  table: HEADER + HEADER_TABLE4,
  routeBytes: ROUTE4_BYTES,
  lengthOffset: ROUTE4_LENGTH,
  groupOffset: ROUTE4_GROUP,
  wordOffsets: [ROUTE4_ADDRESS],
};

const FORMAT6: FamilyFormat = {
  table: HEADER + HEADER_TABLE6,
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
/** Routes that one call lists. */
const LISTED = 4096;
const LEVELS4 = 8;
const LEVELS6 = 32;

/** Moves columns through the scratch region; the module does the rest. */
export class FibTables {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;
  readonly #records: number;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#words = new Uint32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#plan = plan;
    this.#exports = exports;
    this.#records = plan.scratch + SCRATCH_RECORDS;
  }

  /** Writes the table records of the header: empty pools, whose first block is the root. */
  initialise(): void {
    this.#initialiseTable(FORMAT4.table, this.#plan.table4, LEVELS4);
    this.#initialiseTable(FORMAT6.table, this.#plan.table6, LEVELS6);
    if (this.#plan.table4.engine === "fast") this.#exports.fib4Reset();
    if (this.#plan.table6.engine === "fast") this.#exports.fib6Reset();
  }

  /**
   * Applies IPv4 routes in order; returns how many: fewer than given when the table is full. With
   * `pause`, works in short steps and calls it between them, so that packets can be forwarded: it
   * may process batches, but do nothing that needs the writer's scratch memory: look up, set a
   * group, update.
   */
  update4(routes: RouteColumns, pause?: () => void): number {
    return this.#update(FORMAT4, routes, this.#exports.fib4UpdateBatch, pause);
  }

  /** As update4. */
  update6(routes: RouteColumns, pause?: () => void): number {
    return this.#update(FORMAT6, routes, this.#exports.fib6UpdateBatch, pause);
  }

  /** Sets each route's group to the one that its prefix itself has now, 0 for none. */
  routeGroups4(routes: RouteColumns): void {
    this.#routeGroups(FORMAT4, routes, this.#exports.fib4RouteGroups);
  }

  /** As routeGroups4. */
  routeGroups6(routes: RouteColumns): void {
    this.#routeGroups(FORMAT6, routes, this.#exports.fib6RouteGroups);
  }

  /** All IPv4 routes in order, in parts; of a table that does not change meanwhile. */
  routes4(): Generator<RouteColumns> {
    return this.#routes(FORMAT4, this.#exports.fib4RoutesList);
  }

  /** As routes4. */
  routes6(): Generator<RouteColumns> {
    return this.#routes(FORMAT6, this.#exports.fib6RoutesList);
  }

  /** Group ids of IPv4 addresses in host order. */
  lookup4(addresses: Uint32Array): Uint32Array {
    const groups = new Uint32Array(addresses.length);
    const most = SCRATCH_RECORDS_BYTES / 8;
    for (let start = 0; start < addresses.length; start += most) {
      const chunk = addresses.subarray(start, start + most);
      const first = this.#records / 4;
      for (let i = 0; i < chunk.length; i++) this.#words[first + i] = swap32(chunk[i] ?? 0);
      const out = this.#records + chunk.length * 4;
      this.#exports.fib4LookupBatch(this.#records, out, chunk.length);
      groups.set(this.#words.subarray(out / 4, out / 4 + chunk.length), start);
    }
    return groups;
  }

  /** Group ids of IPv6 addresses, 16 bytes each in network order. */
  lookup6(addresses: Uint8Array): Uint32Array {
    const count = Math.floor(addresses.length / 16);
    const groups = new Uint32Array(count);
    const most = Math.floor(SCRATCH_RECORDS_BYTES / 20);
    for (let start = 0; start < count; start += most) {
      const chunk = Math.min(most, count - start);
      this.#bytes.set(addresses.subarray(start * 16, (start + chunk) * 16), this.#records);
      const out = this.#records + chunk * 16;
      this.#exports.fib6LookupBatch(this.#records, out, chunk, this.#plan.limits.workers);
      groups.set(this.#words.subarray(out / 4, out / 4 + chunk), start);
    }
    return groups;
  }

  /** Length of the prefix that an IPv4 address (host order) matches; undefined without a route. */
  matchLength4(address: number): number | undefined {
    const length = this.#exports.fib4MatchLength(address) >>> 0;
    return length === MATCH_NONE ? undefined : length;
  }

  /** As matchLength4, for two u64 in host order. */
  matchLength6(high: bigint, low: bigint): number | undefined {
    // Where no staged route stands: packets may be reported on while an update is under way.
    const address = this.#records + SCRATCH_RECORDS_BYTES - 16;
    this.#view.setBigUint64(address, high);
    this.#view.setBigUint64(address + 8, low);
    const length = this.#exports.fib6MatchLengthAt(address) >>> 0;
    return length === MATCH_NONE ? undefined : length;
  }

  /** What the IPv4 table holds. */
  get usage4(): TableUsage {
    return this.#usage(FORMAT4.table, this.#plan.table4);
  }

  /** What the IPv6 table holds. */
  get usage6(): TableUsage {
    return this.#usage(FORMAT6.table, this.#plan.table6);
  }

  #initialiseTable(table: number, plan: TablePlan, levels: number): void {
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

  #update(
    format: FamilyFormat,
    routes: RouteColumns,
    apply: UpdateBatch,
    pause: (() => void) | undefined,
  ): number {
    const most = pause === undefined ? recordsMax(format) : ROUTES_STEP;
    for (let start = 0; start < routes.count; start += most) {
      const count = Math.min(most, routes.count - start);
      this.#stage(format, routes, start, count);
      const applied = this.#apply(format, count, apply, pause);
      this.#collect(format, routes, start, applied);
      if (applied < count) return start + applied;
    }
    return routes.count;
  }

  #routeGroups(
    format: FamilyFormat,
    routes: RouteColumns,
    read: (records: number, count: number) => void,
  ): void {
    const most = recordsMax(format);
    for (let start = 0; start < routes.count; start += most) {
      const count = Math.min(most, routes.count - start);
      this.#stage(format, routes, start, count);
      read(this.#records, count);
      this.#collect(format, routes, start, count);
    }
  }

  *#routes(
    format: FamilyFormat,
    list: (records: number, count: number) => number,
  ): Generator<RouteColumns> {
    if (this.#words[(format.table + TABLE_ENGINE) / 4] !== ENGINE_FAST) throw listsNothing();
    const width = format.wordOffsets.length;
    const part = (count: number): RouteColumns => ({
      count,
      words: new Uint32Array(count * width),
      lengths: new Uint8Array(count),
      groups: new Uint32Array(count),
    });
    const whole = part(1);
    whole.groups[0] = this.#words[(format.table + TABLE_DEFAULT_GROUP) / 4] ?? 0;
    if (whole.groups[0] !== 0) yield whole;
    let last = whole;
    for (;;) {
      this.#stage(format, last, last.count - 1, 1);
      const count = list(this.#records, LISTED) >>> 0;
      if (count === 0) return;
      last = part(count);
      this.#read(format, last);
      yield last;
    }
  }

  /** Reads staged records into columns. */
  #read(
    { wordOffsets, routeBytes, lengthOffset, groupOffset }: FamilyFormat,
    to: RouteColumns,
  ): void {
    const width = wordOffsets.length;
    for (let i = 0; i < to.count; i++) {
      const record = this.#records + i * routeBytes;
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
    let applied = apply(this.#records, count, budget) >>> 0;
    let lastProgress = performance.now();
    let reached = this.#progress(format);
    while (this.#words[(format.table + TABLE_STATUS) / 4] === STATUS_MORE) {
      pausedCall(pause, errors);
      applied = apply(this.#records, count, budget) >>> 0;
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

  #stage(format: FamilyFormat, routes: RouteColumns, start: number, count: number): void {
    const { wordOffsets, routeBytes, lengthOffset, groupOffset } = format;
    const width = wordOffsets.length;
    for (let i = 0; i < count; i++) {
      const record = this.#records + i * routeBytes;
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
      const record = this.#records + i * format.routeBytes;
      routes.groups[start + i] = this.#words[(record + format.groupOffset) / 4] ?? 0;
    }
  }

  #usage(table: number, plan: TablePlan): TableUsage {
    const get = (offset: number): number => this.#words[(table + offset) / 4] ?? 0;
    const routeNodes = get(TABLE_POOL + POOL_USED);
    const routeBytes = routeNodes * plan.nodeBytes;
    const isFast = plan.engine === "fast";
    const bytes = isFast ? plan.rootBytes + get(TABLE_SLABS + SLABS_USED_BYTES) : routeBytes;
    const writer =
      plan.dirtyBytes + plan.usersBytes + plan.slabRecordBytes + plan.indexBytes + plan.ringBytes;
    return {
      routes: get(TABLE_ROUTES),
      nodes: isFast ? get(TABLE_INDEX + INDEX_USED) : routeNodes,
      bytes,
      routeNodes,
      routeNodeCapacity: plan.nodeCapacity,
      writerBytes: isFast ? bytes + routeBytes + writer : bytes,
    };
  }
}

function swap32(value: number): number {
  return (
    ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)
  );
}
