/** Streams of updates, recorded or drawn from a table, in the batches that a writer applies. */

import type { RouteColumns } from "../src/engine/fib-tables.ts";
import { GROUPS_RESERVED } from "../src/engine/layout.ts";
import { Random } from "../src/replay/random.ts";
import { addressBytes } from "./patterns.ts";
import type { RecordedUpdate } from "./recorded-updates.ts";
import type { FamilyTable } from "./tables.ts";

/** Updates of a family in their order; a group of 0 withdraws. */
export interface Churn {
  /** As results name it. */
  readonly name: string;
  readonly columns: RouteColumns;
}

/** Updates that are applied at once, each prefix once. */
export interface UpdateBatch {
  readonly columns: RouteColumns;
  /** Updates before they were coalesced. */
  readonly updates: number;
}

const SEED = 1;
/** So few that a measurement applies each of them several times. */
const DRAWN_UPDATES = 10_000;

/** The updates of a family, each next hop one of the table's groups. */
export function recordedChurn(
  name: string,
  updates: readonly RecordedUpdate[],
  { family, groups }: FamilyTable,
): Churn {
  const own = updates.filter((update) => update.family === family);
  const groupOf = new Map<string, number>();
  const width = addressBytes(family) / 4;
  const columns = newColumns(own.length, width);
  for (const [row, { words, length, nextHop }] of own.entries()) {
    columns.words.set(words.subarray(0, width), row * width);
    columns.lengths[row] = length;
    if (nextHop === undefined) continue;
    const group = groupOf.get(nextHop) ?? GROUPS_RESERVED + (groupOf.size % groups);
    groupOf.set(nextHop, group);
    columns.groups[row] = group;
  }
  return { name, columns };
}

/**
 * Draws updates: a third each withdraw a route, bring one back, and give one the group of another.
 * Rows are as likely as each other, so that lengths are those of the table.
 */
export function drawnChurn({ family, routes }: FamilyTable): Churn {
  const random = new Random(SEED);
  const width = addressBytes(family) / 4;
  const columns = newColumns(DRAWN_UPDATES, width);
  const withdrawn: number[] = [];
  for (let update = 0; update < DRAWN_UPDATES; update++) {
    const kind = random.below(3);
    const back = kind === 1 ? withdrawn.pop() : undefined;
    const row = back ?? random.below(routes.count);
    if (kind === 0) withdrawn.push(row);
    const source = back ?? random.below(routes.count);
    columns.words.set(routes.words.subarray(row * width, (row + 1) * width), update * width);
    columns.lengths[update] = routes.lengths[row] ?? 0;
    columns.groups[update] = kind === 0 ? 0 : (routes.groups[source] ?? 0);
  }
  return { name: "drawn", columns };
}

function newColumns(count: number, width: number): RouteColumns {
  const words = new Uint32Array(count * width);
  return { count, words, lengths: new Uint8Array(count), groups: new Uint32Array(count) };
}

/** Updates in batches of up to `size`; of a prefix's updates in one batch the last counts. */
export function batchesOf(columns: RouteColumns, size: number): readonly UpdateBatch[] {
  const width = columns.count === 0 ? 1 : columns.words.length / columns.count;
  const batches: UpdateBatch[] = [];
  for (let start = 0; start < columns.count; start += size) {
    const end = Math.min(start + size, columns.count);
    const lastOf = new Map<string, number>();
    for (let row = start; row < end; row++) {
      const words = columns.words.subarray(row * width, (row + 1) * width);
      lastOf.set(`${words.join()}/${columns.lengths[row]}`, row);
    }
    batches.push({
      columns: pickedRows(columns, width, [...lastOf.values()]),
      updates: end - start,
    });
  }
  return batches;
}

function pickedRows(from: RouteColumns, width: number, rows: readonly number[]): RouteColumns {
  const picked = newColumns(rows.length, width);
  for (const [to, row] of rows.entries()) {
    picked.words.set(from.words.subarray(row * width, (row + 1) * width), to * width);
    picked.lengths[to] = from.lengths[row] ?? 0;
    picked.groups[to] = from.groups[row] ?? 0;
  }
  return picked;
}

/**
 * Goes through batches in their order, then backwards, again and again. Applying leaves the groups
 * from before in the column, so that the same columns applied again take the batch back.
 *
 *     batches    0 1 2 | 2 1 0 | 0 1 2 | 2 ...
 *                there   back    there
 */
export class ChurnWalk {
  readonly #batches: readonly UpdateBatch[];
  #next = 0;
  #isBack = false;

  constructor(batches: readonly UpdateBatch[]) {
    this.#batches = batches;
  }

  /** Number of the step at hand: two for each batch, there and back. */
  get step(): number {
    return 2 * this.#next + (this.#isBack ? 1 : 0);
  }

  /** Whether all that was applied was taken back. */
  get isAtStart(): boolean {
    return this.#next === 0 && !this.#isBack;
  }

  /** The batch at hand, which is then applied. */
  take(): UpdateBatch | undefined {
    const batch = this.#batches[this.#next];
    const isAtEnd = this.#next === (this.#isBack ? 0 : this.#batches.length - 1);
    if (isAtEnd) this.#isBack = !this.#isBack;
    else this.#next += this.#isBack ? -1 : 1;
    return batch;
  }

  /** Turns round, unless it is on its way back: the batches at hand lead to the start. */
  turnBack(): void {
    if (this.#isBack || this.isAtStart) return;
    this.#isBack = true;
    this.#next -= 1;
  }
}
