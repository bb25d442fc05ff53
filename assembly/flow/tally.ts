/**
 * Distinct flows, in all and for each adjacency: exact up to FLOWS_EXACT_MAX, then estimated.
 *
 * An open-addressed table of u64, small while there are few flows: 48 bits of the hash, and the
 * adjacency that first carried the flow (0 while no packet of it was forwarded). When the table
 * would hold more than FLOWS_EXACT_MAX flows, one more bit of the hash must be 0 for a flow to
 * stay, and each flow that stays stands for twice as many (Wegman's adaptive sampling; Flajolet,
 * "On adaptive sampling", 1990): relative error about 1.2 / sqrt(flows kept), 0.2 %. Two flows are
 * taken for one where 48 bits of a keyed hash agree.
 *
 *   63          43 42              17 16 15          0
 *   | index       | sampled        |    | adjacency  |    the lowest bits are sampled first
 *
 * It runs after forwarding, for reports; it is not part of the packet path.
 */

import {
  BATCH_ADJACENCIES,
  FLOW_HAS_ADDRESSES,
  FLOWS_EXACT_MAX,
  SCRATCH_RECORDS,
  TALLY_ADJACENCIES,
  TALLY_COUNT,
  TALLY_ENTRIES,
  TALLY_ENTRIES_MAX,
  TALLY_IS_WHOLE,
  TALLY_SAMPLE_BITS,
  TALLY_SMALL_MAX,
} from "../layout";
import { batchFlow, headerBatch, headerScratch, headerTally } from "../memory/header";
import { flowHash } from "./hash";

/** Low bits of an entry that hold the adjacency. */
const ADJACENCY_BITS: u32 = 16;
const ADJACENCY_MASK: u32 = 0xffff;
/** First bit to be sampled on: those below it choose the slot, so they would sample next hops. */
const SAMPLE_SHIFT: u32 = 17;

/** Counts the flows of the batch's first `count` packets, after they were forwarded. */
export function tallyBatch(count: u32): void {
  const batch = headerBatch();
  const tally = headerTally();
  for (let i: u32 = 0; i < count; i++) {
    const flow = batchFlow(batch, i);
    if ((flow.flags & FLOW_HAS_ADDRESSES) == 0) continue;
    const adjacency = load<u32>(batch + (i << 2), BATCH_ADJACENCIES);
    const entry = ((flowHash(flow) >>> ADJACENCY_BITS) << ADJACENCY_BITS) | <u64>adjacency;
    if (!entrySampled(entry, load<u32>(tally, TALLY_SAMPLE_BITS))) continue;
    entryAdd(tally, entry);
    if (load<u32>(tally, TALLY_COUNT) > tallyRoom(tally)) tallyMakeRoom(tally);
  }
}

/** Whether an entry stays while `bits` bits must be 0. */
function entrySampled(entry: u64, bits: u32): bool {
  return ((entry >>> SAMPLE_SHIFT) & (((<u64>1) << bits) - 1)) == 0;
}

/** Adds `change` flows to the total. */
function tallyAdd(tally: u32, change: i32): void {
  store<u32>(tally, load<u32>(tally, TALLY_COUNT) + change, TALLY_COUNT);
}

/** Adds `change` flows to the adjacency of an entry. */
function adjacencyAdd(tally: u32, entry: u64, change: i32): void {
  const cell = tally + ((<u32>entry & ADJACENCY_MASK) << 2);
  store<u32>(cell, load<u32>(cell, TALLY_ADJACENCIES) + change, TALLY_ADJACENCIES);
}

/** Entries in use: the table is never more than half full. */
function tallyEntries(tally: u32): u32 {
  return load<u32>(tally, TALLY_IS_WHOLE) ? TALLY_ENTRIES_MAX : TALLY_SMALL_MAX;
}

/** Flows that the table takes as it is. */
function tallyRoom(tally: u32): u32 {
  return load<u32>(tally, TALLY_IS_WHOLE) ? FLOWS_EXACT_MAX : TALLY_SMALL_MAX >>> 1;
}

function tallyMakeRoom(tally: u32): void {
  if (load<u32>(tally, TALLY_IS_WHOLE)) tallyHalve(tally);
  else tallySpread(tally);
}

/** Goes over from the small table to the whole one, by way of the scratch region. */
function tallySpread(tally: u32): void {
  const saved = headerScratch() + SCRATCH_RECORDS;
  memory.copy(saved, tally + TALLY_ENTRIES, TALLY_SMALL_MAX << 3);
  memory.fill(tally + TALLY_ENTRIES, 0, TALLY_SMALL_MAX << 3);
  store<u32>(tally, 1, TALLY_IS_WHOLE);
  for (let i: u32 = 0; i < TALLY_SMALL_MAX; i++) {
    const entry = load<u64>(saved + (i << 3));
    if (entry != 0) store<u64>(entryFind(tally, entry), entry, TALLY_ENTRIES);
  }
}

/** The cell that holds an entry's flow, or the free one where it belongs. Never full: half is. */
function entryFind(tally: u32, entry: u64): u32 {
  const entries = tallyEntries(tally);
  // The top bits: as many as an index has.
  let index = <u32>(entry >>> (64 - ctz<u32>(entries)));
  for (let probes: u32 = 0; probes < entries; probes++) {
    const cell = tally + (index << 3);
    const found = load<u64>(cell, TALLY_ENTRIES);
    if (found == 0 || found >>> ADJACENCY_BITS == entry >>> ADJACENCY_BITS) return cell;
    index = (index + 1) & (entries - 1);
  }
  return 0;
}

function entryAdd(tally: u32, entry: u64): void {
  const cell = entryFind(tally, entry);
  const found = load<u64>(cell, TALLY_ENTRIES);
  if (found == 0) tallyAdd(tally, 1);
  else if ((<u32>found & ADJACENCY_MASK) != 0 || found == entry) return;
  else adjacencyAdd(tally, found, -1);
  store<u64>(cell, entry, TALLY_ENTRIES);
  adjacencyAdd(tally, entry, 1);
}

/** Demands one more bit and drops the entries that fail it. */
function tallyHalve(tally: u32): void {
  const bits = load<u32>(tally, TALLY_SAMPLE_BITS) + 1;
  store<u32>(tally, bits, TALLY_SAMPLE_BITS);
  // Starting behind a free cell, every entry that stays finds its place at or before its old one.
  let start: u32 = 0;
  while (load<u64>(tally + (start << 3), TALLY_ENTRIES) != 0) start += 1;
  for (let step: u32 = 1; step < TALLY_ENTRIES_MAX; step++) {
    const cell = tally + (((start + step) & (TALLY_ENTRIES_MAX - 1)) << 3);
    const entry = load<u64>(cell, TALLY_ENTRIES);
    if (entry == 0) continue;
    store<u64>(cell, 0, TALLY_ENTRIES);
    if (entrySampled(entry, bits)) {
      store<u64>(entryFind(tally, entry), entry, TALLY_ENTRIES);
    } else {
      tallyAdd(tally, -1);
      adjacencyAdd(tally, entry, -1);
    }
  }
}
