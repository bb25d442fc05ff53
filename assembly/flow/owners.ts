/**
 * Whom else a flow may be known to: the owners of its slot besides the one that was chosen, while
 * the slot's window is open: the newest previous one first, then the first one, which may be too
 * old to be among them, and the current one last.
 *
 *   list   u16 | u16 | u16 | 0    adjacencies from the low bits on, 0 for none
 *
 * Cost: one load where no slot of the table has changed hands, two where the window is closed.
 */

import {
  ADJACENCY_BYTES,
  ADJACENCY_DOWN,
  ADJACENCY_STATE,
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_CLOCK,
  HEADER_PIN_WINDOW,
  SLOT_BYTES,
  SLOT_CLOCKED_BYTES,
  SLOT_NONE,
  SLOT_TABLE_CHANGED,
  SLOT_TABLE_MASK,
  SLOT_TABLE_OWNERS,
  SLOT_TABLE_SLOTS,
} from "../layout";
import { headerAdjacencies } from "../memory/header";

/** Bits of a list that one adjacency takes. */
const LISTED_BITS: u64 = 16;
const LISTED_MASK: u64 = 0xffff;

/** At most `most` (3) owners of a slot behind a group's word that live, but for `chosen`. */
export function ownersList(word: u32, slot: u32, chosen: u32, most: u32): u64 {
  if (word < GROUP_TABLE_MIN || slot == SLOT_NONE) return 0;
  if (load<u32>(word, SLOT_TABLE_CHANGED) == 0) return 0;
  const slots = load<u32>(word, SLOT_TABLE_MASK) + 1;
  const changed = load<u32>(word + (slots << 1) + (slot << 2), SLOT_TABLE_SLOTS);
  const clock = load<u32>(HEADER, HEADER_CLOCK);
  if (changed == 0 || clock - changed >= load<u32>(HEADER, HEADER_PIN_WINDOW)) return 0;
  const owners = load<u32>(word, SLOT_TABLE_OWNERS);
  let list: u64 = 0;
  let listed: u32 = 0;
  for (let place: u32 = 0; place < owners + 2 && listed < most; place++) {
    const at = ownerColumn(slots, owners, place);
    const owner = <u32>load<u16>(word + at + (slot << 1), SLOT_TABLE_SLOTS);
    if (owner == 0 || owner == chosen || isDown(owner) || isListed(list, owner)) continue;
    list |= (<u64>owner) << (<u64>listed * LISTED_BITS);
    listed += 1;
  }
  return list;
}

/** Where the column of an owner begins, by its place in the order of lists. */
function ownerColumn(slots: u32, owners: u32, place: u32): u32 {
  if (place < owners) return slots * SLOT_BYTES + place * (slots << 1);
  return place == owners ? slots * SLOT_CLOCKED_BYTES : 0;
}

function isListed(list: u64, adjacency: u32): bool {
  let left = list;
  for (; left != 0; left >>>= LISTED_BITS) {
    if (<u32>(left & LISTED_MASK) == adjacency) return true;
  }
  return false;
}

function isDown(adjacency: u32): bool {
  const record = headerAdjacencies() + adjacency * ADJACENCY_BYTES;
  return load<u8>(record, ADJACENCY_STATE) == ADJACENCY_DOWN;
}
