/**
 * Groups, writing side: the slot table of a weighted set of next hops, changed by least movement.
 *
 *   hash & mask -> slot -> u16 adjacency
 *
 * Each member is due a whole number of slots (quota-update.ts). A table that exists is kept, and
 * only two kinds of slot change hands: those whose adjacency is no longer a member, and those that
 * a member holds beyond its quota. So a change of one next hop moves no flow between two others.
 * A slot is written once, from its old adjacency to its new one: a reader sees either.
 *
 * A table has the smallest power of two of at least SLOTS_PER_NEXT_HOP slots a member. It grows by
 * repeating itself, which moves no flow, and never shrinks while the group has two members. Only
 * the step that makes it grow may move a few slots between others (up to 0.3 %): quotas of the
 * larger table are not always twice those of the smaller one.
 * Cost: two passes over the slots, and quotas.
 */

import {
  ADJACENCIES_MAX,
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_SLOTS_MOVED,
  HEADER_SLOTS_SET,
  MEMBER_BYTES,
  SCRATCH_HEAP,
  SCRATCH_MEMBER_OF,
  SCRATCH_RECORDS,
  SLOT_NONE,
  SLOT_TABLE_SLOTS,
  SLOTS_MAX,
  SLOTS_MIN,
  SLOTS_PER_NEXT_HOP,
  STATUS_OK,
  STATUS_TABLE_FULL,
} from "../layout";
import { publish } from "../memory/epochs-update";
import { headerGroup, headerScratch } from "../memory/header";
import { Member, SlotTable } from "../memory/records";
import { groupAdjacency, groupWord } from "./group";
import { quotaAssign } from "./quota-update";
import { tableContentBytes, tableRetire, tablesReclaim, tableTake } from "./slots-update";

/**
 * Gives a group the `count` members that stand in the scratch region (layout.ts, MEMBER: distinct
 * adjacencies, weights of 1 or more), and a table of at least `slotsLeast` slots (a power of two;
 * 0 unless a former table is to be brought back). STATUS_TABLE_FULL leaves the group as it was.
 * HEADER_SLOTS_MOVED and HEADER_SLOTS_SET tell what it changed.
 */
export function groupSet(id: u32, count: u32, slotsLeast: u32): u32 {
  const before = groupWord(id);
  if (count > 1) return groupSetSlots(id, before, count, slotsLeast);
  groupSetSingle(id, before, count == 0 ? 0 : memberAt(0).adjacency);
  return STATUS_OK;
}

function memberAt(index: u32): Member {
  return changetype<Member>(headerScratch() + SCRATCH_RECORDS + index * MEMBER_BYTES);
}

/** Where the scratch region keeps which member (plus 1) an adjacency is. */
function memberOf(adjacency: u32): u32 {
  return headerScratch() + SCRATCH_MEMBER_OF + (adjacency << 2);
}

function slotsReport(moved: u32, slots: u32): void {
  store<u32>(HEADER, moved, HEADER_SLOTS_MOVED);
  store<u32>(HEADER, slots, HEADER_SLOTS_SET);
}

/** Slots of a table that do not lead to an adjacency. */
function slotsLost(table: u32, adjacency: u32): u32 {
  const end = table + (tableSlots(table) << 1);
  let lost: u32 = 0;
  for (let slot = table; slot < end; slot += 2) {
    lost += <u32>(load<u16>(slot, SLOT_TABLE_SLOTS) != adjacency);
  }
  return lost;
}

/** Leads a group to one adjacency, or with 0 to none. A table is given up once it is left. */
function groupSetSingle(id: u32, before: u32, adjacency: u32): void {
  const slots = tableSlots(before);
  if (slots != 0) slotsReport(slotsLost(before, adjacency), slots);
  else slotsReport(<u32>(before != adjacency), 1);
  groupPublish(id, before, adjacency);
}

/** Replaces the word of a group; the table that it led to goes when readers have passed. */
function groupPublish(id: u32, before: u32, word: u32): void {
  publish(headerGroup(id), word);
  if (before < GROUP_TABLE_MIN) return;
  tableRetire(before);
  tablesReclaim();
}

/** Slots of the table that a group's word leads to, 0 where it leads to none. */
function tableSlots(word: u32): u32 {
  return word < GROUP_TABLE_MIN ? 0 : changetype<SlotTable>(word).slotMask + 1;
}

/** Slots that a group of `count` members has. */
function slotsFor(count: u32): u32 {
  let slots = SLOTS_MIN;
  while (slots < SLOTS_MAX && slots < count * SLOTS_PER_NEXT_HOP) slots <<= 1;
  return slots;
}

function groupSetSlots(id: u32, before: u32, count: u32, slotsLeast: u32): u32 {
  const held = tableSlots(before);
  const slots = max<u32>(max<u32>(held, slotsLeast), slotsFor(count));
  const table = slots == held ? before : tableMake(slots, before);
  if (table == 0) return STATUS_TABLE_FULL;
  membersBegin(count, slots);
  const moved = slotsAssign(table + SLOT_TABLE_SLOTS, slots);
  membersEnd(count);
  if (table != before) groupPublish(id, before, table);
  slotsReport(moved, slots);
  return STATUS_OK;
}

/** A table that does what a group's word did: its smaller table over and over, or one adjacency. */
function tableMake(slots: u32, before: u32): u32 {
  let table = tableTake(slots);
  if (table == 0) {
    tablesReclaim();
    table = tableTake(slots);
    if (table == 0) return 0;
  }
  const first = table + SLOT_TABLE_SLOTS;
  memory.fill(first, 0, tableContentBytes(table));
  const mask = max<u32>(tableSlots(before), 1) - 1;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const seen = before < GROUP_TABLE_MIN ? SLOT_NONE : slot & mask;
    store<u16>(first + (slot << 1), groupAdjacency(before, seen));
  }
  return table;
}

function membersBegin(count: u32, slots: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const member = memberAt(i);
    assert(member.weight > 0 && member.adjacency < ADJACENCIES_MAX);
    member.held = 0;
    member.confirmed = 0;
    store<u32>(memberOf(member.adjacency), i + 1);
  }
  quotaAssign(headerScratch() + SCRATCH_RECORDS, count, slots, headerScratch() + SCRATCH_HEAP);
}

function membersEnd(count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(memberOf(memberAt(i).adjacency), 0);
}

/** Gives orphaned and surplus slots to the members that are due more; returns how many moved. */
function slotsAssign(table: u32, slots: u32): u32 {
  const end = table + (slots << 1);
  for (let slot = table; slot < end; slot += 2) {
    const index = load<u32>(memberOf(load<u16>(slot)));
    if (index != 0) memberAt(index - 1).held += 1;
  }
  let moved: u32 = 0;
  let receiver: u32 = 0;
  for (let slot = table; slot < end; slot += 2) {
    const index = load<u32>(memberOf(load<u16>(slot)));
    if (index != 0) {
      const holder = memberAt(index - 1);
      if (holder.confirmed < holder.quota) {
        holder.confirmed += 1;
        continue;
      }
    }
    // Members fall due in order, so one pass over them serves all slots.
    while (memberAt(receiver).held >= memberAt(receiver).quota) receiver += 1;
    memberAt(receiver).held += 1;
    store<u16>(slot, memberAt(receiver).adjacency);
    moved += 1;
  }
  return moved;
}
