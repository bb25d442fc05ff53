/**
 * A model of hash-threshold (RFC 2992; multipath routes of Linux): each member has a region of the
 * hash's range as long as its weight is large, in the order of the members. Losing one shifts the
 * borders of all others.
 */

import type { ModelGroup, ModelMember } from "./model.ts";

const RANGE = 2 ** 32;

class HashThreshold implements ModelGroup {
  /** First hash past each member's region. */
  #bounds: readonly number[] = [];
  #members: readonly ModelMember[] = [];

  update(members: readonly ModelMember[]): void {
    const total = members.reduce((sum, { weight }) => sum + weight, 0);
    let sum = 0;
    this.#members = members;
    this.#bounds = members.map(({ weight }) => {
      sum += weight;
      return Math.round((RANGE * sum) / total);
    });
  }

  choose(hash: number): number {
    const index = this.#bounds.findIndex((bound) => hash < bound);
    return this.#members[index]?.adjacency ?? 0;
  }
}

/** A group under hash-threshold. */
export function hashThreshold(): ModelGroup {
  return new HashThreshold();
}
