/**
 * Source prefixes and their meters: packets are counted, limited or dropped by where they say they
 * come from.
 */

import {
  HEADER,
  HEADER_METERS,
  HEADER_METERS_STRIDE,
  HEADER_SOURCES,
  HEADER_SOURCES4,
  HEADER_SOURCES6,
} from "../../assembly/layout.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import { Meters } from "./meters.ts";
import { FORMAT4, FORMAT6, type RouteColumns, TableRecords } from "./table-records.ts";

const SOURCES4 = { ...FORMAT4, table: HEADER + HEADER_SOURCES4 };
const SOURCES6 = { ...FORMAT6, table: HEADER + HEADER_SOURCES6 };

/** Writes the tables of source prefixes, and has the meters that they lead to. */
export class SourceMeters {
  readonly meters: Meters;
  readonly #view: DataView;
  readonly #records: TableRecords;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#view = new DataView(memory.buffer);
    this.#records = new TableRecords(memory, plan);
    this.#plan = plan;
    this.#exports = exports;
    const { meters, metersStride, limits } = plan;
    const place = { start: meters, stride: metersStride, workers: limits.workers };
    this.meters = new Meters(memory, place);
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
}
