/** Distinct flows, counted by the module beside the packet path. */

import { TALLY_ADJACENCIES, TALLY_COUNT, TALLY_SAMPLE_BITS } from "../../assembly/layout.ts";
import type { EngineExports } from "./exports.ts";

/** Reads and resets the tally region; exact to 2^20 flows, then an estimate (error about 0.2 %). */
export class FlowTally {
  readonly #region: Uint8Array;
  readonly #view: DataView;
  readonly #exports: EngineExports;

  constructor(region: Uint8Array, exports: EngineExports) {
    this.#region = region;
    this.#view = new DataView(region.buffer, region.byteOffset, region.byteLength);
    this.#exports = exports;
  }

  /** Counts the flows of a processed batch. */
  add(packets: number): void {
    this.#exports.tallyBatch(packets);
  }

  /** Whether the counts are estimates. */
  get isEstimated(): boolean {
    return this.#view.getUint32(TALLY_SAMPLE_BITS, true) > 0;
  }

  /** Distinct flows of all packets that have addresses. */
  get flows(): number {
    return this.#scaled(TALLY_COUNT);
  }

  /** Distinct flows that left over an adjacency. */
  adjacency(index: number): number {
    return this.#scaled(TALLY_ADJACENCIES + index * 4);
  }

  /** Forgets all flows. */
  reset(): void {
    this.#region.fill(0);
  }

  #scaled(offset: number): number {
    return this.#view.getUint32(offset, true) * 2 ** this.#view.getUint32(TALLY_SAMPLE_BITS, true);
  }
}
