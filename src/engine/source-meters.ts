/**
 * Source prefixes and their meters: packets are counted, limited or dropped by where they say they
 * come from. Each worker has meters of its own, with its part of a rate.
 */

import {
  HEADER,
  HEADER_METERS,
  HEADER_METERS_STRIDE,
  HEADER_SOURCES,
  HEADER_SOURCES4,
  HEADER_SOURCES6,
  METER_ACTION,
  METER_BURST,
  METER_BYTES,
  METER_COUNTS,
  METER_DROPPED,
  METER_DROPPED_BYTES,
  METER_DROPS,
  METER_FILLED,
  METER_IS_BYTES,
  METER_LIMITS,
  METER_PACKET_BYTES,
  METER_PACKETS,
  METER_RATE,
  METER_TOKENS,
} from "../../assembly/layout.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import { FORMAT4, FORMAT6, type RouteColumns, TableRecords } from "./table-records.ts";

/** What a meter does with packets. */
export type MeterAction =
  | { readonly kind: "count" | "drop" }
  | {
      readonly kind: "limit";
      readonly unit: "packets" | "bytes";
      /** Units a second, 1 to METER_RATE_MAX. */
      readonly rate: number;
      /** Units at once, 1 to METER_RATE_MAX. */
      readonly burst: number;
    };

/** What a meter saw, all workers together. */
export interface MeterCounts {
  readonly packets: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly droppedBytes: number;
}

/** Largest rate and burst: a second's tokens in billionths fit into 64 bits. */
export const METER_RATE_MAX = 2 ** 31 - 1;

const BILLION = 1_000_000_000n;
const ACTIONS = { count: METER_COUNTS, limit: METER_LIMITS, drop: METER_DROPS } as const;
const COUNTS = [METER_PACKETS, METER_PACKET_BYTES, METER_DROPPED, METER_DROPPED_BYTES];
const SOURCES4 = { ...FORMAT4, table: HEADER + HEADER_SOURCES4 };
const SOURCES6 = { ...FORMAT6, table: HEADER + HEADER_SOURCES6 };

/** Writes the tables of source prefixes and the meters that they lead to, and reads these. */
export class SourceMeters {
  readonly #view: DataView;
  readonly #records: TableRecords;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#view = new DataView(memory.buffer);
    this.#records = new TableRecords(memory, plan);
    this.#plan = plan;
    this.#exports = exports;
  }

  /** Makes empty tables, where source prefixes were planned for. */
  initialise(): void {
    const { sources4, sources6, meters, metersStride } = this.#plan;
    if (sources4 === undefined || sources6 === undefined) return;
    this.#view.setUint32(HEADER + HEADER_METERS, meters, true);
    this.#view.setUint32(HEADER + HEADER_METERS_STRIDE, metersStride, true);
    this.#records.initialise(SOURCES4, sources4);
    this.#records.initialise(SOURCES6, sources6);
    if (sources4.engine === "fast") this.#exports.sources4Reset();
    if (sources6.engine === "fast") this.#exports.sources6Reset();
  }

  /** Says what a meter does, from 1 to limits.meters. Its bucket is full, its counts stay. */
  set(number: number, action: MeterAction): void {
    const { workers } = this.#plan.limits;
    const part = (units: number): number => Math.max(1, Math.ceil(units / workers));
    const { unit, rate, burst } =
      action.kind === "limit" ? action : { unit: "packets", rate: 1, burst: 1 };
    for (const meter of this.#meters(number)) {
      this.#view.setUint32(meter + METER_ACTION, ACTIONS[action.kind], true);
      this.#view.setUint32(meter + METER_IS_BYTES, Number(unit === "bytes"), true);
      this.#view.setUint32(meter + METER_RATE, part(rate), true);
      this.#view.setUint32(meter + METER_BURST, part(burst), true);
      this.#view.setBigUint64(meter + METER_TOKENS, BigInt(part(burst)) * BILLION, true);
      this.#view.setBigUint64(meter + METER_FILLED, 0n, true);
    }
  }

  /**
   * Leads source prefixes to meters (the columns' groups; 0 for none any more), and has sources
   * looked up from the next batch on. Returns how many of each family found room.
   */
  lead(columns4: RouteColumns, columns6: RouteColumns): readonly [number, number] {
    const { sources4UpdateBatch, sources6UpdateBatch } = this.#exports;
    const applied4 = this.#records.update(SOURCES4, columns4, sources4UpdateBatch, undefined);
    const applied6 = this.#records.update(SOURCES6, columns6, sources6UpdateBatch, undefined);
    this.#view.setUint32(HEADER + HEADER_SOURCES, 1, true);
    return [applied4, applied6];
  }

  /** What a meter saw so far. */
  read(number: number): MeterCounts {
    return {
      packets: this.#sum(number, METER_PACKETS),
      bytes: this.#sum(number, METER_PACKET_BYTES),
      dropped: this.#sum(number, METER_DROPPED),
      droppedBytes: this.#sum(number, METER_DROPPED_BYTES),
    };
  }

  /** Sets the counts of a meter to 0. */
  reset(number: number): void {
    for (const meter of this.#meters(number)) {
      for (const offset of COUNTS) this.#view.setBigUint64(meter + offset, 0n, true);
    }
  }

  #sum(number: number, offset: number): number {
    let sum = 0n;
    for (const meter of this.#meters(number)) sum += this.#view.getBigUint64(meter + offset, true);
    return Number(sum);
  }

  /** A meter of each worker. */
  *#meters(number: number): Generator<number> {
    const { meters, metersStride, limits } = this.#plan;
    for (let worker = 0; worker < limits.workers; worker++) {
      yield meters + worker * metersStride + number * METER_BYTES;
    }
  }
}
