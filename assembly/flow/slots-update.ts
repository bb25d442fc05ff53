/**
 * Room for slot tables, for the writing side of groups: one region, in units of 256 bytes.
 *
 *   bits    1110 0011 1111 0000 …       a unit each, set while a table takes it
 *   region  | table  | free | table |   tables take runs of units, the first that fits
 *
 * A table that is given up keeps its units, and its content, until no reader can hold its address
 * (memory/epochs.ts); those that wait stand in a chain through their headers, oldest first.
 * Invariant: the bits are all there is to know. So what one size of table gave back serves any
 * other, and after any changes and their inverse the region is as it was.
 * Cost: a scan of the bits behind the first that is free, 64 units a step.
 */

import {
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_RETIRED_FIRST,
  HEADER_RETIRED_LAST,
  HEADER_SLOTS,
  HEADER_SLOTS_BITS,
  HEADER_SLOTS_FIRST,
  HEADER_SLOTS_OWNERS,
  HEADER_SLOTS_UNITS,
  HEADER_SLOTS_USED,
  SLOT_BYTES,
  SLOT_CLOCKED_BYTES,
  SLOT_OWNER_BYTES,
  SLOT_TABLE_SLOTS,
  SLOT_UNIT_BYTES,
} from "../layout";
import { epochAdvance, epochNow, epochOldest } from "../memory/epochs-update";
import { SlotTable } from "../memory/records";

/** Units of a table. */
function tableUnits(slots: u32, owners: u32): u32 {
  const bytes = SLOT_TABLE_SLOTS + slots * (SLOT_BYTES + owners * SLOT_OWNER_BYTES);
  return (bytes + (SLOT_UNIT_BYTES - 1)) / SLOT_UNIT_BYTES;
}

/** Slots of the table that a group's word leads to, 0 where it leads to none. */
export function tableSlots(word: u32): u32 {
  return word < GROUP_TABLE_MIN ? 0 : changetype<SlotTable>(word).slotMask + 1;
}

/**
 * A table that does what a group's word does: a table's slots with their history over and over, or
 * one adjacency; 0 without room.
 */
export function tableMake(slots: u32, source: u32): u32 {
  let table = tableTake(slots);
  if (table == 0) {
    tablesReclaim();
    table = tableTake(slots);
    if (table == 0) return 0;
  }
  const first = table + SLOT_TABLE_SLOTS;
  const held = tableSlots(source);
  if (held == 0) {
    memory.fill(first + (slots << 1), 0, slots * (SLOT_BYTES - 2 + ownersBytes(table)));
    for (let slot: u32 = 0; slot < slots; slot++) store<u16>(first + (slot << 1), source);
    return table;
  }
  const from = source + SLOT_TABLE_SLOTS;
  columnRepeat(first, slots << 1, from, held << 1);
  columnRepeat(first + (slots << 1), slots << 2, from + (held << 1), held << 2);
  const firsts = SLOT_CLOCKED_BYTES;
  columnRepeat(first + firsts * slots, slots << 1, from + firsts * held, held << 1);
  for (let offset: u32 = 0; offset < ownersBytes(table); offset += SLOT_OWNER_BYTES) {
    const column = SLOT_BYTES + offset;
    columnRepeat(first + column * slots, slots << 1, from + column * held, held << 1);
  }
  changesCount(table, slots);
  return table;
}

/** Bytes of the previous owners of one slot. */
function ownersBytes(table: u32): u32 {
  return changetype<SlotTable>(table).owners * SLOT_OWNER_BYTES;
}

/** Fills a column from a shorter one, over and over, or with the start of a longer one. */
function columnRepeat(to: u32, toBytes: u32, from: u32, fromBytes: u32): void {
  const bytes = min<u32>(toBytes, fromBytes);
  for (let offset: u32 = 0; offset < toBytes; offset += bytes) {
    memory.copy(to + offset, from, bytes);
  }
}

/** Counts the slots that changed hands, from their clocks. */
function changesCount(table: u32, slots: u32): void {
  const clocks = table + SLOT_TABLE_SLOTS + (slots << 1);
  let changed: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    changed += <u32>(load<u32>(clocks + (slot << 2)) != 0);
  }
  changetype<SlotTable>(table).changed = changed;
}

/** A table of `slots` slots, its header written and the rest unspecified; 0 without room. */
function tableTake(slots: u32): u32 {
  const owners = load<u32>(HEADER, HEADER_SLOTS_OWNERS);
  const units = tableUnits(slots, owners);
  const end = unitsFind(units);
  if (end == 0) return 0;
  const first = end - units;
  unitsMark(first, end, true);
  if (first == load<u32>(HEADER, HEADER_SLOTS_FIRST)) store<u32>(HEADER, end, HEADER_SLOTS_FIRST);
  unitsUsedAdd(units);
  const table = load<u32>(HEADER, HEADER_SLOTS) + first * SLOT_UNIT_BYTES;
  const header = changetype<SlotTable>(table);
  header.slotMask = slots - 1;
  header.changed = 0;
  header.owners = owners;
  header.retiredNext = 0;
  return table;
}

/** Gives a table up that no group's word leads to any more, but readers may hold. */
export function tableRetire(table: u32): void {
  const header = changetype<SlotTable>(table);
  header.retiredEpoch = epochNow();
  header.retiredNext = 0;
  const last = load<u32>(HEADER, HEADER_RETIRED_LAST);
  if (last != 0) changetype<SlotTable>(last).retiredNext = table;
  else store<u32>(HEADER, table, HEADER_RETIRED_FIRST);
  store<u32>(HEADER, table, HEADER_RETIRED_LAST);
  unitsUsedAdd(-(<i32>tableUnits(header.slotMask + 1, header.owners)));
}

/** Frees the tables that no reader can hold any more. */
export function tablesReclaim(): void {
  epochAdvance();
  const oldest = epochOldest();
  let table = load<u32>(HEADER, HEADER_RETIRED_FIRST);
  while (table != 0) {
    const header = changetype<SlotTable>(table);
    if (<i32>(header.retiredEpoch - oldest) >= 0) break;
    const first = (table - load<u32>(HEADER, HEADER_SLOTS)) / SLOT_UNIT_BYTES;
    unitsMark(first, first + tableUnits(header.slotMask + 1, header.owners), false);
    if (first < load<u32>(HEADER, HEADER_SLOTS_FIRST))
      store<u32>(HEADER, first, HEADER_SLOTS_FIRST);
    table = header.retiredNext;
  }
  store<u32>(HEADER, table, HEADER_RETIRED_FIRST);
  if (table == 0) store<u32>(HEADER, 0, HEADER_RETIRED_LAST);
}

/** Whether readers hold tables that were given up: later, there may be room. */
export function tablesHeld(): bool {
  return load<u32>(HEADER, HEADER_RETIRED_FIRST) != 0;
}

function unitsUsedAdd(units: i32): void {
  store<u32>(HEADER, load<u32>(HEADER, HEADER_SLOTS_USED) + units, HEADER_SLOTS_USED);
}

/** The unit behind the first run of so many free ones, 0 for none. */
function unitsFind(units: u32): u32 {
  const bits = load<u32>(HEADER, HEADER_SLOTS_BITS);
  const end = load<u32>(HEADER, HEADER_SLOTS_UNITS);
  let run: u32 = 0;
  for (let unit = load<u32>(HEADER, HEADER_SLOTS_FIRST); unit < end; ) {
    const word = load<u64>(bits + ((unit >>> 6) << 3)) >>> (unit & 63);
    const rest = 64 - (unit & 63);
    if (word & 1) {
      run = 0;
      unit += <u32>ctz<u64>(~word);
      continue;
    }
    const free = min<u32>(word == 0 ? rest : <u32>ctz<u64>(word), end - unit);
    if (run + free >= units) return unit + units - run;
    run += free;
    unit += free;
  }
  return 0;
}

/** Sets or clears the bits of a run of units. */
function unitsMark(first: u32, end: u32, isUsed: bool): void {
  const bits = load<u32>(HEADER, HEADER_SLOTS_BITS);
  for (let unit = first; unit < end; ) {
    const count = min<u32>(64 - (unit & 63), end - unit);
    const mask = (~(<u64>0) >>> (64 - <u64>count)) << (unit & 63);
    const cell = bits + ((unit >>> 6) << 3);
    const word = load<u64>(cell);
    store<u64>(cell, isUsed ? word | mask : word & ~mask);
    unit += count;
  }
}
