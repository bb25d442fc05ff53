/**
 * Which routes of a table origin validation takes out, as VRPs change.
 *
 *     place      0              1              2              3
 *     prefix     10.0.0.0/8     10.0.0.0/16    10.0.1.0/24    11.0.0.0/8      in their order
 *     row        7              2              9              0               of the table
 *     origin     64500          64501          64500          1
 *     rejected   0              1              0              0
 *
 * A VRP says something of the prefixes within its own, and those stand together: a change looks at
 * them alone. Routes whose origin is not known are not looked at. Of a prefix with several rows the
 * last one counts, as it does in the table. Where a prefix has routes of other origins, the best of
 * them that is not invalid steps in for one that is (OriginTable).
 *
 * Cost: 16 bytes an IPv4 route, 28 an IPv6 route.
 */

import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { prefixFromCells } from "../net/prefix.ts";
import type { OriginState, VrpDifference, VrpTable } from "../rib/origin-validation.ts";
import type { OriginTable } from "../rib/origins.ts";
import { RouteTable } from "../rib/route-table.ts";
import { VrpRows } from "../rib/vrp-rows.ts";

/** Routes as they were, and as they are to be, as tables: a prefix in both leads elsewhere. */
export interface FilterChange {
  readonly rejected: RouteTable;
  readonly accepted: RouteTable;
}

/** Routes of each state. */
export interface FilterCounts {
  readonly valid: number;
  readonly invalid: number;
  readonly not_found: number;
}

/** What looks a change's routes up again. */
interface Parts {
  readonly table: RouteTable;
  readonly origins: OriginTable;
  /** Who is asked: a route that one of them allows is valid (RFC 6811 section 2). */
  readonly vrps: () => readonly VrpTable[];
}

/** Judges the routes of one table. */
export class OriginFilter {
  readonly #parts: Parts;
  readonly #families: readonly FamilyFilter[];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#families = [new FamilyFilter(4, parts), new FamilyFilter(6, parts)];
  }

  /** Routes of each state, among those whose origin is known. */
  get counts(): FilterCounts {
    const sum = (state: number): number =>
      this.#families.reduce(
        (total, { states }) => total + states.filter((s) => s === state).length,
        0,
      );
    return { valid: sum(VALID), invalid: sum(INVALID), not_found: sum(NOT_FOUND) };
  }

  /** Judges all routes anew. */
  judgeAll(): FilterChange {
    return this.#judge((family) => family.judge(0, family.count));
  }

  /** Judges the routes that a change of VRPs can touch. */
  judge({ rows4, rows6 }: VrpDifference): FilterChange {
    return this.#judge((family) => family.judgeWithin(family.width === 1 ? rows4 : rows6));
  }

  /** Accepts all routes, as before they were judged. */
  release(): FilterChange {
    return this.#judge((family) => family.release());
  }

  #judge(run: (family: FamilyFilter) => readonly Turn[]): FilterChange {
    const change = { rejected: new RouteTable(), accepted: new RouteTable() };
    for (const family of this.#families) {
      for (const { prefix, before, after } of run(family)) {
        this.#add(change.rejected, prefix, before);
        this.#add(change.accepted, prefix, after);
      }
    }
    return change;
  }

  #add(table: RouteTable, prefix: PrefixCells, target: number): void {
    const known = this.#parts.table.targets[target];
    if (known !== undefined) table.add(prefixFromCells(prefix), table.internTarget(known));
  }
}

/** A prefix that leads elsewhere from now on: numbers of targets, NOWHERE for none. */
interface Turn {
  readonly prefix: PrefixCells;
  readonly before: number;
  readonly after: number;
}

const NOWHERE = -1;

/** Not judged: its origin is not known. */
const UNJUDGED = 0;
const NOT_FOUND = 1;
const VALID = 2;
const INVALID = 3;

/** The routes of one family, by prefix. */
class FamilyFilter {
  readonly width: 1 | 4;
  /** In place of an AS: the row of the table. */
  readonly #rows: VrpRows;
  readonly #parts: Parts;
  readonly states: Uint8Array;
  /** Where those lead whose own route is rejected. */
  readonly #instead = new Map<number, number>();

  constructor(family: 4 | 6, parts: Parts) {
    const { table, origins } = parts;
    this.width = family === 4 ? 1 : 4;
    this.#parts = parts;
    const lengths = family === 4 ? table.lengths4 : table.lengths6;
    const words = family === 4 ? table.addresses4 : table.words6;
    const count = family === 4 ? table.count4 : table.count6;
    const rows = new VrpRows(this.width);
    for (let row = 0; row < (origins.isEmpty ? 0 : count); row++) {
      const own = words.subarray(row * this.width, (row + 1) * this.width);
      rows.add({ words: own, length: lengths[row] ?? 0, maxLength: 0, as: row }, true);
    }
    this.#rows = rows.sorted();
    this.states = new Uint8Array(this.#rows.count);
  }

  get count(): number {
    return this.#rows.count;
  }

  release(): readonly Turn[] {
    const turns = [...this.#instead].map(([place, before]): Turn => {
      return { prefix: this.#prefix(place), before, after: this.#target(place) };
    });
    this.#instead.clear();
    this.states.fill(UNJUDGED);
    return turns;
  }

  /** Judges the routes within the prefixes of VRPs. */
  judgeWithin(changed: VrpRows): readonly Turn[] {
    const turns: Turn[] = [];
    for (let row = 0; row < changed.count; row++) {
      const first = this.#firstFrom(changed, row);
      let end = first;
      while (end < this.count && this.#isWithin(end, changed, row)) end += 1;
      turns.push(...this.judge(first, end));
    }
    return turns;
  }

  /** Judges the routes from one place up to another. */
  judge(start: number, end: number): readonly Turn[] {
    const turns: Turn[] = [];
    for (let place = start; place < end; place++) {
      const prefix = this.#prefix(place);
      const isReplaced = place + 1 < this.count && this.#isSame(place, place + 1);
      const origin = isReplaced ? undefined : this.#parts.origins.get(prefixFromCells(prefix));
      if (origin === undefined) continue;
      const state = stateNumber(validate(this.#parts.vrps(), prefix, origin));
      const own = this.#target(place);
      const before = this.#instead.get(place) ?? own;
      const after = state === INVALID ? this.#alternative(prefix) : own;
      this.states[place] = state;
      if (state === INVALID) this.#instead.set(place, after);
      else this.#instead.delete(place);
      if (before !== after) turns.push({ prefix, before, after });
    }
    return turns;
  }

  /** Where a prefix leads by the best of its routes that is not invalid. */
  #alternative(prefix: PrefixCells): number {
    const known = this.#parts.origins.alternatives(prefixFromCells(prefix));
    const allowed = known.find(({ as }) => validate(this.#parts.vrps(), prefix, as) !== "invalid");
    return allowed?.target ?? NOWHERE;
  }

  #target(place: number): number {
    const { table } = this.#parts;
    const targets = this.width === 1 ? table.targets4 : table.targets6;
    return targets[this.#rows.asns[place] ?? 0] ?? 0;
  }

  #prefix(place: number): PrefixCells {
    const cells = prefixCells();
    cells.family = this.width === 1 ? 4 : 6;
    cells.length = this.#rows.lengths[place] ?? 0;
    cells.words.set(this.#rows.words.subarray(place * this.width, (place + 1) * this.width));
    return cells;
  }

  #isSame(place: number, other: number): boolean {
    if (this.#rows.lengths[place] !== this.#rows.lengths[other]) return false;
    for (let word = 0; word < this.width; word++) {
      const [a, b] = [place, other].map((one) => this.#rows.words[one * this.width + word]);
      if (a !== b) return false;
    }
    return true;
  }

  /** The first place that stands not before the prefix of a VRP. */
  #firstFrom({ words, lengths }: VrpRows, row: number): number {
    const length = lengths[row] ?? 0;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      let order = 0;
      for (let word = 0; word < this.width && order === 0; word++) {
        const own = this.#rows.words[middle * this.width + word] ?? 0;
        order = own - (words[row * this.width + word] ?? 0);
      }
      if (order === 0) order = (this.#rows.lengths[middle] ?? 0) - length;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isWithin(place: number, { words, lengths }: VrpRows, row: number): boolean {
    const length = lengths[row] ?? 0;
    for (let word = 0; 32 * word < length; word++) {
      const own = this.#rows.words[place * this.width + word] ?? 0;
      const difference = own ^ (words[row * this.width + word] ?? 0);
      const bits = length - 32 * word;
      if (difference >>> (bits >= 32 ? 0 : 32 - bits) !== 0) return false;
    }
    return true;
  }
}

/** What several tables say together, as one would that had all their VRPs. */
function validate(tables: readonly VrpTable[], prefix: PrefixCells, origin: number): OriginState {
  const states = tables.map((table) => table.validate(prefix, origin));
  if (states.includes("valid")) return "valid";
  return states.includes("invalid") ? "invalid" : "not-found";
}

function stateNumber(state: OriginState): number {
  if (state === "not-found") return NOT_FOUND;
  return state === "valid" ? VALID : INVALID;
}
