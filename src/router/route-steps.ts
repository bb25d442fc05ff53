/**
 * From rows of a table to group ids: which prefixes begin with a set, and which step from the group
 * that they have to another (groups.ts).
 *
 * A later row of a prefix replaces an earlier one, so all rows of a prefix that has a group take
 * the group of its last row: what they step through was never seen by a packet.
 */

import type { RouteColumns } from "../engine/fib-tables.ts";
import { GROUP_ID_NONE, GROUPS_RESERVED } from "../engine/layout.ts";
import type { RouteMeter, RouteTarget } from "../rib/route.ts";
import type { Groups, SavedGroups } from "./groups.ts";
import type { RouteMark } from "./member-set.ts";
import { GROUP_OF_KIND } from "./route-kinds.ts";

/** Rows of one family. */
export interface StepRows {
  readonly family: 4 | 6;
  /** The groups are those that the prefixes have, and after `resolve` those that they get. */
  readonly columns: RouteColumns;
  /** Index into the targets, of each row. */
  readonly targets: Uint32Array;
}

/** Prefixes that go the same way. */
interface Way {
  /** The group that they have, 0 for none. */
  readonly from: number;
  readonly target: number;
  prefixes: number;
}

/** A way as one number: targets are fewer than 2^20 (route-table.ts). */
function wayKey(from: number, target: number): number {
  return from * 2 ** 20 + target;
}

/** A number for an IPv4 prefix, a text for one of IPv6. */
function prefixKey({ family, columns }: StepRows, row: number): number | string {
  const length = columns.lengths[row] ?? 0;
  if (family === 4) return (columns.words[row] ?? 0) * 64 + length;
  return `${columns.words.subarray(4 * row, 4 * row + 4).join()}/${length}`;
}

/** The last row of each prefix that has a set of next hops already. */
function lastRows(rows: StepRows): ReadonlyMap<number | string, number> {
  const last = new Map<number | string, number>();
  const { count, groups } = rows.columns;
  for (let row = 0; row < count; row++) {
    if ((groups[row] ?? 0) >= GROUPS_RESERVED) last.set(prefixKey(rows, row), row);
  }
  return last;
}

/** Calls `visit` with each row's way, and whether it is the row that its prefix is counted by. */
function eachWay(
  rows: StepRows,
  visit: (row: number, from: number, target: number, isCounted: boolean) => void,
): void {
  const last = lastRows(rows);
  const { count, groups } = rows.columns;
  for (let row = 0; row < count; row++) {
    const has = groups[row] ?? 0;
    if (has < GROUPS_RESERVED) visit(row, 0, rows.targets[row] ?? 0, true);
    else {
      const decides = last.get(prefixKey(rows, row)) ?? row;
      visit(row, has, rows.targets[decides] ?? 0, decides === row);
    }
  }
}

function markOf(meter: RouteMeter | undefined): RouteMark | undefined {
  return meter === undefined ? undefined : { meter };
}

/** One table's way into the groups. */
export class RouteSteps {
  /** What part of its slots each group that stepped gave to another next hop, 0 to 1. */
  readonly moved: number[] = [];
  readonly #groups: Groups;
  readonly #targets: readonly RouteTarget[];
  readonly #saved: SavedGroups[] = [];
  readonly #ids = new Map<number, number>();
  readonly #retained = new Map<number, number>();

  constructor(groups: Groups, targets: readonly RouteTarget[]) {
    this.#groups = groups;
    this.#targets = targets;
  }

  /**
   * Sets the rows' groups to those that they get, and counts the rows as their users. Throws
   * CAPACITY where there is no room for a group; `undo` then, and wherever the rows cannot be
   * installed, takes everything back.
   */
  resolve(parts: readonly StepRows[]): void {
    const ways = this.#countWays(parts);
    const inPlace = (way: Way): boolean =>
      way.from !== 0 && way.prefixes === this.#groups.users(way.from);
    // A group that changes in place is its old set's no more: before anything looks for that set.
    for (const way of ways.filter(inPlace)) {
      this.#saved.push(this.#groups.saveGroup(way.from));
      this.#take(way);
    }
    for (const way of ways) if (!this.#ids.has(wayKey(way.from, way.target))) this.#take(way);
    for (const rows of parts) this.#write(rows);
    for (const [id, users] of this.#retained) this.#groups.retain(id, users);
  }

  /** Everything as it was before `resolve`, also where that failed. */
  undo(): void {
    for (const [id, users] of this.#retained) this.#groups.retain(id, -users);
    for (const id of this.#ids.values()) this.#groups.drop(id);
    for (const saved of this.#saved.reverse()) this.#groups.restore(saved);
  }

  #countWays(parts: readonly StepRows[]): readonly Way[] {
    const ways = new Map<number, Way>();
    for (const rows of parts) {
      eachWay(rows, (_row, from, target, isCounted) => {
        const key = wayKey(from, target);
        const way = ways.get(key);
        if (way === undefined) ways.set(key, { from, target, prefixes: Number(isCounted) });
        else way.prefixes += Number(isCounted);
      });
    }
    return [...ways.values()];
  }

  #take({ from, target, prefixes }: Way): void {
    this.#ids.set(wayKey(from, target), this.#idOf(from, this.#targets[target], prefixes));
  }

  #idOf(from: number, target: RouteTarget | undefined, prefixes: number): number {
    if (target === undefined) return GROUP_ID_NONE;
    if (target.kind !== "via") {
      const { kind, meter } = target;
      if (meter === undefined) return GROUP_OF_KIND[kind];
      return this.#groups.acquire(this.#groups.setOf([], 0, { meter, kind }), 0);
    }
    if (target.nextHops.length === 0) return GROUP_ID_NONE;
    const set = this.#groups.setOf(target.nextHops, target.overflow, markOf(target.meter));
    if (from === 0) return this.#groups.acquire(set, 0);
    const { id, moved } = this.#groups.step({ from, set, users: prefixes });
    this.moved.push(moved);
    return id;
  }

  #write(rows: StepRows): void {
    const { groups } = rows.columns;
    const ids = new Uint32Array(rows.columns.count);
    eachWay(rows, (row, from, target) => {
      const id = this.#ids.get(wayKey(from, target)) ?? GROUP_ID_NONE;
      ids[row] = id;
      if (id >= GROUPS_RESERVED) this.#retained.set(id, (this.#retained.get(id) ?? 0) + 1);
    });
    groups.set(ids);
  }
}
