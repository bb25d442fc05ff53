/**
 * The packet path: a batch of frames, stage by stage, in one call.
 *
 *   offsets, lengths, link types (columns, layout.ts BATCH)
 *     -> parse      flow records, or drop reasons; destinations packed by family
 *     -> open       of what is for the end of a tunnel, the packet inside (decapsulate.ts)
 *     -> steer      whose flow a packet goes with, where not its own (steer.ts)
 *     -> sources    takes out those whose source is dropped or limited, where any is (sources.ts)
 *     -> look up    a group id for each, always
 *     -> marks      takes out those beyond the rate of their route, where any has one (marks.ts)
 *     -> resolve    kind of route, TTL; then, of packets with a choice, all flow hashes at once,
 *                   slot, pin, adjacency
 *     -> rewrite    the frame as it leaves, in place where it can (leaving.ts)
 *     -> copy       ICMP errors that name no flow, to all next hops (copies.ts)
 *     -> reply      ICMP errors, where they are asked for (replies.ts)
 *     -> count      counters.ts
 *
 * Each stage runs over the whole batch, so that its code and its table stay in the cache.
 */

import { fib4LookupBatch, fib4MatchLength } from "../fib/fib4";
import { fib6LookupBatch, fib6MatchLength } from "../fib/fib6";
import { flowsHash4, flowsHash6 } from "../flow/bulk";
import {
  BATCH_COUNT4,
  BATCH_COUNT6,
  BATCH_GROUPS4,
  BATCH_GROUPS6,
  BATCH_MAX,
  BATCH_OUT_LENGTHS,
  BATCH_OUT_OFFSETS,
  BATCH_OUT_ORIGINAL_LENGTHS,
  BATCH_PACKED4,
  BATCH_PACKED6,
  BATCH_PACKETS4,
  BATCH_PACKETS6,
  BATCH_PREFIX_LENGTHS,
  BATCH_SLOTS,
  BATCH_VERDICTS,
  BATCH_WAITING,
  FLOW_HAS_ADDRESSES,
  HEADER,
  HEADER_MARKS,
  HEADER_SOURCES,
  HEADER_STEER,
  MATCH_NONE,
  SLOT_NONE_BYTE,
  STEER_TRACK,
} from "../layout";
import { epochEnter, epochLeave } from "../memory/epochs";
import { batchFlow, headerBatch, headerPins } from "../memory/header";
import { parseStage } from "./arriving";
import { copiesMake } from "./copies";
import { batchCount } from "./counters";
import { fragmentsBegin, fragmentsEnd } from "./fragments";
import { rewriteStage } from "./leaving";
import { marksStage } from "./marks";
import { repliesMake } from "./replies";
import { chooseStage, resolveStage } from "./resolve";
import { sourcesStage } from "./sources";

/**
 * Forwards the batch's first `count` packets (at most BATCH_MAX) and counts them for `worker`.
 * Returns how many there are now: fragments that are held leave the batch, and count when they
 * come back (fragmentsRelease).
 */
export function forwardBatch(worker: u32, count: u32): u32 {
  assert(count <= BATCH_MAX);
  // Before the first packet is opened: its outer source may be looked up.
  epochEnter(worker);
  const kept = batchArrive(worker, count);
  batchLookUp(worker);
  batchResolve(worker);
  batchLeave(worker, kept);
  epochLeave(worker);
  batchTotal(worker, kept);
  return kept;
}

/** The first part of forwardBatch; all of them are called apart to be timed, and in this order. */
export function batchArrive(worker: u32, count: u32): u32 {
  const batch = headerBatch();
  columnsClear(batch);
  const isTracking = (load<u32>(HEADER, HEADER_STEER) & STEER_TRACK) != 0;
  if (isTracking) fragmentsBegin(worker, batch, count);
  const kept = parseStage(worker, batch, count);
  if (isTracking) fragmentsEnd(worker);
  return kept;
}

/** Sources, where any are dropped or limited, and destinations. */
export function batchLookUp(worker: u32): void {
  const batch = headerBatch();
  if (load<u32>(HEADER, HEADER_SOURCES) != 0) sourcesStage(worker, batch);
  const count4 = load<u32>(batch, BATCH_COUNT4);
  const count6 = load<u32>(batch, BATCH_COUNT6);
  fib4LookupBatch(batch + BATCH_PACKED4, batch + BATCH_GROUPS4, count4);
  fib6LookupBatch(batch + BATCH_PACKED6, batch + BATCH_GROUPS6, count6, worker);
}

/** Verdicts; adjacencies, by hashes where there is a choice. */
export function batchResolve(worker: u32): void {
  const batch = headerBatch();
  if (load<u32>(HEADER, HEADER_MARKS) != 0) marksStage(worker, batch);
  const pins = headerPins(worker);
  const count4 = load<u32>(batch, BATCH_COUNT4);
  const waiting4 = resolveStage(pins, batch, BATCH_PACKETS4, BATCH_GROUPS4, count4);
  flowsHash4(batch + BATCH_WAITING, waiting4);
  chooseStage(pins, batch, BATCH_PACKETS4, waiting4);
  const count6 = load<u32>(batch, BATCH_COUNT6);
  const waiting6 = resolveStage(pins, batch, BATCH_PACKETS6, BATCH_GROUPS6, count6);
  flowsHash6(batch + BATCH_WAITING, waiting6);
  chooseStage(pins, batch, BATCH_PACKETS6, waiting6);
}

/** Frames as they leave, and the errors about those that do not. */
export function batchLeave(worker: u32, count: u32): void {
  const batch = headerBatch();
  rewriteStage(batch, count);
  copiesMake(worker, batch, count);
  repliesMake(worker, batch, count);
}

/** Counts what became of the batch. */
export function batchTotal(worker: u32, count: u32): void {
  batchCount(worker, headerBatch(), count);
}

/**
 * Sets the columns of answers to what a packet has that no stage wrote them for: dropped, without
 * group, adjacency and slot. One fill each, as a call out of the module costs more than it fills.
 */
function columnsClear(batch: u32): void {
  memory.fill(batch + BATCH_VERDICTS, 0, BATCH_SLOTS - BATCH_VERDICTS);
  memory.fill(batch + BATCH_SLOTS, <u8>SLOT_NONE_BYTE, BATCH_OUT_OFFSETS - BATCH_SLOTS);
  memory.fill(batch + BATCH_OUT_LENGTHS, 0, BATCH_OUT_ORIGINAL_LENGTHS - BATCH_OUT_LENGTHS);
}

/**
 * Fills the column of matched prefix lengths for the batch's first `count` packets, MATCH_NONE
 * where a packet has no addresses or no route. For reports: the packet path needs no lengths.
 */
export function batchPrefixLengths(count: u32): void {
  const batch = headerBatch();
  for (let i: u32 = 0; i < count; i++) {
    const flow = batchFlow(batch, i);
    let length: u32 = MATCH_NONE;
    if (flow.flags & FLOW_HAS_ADDRESSES) {
      length =
        flow.family == 4
          ? fib4MatchLength(<u32>flow.destinationHigh)
          : fib6MatchLength(flow.destinationHigh, flow.destinationLow);
    }
    store<u32>(batch + (i << 2), length, BATCH_PREFIX_LENGTHS);
  }
}
