/** Flows that are asked about, without packets: their hashes, and where a group sends them. */

import {
  FLOW_BYTES,
  FLOW_HASH,
  FLOW_NETWORK,
  SCRATCH_RECORDS,
  SCRATCH_RECORDS_BYTES,
} from "../../assembly/layout.ts";
import type { EngineExports } from "./exports.ts";
import { type FlowTuple, writeFlow } from "./flow-record.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** The start of an IPv6 header, where the data plane reads the flow label: u32 in network order. */
const LABEL_BYTES = 4;
/** Address of a record in a list, and an adjacency. */
const ADDRESS_BYTES = 4;
const ANSWER_BYTES = 4;
const ROW_BYTES = FLOW_BYTES + LABEL_BYTES + ADDRESS_BYTES + ANSWER_BYTES;
/** Flows in the scratch region at once. */
const ROWS_MAX = Math.floor(SCRATCH_RECORDS_BYTES / ROW_BYTES / 16) * 16;

/** Flows in memory, IPv4 first. */
export interface FlowList {
  /** Address of the list of their records' addresses, u32 each. */
  readonly list: number;
  readonly count4: number;
  readonly count6: number;
  /** Where in the list each flow stands, in the order in which they were given. */
  readonly places: readonly number[];
}

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
    this.#writeRecord(flow, 0);
    return this.#start;
  }

  /** The hashes of flows. */
  hashes(flows: readonly FlowTuple[]): BigUint64Array {
    const hashes = new BigUint64Array(flows.length);
    for (let from = 0; from < flows.length; from += ROWS_MAX) {
      const some = flows.slice(from, from + ROWS_MAX);
      const { places } = this.#hashed(some);
      for (const [index, place] of places.entries()) {
        const record = this.#start + place * FLOW_BYTES;
        hashes[from + index] = this.#view.getBigUint64(record + FLOW_HASH, true);
      }
    }
    return hashes;
  }

  /** The adjacencies that a group gives to flows, by its table alone: 0 where none is up. */
  choices(group: number, flows: readonly FlowTuple[]): Uint32Array {
    const choices = new Uint32Array(flows.length);
    const answers = this.#start + ROWS_MAX * (ROW_BYTES - ANSWER_BYTES);
    for (let from = 0; from < flows.length; from += ROWS_MAX) {
      const { list, places } = this.#hashed(flows.slice(from, from + ROWS_MAX));
      this.#exports.flowsChoose(group, list, answers, places.length);
      for (const [index, place] of places.entries()) {
        choices[from + index] = this.#view.getUint32(answers + place * ANSWER_BYTES, true);
      }
    }
    return choices;
  }

  #hashed(flows: readonly FlowTuple[]): FlowList {
    const written = this.list(flows);
    const { list, count4, count6 } = written;
    this.#exports.flowsHash4(list, count4);
    this.#exports.flowsHash6(list + count4 * ADDRESS_BYTES, count6);
    return written;
  }

  /** Writes at most ROWS_MAX flows and lists them by family; they stay until the next call. */
  list(flows: readonly FlowTuple[]): FlowList {
    const list = this.#start + ROWS_MAX * (FLOW_BYTES + LABEL_BYTES);
    const count4 = flows.filter(({ source }) => source.family === 4).length;
    let next4 = 0;
    let next6 = count4;
    const places = flows.map((flow) => {
      const place = flow.source.family === 4 ? next4++ : next6++;
      const record = this.#writeRecord(flow, place);
      this.#view.setUint32(list + place * ADDRESS_BYTES, record, true);
      return place;
    });
    return { list, count4, count6: flows.length - count4, places };
  }

  #writeRecord(flow: FlowTuple, place: number): number {
    const record = this.#start + place * FLOW_BYTES;
    const label = this.#start + ROWS_MAX * FLOW_BYTES + place * LABEL_BYTES;
    // Ports of fragments do not count.
    const { ports, ...others } = flow;
    const counted = flow.isFragment || ports === undefined ? others : flow;
    writeFlow(new DataView(this.#view.buffer, record, FLOW_BYTES), counted);
    this.#view.setUint32(label, flow.flowLabel ?? 0);
    this.#view.setUint32(record + FLOW_NETWORK, label, true);
    return record;
  }
}
