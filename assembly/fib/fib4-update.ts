/** IPv4 table, writing side: see batch-update.ts, and region-update.ts for what is painted. */

import { NODE_GROUPS, ROOT4_WORDS } from "../layout";
import { headerTable4 } from "../memory/header";
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

/** Makes an empty table of zeroed memory: all root words lead to one node without routes. */
export function fib4Reset(): void {
  const table = headerTable4();
  table.regionBits = REGION4_BITS;
  cellsFill(scratchCells6(), 0, VALUES, 0);
  nodeGroupsMake(scratchMade(), scratchCells6());
  rootFill(table, nodeShare(table, scratchMade(), NODE_GROUPS), ROOT4_WORDS);
}
