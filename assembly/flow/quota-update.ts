/**
 * Whole slots for weights: the divisor method of Webster, in exact integers.
 *
 * Slots go one at a time to the member with the largest weight / (2 quota + 1). The method is
 * monotone: when one member leaves, joins or changes weight, no other member's quota moves against
 * it (largest remainder and cumulative rounding both fail that). Ties go to the earlier member.
 *
 * The first slots are handed out at once: rounding weight * (slots - members) / total gives a
 * prefix of the one-at-a-time sequence that is never too long; about a slot a member then remains.
 *
 * Quotas of a larger table are not always twice those of a smaller one. So that no slot moves
 * between two members that a change is not about, quotaKeep then takes those members together:
 * where they lose slots, none of them may have more than it holds, and where they gain, none less;
 * what that leaves goes to those with room, in Webster's order. Members that a change is about
 * always get their exact quota, so that drift heals as changes come by.
 * Cost: members * log(members). Reference: Balinski and Young, "Fair Representation", 1982.
 */

import { MEMBER_BYTES } from "../layout";
import { Change, Member } from "../memory/records";

function memberAt(members: u32, index: u32): Member {
  return changetype<Member>(members + index * MEMBER_BYTES);
}

/** Whether the first member's next slot comes before the second's. */
function memberPrecedes(members: u32, first: u32, second: u32): bool {
  const a = memberAt(members, first);
  const b = memberAt(members, second);
  const left = <u64>a.weight * (2 * <u64>b.quota + 1);
  const right = <u64>b.weight * (2 * <u64>a.quota + 1);
  return left > right || (left == right && first < second);
}

/** Moves the root of a heap of member indices (u32) down to where it belongs. */
function heapSink(members: u32, heap: u32, start: u32, count: u32): void {
  const sinking = load<u32>(heap + (start << 2));
  let place = start;
  for (let child = (place << 1) + 1; child < count; child = (place << 1) + 1) {
    let best = load<u32>(heap + (child << 2));
    if (child + 1 < count) {
      const other = load<u32>(heap + (child << 2), 4);
      if (memberPrecedes(members, other, best)) {
        best = other;
        child += 1;
      }
    }
    if (!memberPrecedes(members, best, sinking)) break;
    store<u32>(heap + (place << 2), best);
    place = child;
  }
  store<u32>(heap + (place << 2), sinking);
}

function heapMake(members: u32, heap: u32, count: u32): void {
  for (let i = count >>> 1; i > 0; i--) heapSink(members, heap, i - 1, count);
}

/**
 * Sets the quota of each member (weights of 1 to 2^31 - 1), which add up to the change's slots.
 * There are fewer members than slots.
 */
export function quotaAssign(change: Change): void {
  const members = change.members;
  const heap = change.list;
  const count = change.count;
  const slots = change.slots;
  let total: u64 = 0;
  for (let i: u32 = 0; i < count; i++) total += memberAt(members, i).weight;
  let left = slots;
  for (let i: u32 = 0; i < count; i++) {
    const member = memberAt(members, i);
    const scaled = 2 * <u64>member.weight * (slots - count) + total;
    member.quota = <u32>(scaled / (2 * total));
    left -= member.quota;
    store<u32>(heap + (i << 2), i);
  }
  heapMake(members, heap, count);
  for (; left > 0; left--) {
    memberAt(members, load<u32>(heap)).quota += 1;
    heapSink(members, heap, 0, count);
  }
}

/**
 * Begins to bring exact quotas in line with what members hold that the change is not about; what
 * is left to hand out stands in the change, for quotaHandOut.
 */
export function quotaKeep(change: Change): void {
  const members = change.members;
  let due: u32 = 0;
  let held: u32 = 0;
  for (let i: u32 = 0; i < change.count; i++) {
    const member = memberAt(members, i);
    if (member.isTarget) continue;
    due += member.quota;
    held += member.held;
  }
  const isLoss = due <= held;
  let left = due;
  let listed: u32 = 0;
  for (let i: u32 = 0; i < change.count; i++) {
    const member = memberAt(members, i);
    if (member.isTarget) continue;
    member.quota = isLoss ? min<u32>(member.quota, member.held) : member.held;
    left -= member.quota;
    // Room: how much more it may be given.
    member.room = isLoss ? member.held - member.quota : change.slots;
    if (member.room == 0) continue;
    store<u32>(change.list + (listed << 2), i);
    listed += 1;
  }
  heapMake(members, change.list, listed);
  change.left = left;
  change.listed = listed;
}

/** Hands out what quotaKeep left, at most `budget` slots; whether that was all. */
export function quotaHandOut(change: Change, budget: u32): bool {
  const members = change.members;
  const heap = change.list;
  for (let given: u32 = 0; change.left > 0; given++) {
    if (given == budget) return false;
    const member = memberAt(members, load<u32>(heap));
    member.quota += 1;
    member.room -= 1;
    change.left -= 1;
    if (member.room == 0) {
      change.listed -= 1;
      store<u32>(heap, load<u32>(heap + (change.listed << 2)));
    }
    heapSink(members, heap, 0, change.listed);
  }
  return true;
}
