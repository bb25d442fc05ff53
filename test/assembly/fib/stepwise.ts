/** Updates as the module takes them: routes in records, painted in as many calls as it takes. */

import {
  HEADER,
  HEADER_TABLE4,
  HEADER_TABLE6,
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
  TABLE_STATUS,
} from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import type { FibFamily } from "./family.ts";

/** What a call did. */
export interface Step {
  readonly applied: number;
  readonly status: number;
}

const FORMATS = {
  32: { bytes: ROUTE4_BYTES, length: ROUTE4_LENGTH, group: ROUTE4_GROUP },
  128: { bytes: ROUTE6_BYTES, length: ROUTE6_LENGTH, group: ROUTE6_GROUP },
};

/** First byte of a family's table in the header. */
export function tableAddress({ width }: FibFamily): number {
  return HEADER + (width === 32 ? HEADER_TABLE4 : HEADER_TABLE6);
}

/** One batch of routes, applied call by call. */
export class StepwiseUpdate {
  readonly #engine: Engine;
  readonly #family: FibFamily;
  readonly #count: number;
  readonly #records: number;

  /** Writes the records; nothing else may use the scratch region until the update is over. */
  constructor(engine: Engine, family: FibFamily, routes: readonly OracleRoute[]) {
    this.#engine = engine;
    this.#family = family;
    this.#count = routes.length;
    this.#records = engine.plan.scratch + SCRATCH_RECORDS;
    const format = FORMATS[family.width];
    const view = new DataView(engine.memory.buffer);
    for (const [index, { address, length, group }] of routes.entries()) {
      const record = this.#records + index * format.bytes;
      if (family.width === 32) {
        view.setUint32(record + ROUTE4_ADDRESS, Number(address), true);
      } else {
        view.setBigUint64(record + ROUTE6_HIGH, address >> 64n, true);
        view.setBigUint64(record + ROUTE6_LOW, BigInt.asUintN(64, address), true);
      }
      view.setUint32(record + format.length, length, true);
      view.setUint32(record + format.group, group, true);
    }
  }

  /** One call, which does about `budget` units of work. */
  step(budget: number): Step {
    const { fib4UpdateBatch, fib6UpdateBatch } = this.#engine.exports;
    const update = this.#family.width === 32 ? fib4UpdateBatch : fib6UpdateBatch;
    const applied = update(this.#records, this.#count, budget) >>> 0;
    const status = this.#engine.words[(tableAddress(this.#family) + TABLE_STATUS) / 4] ?? 0;
    return { applied, status };
  }

  /** The groups that stand in the records. */
  get groups(): readonly number[] {
    const format = FORMATS[this.#family.width];
    return Array.from({ length: this.#count }, (_, index) => {
      const record = this.#records + index * format.bytes;
      return this.#engine.words[(record + format.group) / 4] ?? 0;
    });
  }
}
