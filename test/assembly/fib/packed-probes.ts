/** Addresses that are asked again and again, outside of what updates write to. */

import type { Engine } from "../../../src/engine/engine.ts";
import { addressBytes, type FibFamily } from "./family.ts";

/** Addresses in network order, packed where frames would lie, and room for their groups. */
export class PackedProbes {
  readonly count: number;
  /** First byte of the addresses, and of the answers. */
  readonly addresses: number;
  readonly groups: number;
  readonly #engine: Engine;
  readonly #family: FibFamily;

  constructor(engine: Engine, family: FibFamily, addresses: readonly bigint[]) {
    const packed = addressBytes(addresses, family.width);
    this.#engine = engine;
    this.#family = family;
    this.count = addresses.length;
    this.addresses = engine.plan.frames;
    this.groups = this.addresses + packed.length;
    const needed = packed.length + 4 * this.count;
    if (needed > engine.plan.limits.frameBytes) throw new RangeError("too many probes");
    engine.bytes.set(packed, this.addresses);
  }

  /** The groups of all of them, a view that the next call overwrites. */
  ask(): Uint32Array {
    const { fib4LookupBatch, fib6LookupBatch } = this.#engine.exports;
    const lookup = this.#family.width === 32 ? fib4LookupBatch : fib6LookupBatch;
    lookup(this.addresses, this.groups, this.count, 0);
    return this.#engine.words.subarray(this.groups / 4, this.groups / 4 + this.count);
  }
}
