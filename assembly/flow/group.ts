/**
 * Groups, read side: from a group and a flow's hash to the adjacency that carries the flow.
 *
 *   word 0            no next hop is up
 *   word < 65536      the adjacency
 *   word              address of a slot table, 64-byte aligned:
 *     +0   slots minus 1 | slots whose pin window may be open | previous owners a slot
 *     +64  u16[M] adjacency of each slot
 *          u32[M] clock when it changed hands, 0 for never
 *          u16[M] first owner, when the window opened
 *          u16[M] previous owner, the newest; u16[M] the one before; …
 *
 * The word is published by one store when all that it leads to is complete, and a slot by one
 * store of 16 bits: a reader finds the old or the new of either. A table that a group gave up
 * stays as it is until no reader can hold its address (memory/epochs.ts).
 * Cost: three loads, the slot's being the one that misses caches.
 */

import { GROUP_TABLE_MIN, SLOT_NONE, SLOT_TABLE_MASK, SLOT_TABLE_SLOTS } from "../layout";
import { headerGroup } from "../memory/header";
import { Flow } from "../memory/records";
import { flowHash } from "./hash";

/** The word of a group: read once a packet, as a writer may replace it. */
export function groupWord(id: u32): u32 {
  return load<u32>(headerGroup(id));
}

/** The slot of a flow in a group's table; SLOT_NONE where the group needs none, and no hash. */
export function groupSlot(word: u32, flow: Flow): u32 {
  if (word < GROUP_TABLE_MIN) return SLOT_NONE;
  return <u32>flowHash(flow) & load<u32>(word, SLOT_TABLE_MASK);
}

/** The adjacency behind a slot that groupSlot gave, 0 where no next hop is up. */
export function groupAdjacency(word: u32, slot: u32): u32 {
  return slot != SLOT_NONE ? load<u16>(word + (slot << 1), SLOT_TABLE_SLOTS) : word;
}

/** The adjacency that a group gives the flow whose record is at `flow`: for tools, not packets. */
export function groupChoose(id: u32, flow: u32): u32 {
  const word = groupWord(id);
  return groupAdjacency(word, groupSlot(word, changetype<Flow>(flow)));
}

/** Whether an adjacency has one of the first `most` slots of a group, or all of it. */
export function groupHas(word: u32, adjacency: u32, most: u32): bool {
  if (word < GROUP_TABLE_MIN) return word == adjacency;
  const slots = min<u32>(load<u32>(word, SLOT_TABLE_MASK) + 1, most);
  const wanted = i16x8.splat(<i16>adjacency);
  // Tables have a multiple of 8 slots.
  for (let slot: u32 = 0; slot < slots; slot += 8) {
    const found = i16x8.eq(v128.load(word + (slot << 1), SLOT_TABLE_SLOTS), wanted);
    if (v128.any_true(found)) return true;
  }
  return false;
}
