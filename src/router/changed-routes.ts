/** What changes from one table to another: routes that are new, other or gone. */

import { formatPrefix, type Prefix } from "../net/prefix.ts";
import type { RouteTarget } from "../rib/route.ts";
import { RouteTable } from "../rib/route-table.ts";
import { WITHDRAWN } from "./fib-sync.ts";

/** A route: WITHDRAWN is the target of one that is gone. */
export interface ChangedRoute {
  readonly prefix: Prefix;
  readonly target: RouteTarget;
}

/** Equal targets have one number in `numbers`; of a prefix's rows the last one holds. */
function lastTargets(table: RouteTable, numbers: RouteTable): Map<string, number> {
  const last = new Map<string, number>();
  for (const { prefix, target } of table.rows()) {
    last.set(formatPrefix(prefix), numbers.internTarget(target));
  }
  return last;
}

/** The routes to install over `before`, so that it becomes `after`. Cost: a text for each route. */
export function changedRoutes(before: RouteTable, after: RouteTable): readonly ChangedRoute[] {
  const numbers = new RouteTable();
  const had = lastTargets(before, numbers);
  const has = lastTargets(after, numbers);
  const changed: ChangedRoute[] = [];
  for (const { prefix } of before.rows()) {
    if (!has.has(formatPrefix(prefix))) changed.push({ prefix, target: WITHDRAWN });
  }
  for (const { prefix, target } of after.rows()) {
    const text = formatPrefix(prefix);
    const number = has.get(text);
    if (number !== numbers.internTarget(target) || had.get(text) === number) continue;
    changed.push({ prefix, target });
  }
  return changed;
}
