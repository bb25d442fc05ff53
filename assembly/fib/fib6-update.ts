/**
 * IPv6 table, writing side: routes applied in bulk, each exchanged for what was there before.
 *
 * A route longer than 26 bits changes one path of nodes, made anew on the spot; one that is shorter
 * reaches many regions of 26 bits, and a bulk load reaches each of them often: those are marked and
 * painted after the trie has changed, in bounded steps. A reader sees a region as it was before the
 * batch or after it, or after some of its routes, never half of one.
 */

import {
  ENGINE_REFERENCE,
  ROOT6_WORDS,
  ROUTE6_BYTES,
  ROUTE6_GROUP,
  ROUTE6_HIGH,
  ROUTE6_LENGTH,
  ROUTE6_LOW,
  STATUS_MORE,
  STATUS_OK,
  STATUS_TABLE_FULL,
} from "../layout";
import { headerTable6 } from "../memory/header";
import { Table } from "../memory/records";
import { DIRTY_NONE, dirtyClear, dirtyFrom, dirtyMark, dirtyNext } from "./dirty-update";
import { REGION6_BITS } from "./fib6-region-update";
import { prefix6Paint, root6Fill, root6Paint } from "./fib6-root-update";
import { EXCHANGE_FULL, trieExchange } from "./prefix-trie-update";
import { referenceExchange, UPDATE_TABLE_FULL } from "./reference-update";
import { isHeld, memoryMade, retireRoomMade } from "./shared-nodes-update";

/** Routes of a batch that is painted route by route: more than these share regions. */
const SINGLE_ROUTES_MAX: u32 = 1024;

/** Times that regions without room are gone through: those painted meanwhile freed theirs. */
const LEFTOVER_PASSES_MAX: u32 = 3;

/** Links that painting one region may take away: a table's, and the one before it. */
const RETIRED_A_STEP: u32 = 4;

/**
 * As fib4UpdateBatch, for records of layout.ts, ROUTE6; `budget` is in regions of 26 bits, of those
 * that are reached by routes of at most so many bits.
 */
export function fib6UpdateBatch(routes: u32, count: u32, budget: u32): u32 {
  const table = headerTable6();
  table.status = STATUS_OK;
  if (table.engine == ENGINE_REFERENCE) return referenceUpdate(table, routes, count);
  const applied = batchUpdate(table, routes, count, budget);
  generationAdvance(table);
  return applied;
}

function batchUpdate(table: Table, routes: u32, count: u32, budget: u32): u32 {
  if (table.batchRoutes == 0) {
    leftoversPaint(table);
    table.batchRoutes = routesExchange(table, routes, count);
  }
  const status = regionsPaint(table, budget);
  table.status = status;
  if (status == STATUS_MORE) return 0;
  const applied = table.batchRoutes;
  table.batchRoutes = 0;
  if (status == STATUS_TABLE_FULL) {
    for (let i = applied; i > 0; i--) routeExchange(table, routes + (i - 1) * ROUTE6_BYTES, false);
    leftoversPaint(table);
    return 0;
  }
  if (applied < count) table.status = STATUS_TABLE_FULL;
  return applied;
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

function referenceUpdate(table: Table, routes: u32, count: u32): u32 {
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

/** Exchanges routes until there is no room; returns how many. */
function routesExchange(table: Table, routes: u32, count: u32): u32 {
  const isSingle = count <= SINGLE_ROUTES_MAX;
  for (let i: u32 = 0; i < count; i++) {
    if (!routeExchange(table, routes + i * ROUTE6_BYTES, isSingle)) return i;
  }
  return count;
}

/**
 * Exchanges one route and paints its path, or marks the regions that it reaches; false when there
 * is no room, with the route as it was.
 */
function routeExchange(table: Table, route: u32, isSingle: bool): bool {
  const high = load<u64>(route, ROUTE6_HIGH);
  const low = load<u64>(route, ROUTE6_LOW);
  const length = load<u32>(route, ROUTE6_LENGTH);
  const group = load<u32>(route, ROUTE6_GROUP);
  const before = trieExchange(table, high, low, length, group);
  if (before == EXCHANGE_FULL) return false;
  if (before != group && length != 0) {
    const isLong = length > REGION6_BITS;
    const first = <u32>(high >>> (64 - <u64>REGION6_BITS));
    const isOwn = isSingle && isLong && retireRoomMade(table, RETIRED_A_STEP);
    if (!isOwn || !prefixPaint(table, high, low, length)) {
      if (isOwn && !isHeld(table)) {
        trieExchange(table, high, low, length, before);
        // A table that was made for it alone goes.
        regionPaint(table, first);
        return false;
      }
      dirtyMark(table, first, first + (isLong ? 1 : 1 << (REGION6_BITS - length)));
    }
  }
  store<u32>(route, before, ROUTE6_GROUP);
  return true;
}

/** prefix6Paint, once more with what can be freed where there is no room. */
function prefixPaint(table: Table, high: u64, low: u64, length: u32): bool {
  if (prefix6Paint(table, high, low, length)) return true;
  memoryMade(table);
  return prefix6Paint(table, high, low, length);
}

/** root6Paint, once more with what can be freed where there is no room. */
function regionPaint(table: Table, region: u32): bool {
  if (root6Paint(table, region)) return true;
  memoryMade(table);
  return root6Paint(table, region);
}

/** Paints marked regions, at most `budget`; OK when none is left, TABLE_FULL or MORE. */
function regionsPaint(table: Table, budget: u32): u32 {
  let status = STATUS_OK;
  for (let painted: u32 = 0; ; painted++) {
    const region = dirtyNext(table);
    if (region == DIRTY_NONE) break;
    if (painted == budget || !retireRoomMade(table, RETIRED_A_STEP)) {
      status = STATUS_MORE;
      break;
    }
    if (!regionPaint(table, region)) {
      status = isHeld(table) ? STATUS_MORE : STATUS_TABLE_FULL;
      break;
    }
    dirtyClear(table, region);
  }
  memoryMade(table);
  return status;
}

/** As that of the IPv4 table: what finds no room stays marked, and is tried again. */
function leftoversPaint(table: Table): void {
  if (dirtyNext(table) == DIRTY_NONE) return;
  for (let pass: u32 = 0; pass < LEFTOVER_PASSES_MAX; pass++) {
    let isDone = true;
    for (
      let region = dirtyFrom(table, 0);
      region != DIRTY_NONE;
      region = dirtyFrom(table, region + 1)
    ) {
      if (retireRoomMade(table, RETIRED_A_STEP) && regionPaint(table, region)) {
        dirtyClear(table, region);
      } else {
        isDone = false;
      }
    }
    if (isDone) break;
  }
  dirtyNext(table);
  memoryMade(table);
}

/** Makes an empty table of zeroed memory: every root word leads to a cell without a route. */
export function fib6Reset(): void {
  root6Fill(headerTable6(), ROOT6_WORDS);
}
