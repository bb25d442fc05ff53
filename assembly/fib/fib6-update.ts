/** IPv6 table, writing side: routes applied in bulk, each exchanged for what was there before. */

import {
  ROUTE6_BYTES,
  ROUTE6_GROUP,
  ROUTE6_HIGH,
  ROUTE6_LENGTH,
  ROUTE6_LOW,
  STATUS_OK,
  STATUS_TABLE_FULL,
} from "../layout";
import { headerTable6 } from "../memory/header";
import { referenceExchange, UPDATE_TABLE_FULL } from "./reference-update";

/** As fib4UpdateBatch, for records of layout.ts, ROUTE6. */
export function fib6UpdateBatch(routes: u32, count: u32, _budget: u32): u32 {
  const table = headerTable6();
  table.status = STATUS_OK;
  for (let i: u32 = 0; i < count; i++) {
    const route = routes + i * ROUTE6_BYTES;
    const high = load<u64>(route, ROUTE6_HIGH);
    const low = load<u64>(route, ROUTE6_LOW);
    const length = load<u32>(route, ROUTE6_LENGTH);
    const before = referenceExchange(table, high, low, length, load<u32>(route, ROUTE6_GROUP));
    if (before == UPDATE_TABLE_FULL) {
      table.status = STATUS_TABLE_FULL;
      return i;
    }
    store<u32>(route, before, ROUTE6_GROUP);
  }
  return count;
}
