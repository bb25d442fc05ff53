/** IPv4 table, writing side: see batch-update.ts, and region-update.ts for what is painted. */

import { NODE_GROUPS, ROOT4_WORDS } from "../layout";
import { headerSources4, headerTable4 } from "../memory/header";
import { Table } from "../memory/records";
import { batchUpdate } from "./batch-update";
import { nodeGroupsMake } from "./nodes-update";
import { REGION4_BITS, rootFill } from "./root-update";
import { nodeShare } from "./shared-nodes-update";
import { cellsFill, scratchCells6, scratchMade } from "./trie-cells-update";

/** Values of the node that a region begins with. */
const VALUES: u32 = 64;

/** Applies `count` routes of layout.ts, ROUTE4: see batchUpdate. */
export function fib4UpdateBatch(routes: u32, count: u32, budget: u32): u32 {
  return batchUpdate(headerTable4(), routes, count, budget);
}

/** As fib4UpdateBatch, for source prefixes: their groups are meters. */
export function sources4UpdateBatch(routes: u32, count: u32, budget: u32): u32 {
  return batchUpdate(headerSources4(), routes, count, budget);
}

/** Makes an empty table of zeroed memory: all root words lead to one node without routes. */
export function fib4Reset(): void {
  tableReset(headerTable4());
}

/** As fib4Reset, for source prefixes. */
export function sources4Reset(): void {
  tableReset(headerSources4());
}

function tableReset(table: Table): void {
  table.regionBits = REGION4_BITS;
  cellsFill(scratchCells6(), 0, VALUES, 0);
  nodeGroupsMake(scratchMade(), scratchCells6());
  rootFill(table, nodeShare(table, scratchMade(), NODE_GROUPS), ROOT4_WORDS);
}
