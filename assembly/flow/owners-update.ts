/**
 * Slots that change hands, and whom they belonged to before.
 *
 * While a slot's window is open, each live owner that loses it goes before its previous owners;
 * the first change after that begins a new list. The slot itself is written last, by one store.
 * Cost: a load and a few stores a slot.
 */

import {
  ADJACENCY_BYTES,
  ADJACENCY_DOWN,
  ADJACENCY_STATE,
  HEADER,
  HEADER_CLOCK,
  HEADER_PIN_WINDOW,
  SLOT_TABLE_SLOTS,
} from "../layout";
import { headerAdjacencies } from "../memory/header";
import { SlotTable } from "../memory/records";

/** Where the clock of a slot stands. */
function slotClock(table: u32, slots: u32, slot: u32): u32 {
  return table + SLOT_TABLE_SLOTS + (slots << 1) + (slot << 2);
}

/** Where the newest previous owner of a slot stands; older ones are `slots` u16 further each. */
function slotOwner(table: u32, slots: u32, slot: u32): u32 {
  return table + SLOT_TABLE_SLOTS + slots * 6 + (slot << 1);
}

/** Whether a slot that changed hands at `changed` may still be asked for its previous owners. */
function isOpen(changed: u32): bool {
  return (
    changed != 0 && load<u32>(HEADER, HEADER_CLOCK) - changed < load<u32>(HEADER, HEADER_PIN_WINDOW)
  );
}

/** Gives a slot to another adjacency; with `forgets`, nobody is to be led to its old one. */
export function slotGive(table: u32, slot: u32, adjacency: u32, forgets: bool): void {
  const slots = changetype<SlotTable>(table).slotMask + 1;
  const cell = table + (slot << 1);
  const before = load<u16>(cell, SLOT_TABLE_SLOTS);
  if (forgets) ownersForget(table, slots, slot);
  else if (before != 0 && !isDown(before)) ownerPush(table, slots, slot, before);
  if (ASC_FEATURE_THREADS) atomic.store<u16>(cell, <u16>adjacency, SLOT_TABLE_SLOTS);
  else store<u16>(cell, adjacency, SLOT_TABLE_SLOTS);
}

/** Whether an owner is dead: nothing is to be led back to it, not even when it lives again. */
function isDown(adjacency: u32): bool {
  const record = headerAdjacencies() + adjacency * ADJACENCY_BYTES;
  return load<u8>(record, ADJACENCY_STATE) == ADJACENCY_DOWN;
}

function ownerPush(table: u32, slots: u32, slot: u32, owner: u32): void {
  const header = changetype<SlotTable>(table);
  const clock = slotClock(table, slots, slot);
  const changed = load<u32>(clock);
  const wasOpen = isOpen(changed);
  const first = slotOwner(table, slots, slot);
  for (let place = header.owners; place > 1; place--) {
    const cell = first + (place - 1) * (slots << 1);
    store<u16>(cell, wasOpen ? <u32>load<u16>(cell - (slots << 1)) : 0);
  }
  if (header.owners > 0) store<u16>(first, owner);
  // 0 means never.
  store<u32>(clock, max<u32>(load<u32>(HEADER, HEADER_CLOCK), 1));
  if (changed == 0) header.changed += 1;
}

function ownersForget(table: u32, slots: u32, slot: u32): void {
  const header = changetype<SlotTable>(table);
  const clock = slotClock(table, slots, slot);
  if (load<u32>(clock) == 0) return;
  store<u32>(clock, 0);
  for (let place: u32 = 0; place < header.owners; place++) {
    store<u16>(slotOwner(table, slots, slot) + place * (slots << 1), 0);
  }
  header.changed -= 1;
}

/** Forgets the previous owners of slots `first` to below `end` whose window has closed. */
export function slotsAge(table: u32, first: u32, end: u32): void {
  const slots = changetype<SlotTable>(table).slotMask + 1;
  for (let slot = first; slot < min<u32>(end, slots); slot++) {
    const changed = load<u32>(slotClock(table, slots, slot));
    if (changed != 0 && !isOpen(changed)) ownersForget(table, slots, slot);
  }
}
