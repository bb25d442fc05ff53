/**
 * The packet path: a batch of frames, stage by stage, in one call.
 *
 *   offsets, lengths, link types (columns, layout.ts BATCH)
 *     -> parse      flow records, or drop reasons; destinations packed by family
 *     -> look up    a group id for each, always
 *     -> resolve    kind of route, TTL, flow hash, slot, adjacency
 *     -> rewrite    the frame as it leaves, in place
 *     -> count      counters.ts
 *
 * Each stage runs over the whole batch, so that its code and its table stay in the cache.
 */

import {
  BATCH_ADJACENCIES,
  BATCH_COUNT4,
  BATCH_COUNT6,
  BATCH_GROUPS,
  BATCH_GROUPS4,
  BATCH_GROUPS6,
  BATCH_LENGTHS,
  BATCH_LINK_TYPES,
  BATCH_MAX,
  BATCH_OFFSETS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_OUT_LENGTHS,
  BATCH_OUT_OFFSETS,
  BATCH_OUT_ORIGINAL_LENGTHS,
  BATCH_PACKED4,
  BATCH_PACKED6,
  BATCH_PACKETS4,
  BATCH_PACKETS6,
  BATCH_PREFIX_LENGTHS,
  BATCH_REASONS,
  BATCH_SLOTS,
  BATCH_VERDICTS,
  DROP_NONE,
  FLOW_HAS_ADDRESSES,
  MATCH_NONE,
  SLOT_NONE,
  VERDICT_DROP,
  VERDICT_FORWARD,
} from "../layout";
import { fib4LookupBatch, fib4MatchLength } from "../fib/fib4";
import { fib6LookupBatch, fib6MatchLength } from "../fib/fib6";
import { batchFlow, headerBatch } from "../memory/header";
import { packetParse } from "../packet/parse";
import { LEAVING_HEADER_BYTES, packetRewrite } from "../packet/rewrite";
import { adjacencyAt, packetResolve } from "./resolve";
import { batchCount } from "./counters";

/** Forwards the batch's first `count` packets (at most BATCH_MAX) and counts them for `worker`. */
export function forwardBatch(worker: u32, count: u32): void {
  assert(count <= BATCH_MAX);
  const batch = headerBatch();
  parseStage(batch, count);
  lookupStage(batch);
  resolveStage(batch, BATCH_PACKETS4, BATCH_GROUPS4, load<u32>(batch, BATCH_COUNT4));
  resolveStage(batch, BATCH_PACKETS6, BATCH_GROUPS6, load<u32>(batch, BATCH_COUNT6));
  rewriteStage(batch, count);
  batchCount(worker, batch, count);
}

function parseStage(batch: u32, count: u32): void {
  let count4: u32 = 0;
  let count6: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const cell = batch + (i << 2);
    const flow = batchFlow(batch, i);
    const reason = packetParse(
      flow,
      load<u32>(cell, BATCH_OFFSETS),
      load<u32>(cell, BATCH_LENGTHS),
      load<u32>(cell, BATCH_ORIGINAL_LENGTHS),
      load<u32>(cell, BATCH_LINK_TYPES),
    );
    store<u32>(cell, reason, BATCH_REASONS);
    store<u32>(cell, VERDICT_DROP, BATCH_VERDICTS);
    store<u32>(cell, 0, BATCH_GROUPS);
    store<u32>(cell, 0, BATCH_ADJACENCIES);
    store<u32>(cell, SLOT_NONE, BATCH_SLOTS);
    store<u32>(cell, 0, BATCH_OUT_LENGTHS);
    if (reason != DROP_NONE) continue;
    if (flow.family == 4) {
      const packed = batch + (count4 << 2);
      store<u32>(packed, bswap<u32>(<u32>flow.destinationHigh), BATCH_PACKED4);
      store<u32>(packed, i, BATCH_PACKETS4);
      count4 += 1;
    } else {
      store<u64>(batch + (count6 << 4), bswap<u64>(flow.destinationHigh), BATCH_PACKED6);
      store<u64>(batch + (count6 << 4), bswap<u64>(flow.destinationLow), BATCH_PACKED6 + 8);
      store<u32>(batch + (count6 << 2), i, BATCH_PACKETS6);
      count6 += 1;
    }
  }
  store<u32>(batch, count4, BATCH_COUNT4);
  store<u32>(batch, count6, BATCH_COUNT6);
}

function lookupStage(batch: u32): void {
  const count4 = load<u32>(batch, BATCH_COUNT4);
  const count6 = load<u32>(batch, BATCH_COUNT6);
  fib4LookupBatch(batch + BATCH_PACKED4, batch + BATCH_GROUPS4, count4);
  fib6LookupBatch(batch + BATCH_PACKED6, batch + BATCH_GROUPS6, count6);
}

/** Resolves one family's packets: `packets` and `groups` are the offsets of its packed columns. */
function resolveStage(batch: u32, packets: u32, groups: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + packets + (i << 2));
    const group = load<u32>(batch + groups + (i << 2));
    packetResolve(batch + (packet << 2), batchFlow(batch, packet), group);
  }
}

function rewriteStage(batch: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const cell = batch + (i << 2);
    if (load<u32>(cell, BATCH_VERDICTS) != VERDICT_FORWARD) continue;
    const flow = batchFlow(batch, i);
    packetRewrite(flow, adjacencyAt(load<u32>(cell, BATCH_ADJACENCIES)));
    store<u32>(cell, flow.network - LEAVING_HEADER_BYTES, BATCH_OUT_OFFSETS);
    store<u32>(cell, flow.capturedBytes + LEAVING_HEADER_BYTES, BATCH_OUT_LENGTHS);
    store<u32>(cell, flow.networkBytes + LEAVING_HEADER_BYTES, BATCH_OUT_ORIGINAL_LENGTHS);
  }
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
