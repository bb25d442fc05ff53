/** From routes to the data plane: prefixes get the groups of their targets, in bulk. */

import type { Engine } from "../engine/engine.ts";
import type { RouteColumns } from "../engine/fib-tables.ts";
import {
  GROUP_ID_BLACKHOLE,
  GROUP_ID_LOCAL,
  GROUP_ID_NONE,
  GROUP_ID_PROHIBIT,
  GROUP_ID_UNREACHABLE,
} from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { RouteTarget, TerminalKind } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";
import type { Groups } from "./groups.ts";

const GROUP_OF_KIND: Readonly<Record<TerminalKind, number>> = {
  local: GROUP_ID_LOCAL,
  blackhole: GROUP_ID_BLACKHOLE,
  unreachable: GROUP_ID_UNREACHABLE,
  prohibit: GROUP_ID_PROHIBIT,
};

/** The kind of a route that leads to a reserved group; "via" for all others. */
export function kindOfGroup(id: number): RouteTarget["kind"] {
  if (id === GROUP_ID_LOCAL) return "local";
  if (id === GROUP_ID_BLACKHOLE) return "blackhole";
  if (id === GROUP_ID_UNREACHABLE) return "unreachable";
  return id === GROUP_ID_PROHIBIT ? "prohibit" : "via";
}

/** The target of a row that takes its prefix's route away. */
export const WITHDRAWN: RouteTarget = { kind: "via", nextHops: [] };

/** Routes of both families, as columns. */
interface TablePart {
  readonly family: 4 | 6;
  readonly columns: RouteColumns;
}

/** Installs and withdraws routes; the groups' user counts follow. */
export class FibSync {
  readonly #engine: Engine;
  readonly #groups: Groups;

  constructor(engine: Engine, groups: Groups) {
    this.#engine = engine;
    this.#groups = groups;
  }

  /**
   * Applies all routes of a table in their order, or none: a later one replaces an earlier one of
   * its prefix, a WITHDRAWN one takes it away. Returns how many were added, replaced or withdrawn.
   * Throws CAPACITY, with everything as it was.
   */
  install(table: RouteTable): number {
    const uses = this.#countUses(table);
    const groups = new Uint32Array(table.targets.length);
    try {
      for (const [index, target] of table.targets.entries()) {
        const users = uses[index] ?? 0;
        if (users > 0) groups[index] = this.#groupOf(target, users);
      }
      return this.#apply(this.#parts(table, groups));
    } catch (error) {
      this.#releaseUses(groups, uses);
      throw error;
    }
  }

  #countUses(table: RouteTable): Uint32Array {
    const uses = new Uint32Array(table.targets.length);
    for (const targets of [
      table.targets4.subarray(0, table.count4),
      table.targets6.subarray(0, table.count6),
    ]) {
      for (const target of targets) uses[target] = (uses[target] ?? 0) + 1;
    }
    return uses;
  }

  #groupOf(target: RouteTarget, users: number): number {
    if (target.kind !== "via") return GROUP_OF_KIND[target.kind];
    if (target.nextHops.length === 0) return GROUP_ID_NONE;
    return this.#groups.acquire(target.nextHops, users);
  }

  #releaseUses(groups: Uint32Array, uses: Uint32Array): void {
    for (const [index, id] of groups.entries()) {
      for (let users = uses[index] ?? 0; users > 0; users--) this.#groups.release(id);
    }
  }

  #parts(table: RouteTable, groups: Uint32Array): readonly TablePart[] {
    const part = (
      family: 4 | 6,
      count: number,
      words: Uint32Array,
      lengths: Uint8Array,
      targets: Uint32Array,
    ): TablePart => {
      const ids = targets.slice(0, count);
      for (let i = 0; i < count; i++) ids[i] = groups[ids[i] ?? 0] ?? GROUP_ID_NONE;
      return { family, columns: { count, words, lengths, groups: ids } };
    };
    const { count4, addresses4, lengths4, targets4, count6, words6, lengths6, targets6 } = table;
    return [
      part(4, count4, addresses4, lengths4, targets4),
      part(6, count6, words6, lengths6, targets6),
    ];
  }

  /** Applies all parts or none; returns how many rows changed something. */
  #apply(parts: readonly TablePart[]): number {
    const done: TablePart[] = [];
    let changed = 0;
    for (const part of parts) {
      const { groups, count } = part.columns;
      const wanted = groups.slice();
      const applied = this.#update(part.family, part.columns);
      if (applied < count) {
        this.#undo({ ...part, columns: { ...part.columns, count: applied } });
        for (const earlier of done.reverse()) this.#undo(earlier);
        throw this.#tableFull(part, applied);
      }
      done.push(part);
      changed += wanted.filter(
        (group, row) => (group | (groups[row] ?? 0)) !== GROUP_ID_NONE,
      ).length;
    }
    for (const { columns } of done) {
      for (const before of columns.groups) this.#groups.release(before);
    }
    return changed;
  }

  #update(family: 4 | 6, columns: RouteColumns): number {
    const { tables } = this.#engine;
    return family === 4 ? tables.update4(columns) : tables.update6(columns);
  }

  /** Applying what an update left, in reverse order, undoes it. */
  #undo({ family, columns }: TablePart): void {
    const { count, words, lengths, groups } = columns;
    const width = family === 4 ? 1 : 4;
    const reversed = {
      count,
      words: new Uint32Array(count * width),
      lengths: lengths.slice(0, count).reverse(),
      groups: groups.slice(0, count).reverse(),
    };
    for (let i = 0; i < count; i++) {
      const from = (count - 1 - i) * width;
      reversed.words.set(words.subarray(from, from + width), i * width);
    }
    this.#update(family, reversed);
  }

  #tableFull(part: TablePart, applied: number): AnyfibError {
    const { tables } = this.#engine;
    const usage = part.family === 4 ? tables.usage4 : tables.usage6;
    return new AnyfibError({
      code: "CAPACITY",
      what: `the IPv${part.family} table is full at route ${applied + 1} of ${part.columns.count}`,
      hint: `raise limit routes${part.family}`,
      detail: { family: part.family, ...usage },
    });
  }
}
