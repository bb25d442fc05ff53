/** How many routes have each set of attributes: what nobody has can be forgotten. */

import { SET_FORGOTTEN } from "./bgp/attribute-sets.ts";

const SETS_FIRST = 1024;

/** Counts by the numbers of sets. */
export class SetUses {
  /** Sets that routes have. */
  count = 0;
  #uses = new Uint32Array(SETS_FIRST);

  has(set: number): boolean {
    return (this.#uses[set] ?? 0) > 0;
  }

  retain(set: number): void {
    if (set >= this.#uses.length) {
      const larger = new Uint32Array(2 * set);
      larger.set(this.#uses);
      this.#uses = larger;
    }
    const uses = this.#uses[set] ?? 0;
    this.#uses[set] = uses + 1;
    if (uses === 0) this.count += 1;
  }

  /** A route that had a set has it no more. */
  release(set: number): void {
    const uses = (this.#uses[set] ?? 0) - 1;
    this.#uses[set] = uses;
    if (uses === 0) this.count -= 1;
  }

  /** Follows new numbers, by the old ones: all sets that routes have are still there. */
  renumber(numbers: Uint32Array): void {
    const before = this.#uses;
    this.#uses = new Uint32Array(Math.max(SETS_FIRST, 2 * this.count));
    for (const [set, number] of numbers.entries()) {
      if (number !== SET_FORGOTTEN) this.#uses[number] = before[set] ?? 0;
    }
  }
}
