/**
 * A model of modulo-N: the hash's remainder picks from a list that holds each member as often as
 * its weight says (RFC 2991, section 4.1). Any change of the list's length moves nearly all flows.
 */

import type { ModelGroup, ModelMember } from "./model.ts";

class Modulo implements ModelGroup {
  #members: readonly ModelMember[] = [];
  #total = 0;

  update(members: readonly ModelMember[]): void {
    this.#members = members;
    this.#total = members.reduce((sum, { weight }) => sum + weight, 0);
  }

  choose(hash: number): number {
    let left = hash % this.#total;
    for (const { adjacency, weight } of this.#members) {
      if (left < weight) return adjacency;
      left -= weight;
    }
    return 0;
  }
}

/** A group under modulo-N. */
export function modulo(): ModelGroup {
  return new Modulo();
}
