/**
 * Slots that members hold beyond their quotas, moved to members below theirs.
 *
 * Which slots: those that stand nearest to their receiver for what they stand to their owner, by
 * the ratio of the two scores, so that a table stays near the canonical one of its members. The
 * receiver is the nearest of those still below quota; a slot whose receiver has filled up goes
 * back with the next one, whose ratio is no lower, so the order is exact.
 *
 *   entries   heap of {f64 ratio, slot, receiver}, lowest first; ties: the lower slot
 *
 * Ratios are quotients of whole numbers in f64, rounded as IEEE 754 says: alike on all machines.
 * Cost: a score for each slot of such an owner, and for each member below its quota.
 */

import {
  CHANGE_FORGETS,
  CHANGE_MEMBER_OF,
  MEMBER_BYTES,
  MOVE_BYTES,
  MOVE_RATIO,
  MOVE_SLOT,
  SLOT_TABLE_SLOTS,
} from "../layout";
import { Change, Member, Move } from "../memory/records";
import { slotGive } from "./owners-update";
import { scoreCost, scoreCostLeast, scoreDraw, scorePosition } from "./score";

/** Lists the members below their quota; the slots that they are due in all. */
export function movesBegin(change: Change): u32 {
  let listed: u32 = 0;
  let due: u32 = 0;
  for (let i: u32 = 0; i < change.count; i++) {
    const address = change.members + i * MEMBER_BYTES;
    const member = changetype<Member>(address);
    if (member.held >= member.quota) continue;
    due += member.quota - member.held;
    store<u32>(change.list + (listed << 2), address);
    listed += 1;
  }
  change.listed = listed;
  change.heaped = 0;
  return due;
}

/** The member that holds a slot. */
function holderOf(change: Change, slot: u32): Member {
  const adjacency = <u32>load<u16>(change.table + (slot << 1), SLOT_TABLE_SLOTS);
  const index = load<u32>(changetype<u32>(change) + (adjacency << 2), CHANGE_MEMBER_OF);
  return changetype<Member>(change.members + (index - 1) * MEMBER_BYTES);
}

/** Enters a slot, where its owner has too many; whether it did. */
export function moveEnter(change: Change, slot: u32): bool {
  const holder = holderOf(change, slot);
  if (holder.held <= holder.quota) return false;
  const entry = change.entries + change.heaped * MOVE_BYTES;
  change.heaped += 1;
  moveMake(change, entry, holder, slot);
  entryRise(change.entries, entry);
  return true;
}

/** Writes a slot's entry: the nearest member below its quota, and the ratio. */
function moveMake(change: Change, address: u32, holder: Member, slot: u32): void {
  const position = scorePosition(slot);
  const end = change.list + (change.listed << 2);
  let best: u32 = 0;
  let bestCost: u64 = 1;
  let bestWeight: u64 = 0;
  for (let cell = change.list; cell < end; cell += 4) {
    const member = changetype<Member>(load<u32>(cell));
    if (member.held >= member.quota) continue;
    const weight = <u64>member.weight;
    const draw = scoreDraw(member.identity, position);
    const limit = bestCost * weight;
    if (scoreCostLeast(draw) * bestWeight >= limit) continue;
    const cost = scoreCost(draw);
    if (cost * bestWeight >= limit) continue;
    best = changetype<u32>(member);
    bestCost = cost;
    bestWeight = weight;
  }
  const ownCost = scoreCost(scoreDraw(holder.identity, position));
  const entry = changetype<Move>(address);
  entry.ratio = <f64>(bestCost * <u64>holder.weight) / <f64>(ownCost * bestWeight);
  entry.slot = slot;
  entry.receiver = best;
}

/** Moves the first slot that may move, or settles that it need not; whether it moved. */
export function moveNext(change: Change): bool {
  const entry = changetype<Move>(change.entries);
  const holder = holderOf(change, entry.slot);
  if (holder.held <= holder.quota) {
    entryRemoveFirst(change);
    return false;
  }
  const receiver = changetype<Member>(entry.receiver);
  if (receiver.held >= receiver.quota) {
    moveMake(change, change.entries, holder, entry.slot);
    entrySink(change.entries, change.heaped);
    return false;
  }
  holder.held -= 1;
  receiver.held += 1;
  const forgets = (change.flags & CHANGE_FORGETS) != 0;
  slotGive(change.table, entry.slot, receiver.adjacency, forgets);
  entryRemoveFirst(change);
  return true;
}

function entryPrecedes(a: u32, b: u32): bool {
  const left = load<f64>(a, MOVE_RATIO);
  const right = load<f64>(b, MOVE_RATIO);
  return left < right || (left == right && load<u32>(a, MOVE_SLOT) < load<u32>(b, MOVE_SLOT));
}

function entriesSwap(a: u32, b: u32): void {
  const low = load<u64>(a);
  const high = load<u64>(a, 8);
  store<u64>(a, load<u64>(b));
  store<u64>(a, load<u64>(b, 8), 8);
  store<u64>(b, low);
  store<u64>(b, high, 8);
}

function entryRise(heap: u32, added: u32): void {
  let entry = added;
  while (entry > heap) {
    const parent = heap + (((entry - heap) / MOVE_BYTES - 1) >>> 1) * MOVE_BYTES;
    if (!entryPrecedes(entry, parent)) return;
    entriesSwap(entry, parent);
    entry = parent;
  }
}

function entrySink(heap: u32, count: u32): void {
  let place: u32 = 0;
  for (let child: u32 = 1; child < count; child = (place << 1) + 1) {
    let lower = heap + child * MOVE_BYTES;
    if (child + 1 < count && entryPrecedes(lower + MOVE_BYTES, lower)) {
      child += 1;
      lower += MOVE_BYTES;
    }
    const entry = heap + place * MOVE_BYTES;
    if (!entryPrecedes(lower, entry)) return;
    entriesSwap(lower, entry);
    place = child;
  }
}

function entryRemoveFirst(change: Change): void {
  change.heaped -= 1;
  if (change.heaped == 0) return;
  entriesSwap(change.entries, change.entries + change.heaped * MOVE_BYTES);
  entrySink(change.entries, change.heaped);
}
