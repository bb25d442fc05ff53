/**
 * Slots that change hands, and whom they belonged to before.
 *
 * While a slot's window is open, each live owner that loses it goes before its previous owners; the
 * first change after that begins a new list. Whoever loses it then is its first owner until the
 * window closes, however many come after: connections without a pin are that one's. The slot itself
 * is written last, by one store.
 * Cost: a load and a few stores a slot.
 */

import {
  ADJACENCY_BYTES,
  ADJACENCY_DOWN,
  ADJACENCY_STATE,
  HEADER,
  HEADER_CLOCK,
  HEADER_PIN_WINDOW,
  SLOT_BYTES,
  SLOT_CLOCKED_BYTES,
  SLOT_TABLE_SLOTS,
} from "../layout";
import { headerAdjacencies } from "../memory/header";
import { SlotTable } from "../memory/records";

/** Where the clock of a slot stands. */
function slotClock(table: u32, slots: u32, slot: u32): u32 {
  return table + SLOT_TABLE_SLOTS + (slots << 1) + (slot << 2);
}

/** Where the owner of a slot stands whom it belonged to when its window opened. */
function slotFirst(table: u32, slots: u32, slot: u32): u32 {
  return table + SLOT_TABLE_SLOTS + slots * SLOT_CLOCKED_BYTES + (slot << 1);
}

/** Where the newest previous owner of a slot stands; older ones are `slots` u16 further each. */
function slotOwner(table: u32, slots: u32, slot: u32): u32 {
  return table + SLOT_TABLE_SLOTS + slots * SLOT_BYTES + (slot << 1);
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
  const first = slotFirst(table, slots, slot);
  if (header.owners > 0) {
    if (!isOpen(changed)) {
      ownersClear(table, slots, slot);
      store<u16>(first, owner);
    }
    ownerEnter(slotOwner(table, slots, slot), slots << 1, header.owners, owner);
  }
  // 0 means never.
  store<u32>(clock, max<u32>(load<u32>(HEADER, HEADER_CLOCK), 1));
  if (changed == 0) header.changed += 1;
}

/** Puts an owner before the others of its list, which has it once. */
function ownerEnter(newest: u32, step: u32, owners: u32, owner: u32): void {
  const last = newest + (owners - 1) * step;
  let gap = newest;
  while (gap < last && load<u16>(gap) != 0 && load<u16>(gap) != owner) gap += step;
  for (; gap > newest; gap -= step) store<u16>(gap, load<u16>(gap - step));
  store<u16>(newest, owner);
}

function ownersForget(table: u32, slots: u32, slot: u32): void {
  const header = changetype<SlotTable>(table);
  const clock = slotClock(table, slots, slot);
  if (load<u32>(clock) == 0) return;
  store<u32>(clock, 0);
  ownersClear(table, slots, slot);
  header.changed -= 1;
}

function ownersClear(table: u32, slots: u32, slot: u32): void {
  store<u16>(slotFirst(table, slots, slot), 0);
  for (let place: u32 = 0; place < changetype<SlotTable>(table).owners; place++) {
    store<u16>(slotOwner(table, slots, slot) + place * (slots << 1), 0);
  }
}

/** Forgets the previous owners of slots `first` to below `end` whose window has closed. */
export function slotsAge(table: u32, first: u32, end: u32): void {
  const slots = changetype<SlotTable>(table).slotMask + 1;
  for (let slot = first; slot < min<u32>(end, slots); slot++) {
    const changed = load<u32>(slotClock(table, slots, slot));
    if (changed != 0 && !isOpen(changed)) ownersForget(table, slots, slot);
  }
}
