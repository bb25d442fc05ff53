/** IPv6 table, writing side: see batch-update.ts, and region-update.ts for what is painted. */

import { ENGINE_REFERENCE, ROOT6_WORDS } from "../layout";
import { headerSources6, headerTable6 } from "../memory/header";
import { Table } from "../memory/records";
import { batchUpdate } from "./batch-update";
import { cellShare, REGION6_BITS, rootFill } from "./root-update";

/** Applies `count` routes of layout.ts, ROUTE6: see batchUpdate. */
export function fib6UpdateBatch(routes: u32, count: u32, budget: u32): u32 {
  const table = headerTable6();
  const applied = batchUpdate(table, routes, count, budget);
  if (table.engine != ENGINE_REFERENCE) generationAdvance(table);
  return applied;
}

/** As fib6UpdateBatch, for source prefixes: their groups are meters, and no answers are kept. */
export function sources6UpdateBatch(routes: u32, count: u32, budget: u32): u32 {
  return batchUpdate(headerSources6(), routes, count, budget);
}

/** Ends the time of the answers that workers keep, after all that was published. */
function generationAdvance(table: Table): void {
  const next = table.generation + 1;
  if (ASC_FEATURE_THREADS) {
    atomic.store<u64>(changetype<u32>(table), next, offsetof<Table>("generation"));
  } else {
    table.generation = next;
  }
}

/** Makes an empty table of zeroed memory: all root words lead to a cell without a route. */
export function fib6Reset(): void {
  tableReset(headerTable6());
}

/** As fib6Reset, for source prefixes. */
export function sources6Reset(): void {
  tableReset(headerSources6());
}

function tableReset(table: Table): void {
  table.regionBits = REGION6_BITS;
  rootFill(table, cellShare(table, 0), ROOT6_WORDS);
}
