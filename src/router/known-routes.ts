/** What memory is planned for: routes by their lengths, and slot tables of their sets. */

import { SLOTS_PER_NEXT_HOP } from "../engine/layout.ts";
import { type KnownRoutes, type Limits, slotTableBytes } from "../engine/memory-plan.ts";
import type { RouteTable } from "../rib/route-table.ts";

/** What is said of the tables' size. */
interface RoomOptions {
  readonly slots?: number;
  readonly limits?: Partial<Limits>;
}

/** What tables hold, as memory is planned for it. */
export function knownRoutes(tables: readonly RouteTable[], options: RoomOptions): KnownRoutes {
  return {
    histogram4: sumHistograms(tables, 4),
    histogram6: sumHistograms(tables, 6),
    slotBytes: sumSlotBytes(tables, options),
  };
}

function sumHistograms(tables: readonly RouteTable[], family: 4 | 6): Uint32Array {
  const sum = new Uint32Array(family === 4 ? 33 : 129);
  for (const table of tables) {
    const histogram = family === 4 ? table.histogram4() : table.histogram6();
    for (const [length, count] of histogram.entries()) sum[length] = (sum[length] ?? 0) + count;
  }
  return sum;
}

/** Room for the slot tables of all sets, each as if it were a group of its own. */
function sumSlotBytes(tables: readonly RouteTable[], options: RoomOptions): number {
  const { slots = 0, limits = {} } = options;
  // As many next hops have a table of that size.
  const nextHopsLeast = slots / SLOTS_PER_NEXT_HOP;
  let sum = 0;
  for (const target of tables.flatMap((table) => table.targets)) {
    if (target.kind !== "via" || target.nextHops.length < 2) continue;
    const nextHops = Math.max(target.nextHops.length, nextHopsLeast);
    sum += slotTableBytes(nextHops, limits.previousOwners);
  }
  return sum;
}

/** Routes of tables that are counted or limited. */
export function meteredTargets(tables: readonly RouteTable[]): number {
  return tables.flatMap((table) => table.targets).filter(({ meter }) => meter !== undefined).length;
}
