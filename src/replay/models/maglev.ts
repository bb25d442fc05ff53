/**
 * A model of Maglev hashing (Eisenbud et al., "Maglev: a fast and reliable software network load
 * balancer", 2016, section 3.4): members take cells of a prime-sized table by turns, each the next
 * free one of its own permutation offset, offset + skip, … A member of half the largest weight
 * takes a turn in every second round. The table follows from the members alone, so a change may
 * move flows between members that did not change.
 *
 *     permutation of A  3 0 4 1 …      round 1: A takes 3, B takes 1; round 2: A takes 0, B 4, …
 *     permutation of B  1 3 4 0 …
 *
 * Cost: 65,537 cells; a rebuild takes about 65,537 ln 65,537 steps.
 */

import type { ModelGroup, ModelMember } from "./model.ts";

/** The smaller of the two table sizes of the paper: a prime. */
const CELLS = 65_537;

/** A 32-bit hash of a name (FNV-1a, then the finish of MurmurHash3). */
function nameHash(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A member that takes turns. */
interface Player {
  readonly adjacency: number;
  readonly skip: number;
  /** Part of the rounds in which it has a turn, 0 to 1. */
  readonly rate: number;
  /** Cell that it would take next. */
  next: number;
  /** Turns that it has earned and not taken. */
  credit: number;
}

function players(members: readonly ModelMember[]): readonly Player[] {
  const heaviest = members.reduce((most, { weight }) => Math.max(most, weight), 1);
  return members.map(({ adjacency, name, weight }) => ({
    adjacency,
    next: nameHash(name, 1) % CELLS,
    skip: 1 + (nameHash(name, 2) % (CELLS - 1)),
    rate: weight / heaviest,
    credit: 0,
  }));
}

function takeTurn(cells: Uint16Array, player: Player): void {
  while (cells[player.next] !== 0) player.next = (player.next + player.skip) % CELLS;
  cells[player.next] = player.adjacency;
}

class Maglev implements ModelGroup {
  readonly #cells = new Uint16Array(CELLS);

  update(members: readonly ModelMember[]): void {
    const cells = this.#cells.fill(0);
    // In an order that is the same for each set.
    const order = players(members.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    let free = order.length === 0 ? 0 : CELLS;
    while (free > 0) {
      for (const player of order) {
        player.credit += player.rate;
        if (player.credit < 1 || free === 0) continue;
        player.credit -= 1;
        free -= 1;
        takeTurn(cells, player);
      }
    }
  }

  choose(hash: number): number {
    return this.#cells[hash % CELLS] ?? 0;
  }
}

/** A group under Maglev hashing. */
export function maglev(): ModelGroup {
  return new Maglev();
}
