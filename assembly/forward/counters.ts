/** Counters: one set a worker, written by that worker alone, read by the host on its own clock. */

import {
  ADJACENCY_COUNTER_BYTES,
  BATCH_ADJACENCIES,
  BATCH_GROUPS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_OUT_ORIGINAL_LENGTHS,
  BATCH_REASONS,
  BATCH_VERDICTS,
  COUNTER_ADJACENCIES,
  COUNTER_CAPTURED_SHORT,
  COUNTER_DROPS,
  COUNTER_FORWARDED,
  COUNTER_FORWARDED_BYTES,
  COUNTER_IPV4,
  COUNTER_IPV6,
  COUNTER_OTHER,
  COUNTER_PUNTED,
  COUNTER_RECEIVED,
  COUNTER_RECEIVED_BYTES,
  GROUP_COUNTER_BYTES,
  HEADER,
  HEADER_ADJACENCY_CAPACITY,
  VERDICT_DROP,
  VERDICT_FORWARD,
} from "../layout";
import { headerCounters } from "../memory/header";

function counterAdd(counter: u32, amount: u64): void {
  store<u64>(counter, load<u64>(counter) + amount);
}

/** Adds a forwarded batch to a worker's counters. Bytes are those on the wire. */
export function batchCount(worker: u32, batch: u32, count: u32): void {
  const counters = headerCounters(worker);
  let forwarded: u32 = 0;
  let dropped: u32 = 0;
  let receivedBytes: u64 = 0;
  let forwardedBytes: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const cell = batch + (i << 2);
    receivedBytes += load<u32>(cell, BATCH_ORIGINAL_LENGTHS);
    const verdict = load<u32>(cell, BATCH_VERDICTS);
    if (verdict == VERDICT_FORWARD) {
      forwardedBytes += load<u32>(cell, BATCH_OUT_ORIGINAL_LENGTHS);
      forwardedCount(counters, cell);
      forwarded += 1;
    } else if (verdict == VERDICT_DROP) {
      counterAdd(counters + COUNTER_DROPS + (load<u32>(cell, BATCH_REASONS) << 3), 1);
      dropped += 1;
    }
  }
  counterAdd(counters + COUNTER_RECEIVED, count);
  counterAdd(counters + COUNTER_RECEIVED_BYTES, receivedBytes);
  counterAdd(counters + COUNTER_FORWARDED, forwarded);
  counterAdd(counters + COUNTER_FORWARDED_BYTES, forwardedBytes);
  counterAdd(counters + COUNTER_PUNTED, count - forwarded - dropped);
}

/** Counts one forwarded packet for its adjacency and its group. */
function forwardedCount(counters: u32, cell: u32): void {
  const adjacencies = counters + COUNTER_ADJACENCIES;
  const capacity = load<u32>(HEADER, HEADER_ADJACENCY_CAPACITY);
  const groups = adjacencies + capacity * ADJACENCY_COUNTER_BYTES;
  const adjacency = adjacencies + load<u32>(cell, BATCH_ADJACENCIES) * ADJACENCY_COUNTER_BYTES;
  counterAdd(adjacency, 1);
  counterAdd(adjacency + 8, load<u32>(cell, BATCH_OUT_ORIGINAL_LENGTHS));
  counterAdd(groups + load<u32>(cell, BATCH_GROUPS) * GROUP_COUNTER_BYTES, 1);
}

/** Adds what the parser found in a batch: packets by family, and those that were cut short. */
export function familiesCount(worker: u32, count: u32, ipv4: u32, ipv6: u32, cut: u32): void {
  const counters = headerCounters(worker);
  counterAdd(counters + COUNTER_IPV4, ipv4);
  counterAdd(counters + COUNTER_IPV6, ipv6);
  counterAdd(counters + COUNTER_OTHER, count - ipv4 - ipv6);
  counterAdd(counters + COUNTER_CAPTURED_SHORT, cut);
}
