/**
 * Slots and members matched by score: deferred acceptance (Gale and Shapley, 1962).
 *
 * Each slot goes to the nearest member that would have it; a member that has as many as it has
 * room for gives the farthest of them up when a nearer one comes, and that one goes on. Both sides
 * rank by the same scores (ties: identity, then slot), so there is one stable matching: the order
 * of slots, of members and of earlier events makes no difference.
 *
 *   entries   | heap of member 0: room 3 | heap of member 1: room 2 | …     farthest first
 *             u64: cost in the upper half, slot in the lower
 *
 * A member that would refuse is passed over, so a slot asks once, however often it is given up.
 * Of more than MEMBERS_COMPARED_MAX members a slot compares so many in a ring from a place of its
 * own, and the next so many where none would have it.
 * Cost: slots * members scores, and some 10 % more for those given up.
 */

import { MEMBER_BYTES, MEMBERS_COMPARED_MAX, OFFER_BYTES } from "../layout";
import { Change, Member } from "../memory/records";
import { scoreCost, scoreCostLeast, scoreDraw, scorePosition } from "./score";

/** Sets up an empty heap for each member with room, and lists these members. */
export function matchBegin(change: Change): void {
  let heap = change.entries;
  let listed: u32 = 0;
  for (let i: u32 = 0; i < change.count; i++) {
    const address = change.members + i * MEMBER_BYTES;
    const member = changetype<Member>(address);
    member.heap = heap;
    member.offered = 0;
    if (member.room == 0) continue;
    heap += member.room * OFFER_BYTES;
    store<u32>(change.list + (listed << 2), address);
    listed += 1;
  }
  change.listed = listed;
  change.displaced = 0;
}

/** Finds a place for a slot; the slot that was given up for it, plus 1, or 0. */
export function matchSlot(change: Change, slot: u32): u32 {
  const position = scorePosition(slot);
  const listed = change.listed;
  let best: u32 = 0;
  if (listed <= MEMBERS_COMPARED_MAX) {
    best = nearest(change.list, change.list + (listed << 2), position, slot);
  } else {
    const home = <u32>(scoreDraw(0, position) >>> 32) % listed;
    for (let passed: u32 = 0; passed < listed && best == 0; ) {
      const from = (home + passed) % listed;
      const many = min<u32>(min<u32>(MEMBERS_COMPARED_MAX, listed - from), listed - passed);
      const first = change.list + (from << 2);
      best = nearest(first, first + (many << 2), position, slot);
      passed += many;
    }
  }
  assert(best != 0);
  const member = changetype<Member>(best);
  const cost = scoreCost(scoreDraw(member.identity, position));
  return offerAdd(member, (cost << 32) | slot);
}

/** The nearest of listed members that would have a slot, 0 where none would. */
function nearest(list: u32, end: u32, position: u64, slot: u32): u32 {
  let best: u32 = 0;
  let bestCost: u64 = 1;
  let bestWeight: u64 = 0;
  for (let cell = list; cell < end; cell += 4) {
    const member = changetype<Member>(load<u32>(cell));
    const weight = <u64>member.weight;
    const draw = scoreDraw(member.identity, position);
    const limit = bestCost * weight;
    if (scoreCostLeast(draw) * bestWeight >= limit) continue;
    const cost = scoreCost(draw);
    if (cost * bestWeight >= limit) continue;
    if (member.offered == member.room && load<u64>(member.heap) < ((cost << 32) | slot)) continue;
    best = changetype<u32>(member);
    bestCost = cost;
    bestWeight = weight;
  }
  return best;
}

/** Adds an offer to a member's heap; the slot of the farthest, plus 1, where there was no room. */
function offerAdd(member: Member, offer: u64): u32 {
  const heap = member.heap;
  if (member.offered < member.room) {
    let place = member.offered;
    member.offered += 1;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = load<u64>(heap + (parent << 3));
      if (above >= offer) break;
      store<u64>(heap + (place << 3), above);
      place = parent;
    }
    store<u64>(heap + (place << 3), offer);
    return 0;
  }
  const displaced = <u32>load<u64>(heap);
  const count = member.offered;
  let place: u32 = 0;
  for (let child: u32 = 1; child < count; child = (place << 1) + 1) {
    if (child + 1 < count && load<u64>(heap + (child << 3), 8) > load<u64>(heap + (child << 3))) {
      child += 1;
    }
    const below = load<u64>(heap + (child << 3));
    if (below <= offer) break;
    store<u64>(heap + (place << 3), below);
    place = child;
  }
  store<u64>(heap + (place << 3), offer);
  return displaced + 1;
}
