/** IPv4 table, writing side: routes applied in bulk, each exchanged for what was there before. */

import { ROUTE4_ADDRESS, ROUTE4_BYTES, ROUTE4_GROUP, ROUTE4_LENGTH } from "../layout";
import { headerTable4 } from "../memory/header";
import { referenceExchange, UPDATE_TABLE_FULL } from "./reference-update";

/**
 * Applies `count` routes (layout.ts, ROUTE4) in order. A group of 0 withdraws. Each record's group
 * is overwritten by the one that the prefix had, so that applying the same records again in
 * reverse order undoes them. Returns how many were applied: fewer than `count` means that the
 * table is full at that one. Addresses must have no bits beyond their length.
 */
export function fib4UpdateBatch(routes: u32, count: u32): u32 {
  const table = headerTable4();
  for (let i: u32 = 0; i < count; i++) {
    const route = routes + i * ROUTE4_BYTES;
    const key = (<u64>load<u32>(route, ROUTE4_ADDRESS)) << 32;
    const length = load<u32>(route, ROUTE4_LENGTH);
    const before = referenceExchange(table, key, 0, length, load<u32>(route, ROUTE4_GROUP));
    if (before == UPDATE_TABLE_FULL) return i;
    store<u32>(route, before, ROUTE4_GROUP);
  }
  return count;
}
