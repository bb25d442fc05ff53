/** Meters of routes, and the marks that lead groups to them. */

import {
  HEADER,
  HEADER_MARKS,
  HEADER_ROUTE_METERS,
  HEADER_ROUTE_METERS_STRIDE,
  MARK_BYTES,
  MARK_KIND,
  MARK_METER,
} from "../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import { Meters } from "./meters.ts";

/** What a group's packets are counted by, and the reserved group that it stands for, or 0. */
export interface Mark {
  readonly meter: number;
  readonly kind: number;
}

/** The marks of an engine's groups. */
export class RouteMeters {
  readonly meters: Meters;
  readonly #view: DataView;
  readonly #plan: MemoryPlan;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    const { routeMeters, routeMetersStride, limits } = plan;
    const place = { start: routeMeters, stride: routeMetersStride, workers: limits.workers };
    this.meters = new Meters(memory, place);
    this.#view = new DataView(memory.buffer);
    this.#plan = plan;
  }

  /** Tells the packet path where they are. */
  initialise(): void {
    const { routeMeters, routeMetersStride } = this.#plan;
    this.#view.setUint32(HEADER + HEADER_ROUTE_METERS, routeMeters, true);
    this.#view.setUint32(HEADER + HEADER_ROUTE_METERS_STRIDE, routeMetersStride, true);
  }

  /** Marks a group from the next batch on; meter 0 takes its mark away. */
  mark(group: number, { meter, kind }: Mark): void {
    const mark = this.#plan.marks + group * MARK_BYTES;
    this.#view.setUint16(mark + MARK_KIND, kind, true);
    this.#view.setUint16(mark + MARK_METER, meter, true);
    if (meter > 0) this.#view.setUint32(HEADER + HEADER_MARKS, this.#plan.marks, true);
  }
}
