/**
 * Room for slot tables, for the writing side of groups: one region, a free list for each size.
 *
 * Tables are powers of two of u16, so eight sizes (2 KiB to 256 KiB) cover all. A table that is
 * given back serves the next one of its size; its first word leads to the next free one.
 * Tables of one size never become one of another: a region that was filled with small ones holds
 * no large one, even when all of them were given back.
 * Invariant: bytes in use + bytes on the free lists = bytes touched <= bytes of the region.
 */

import {
  HEADER,
  HEADER_SLOTS,
  HEADER_SLOTS_BYTES,
  HEADER_SLOTS_FREE,
  HEADER_SLOTS_TOUCHED,
  HEADER_SLOTS_USED,
  SLOTS_MIN,
} from "../layout";

/** Head of the free list for a size. */
function slotsFreeList(slots: u32): u32 {
  const sizeClass = ctz<u32>(slots) - ctz<u32>(SLOTS_MIN);
  return HEADER + HEADER_SLOTS_FREE + (sizeClass << 2);
}

function slotsUsedAdd(bytes: i32): void {
  store<u32>(HEADER, load<u32>(HEADER, HEADER_SLOTS_USED) + bytes, HEADER_SLOTS_USED);
}

/** A table of `slots` cells of unspecified content, or 0 when the region is full. */
export function slotsTake(slots: u32): u32 {
  const bytes = slots << 1;
  const list = slotsFreeList(slots);
  const reused = load<u32>(list);
  if (reused != 0) {
    store<u32>(list, load<u32>(reused));
    slotsUsedAdd(bytes);
    return reused;
  }
  const touched = load<u32>(HEADER, HEADER_SLOTS_TOUCHED);
  if (bytes > load<u32>(HEADER, HEADER_SLOTS_BYTES) - touched) return 0;
  store<u32>(HEADER, touched + bytes, HEADER_SLOTS_TOUCHED);
  slotsUsedAdd(bytes);
  return load<u32>(HEADER, HEADER_SLOTS) + touched;
}

/** Gives a table back that slotsTake handed out for this size. */
export function slotsReturn(table: u32, slots: u32): void {
  const list = slotsFreeList(slots);
  store<u32>(table, load<u32>(list));
  store<u32>(list, table);
  slotsUsedAdd(-(<i32>(slots << 1)));
}
