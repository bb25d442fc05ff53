/** Meters: what counts packets and bytes and bounds their rate, a set of them for each worker. */

import {
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

/** Where meters stand: those of worker 0, bytes to the next one's, and how many workers. */
export interface MeterPlace {
  readonly start: number;
  readonly stride: number;
  readonly workers: number;
}

/** Meters by number, from 1. Each worker has its part of a rate. */
export class Meters {
  readonly #view: DataView;
  readonly #place: MeterPlace;

  constructor(memory: WebAssembly.Memory, place: MeterPlace) {
    this.#view = new DataView(memory.buffer);
    this.#place = place;
  }

  /** Says what a meter does, from 1 on. Its bucket is full, its counts stay. */
  set(number: number, action: MeterAction): void {
    const { workers } = this.#place;
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
    const { start, stride, workers } = this.#place;
    for (let worker = 0; worker < workers; worker++) {
      yield start + worker * stride + number * METER_BYTES;
    }
  }
}
