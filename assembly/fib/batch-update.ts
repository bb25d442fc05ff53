/**
 * Routes applied in bulk to a table of either family, each exchanged for what was there before.
 *
 *   LEFTOVERS  paints what found no room in an earlier batch, as far as there is room now
 *   ROUTES     changes the trie route by route; paints what a longer one changed on the spot, and
 *              marks the regions of one that reaches several, or of every one of a large batch
 *   MARKS      paints marked regions
 *   UNDO       where there is no room: takes the routes back, the last first
 *   REPAIR     paints what that marked, as far as there is room
 *   FREE       frees what no reader holds any more
 *
 * A call does as much as its work allows and the next one goes on, so that no update stalls the
 * packet loop. A reader sees each address as before a route or as after it, at all times.
 */

import {
  ENGINE_REFERENCE,
  ROUTE4_ADDRESS,
  ROUTE4_BYTES,
  ROUTE4_GROUP,
  ROUTE4_LENGTH,
  ROUTE6_BYTES,
  ROUTE6_GROUP,
  ROUTE6_HIGH,
  ROUTE6_LENGTH,
  ROUTE6_LOW,
  STATUS_MORE,
  STATUS_OK,
  STATUS_TABLE_FULL,
} from "../layout";
import { headerSources4, headerTable4, tableUpdate } from "../memory/header";
import { Table, Update } from "../memory/records";
import { DIRTY_NONE, dirtyClear, dirtyEnd, dirtyMark, dirtyNext, isDirty } from "./dirty-update";
import { EXCHANGE_FULL, trieExchange } from "./prefix-trie-update";
import { referenceExchange, UPDATE_TABLE_FULL } from "./reference-update";
import { PAINT_DONE, PAINT_FULL, PAINT_MORE, paintBegin, paintRun } from "./region-update";
import { memoryMade } from "./shared-nodes-update";
import { isWorkSpent, WORK_DESCENT, workBegin, workSpend } from "./work-update";

const PHASE_NONE: u32 = 0;
const PHASE_LEFTOVERS: u32 = 1;
const PHASE_ROUTES: u32 = 2;
const PHASE_MARKS: u32 = 3;
const PHASE_UNDO: u32 = 4;
const PHASE_REPAIR: u32 = 5;
const PHASE_FREE: u32 = 6;

/** What a route or a region is at: the next one begins; it is painted; it is painted as it was. */
const STAGE_NEXT: u32 = 0;
const STAGE_PAINT: u32 = 1;
const STAGE_RESTORE: u32 = 2;

/** Routes of a batch that is painted route by route: more than these share regions. */
const SINGLE_ROUTES_MAX: u32 = 1024;
/** Times that regions without room are gone through: those painted meanwhile freed theirs. */
const LEFTOVER_PASSES_MAX: u32 = 3;

/**
 * Applies `count` routes (layout.ts, ROUTE4 or ROUTE6) in order, with at most about `budget` units
 * of work (work-update.ts). A group of 0 withdraws. Each record's group is overwritten by the one
 * that the prefix had, so that applying the same records again in reverse order undoes them.
 * Addresses must have no bits beyond their length. Returns how many were applied; the table's
 * status says why not all: TABLE_FULL at that one, or MORE: call again with the same records,
 * nothing else in between.
 */
export function batchUpdate(table: Table, routes: u32, count: u32, budget: u32): u32 {
  if (table.engine == ENGINE_REFERENCE) return referenceUpdate(table, routes, count);
  const update = tableUpdate(table);
  if (update.phase == PHASE_NONE) {
    update.stage = STAGE_NEXT;
    update.routes = 0;
    update.phase = isDirty(table) ? PHASE_LEFTOVERS : PHASE_ROUTES;
    marksBegin(update);
  }
  workBegin(budget);
  while (update.phase != PHASE_NONE) {
    if (phaseRun(table, update, routes, count)) continue;
    table.status = STATUS_MORE;
    return 0;
  }
  table.status = update.routes < count ? STATUS_TABLE_FULL : STATUS_OK;
  return update.routes;
}

function referenceUpdate(table: Table, routes: u32, count: u32): u32 {
  table.status = STATUS_OK;
  const bytes = recordBytes(table);
  for (let i: u32 = 0; i < count; i++) {
    const route = routes + i * bytes;
    const group = load<u32>(groupOf(table, route));
    const length = lengthOf(table, route);
    const before = referenceExchange(
      table,
      highOf(table, route),
      lowOf(table, route),
      length,
      group,
    );
    if (before == UPDATE_TABLE_FULL) {
      table.status = STATUS_TABLE_FULL;
      return i;
    }
    store<u32>(groupOf(table, route), before);
  }
  return count;
}

/** Goes on with a phase; true when it is over and the next one begins, false when work is spent. */
function phaseRun(table: Table, update: Update, routes: u32, count: u32): bool {
  const phase = update.phase;
  if (phase == PHASE_FREE) {
    if (!memoryMade(table)) return false;
    update.phase = PHASE_NONE;
    return true;
  }
  if (phase == PHASE_ROUTES || phase == PHASE_UNDO) {
    const isOver =
      phase == PHASE_ROUTES
        ? routesRun(table, update, routes, count)
        : undoRun(table, update, routes, count);
    if (!isOver) return false;
    marksBegin(update);
    update.phase = phase + 1;
    return true;
  }
  const status = marksRun(table, update, phase != PHASE_MARKS);
  if (status == PAINT_MORE) return false;
  if (phase == PHASE_LEFTOVERS) update.phase = PHASE_ROUTES;
  else if (phase == PHASE_REPAIR) update.phase = PHASE_FREE;
  else if (status == PAINT_FULL) update.phase = PHASE_UNDO;
  else update.phase = PHASE_FREE;
  return true;
}

/** Exchanges routes until there is no room; true when it is over. */
function routesRun(table: Table, update: Update, routes: u32, count: u32): bool {
  const isSingle = count <= SINGLE_ROUTES_MAX;
  const bytes = recordBytes(table);
  while (update.routes < count) {
    const route = routes + update.routes * bytes;
    if (update.stage == STAGE_NEXT) {
      if (!routeExchange(table, update, route, isSingle)) return true;
    } else {
      const status = paintRun(table);
      if (status == PAINT_MORE) return false;
      if (routePainted(table, update, route, status)) return true;
    }
    if (isWorkSpent()) return false;
  }
  return true;
}

/** A route was painted, or found no room: then it is taken back; true when that is done. */
function routePainted(table: Table, update: Update, route: u32, status: u32): bool {
  if (update.stage == STAGE_RESTORE) {
    if (status == PAINT_FULL) dirtyMark(table, regionOf(table, route), 1);
    update.stage = STAGE_NEXT;
    return true;
  }
  if (status == PAINT_DONE) {
    routeDone(table, update, route);
    return false;
  }
  const length = lengthOf(table, route);
  trieExchange(table, highOf(table, route), lowOf(table, route), length, update.before);
  routePaint(table, update, route, STAGE_RESTORE);
  return false;
}

/** Exchanges a route in the trie, and begins to paint it, or marks what it reaches; or no room. */
function routeExchange(table: Table, update: Update, route: u32, isSingle: bool): bool {
  const high = highOf(table, route);
  const length = lengthOf(table, route);
  const group = load<u32>(groupOf(table, route));
  const before = trieExchange(table, high, lowOf(table, route), length, group);
  workSpend(WORK_DESCENT);
  if (before == EXCHANGE_FULL) return false;
  update.before = before;
  const isSeen = before != group && length != 0;
  if (isSeen && isSingle && length > table.regionBits) {
    routePaint(table, update, route, STAGE_PAINT);
    return true;
  }
  if (isSeen) {
    const bits = table.regionBits;
    dirtyMark(table, regionOf(table, route), length < bits ? 1 << (bits - length) : 1);
  }
  routeDone(table, update, route);
  return true;
}

/** Begins to paint what a route changed. */
function routePaint(table: Table, update: Update, route: u32, stage: u32): void {
  paintBegin(table, highOf(table, route), lowOf(table, route), lengthOf(table, route));
  update.stage = stage;
}

/** The route is applied: its record says what was there. */
function routeDone(table: Table, update: Update, route: u32): void {
  store<u32>(groupOf(table, route), update.before);
  update.routes += 1;
  update.stage = STAGE_NEXT;
  table.progress += 1;
}

/** Takes exchanges back, the last first: records hold what their prefixes had. */
function undoRun(table: Table, update: Update, routes: u32, count: u32): bool {
  const isSingle = count <= SINGLE_ROUTES_MAX;
  while (update.routes > 0) {
    const route = routes + (update.routes - 1) * recordBytes(table);
    if (update.stage == STAGE_NEXT) {
      // There is room: the nodes are those that the trie had.
      routeExchange(table, update, route, isSingle);
      if (update.stage == STAGE_NEXT) update.routes -= 2;
    } else {
      const status = paintRun(table);
      if (status == PAINT_MORE) return false;
      if (status == PAINT_FULL) dirtyMark(table, regionOf(table, route), 1);
      routeDone(table, update, route);
      update.routes -= 2;
    }
    if (isWorkSpent()) return false;
  }
  return true;
}

/** Begins to go through the marked regions. */
function marksBegin(update: Update): void {
  update.region = 0;
  update.passes = 0;
  update.left = 0;
}

/**
 * Paints marked regions; what finds no room ends it, or stays marked and is tried again as often as
 * there may be room.
 */
function marksRun(table: Table, update: Update, isLenient: bool): u32 {
  while (isDirty(table)) {
    if (update.stage == STAGE_NEXT && !markBegin(table, update)) {
      if (update.passes == LEFTOVER_PASSES_MAX) break;
      continue;
    }
    const status = paintRun(table);
    if (status == PAINT_MORE) return PAINT_MORE;
    update.stage = STAGE_NEXT;
    if (status == PAINT_FULL && !isLenient) return PAINT_FULL;
    if (status == PAINT_FULL) {
      update.left = 1;
    } else {
      dirtyClear(table, update.region);
      table.progress += 1;
    }
    update.region += 1;
    if (isWorkSpent()) return PAINT_MORE;
  }
  return PAINT_DONE;
}

/** Begins to paint the next marked region; false, with the next pass begun, behind the last. */
function markBegin(table: Table, update: Update): bool {
  const region = dirtyNext(table, update.region);
  if (region == DIRTY_NONE) {
    if (update.left == 0) dirtyEnd(table);
    update.passes += 1;
    update.region = 0;
    update.left = 0;
    return false;
  }
  update.region = region;
  paintBegin(table, (<u64>region) << (64 - <u64>table.regionBits), 0, table.regionBits);
  update.stage = STAGE_PAINT;
  return true;
}

/** Bytes of a route's record. */
function recordBytes(table: Table): u32 {
  return isFamily4(table) ? ROUTE4_BYTES : ROUTE6_BYTES;
}

function isFamily4(table: Table): bool {
  const at = changetype<u32>(table);
  return at == changetype<u32>(headerTable4()) || at == changetype<u32>(headerSources4());
}

/** The first half of a route's address; an IPv4 address stands in its upper bits. */
function highOf(table: Table, route: u32): u64 {
  if (!isFamily4(table)) return load<u64>(route, ROUTE6_HIGH);
  return (<u64>load<u32>(route, ROUTE4_ADDRESS)) << 32;
}

function lowOf(table: Table, route: u32): u64 {
  return isFamily4(table) ? 0 : load<u64>(route, ROUTE6_LOW);
}

function lengthOf(table: Table, route: u32): u32 {
  return load<u32>(route + (isFamily4(table) ? ROUTE4_LENGTH : ROUTE6_LENGTH));
}

/** Where a route's record has its group. */
function groupOf(table: Table, route: u32): u32 {
  return route + (isFamily4(table) ? ROUTE4_GROUP : ROUTE6_GROUP);
}

/** The first region that a route reaches. */
function regionOf(table: Table, route: u32): u32 {
  return <u32>(highOf(table, route) >>> (64 - <u64>table.regionBits));
}
