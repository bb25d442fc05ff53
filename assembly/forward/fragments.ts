/**
 * Fragments that follow their first one: later fragments have no ports, so the hash of the first
 * is remembered, and those that come before it wait.
 *
 *   bucket of a datagram (source, destination, protocol, identification), two cache lines:
 *   | addresses 32 | hash 8 | id 4 | kind 4 | seen 4 | state 2 | . 2 | other 8 |   | again |
 *
 *   FREE ------ first ------> KNOWN       all take the first one's hash
 *    | later, held              ^
 *    v                          | first: the held ones leave in the next batch, in their order
 *   WAITING --------------------'
 *    | no room, or too late
 *    v
 *   STATELESS                             all, the first too, go by addresses and protocol
 *
 * Invariants: the fragments of a datagram go one way while its entry lives. A waiting entry is not
 * evicted, so held frames may point at it. A released frame is never held again. Each worker has a
 * region of its own. Cost: one bucket a fragment; a first one that was waited for, and a batch
 * while frames wait, look through the HELD_MAX records. Held frames are copied, because the batch's
 * own memory is the next batch's.
 */

import {
  BATCH_LENGTHS,
  BATCH_LINK_TYPES,
  BATCH_NUMBERS,
  BATCH_OFFSETS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_TIMESTAMPS,
  FLOW_HASHED,
  FRAGMENT_BUCKETS,
  FRAGMENT_BYTES,
  FRAGMENT_FREE,
  FRAGMENT_KNOWN,
  FRAGMENT_MS,
  FRAGMENT_STATELESS,
  FRAGMENT_WAITING,
  FRAGMENT_WAYS,
  FRAGMENTS_EXPIRED,
  FRAGMENTS_FRAMES,
  FRAGMENTS_HELD,
  FRAGMENTS_NEXT,
  FRAGMENTS_OVERFLOW,
  FRAGMENTS_RECORDS,
  FRAGMENTS_RELEASED,
  FRAGMENTS_RELEASING,
  FRAGMENTS_TABLE,
  FRAGMENTS_TRACKED,
  FRAGMENTS_WAITING,
  FRAME_HEADROOM,
  HEADER,
  HEADER_KEY0,
  HELD_BYTES,
  HELD_FRAME_BYTES,
  HELD_FRAME_MAX,
  HELD_FREE,
  HELD_MAX,
  HELD_MS,
  HELD_READY,
  HELD_WAITING,
  SEGMENT_FOLLOWS,
  SEGMENT_NONE,
  STEERED_TRACKED,
} from "../layout";
import { batchFlow, headerBatch, headerFragments } from "../memory/header";
import { Flow, Fragment, Held } from "../memory/records";
import { otherHash, otherHashKnown, otherHashPut, otherKey, otherKeyIs } from "./other-key";

const NS_PER_MS: u64 = 1000000;
/** An odd multiplier that mixes (2^64 divided by the golden ratio). */
const MIX: u64 = 0x9e3779b97f4a7c15;

/** Before a batch: frames that waited too long are made ready to leave. */
export function fragmentsBegin(worker: u32, batch: u32, count: u32): void {
  const region = headerFragments(worker);
  if (count == 0 || load<u32>(region, FRAGMENTS_RELEASING)) return;
  if (load<u32>(region, FRAGMENTS_WAITING) == 0) return;
  const now = packetTime(batch, 0);
  for (let i: u32 = 0; i < HELD_MAX; i++) {
    const held = heldAt(region, i);
    if (held.state == HELD_WAITING && <i32>(now - held.since) > <i32>HELD_MS) {
      statelessMake(region, changetype<Fragment>(held.fragment));
    }
  }
}

/** After the batch was parsed: what it released may be held no more than what comes next. */
export function fragmentsEnd(worker: u32): void {
  store<u32>(headerFragments(worker), 0, FRAGMENTS_RELEASING);
}

/**
 * Remembers where the first fragment of `datagram` (what a packet is itself, or carries), whose
 * hash is known, goes; false where others went, or go, by the addresses: it has to go with them.
 */
export function firstTrack(worker: u32, batch: u32, packet: u32, datagram: Flow, id: u32): bool {
  const region = headerFragments(worker);
  const flow = batchFlow(batch, packet);
  const fragment = fragmentFind(region, datagram, id, packetTime(batch, packet));
  if (fragment == null || fragment.state == FRAGMENT_STATELESS) return false;
  const wasWaiting = fragment.state == FRAGMENT_WAITING;
  fragment.state = <u16>FRAGMENT_KNOWN;
  fragment.hash = flow.hash;
  fragment.segment = <u8>(flow.segment == SEGMENT_NONE ? SEGMENT_NONE : SEGMENT_FOLLOWS);
  fragment.other = otherKeyIs() && otherHashKnown(flow) ? otherHash(flow) : 0;
  fragment.otherKey = otherKey();
  if (wasWaiting) heldReady(region, fragment, FRAGMENTS_RELEASED);
  return true;
}

/** Sends a later fragment of `datagram` after its first one; false where the packet waits. */
export function laterTrack(worker: u32, batch: u32, packet: u32, datagram: Flow, id: u32): bool {
  const region = headerFragments(worker);
  if (load<u32>(region, FRAGMENTS_RELEASING)) {
    releasedTrack(region, batch, packet);
    return true;
  }
  const now = packetTime(batch, packet);
  const fragment = fragmentFind(region, datagram, id, now);
  if (fragment == null || fragment.state == FRAGMENT_STATELESS) return true;
  if (fragment.state == FRAGMENT_KNOWN) {
    const flow = batchFlow(batch, packet);
    trackedFollow(region, flow, fragment.hash, fragmentOther(fragment));
    flow.segment = <u8>fragment.segment;
    return true;
  }
  if (frameHold(region, batch, packet, fragment)) return false;
  counterAdd(region + FRAGMENTS_OVERFLOW);
  statelessMake(region, fragment);
  return true;
}

/**
 * Fills the batch with the frames that may leave, in the order in which they came; with
 * `everything`, also with those whose first one has not come. Returns how many. To be called when
 * the batch before is done with, until it returns 0; they are forwarded by forwardBatch.
 */
export function fragmentsRelease(worker: u32, everything: u32): u32 {
  const region = headerFragments(worker);
  const batch = headerBatch();
  const next = load<u32>(region, FRAGMENTS_NEXT);
  let count: u32 = 0;
  for (let i: u32 = 0; i < HELD_MAX; i++) {
    const index = (next + i) & (HELD_MAX - 1);
    const held = heldAt(region, index);
    if (everything && held.state == HELD_WAITING) {
      statelessMake(region, changetype<Fragment>(held.fragment));
    }
    if (held.state != HELD_READY) continue;
    held.state = HELD_FREE;
    heldPut(batch, count, held, heldFrame(region, index));
    count += 1;
  }
  store<u32>(region, <u32>(count > 0), FRAGMENTS_RELEASING);
  return count;
}

/** Milliseconds, which wrap after 49 days: only differences count. */
function packetTime(batch: u32, packet: u32): u32 {
  return <u32>(load<u64>(batch + (packet << 3), BATCH_TIMESTAMPS) / NS_PER_MS);
}

function counterAdd(counter: u32): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

function trackedFollow(region: u32, flow: Flow, hash: u64, other: u64): void {
  otherHashPut(flow, other);
  flow.hash = hash;
  flow.flags |= <u8>FLOW_HASHED;
  flow.steered = <u8>STEERED_TRACKED;
  counterAdd(region + FRAGMENTS_TRACKED);
}

/** What its first one left, unless keys rotated since. */
function fragmentOther(fragment: Fragment): u64 {
  return fragment.otherKey == otherKey() ? fragment.other : 0;
}

/** The entry of a packet's datagram, which may be new (FREE); null where its bucket has no room. */
function fragmentFind(region: u32, flow: Flow, id: u32, now: u32): Fragment | null {
  const kind = ((<u32>flow.protocol) << 8) | <u32>flow.family;
  const bucket = region + FRAGMENTS_TABLE + bucketOf(flow, id) * (FRAGMENT_WAYS * FRAGMENT_BYTES);
  let room: Fragment | null = null;
  for (let way: u32 = 0; way < FRAGMENT_WAYS; way++) {
    const fragment = changetype<Fragment>(bucket + way * FRAGMENT_BYTES);
    const isWaiting = fragment.state == FRAGMENT_WAITING;
    if (!isWaiting && <i32>(now - fragment.seen) > <i32>FRAGMENT_MS)
      fragment.state = <u16>FRAGMENT_FREE;
    if (fragment.state != FRAGMENT_FREE && isOf(fragment, flow, id, kind)) {
      fragment.seen = now;
      return fragment;
    }
    if (!isWaiting && (room == null || isBefore(fragment, room))) room = fragment;
  }
  if (room == null || room.state != FRAGMENT_FREE) counterAdd(region + FRAGMENTS_OVERFLOW);
  if (room == null) return null;
  fragmentBegin(room, flow, id, kind);
  room.seen = now;
  return room;
}

/** Whether an entry is to be given up before another: a free one, else the one seen earlier. */
function isBefore(fragment: Fragment, other: Fragment): bool {
  if (other.state == FRAGMENT_FREE) return false;
  return fragment.state == FRAGMENT_FREE || <i32>(fragment.seen - other.seen) < 0;
}

function fragmentBegin(fragment: Fragment, flow: Flow, id: u32, kind: u32): void {
  fragment.sourceHigh = flow.sourceHigh;
  fragment.sourceLow = flow.sourceLow;
  fragment.destinationHigh = flow.destinationHigh;
  fragment.destinationLow = flow.destinationLow;
  fragment.id = id;
  fragment.kind = kind;
  fragment.state = <u16>FRAGMENT_FREE;
}

function isOf(fragment: Fragment, flow: Flow, id: u32, kind: u32): bool {
  return (
    fragment.id == id &&
    fragment.kind == kind &&
    fragment.sourceHigh == flow.sourceHigh &&
    fragment.sourceLow == flow.sourceLow &&
    fragment.destinationHigh == flow.destinationHigh &&
    fragment.destinationLow == flow.destinationLow
  );
}

/** Under the flow key, so that nobody can aim many datagrams at one bucket. */
function bucketOf(flow: Flow, id: u32): u32 {
  let mixed = (load<u64>(HEADER, HEADER_KEY0) ^ flow.sourceHigh) * MIX;
  mixed = (mixed ^ (mixed >>> 32) ^ flow.sourceLow) * MIX;
  mixed = (mixed ^ (mixed >>> 32) ^ flow.destinationHigh) * MIX;
  mixed = (mixed ^ (mixed >>> 32) ^ flow.destinationLow) * MIX;
  mixed = (mixed ^ (mixed >>> 32) ^ <u64>id) * MIX;
  return <u32>(mixed >>> 32) & (FRAGMENT_BUCKETS - 1);
}

/** All fragments of a datagram go by its addresses from now on; those that waited leave. */
function statelessMake(region: u32, fragment: Fragment): void {
  if (fragment.state == FRAGMENT_WAITING) heldReady(region, fragment, FRAGMENTS_EXPIRED);
  fragment.state = <u16>FRAGMENT_STATELESS;
}

/** Lets the frames leave that wait for a datagram, and adds them to a counter. */
function heldReady(region: u32, fragment: Fragment, counter: u32): void {
  for (let i: u32 = 0; i < HELD_MAX; i++) {
    const held = heldAt(region, i);
    if (held.state != HELD_WAITING || held.fragment != changetype<u32>(fragment)) continue;
    held.state = HELD_READY;
    held.tracked = <u32>(counter == FRAGMENTS_RELEASED);
    held.hash = fragment.hash;
    held.segment = fragment.segment;
    held.other = fragmentOther(fragment);
    store<u32>(region, load<u32>(region, FRAGMENTS_WAITING) - 1, FRAGMENTS_WAITING);
    counterAdd(region + counter);
  }
}

function heldAt(region: u32, index: u32): Held {
  return changetype<Held>(region + FRAGMENTS_RECORDS + index * HELD_BYTES);
}

function heldFrame(region: u32, index: u32): u32 {
  return region + FRAGMENTS_FRAMES + index * HELD_FRAME_BYTES + FRAME_HEADROOM;
}

/** Copies a packet's frame to wait for the first one of its datagram; false without room. */
function frameHold(region: u32, batch: u32, packet: u32, fragment: Fragment): bool {
  const next = load<u32>(region, FRAGMENTS_NEXT);
  const held = heldAt(region, next);
  const cell = batch + (packet << 2);
  const length = load<u32>(cell, BATCH_LENGTHS);
  if (held.state != HELD_FREE || length > HELD_FRAME_MAX) return false;
  memory.copy(heldFrame(region, next), load<u32>(cell, BATCH_OFFSETS), length);
  held.timestamp = load<u64>(batch + (packet << 3), BATCH_TIMESTAMPS);
  held.number = load<f64>(batch + (packet << 3), BATCH_NUMBERS);
  held.length = length;
  held.originalLength = load<u32>(cell, BATCH_ORIGINAL_LENGTHS);
  held.linkType = load<u32>(cell, BATCH_LINK_TYPES);
  held.fragment = changetype<u32>(fragment);
  held.since = packetTime(batch, packet);
  held.state = HELD_WAITING;
  fragment.state = <u16>FRAGMENT_WAITING;
  store<u32>(region, (next + 1) & (HELD_MAX - 1), FRAGMENTS_NEXT);
  store<u32>(region, load<u32>(region, FRAGMENTS_WAITING) + 1, FRAGMENTS_WAITING);
  counterAdd(region + FRAGMENTS_HELD);
  return true;
}

/** Writes the input columns of a frame that was held. */
function heldPut(batch: u32, packet: u32, held: Held, frame: u32): void {
  const cell = batch + (packet << 2);
  store<u32>(cell, frame, BATCH_OFFSETS);
  store<u32>(cell, held.length, BATCH_LENGTHS);
  store<u32>(cell, held.originalLength, BATCH_ORIGINAL_LENGTHS);
  store<u32>(cell, held.linkType, BATCH_LINK_TYPES);
  store<u64>(batch + (packet << 3), held.timestamp, BATCH_TIMESTAMPS);
  store<f64>(batch + (packet << 3), held.number, BATCH_NUMBERS);
}

/** A packet that was held takes the hash that was remembered with it: its entry may be gone. */
function releasedTrack(region: u32, batch: u32, packet: u32): void {
  const frame = load<u32>(batch + (packet << 2), BATCH_OFFSETS);
  const index = (frame - region - FRAGMENTS_FRAMES) / HELD_FRAME_BYTES;
  if (index >= HELD_MAX) return;
  const held = heldAt(region, index);
  if (!held.tracked) return;
  const flow = batchFlow(batch, packet);
  trackedFollow(region, flow, held.hash, held.other);
  flow.segment = <u8>held.segment;
}
