/** From routes to the data plane: prefixes get the groups of their targets, in bulk. */

import type { Engine } from "../engine/engine.ts";
import type { RouteColumns } from "../engine/fib-tables.ts";
import { GROUP_ID_NONE } from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { RouteTarget } from "../rib/route.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { Groups } from "./groups.ts";
import { RouteSteps, type StepRows } from "./route-steps.ts";

/** The target of a row that takes its prefix's route away. */
export const WITHDRAWN: RouteTarget = { kind: "via", nextHops: [] };

/** What installing a table did. */
export interface InstallReport {
  /** Routes added, replaced or withdrawn. */
  readonly routes: number;
  /** What part of its slots each group that was changed gave to another next hop, 0 to 1. */
  readonly moved: readonly number[];
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
   * its prefix, a WITHDRAWN one takes it away. Throws CAPACITY, with everything as it was.
   */
  install(table: RouteTable): InstallReport {
    const parts = this.#parts(table);
    const steps = new RouteSteps(this.#groups, table.targets);
    try {
      steps.resolve(parts);
      return { routes: this.#apply(parts), moved: steps.moved };
    } catch (error) {
      steps.undo();
      throw error;
    }
  }

  /**
   * Leads the prefixes of a table to groups: its targets are their ids. All or none: `check` sees
   * what each prefix has and is to get, and may throw. Returns the table that undoes it.
   */
  assign(table: RouteTable, check: (had: number, id: number) => void): RouteTable {
    const parts = this.#parts(table);
    const before = new RouteTable();
    for (const { family, columns, targets } of parts) {
      for (let row = 0; row < columns.count; row++) {
        const had = columns.groups[row] ?? GROUP_ID_NONE;
        check(had, targets[row] ?? GROUP_ID_NONE);
        const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = columns.words.subarray(
          family === 4 ? row : 4 * row,
        );
        if (family === 4) before.add4(w0, columns.lengths[row] ?? 0, had);
        else before.add6(w0, w1, w2, w3, columns.lengths[row] ?? 0, had);
      }
      columns.groups.set(targets.subarray(0, columns.count));
    }
    const count = (users: 1 | -1): void => {
      for (const { columns, targets } of parts) {
        for (const id of targets.subarray(0, columns.count)) this.#groups.retain(id, users);
      }
    };
    count(1);
    try {
      this.#apply(parts);
    } catch (error) {
      count(-1);
      throw error;
    }
    return before;
  }

  /** The rows of both families, with the groups that their prefixes have now. */
  #parts(table: RouteTable): readonly StepRows[] {
    const { count4, addresses4, lengths4, targets4, count6, words6, lengths6, targets6 } = table;
    const { tables } = this.#engine;
    const columns4 = {
      count: count4,
      words: addresses4,
      lengths: lengths4,
      groups: new Uint32Array(count4),
    };
    const columns6 = {
      count: count6,
      words: words6,
      lengths: lengths6,
      groups: new Uint32Array(count6),
    };
    if (tables.usage4.routes > 0) tables.routeGroups4(columns4);
    if (tables.usage6.routes > 0) tables.routeGroups6(columns6);
    return [
      { family: 4, columns: columns4, targets: targets4 },
      { family: 6, columns: columns6, targets: targets6 },
    ];
  }

  /** Applies all parts or none; returns how many rows changed something. */
  #apply(parts: readonly StepRows[]): number {
    const done: StepRows[] = [];
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
  #undo({ family, columns }: StepRows): void {
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

  #tableFull(part: StepRows, applied: number): AnyfibError {
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
