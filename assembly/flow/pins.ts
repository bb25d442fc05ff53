/**
 * Pins: connections that began in a slot after it changed hands, so that those from before it can
 * stay where they are.
 *
 *   slot's window closed    the current owner
 *   TCP, opens              the current owner, and a pin is entered that says so
 *   TCP, follows, pin       the pin's adjacency
 *   TCP, follows, no pin    from before the change: the first owner, or where that is down the
 *                           oldest previous one that is not
 *   all else                the current owner
 *
 * A worker has buckets of one cache line, found by the upper half of the flow hash:
 *
 *   +0   u64[5]  low 48 bits of the flow hash | adjacency, 16 bits; 0 is free
 *   +40  u32[5]  clock, its low 31 bits | whether the connection went on, 1 bit
 *
 * A pin expires: after PIN_UNCONFIRMED_SECONDS while only its opening was seen, else when it has
 * been idle for the window. Nothing else takes a pin out, and segments enter none, so that forged
 * ones evict nothing. Where a bucket is full, a connection opens at the previous owner that its
 * segments will be led to; at the current one if that drains.
 * Invariant: an adjacency that is down gets a flow only where its slot names none that is not.
 * Cost: one load where no slot of the table has changed hands; two where the window is closed; else
 * a line of pins, and the states of the adjacencies in question.
 */

import {
  ADJACENCY_BYTES,
  ADJACENCY_DOWN,
  ADJACENCY_STATE,
  ADJACENCY_UP,
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_CLOCK,
  HEADER_PIN_WINDOW,
  HEADER_ROTATED,
  PIN_BUCKET_BYTES,
  PIN_BUCKET_ENTRIES,
  PIN_KEYS,
  PIN_STAMPS,
  PIN_UNCONFIRMED_SECONDS,
  PINS_BUCKET_COUNT,
  PINS_BUCKETS,
  PINS_PINNED,
  PINS_REFUSED,
  PINS_REUSED,
  PINS_STAYED,
  PINS_TURNED,
  SEGMENT_FOLLOWS,
  SEGMENT_OPENS,
  SLOT_BYTES,
  SLOT_CLOCKED_BYTES,
  SLOT_TABLE_CHANGED,
  SLOT_TABLE_MASK,
  SLOT_TABLE_OWNERS,
  SLOT_TABLE_SLOTS,
} from "../layout";
import { headerAdjacencies } from "../memory/header";
import { Flow } from "../memory/records";
import { flowHash } from "./hash";

/** Bits of a key that are the adjacency; above them stands hash. */
const KEY_ADJACENCY_BITS: u64 = 16;

/** Whether any slot behind a group's word may have an open window. */
export function pinsMay(word: u32): bool {
  return word >= GROUP_TABLE_MIN && load<u32>(word, SLOT_TABLE_CHANGED) != 0;
}

/** The adjacency of a flow whose slot in `table` is `current`'s; `pins` is a worker's head. */
export function pinsChoose(pins: u32, table: u32, slot: u32, current: u32, flow: Flow): u32 {
  const slots = load<u32>(table, SLOT_TABLE_MASK) + 1;
  const changed = load<u32>(table + (slots << 1) + (slot << 2), SLOT_TABLE_SLOTS);
  const clock = load<u32>(HEADER, HEADER_CLOCK);
  if (changed == 0 || clock - changed >= load<u32>(HEADER, HEADER_PIN_WINDOW)) return current;
  const owner = slotOwner(table, slots, slot);
  const serving = adjacencyState(current) == ADJACENCY_DOWN && owner != 0 ? owner : current;
  if (flow.segment == SEGMENT_OPENS) return pinOpen(pins, flowHash(flow), serving, owner);
  if (flow.segment != SEGMENT_FOLLOWS) return serving;
  const cell = pinFind(pins, flowHash(flow));
  if (cell == 0) {
    if (owner == 0) return serving;
    counterIncrement(pins + PINS_STAYED);
    return owner;
  }
  const pinned = pinAdjacency(cell);
  return adjacencyState(pinned) == ADJACENCY_DOWN ? serving : pinFollow(cell);
}

/** Whether connections may still be led by the flow key before this one. */
export function keyRotates(): bool {
  const since = load<u32>(HEADER, HEADER_ROTATED);
  if (since == 0) return false;
  return load<u32>(HEADER, HEADER_CLOCK) - since < load<u32>(HEADER, HEADER_PIN_WINDOW);
}

/**
 * The adjacency of a flow while keys rotate, of which `former` is the hash under the key before:
 * every connection is treated as one whose slot changed hands, from the owner by the former hash.
 */
export function pinsRotate(pins: u32, table: u32, current: u32, flow: Flow, former: u64): u32 {
  const before = formerChoice(pins, table, former);
  const serving = adjacencyState(current) == ADJACENCY_DOWN && before != 0 ? before : current;
  const cell = pinFind(pins, flowHash(flow));
  if (flow.segment == SEGMENT_OPENS) {
    if (cell == 0 && serving == before) return serving;
    return pinOpen(pins, flowHash(flow), serving, before);
  }
  if (flow.segment != SEGMENT_FOLLOWS) return serving;
  if (cell != 0 && adjacencyState(pinAdjacency(cell)) != ADJACENCY_DOWN) {
    return pinFollow(cell);
  }
  if (before == 0 || before == serving) return serving;
  counterIncrement(pins + PINS_STAYED);
  return before;
}

/** Where the former key led a connection that goes on; 0 where nobody there lives. */
function formerChoice(pins: u32, table: u32, former: u64): u32 {
  const cell = pinFind(pins, former);
  if (cell != 0 && adjacencyState(pinAdjacency(cell)) != ADJACENCY_DOWN) return pinFollow(cell);
  const mask = load<u32>(table, SLOT_TABLE_MASK);
  const slot = <u32>former & mask;
  const slots = mask + 1;
  const changed = load<u32>(table + (slots << 1) + (slot << 2), SLOT_TABLE_SLOTS);
  const age = load<u32>(HEADER, HEADER_CLOCK) - changed;
  if (changed != 0 && age < load<u32>(HEADER, HEADER_PIN_WINDOW)) {
    const owner = slotOwner(table, slots, slot);
    if (owner != 0) return owner;
  }
  const current = <u32>load<u16>(table + (slot << 1), SLOT_TABLE_SLOTS);
  return current != 0 && adjacencyState(current) != ADJACENCY_DOWN ? current : 0;
}

/** Notes that a pinned connection goes on; returns its adjacency. */
function pinFollow(cell: u32): u32 {
  store<u32>(pinStamp(cell), (load<u32>(HEADER, HEADER_CLOCK) << 1) | 1);
  return pinAdjacency(cell);
}

function adjacencyState(index: u32): u32 {
  return load<u8>(headerAdjacencies() + index * ADJACENCY_BYTES, ADJACENCY_STATE);
}

function counterIncrement(counter: u32): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

/** Whose the connections are that a slot had when its window opened, 0 where nobody lives. */
function slotOwner(table: u32, slots: u32, slot: u32): u32 {
  const cell = table + (slot << 1);
  const first = load<u16>(cell + slots * SLOT_CLOCKED_BYTES, SLOT_TABLE_SLOTS);
  if (first != 0 && adjacencyState(first) != ADJACENCY_DOWN) return first;
  const newest = cell + slots * SLOT_BYTES;
  for (let older = load<u32>(table, SLOT_TABLE_OWNERS); older > 0; older--) {
    const owner = load<u16>(newest + (older - 1) * (slots << 1), SLOT_TABLE_SLOTS);
    if (owner != 0 && adjacencyState(owner) != ADJACENCY_DOWN) return owner;
  }
  return 0;
}

/** Where a connection goes that opens: its pin, or `current` with a pin, or `owner` without. */
function pinOpen(pins: u32, hash: u64, current: u32, owner: u32): u32 {
  const known = pinFind(pins, hash);
  // An opening that is sent again stays; one to a next hop that drains is a new connection.
  if (known != 0 && adjacencyState(pinAdjacency(known)) == ADJACENCY_UP) return pinAdjacency(known);
  const cell = known != 0 ? known : pinFree(bucketOf(pins, hash));
  if (cell == 0) return openingRefuse(pins, current, owner);
  counterIncrement(pins + PINS_PINNED);
  if (known == 0 && load<u64>(cell) != 0) counterIncrement(pins + PINS_REUSED);
  store<u64>(cell, (hash << KEY_ADJACENCY_BITS) | current);
  store<u32>(pinStamp(cell), load<u32>(HEADER, HEADER_CLOCK) << 1);
  return current;
}

function openingRefuse(pins: u32, current: u32, owner: u32): u32 {
  const stays = owner != 0 && adjacencyState(owner) == ADJACENCY_UP;
  counterIncrement(pins + (stays ? PINS_REFUSED : PINS_TURNED));
  return stays ? owner : current;
}

/** The bucket of a flow. The slot is the hash's low bits, so its upper half tells flows apart. */
function bucketOf(pins: u32, hash: u64): u32 {
  const index = <u32>(((hash >>> 32) * load<u32>(pins, PINS_BUCKET_COUNT)) >>> 32);
  return load<u32>(pins, PINS_BUCKETS) + index * PIN_BUCKET_BYTES;
}

/** Where the key of a flow's pin stands, 0 where it has none that has not expired. */
function pinFind(pins: u32, hash: u64): u32 {
  const bucket = bucketOf(pins, hash);
  const wanted = hash << KEY_ADJACENCY_BITS;
  for (let i: u32 = 0; i < PIN_BUCKET_ENTRIES; i++) {
    const cell = bucket + PIN_KEYS + (i << 3);
    const key = load<u64>(cell);
    const isWanted = key != 0 && (key ^ wanted) >>> KEY_ADJACENCY_BITS == 0;
    if (isWanted && !pinExpired(cell)) return cell;
  }
  return 0;
}

/** Where a pin may be entered in a bucket, 0 where all of them hold. */
function pinFree(bucket: u32): u32 {
  for (let i: u32 = 0; i < PIN_BUCKET_ENTRIES; i++) {
    const cell = bucket + PIN_KEYS + (i << 3);
    if (load<u64>(cell) == 0 || pinExpired(cell)) return cell;
  }
  return 0;
}

function pinAdjacency(cell: u32): u32 {
  return <u32>load<u64>(cell) & 0xffff;
}

/** Where the stamp stands of the pin whose key stands at `cell`: buckets lie on their own size. */
function pinStamp(cell: u32): u32 {
  const bucket = cell & ~(PIN_BUCKET_BYTES - 1);
  return bucket + PIN_STAMPS + ((cell - bucket - PIN_KEYS) >>> 1);
}

function pinExpired(cell: u32): bool {
  const stamp = load<u32>(pinStamp(cell));
  const age = ((load<u32>(HEADER, HEADER_CLOCK) << 1) - (stamp & ~1)) >>> 1;
  const window = load<u32>(HEADER, HEADER_PIN_WINDOW);
  return age >= (stamp & 1 ? window : min<u32>(PIN_UNCONFIRMED_SECONDS, window));
}
