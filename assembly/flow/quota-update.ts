/**
 * Whole slots for weights: the divisor method of Webster, in exact integers.
 *
 * Slots go one at a time to the member with the largest weight / (2 quota + 1). The method is
 * monotone: when one member leaves, joins or changes weight, no other member's quota moves against
 * it, which is what lets a table change without a needless move (largest remainder and cumulative
 * rounding both fail that). Ties go to the earlier member, so the same list gives the same quotas.
 *
 * The first slots are handed out at once: rounding weight * (slots - members) / total gives a
 * prefix of the one-at-a-time sequence that is never too long; about a slot a member then remains.
 * Cost: members * log(members). Reference: Balinski and Young, "Fair Representation", 1982.
 */

import { MEMBER_BYTES } from "../layout";
import { Member } from "../memory/records";

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

/**
 * Sets the quota of each of `count` members (weights above 0), which add up to `slots`.
 * `heap` is room for `count` u32. `count` is below `slots`.
 */
export function quotaAssign(members: u32, count: u32, slots: u32, heap: u32): void {
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
  for (let i = count >>> 1; i > 0; i--) heapSink(members, heap, i - 1, count);
  for (; left > 0; left--) {
    memberAt(members, load<u32>(heap)).quota += 1;
    heapSink(members, heap, 0, count);
  }
}
