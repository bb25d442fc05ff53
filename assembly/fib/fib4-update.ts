/**
 * IPv4 table, writing side: routes applied in bulk, each exchanged for what was there before.
 *
 * A route longer than 18 bits changes one root word, painted on the spot. One that is shorter
 * reaches many, and a bulk load reaches each of them often: those are marked and painted after the
 * trie has changed, in as many calls as it takes, so that no update stalls the packet loop. Each is
 * painted by one aligned store: a reader sees the answers of before an update, or of after it.
 */

import {
  ENGINE_REFERENCE,
  ROOT4_BYTES,
  ROOT4_WORDS,
  ROUTE4_ADDRESS,
  ROUTE4_BYTES,
  ROUTE4_GROUP,
  ROUTE4_LENGTH,
  STATUS_MORE,
  STATUS_OK,
  STATUS_TABLE_FULL,
} from "../layout";
import { headerTable4 } from "../memory/header";
import { Table } from "../memory/records";
import { DIRTY_NONE, dirtyClear, dirtyFrom, dirtyMark, dirtyNext } from "./dirty-update";
import { prefix4Paint, ROOT4_BITS, root4Node, root4Paint } from "./fib4-cell-update";
import { EXCHANGE_FULL, trieExchange } from "./prefix-trie-update";
import { referenceExchange, UPDATE_TABLE_FULL } from "./reference-update";
import { isHeld, memoryMade, nodeUse, retireRoomMade } from "./shared-nodes-update";

/** Times that words without room are gone through: those painted meanwhile freed what they had. */
const LEFTOVER_PASSES_MAX: u32 = 3;

/** Routes of a batch that is painted route by route: more than these share root words. */
const SINGLE_ROUTES_MAX: u32 = 1024;

/**
 * Applies `count` routes (layout.ts, ROUTE4) in order, painting at most `budget` root words. A
 * group of 0 withdraws. Each record's group is overwritten by the one that the prefix had, so that
 * applying the same records again in reverse order undoes them. Addresses must have no bits beyond
 * their length. Returns how many were applied; the table's status says why not all: TABLE_FULL at
 * that one, or MORE: call again with the same records, nothing else in between.
 */
export function fib4UpdateBatch(routes: u32, count: u32, budget: u32): u32 {
  const table = headerTable4();
  table.status = STATUS_OK;
  if (table.engine == ENGINE_REFERENCE) return referenceUpdate(table, routes, count);
  if (table.batchRoutes == 0) {
    leftoversPaint(table);
    table.batchRoutes = routesExchange(table, routes, count);
  }
  const status = rootPaint(table, budget);
  table.status = status;
  if (status == STATUS_MORE) return 0;
  const applied = table.batchRoutes;
  table.batchRoutes = 0;
  if (status == STATUS_TABLE_FULL) {
    routesUndo(table, routes, applied);
    leftoversPaint(table);
    return 0;
  }
  if (applied < count) table.status = STATUS_TABLE_FULL;
  return applied;
}

function referenceUpdate(table: Table, routes: u32, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const route = routes + i * ROUTE4_BYTES;
    const key = (<u64>load<u32>(route, ROUTE4_ADDRESS)) << 32;
    const length = load<u32>(route, ROUTE4_LENGTH);
    const before = referenceExchange(table, key, 0, length, load<u32>(route, ROUTE4_GROUP));
    if (before == UPDATE_TABLE_FULL) {
      table.status = STATUS_TABLE_FULL;
      return i;
    }
    store<u32>(route, before, ROUTE4_GROUP);
  }
  return count;
}

/** Exchanges routes until there is no room; returns how many. */
function routesExchange(table: Table, routes: u32, count: u32): u32 {
  const isSingle = count <= SINGLE_ROUTES_MAX;
  for (let i: u32 = 0; i < count; i++) {
    if (!routeExchange(table, routes + i * ROUTE4_BYTES, isSingle)) return i;
  }
  return count;
}

/** Takes exchanges back, the last first: records hold what their prefixes had. */
function routesUndo(table: Table, routes: u32, count: u32): void {
  for (let i = count; i > 0; i--) routeExchange(table, routes + (i - 1) * ROUTE4_BYTES, false);
}

/**
 * Exchanges one route and paints its root word, or marks those that it reaches; false when there
 * is no room, with the route as it was.
 */
function routeExchange(table: Table, route: u32, isSingle: bool): bool {
  const high = (<u64>load<u32>(route, ROUTE4_ADDRESS)) << 32;
  const length = load<u32>(route, ROUTE4_LENGTH);
  const group = load<u32>(route, ROUTE4_GROUP);
  const before = trieExchange(table, high, 0, length, group);
  if (before == EXCHANGE_FULL) return false;
  if (before != group && length != 0) {
    const isOwn = isSingle && length > ROOT4_BITS && retireRoomMade(table, 1);
    if (!isOwn || !prefixPaint(table, high, length)) {
      if (isOwn && !isHeld(table)) {
        trieExchange(table, high, 0, length, before);
        return false;
      }
      const first = <u32>(high >>> (64 - <u64>ROOT4_BITS));
      const words: u32 = length < ROOT4_BITS ? 1 << (ROOT4_BITS - length) : 1;
      dirtyMark(table, first, first + words);
    }
  }
  store<u32>(route, before, ROUTE4_GROUP);
  return true;
}

/** prefix4Paint, once more with what can be freed where there is no room. */
function prefixPaint(table: Table, high: u64, length: u32): bool {
  if (prefix4Paint(table, high, length)) return true;
  memoryMade(table);
  return prefix4Paint(table, high, length);
}

/** root4Paint, once more with what can be freed where there is no room. */
function wordPaint(table: Table, index: u32): bool {
  if (root4Paint(table, index)) return true;
  memoryMade(table);
  return root4Paint(table, index);
}

/** Paints marked root words, at most `budget`; OK when none is left, TABLE_FULL or MORE. */
function rootPaint(table: Table, budget: u32): u32 {
  let status = STATUS_OK;
  for (let painted: u32 = 0; ; painted++) {
    const index = dirtyNext(table);
    if (index == DIRTY_NONE) break;
    if (painted == budget || !retireRoomMade(table, 1)) {
      status = STATUS_MORE;
      break;
    }
    if (!wordPaint(table, index)) {
      status = isHeld(table) ? STATUS_MORE : STATUS_TABLE_FULL;
      break;
    }
    dirtyClear(table, index);
  }
  memoryMade(table);
  return status;
}

/**
 * Paints what is marked as far as there is room, each word that was painted making some: what finds
 * none stays marked, and is tried again by the next update.
 */
function leftoversPaint(table: Table): void {
  if (dirtyNext(table) == DIRTY_NONE) return;
  for (let pass: u32 = 0; pass < LEFTOVER_PASSES_MAX; pass++) {
    let isDone = true;
    for (
      let index = dirtyFrom(table, 0);
      index != DIRTY_NONE;
      index = dirtyFrom(table, index + 1)
    ) {
      if (retireRoomMade(table, 1) && wordPaint(table, index)) dirtyClear(table, index);
      else isDone = false;
    }
    if (isDone) break;
  }
  dirtyNext(table);
  memoryMade(table);
}

/** Makes an empty table of zeroed memory: all root words lead to one node without routes. */
export function fib4Reset(): void {
  const table = headerTable4();
  const word = root4Node(table, 0);
  nodeUse(table, word, ROOT4_WORDS - 1);
  store<u32>(table.root, word);
  for (let bytes: u32 = 4; bytes < ROOT4_BYTES; bytes <<= 1) {
    memory.copy(table.root + bytes, table.root, bytes);
  }
}
