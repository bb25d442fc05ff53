/**
 * Groups, writing side: a group given other members, in steps that no packet waits for.
 *
 *   begin ─ count ─ quotas ─ match ─ give ─ enter ─ move ─ publish
 *             |       |       |       |      |       └ of members above their quota (moves-update)
 *             |       |       └ slots without a member, by stable matching (match-update)
 *             |       └ Webster's, and none for nothing (quota-update)
 *             └ what each member holds
 *
 * A guided change keeps the table that there is: only slots whose owner is no member and slots of
 * members above their quota change hands, so nothing moves between two next hops that the change
 * is not about. Where there was no table all slots are without a member, and matching gives the
 * canonical one. A canonical change treats all slots so, in a table as large as the members alone
 * say, and then writes those that differ: all nodes have the same table, for a few needless moves.
 *
 * A new table (the first, a larger one, a copy of another group's) is made aside, serves when it
 * is complete, and then the old one goes. A table that serves changes slot by slot, once each.
 * A table has the smallest power of two of at least SLOTS_PER_NEXT_HOP slots a member. It grows by
 * repeating itself, which moves no flow, and a guided one never shrinks while it has two members.
 * Cost: a score for each slot without a member, or above quota, and each member that may get it.
 */

import {
  ADJACENCIES_MAX,
  ADJACENCY_BYTES,
  CHANGE_FORGETS,
  CHANGE_IS_CANONICAL,
  CHANGE_IS_GIVEN,
  CHANGE_MEMBER_OF,
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_DIGEST,
  HEADER_SLOTS_MOVED,
  HEADER_SLOTS_SET,
  MEMBER_BYTES,
  OFFER_BYTES,
  SLOT_TABLE_SLOTS,
  SLOTS_MAX,
  SLOTS_MIN,
  SLOTS_PER_NEXT_HOP,
  STATUS_MORE,
  STATUS_OK,
  STATUS_TABLE_FULL,
} from "../layout";
import { publish } from "../memory/epochs-update";
import { headerAdjacencies, headerChange, headerGroup } from "../memory/header";
import { Adjacency, Change, Member } from "../memory/records";
import { groupWord } from "./group";
import { matchBegin, matchSlot } from "./match-update";
import { moveEnter, moveNext, movesBegin } from "./moves-update";
import { slotGive, slotsAge } from "./owners-update";
import { quotaAssign, quotaHandOut, quotaKeep } from "./quota-update";
import { tableMake, tableRetire, tableSlots, tablesHeld, tablesReclaim } from "./slots-update";

const PHASE_NONE: u32 = 0;
const PHASE_COUNT: u32 = 1;
const PHASE_QUOTAS: u32 = 2;
const PHASE_MATCH: u32 = 3;
const PHASE_GIVE: u32 = 4;
const PHASE_ENTER: u32 = 5;
const PHASE_MOVE: u32 = 6;
const PHASE_COPY: u32 = 7;
const PHASE_PUBLISH: u32 = 8;

/** Phases without a score in them do so many slots for the price of one. */
const SLOTS_A_SCORE: u32 = 4;
/** What taking the first of many entries off a heap costs, in scores. */
const HEAP_SCORES: u32 = 64;

/**
 * Begins to give a group the members that stand in the change's region (layout.ts, MEMBER: distinct
 * adjacencies with identities, in their order), and a table of at least `slotsLeast` slots (a power
 * of two, or 0). It starts from the table of group `from`: its own id, or another's. With
 * CHANGE_IS_GIVEN, `slotsLeast` slots stand in the entries, and there are two members or more.
 * OK: call groupStep until it says OK too. TABLE_FULL, or MORE where readers hold what could be
 * had: the group is as it was. No other change may be under way.
 */
export function groupBegin(id: u32, count: u32, flags: u32, slotsLeast: u32, from: u32): u32 {
  const change = headerChange();
  const source = groupWord(from);
  change.group = id;
  change.count = count;
  change.flags = flags;
  change.before = groupWord(id);
  change.table = count == 0 ? 0 : memberAt(change, 0).adjacency;
  change.moved = 0;
  change.phase = PHASE_NONE;
  if (count < 2) {
    singleFinish(change, source);
    return STATUS_OK;
  }
  const isFixed = (flags & (CHANGE_IS_CANONICAL | CHANGE_IS_GIVEN)) != 0;
  const held = isFixed ? 0 : tableSlots(source);
  const fitting = flags & CHANGE_IS_GIVEN ? 0 : slotsFor(count);
  const slots = max<u32>(max<u32>(held, slotsLeast), fitting);
  const isOwn = from == id && slots == tableSlots(source);
  const table = isOwn ? source : tableMake(slots, source);
  if (table == 0) return tablesHeld() ? STATUS_MORE : STATUS_TABLE_FULL;
  change.slots = slots;
  change.table = table;
  membersBegin(change);
  const isCanonical = (flags & CHANGE_IS_CANONICAL) != 0;
  change.orphans = isCanonical ? slots : 0;
  const first = flags & CHANGE_IS_GIVEN ? PHASE_COPY : PHASE_COUNT;
  phaseBegin(change, isCanonical ? PHASE_QUOTAS : first);
  return STATUS_OK;
}

/** Goes on with the change, for about so many scores; OK when it is done, else MORE. */
export function groupStep(budget: u32): u32 {
  const change = headerChange();
  const phase = change.phase;
  if (phase == PHASE_NONE) return STATUS_OK;
  if (phase == PHASE_COUNT) countStep(change, budget * SLOTS_A_SCORE);
  else if (phase == PHASE_QUOTAS) quotasStep(change, budget);
  else if (phase == PHASE_MATCH) matchStep(change, budget);
  else if (phase == PHASE_GIVE) giveStep(change, budget);
  else if (phase == PHASE_ENTER) enterStep(change, budget);
  else if (phase == PHASE_MOVE) moveStep(change, budget);
  else if (phase == PHASE_COPY) copyStep(change, budget);
  else finish(change);
  return change.phase == PHASE_NONE ? STATUS_OK : STATUS_MORE;
}

/** Forgets the previous owners of a group's slots `first` to below `end` whose window closed. */
export function groupAge(id: u32, first: u32, end: u32): void {
  const word = groupWord(id);
  if (word >= GROUP_TABLE_MIN) slotsAge(word, first, end);
}

/** Leaves a digest of a group's table in the header: of whom each slot leads to, not of indices. */
export function groupDigest(id: u32): void {
  const word = groupWord(id);
  const slots = max<u32>(tableSlots(word), 1);
  let state: u64 = slots;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const adjacency = word < GROUP_TABLE_MIN ? word : slotAt(word, slot);
    state = (state ^ identityOf(adjacency)) * 0x9e3779b97f4a7c15;
    state ^= state >>> 32;
  }
  store<u64>(HEADER, state, HEADER_DIGEST);
}

function identityOf(adjacency: u32): u64 {
  return changetype<Adjacency>(headerAdjacencies() + adjacency * ADJACENCY_BYTES).identity;
}

function slotAt(table: u32, slot: u32): u32 {
  return load<u16>(table + (slot << 1), SLOT_TABLE_SLOTS);
}

function memberAt(change: Change, index: u32): Member {
  return changetype<Member>(change.members + index * MEMBER_BYTES);
}

/** Where the change keeps which member (plus 1) an adjacency is. */
function memberOf(change: Change, adjacency: u32): u32 {
  return changetype<u32>(change) + CHANGE_MEMBER_OF + (adjacency << 2);
}

function phaseBegin(change: Change, phase: u32): void {
  change.phase = phase;
  change.cursor = 0;
}

/** Leads a group to one adjacency, or with 0 to none. */
function singleFinish(change: Change, source: u32): void {
  const adjacency = change.table;
  const slots = max<u32>(tableSlots(source), 1);
  let lost = <u32>(source != adjacency);
  if (source >= GROUP_TABLE_MIN) {
    lost = 0;
    for (let slot: u32 = 0; slot < slots; slot++) lost += <u32>(slotAt(source, slot) != adjacency);
  }
  change.moved = lost;
  change.slots = slots;
  finish(change);
}

/** Replaces the group's word; the table that it led to goes when readers have passed. */
function finish(change: Change): void {
  const before = change.before;
  if (before != change.table) {
    publish(headerGroup(change.group), change.table);
    if (before >= GROUP_TABLE_MIN) tableRetire(before);
  }
  tablesReclaim();
  if (change.phase != PHASE_NONE) membersEnd(change);
  change.phase = PHASE_NONE;
  store<u32>(HEADER, change.moved, HEADER_SLOTS_MOVED);
  store<u32>(HEADER, change.slots, HEADER_SLOTS_SET);
}

/** Slots that a group of `count` members has. */
function slotsFor(count: u32): u32 {
  let slots = SLOTS_MIN;
  while (slots < SLOTS_MAX && slots < count * SLOTS_PER_NEXT_HOP) slots <<= 1;
  return slots;
}

function membersBegin(change: Change): void {
  for (let i: u32 = 0; i < change.count; i++) {
    const member = memberAt(change, i);
    assert(member.weight > 0 && member.adjacency < ADJACENCIES_MAX);
    member.identity = identityOf(member.adjacency);
    assert(i == 0 || memberAt(change, i - 1).identity <= member.identity);
    member.held = 0;
    store<u32>(memberOf(change, member.adjacency), i + 1);
  }
}

function membersEnd(change: Change): void {
  for (let i: u32 = 0; i < change.count; i++) {
    store<u32>(memberOf(change, memberAt(change, i).adjacency), 0);
  }
}

/** Slots without a member, u32 each, behind the heaps of offers. */
function orphanAt(change: Change, index: u32): u32 {
  return change.entries + change.slots * OFFER_BYTES + (index << 2);
}

function give(change: Change, slot: u32, adjacency: u32): void {
  slotGive(change.table, slot, adjacency, (change.flags & CHANGE_FORGETS) != 0);
  change.moved += 1;
}

function countStep(change: Change, budget: u32): void {
  const end = min<u32>(change.slots, change.cursor + budget);
  for (let slot = change.cursor; slot < end; slot++) {
    const index = load<u32>(memberOf(change, slotAt(change.table, slot)));
    if (index != 0) {
      memberAt(change, index - 1).held += 1;
      continue;
    }
    store<u32>(orphanAt(change, change.orphans), slot);
    change.orphans += 1;
  }
  change.cursor = end;
  if (end == change.slots) phaseBegin(change, PHASE_QUOTAS);
}

/** Quotas, then room for the slots without a member. */
function quotasStep(change: Change, budget: u32): void {
  const isGuided = (change.flags & CHANGE_IS_CANONICAL) == 0;
  if (change.cursor == 0) {
    quotaAssign(change);
    change.left = 0;
    if (isGuided) quotaKeep(change);
    change.cursor = 1;
    return;
  }
  if (!quotaHandOut(change, budget)) return;
  for (let i: u32 = 0; i < change.count; i++) {
    const member = memberAt(change, i);
    member.room = member.quota - min<u32>(member.held, member.quota);
  }
  matchBegin(change);
  phaseBegin(change, PHASE_MATCH);
}

function matchStep(change: Change, budget: u32): void {
  const isCanonical = (change.flags & CHANGE_IS_CANONICAL) != 0;
  const price = change.listed;
  for (let spent: u32 = 0; spent < budget; spent += price) {
    let slot = change.displaced;
    if (slot == 0) {
      if (change.cursor == change.orphans) {
        phaseBegin(change, PHASE_GIVE);
        change.left = 0;
        return;
      }
      const place = orphanAt(change, change.cursor);
      slot = 1 + (isCanonical ? change.cursor : load<u32>(place));
      change.cursor += 1;
    }
    change.displaced = matchSlot(change, slot - 1);
  }
}

/** Gives members what they were matched with; `cursor` is a member, `left` how far that is. */
function giveStep(change: Change, budget: u32): void {
  for (let spent: u32 = 0; spent < budget; ) {
    if (change.cursor == change.count) {
      change.left = movesBegin(change);
      phaseBegin(change, change.left == 0 ? PHASE_PUBLISH : PHASE_ENTER);
      return;
    }
    const member = memberAt(change, change.cursor);
    const end = min<u32>(member.offered, change.left + (budget - spent));
    for (let offer = change.left; offer < end; offer++) {
      const slot = load<u32>(member.heap + offer * OFFER_BYTES);
      if (slotAt(change.table, slot) != member.adjacency) give(change, slot, member.adjacency);
    }
    spent += end - change.left + 1;
    change.left = end;
    if (end < member.offered) continue;
    member.held = (change.flags & CHANGE_IS_CANONICAL ? 0 : member.held) + member.offered;
    change.cursor += 1;
    change.left = 0;
  }
}

function enterStep(change: Change, budget: u32): void {
  for (let spent: u32 = 0; spent < budget; ) {
    if (change.cursor == change.slots) {
      phaseBegin(change, PHASE_MOVE);
      return;
    }
    spent += moveEnter(change, change.cursor) ? change.listed + SLOTS_A_SCORE * 4 : 1;
    change.cursor += 1;
  }
}

function moveStep(change: Change, budget: u32): void {
  for (let spent: u32 = 0; spent < budget; ) {
    if (change.left == 0) {
      phaseBegin(change, PHASE_PUBLISH);
      return;
    }
    const hasMoved = moveNext(change);
    change.moved += <u32>hasMoved;
    change.left -= <u32>hasMoved;
    spent += HEAP_SCORES + (hasMoved ? 0 : change.listed);
  }
}

/** Gives each slot whom it is said to lead to. */
function copyStep(change: Change, budget: u32): void {
  const end = min<u32>(change.slots, change.cursor + budget);
  for (let slot = change.cursor; slot < end; slot++) {
    const adjacency = <u32>load<u16>(change.entries + (slot << 1));
    if (slotAt(change.table, slot) != adjacency) give(change, slot, adjacency);
  }
  change.cursor = end;
  if (end == change.slots) phaseBegin(change, PHASE_PUBLISH);
}
