/** The two FIBs: routes applied in bulk, addresses looked up in bulk. */

import {
  ENGINE_FAST,
  INDEX_USED,
  MATCH_NONE,
  POOL_USED,
  SCRATCH_RECORDS_BYTES,
  SLABS_USED_BYTES,
  TABLE_DEFAULT_GROUP,
  TABLE_ENGINE,
  TABLE_INDEX,
  TABLE_POOL,
  TABLE_ROUTES,
  TABLE_SLABS,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan, TablePlan } from "./memory-plan.ts";
import {
  type FamilyFormat,
  FORMAT4,
  FORMAT6,
  type RouteColumns,
  TableRecords,
} from "./table-records.ts";

export type { RouteColumns } from "./table-records.ts";

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

function listsNothing(): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what: "the reference engine lists no routes",
    hint: 'make the forwarder with engine "fast"',
  });
}

/** Routes that one call lists. */
const LISTED = 4096;
/** Moves columns through the scratch region; the module does the rest. */
export class FibTables {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;
  readonly #records: TableRecords;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#words = new Uint32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#plan = plan;
    this.#exports = exports;
    this.#records = new TableRecords(memory, plan);
  }

  /** Writes the table records of the header: empty pools, whose first block is the root. */
  initialise(): void {
    this.#records.initialise(FORMAT4, this.#plan.table4);
    this.#records.initialise(FORMAT6, this.#plan.table6);
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
    return this.#records.update(FORMAT4, routes, this.#exports.fib4UpdateBatch, pause);
  }

  /** As update4. */
  update6(routes: RouteColumns, pause?: () => void): number {
    return this.#records.update(FORMAT6, routes, this.#exports.fib6UpdateBatch, pause);
  }

  /** Sets each route's group to the one that its prefix itself has now, 0 for none. */
  routeGroups4(routes: RouteColumns): void {
    this.#records.routeGroups(FORMAT4, routes, this.#exports.fib4RouteGroups);
  }

  /** As routeGroups4. */
  routeGroups6(routes: RouteColumns): void {
    this.#records.routeGroups(FORMAT6, routes, this.#exports.fib6RouteGroups);
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
      const first = this.#records.start / 4;
      for (let i = 0; i < chunk.length; i++) this.#words[first + i] = swap32(chunk[i] ?? 0);
      const out = this.#records.start + chunk.length * 4;
      this.#exports.fib4LookupBatch(this.#records.start, out, chunk.length);
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
      this.#bytes.set(addresses.subarray(start * 16, (start + chunk) * 16), this.#records.start);
      const out = this.#records.start + chunk * 16;
      this.#exports.fib6LookupBatch(this.#records.start, out, chunk, this.#plan.limits.workers);
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
    const address = this.#records.start + SCRATCH_RECORDS_BYTES - 16;
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
      this.#records.stage(format, last, last.count - 1, 1);
      const count = list(this.#records.start, LISTED) >>> 0;
      if (count === 0) return;
      last = part(count);
      this.#records.read(format, last);
      yield last;
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
