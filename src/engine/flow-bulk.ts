/** Flows that are asked about, without packets: their hashes, and where a group sends them. */

import {
  FLOW_BYTES,
  FLOW_NETWORK,
  SCRATCH_RECORDS,
  SCRATCH_RECORDS_BYTES,
} from "../../assembly/layout.ts";
import type { EngineExports } from "./exports.ts";
import { type FlowTuple, writeFlow } from "./flow-record.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** The start of an IPv6 header, where the data plane reads the flow label: u32 in network order. */
const LABEL_BYTES = 4;
/** A flow's record, its label, and its answer of at most 8 bytes. */
const ROW_BYTES = FLOW_BYTES + LABEL_BYTES + 8;
/** Flows in the scratch region at once. */
const ROWS_MAX = Math.floor(SCRATCH_RECORDS_BYTES / ROW_BYTES / 16) * 16;

/** Works in the writer's scratch region: not while a table is being changed. */
export class FlowBulk {
  readonly #view: DataView;
  readonly #start: number;
  readonly #exports: EngineExports;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#view = new DataView(memory.buffer);
    this.#start = plan.scratch + SCRATCH_RECORDS;
    this.#exports = exports;
  }

  /** Writes one flow as the parser would have; returns where it stands. */
  write(flow: FlowTuple): number {
    return this.#writeAll([flow]);
  }

  /** The hashes of flows. */
  hashes(flows: readonly FlowTuple[]): BigUint64Array {
    const hashes = new BigUint64Array(flows.length);
    for (let from = 0; from < flows.length; from += ROWS_MAX) {
      const some = flows.slice(from, from + ROWS_MAX);
      this.#exports.flowsHash(this.#writeAll(some), this.#answers, some.length);
      for (let i = 0; i < some.length; i++) {
        hashes[from + i] = this.#view.getBigUint64(this.#answers + i * 8, true);
      }
    }
    return hashes;
  }

  /** The adjacencies that a group gives to flows, by its table alone: 0 where none is up. */
  choices(group: number, flows: readonly FlowTuple[]): Uint32Array {
    const choices = new Uint32Array(flows.length);
    for (let from = 0; from < flows.length; from += ROWS_MAX) {
      const some = flows.slice(from, from + ROWS_MAX);
      this.#exports.flowsChoose(group, this.#writeAll(some), this.#answers, some.length);
      for (let i = 0; i < some.length; i++) {
        choices[from + i] = this.#view.getUint32(this.#answers + i * 4, true);
      }
    }
    return choices;
  }

  get #answers(): number {
    return this.#start + ROWS_MAX * (FLOW_BYTES + LABEL_BYTES);
  }

  #writeAll(flows: readonly FlowTuple[]): number {
    const labels = this.#start + ROWS_MAX * FLOW_BYTES;
    for (const [index, flow] of flows.entries()) {
      const record = this.#start + index * FLOW_BYTES;
      const label = labels + index * LABEL_BYTES;
      writeFlow(new DataView(this.#view.buffer, record, FLOW_BYTES), flow);
      this.#view.setUint32(label, flow.flowLabel ?? 0);
      this.#view.setUint32(record + FLOW_NETWORK, label, true);
    }
    return this.#start;
  }
}
