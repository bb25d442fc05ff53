/**
 * The sources of packets: looked up in a table of their own, so that an attack is dropped before
 * its destinations are (RFC 5635). Packets that go on keep their order.
 *
 *   packed columns     p0 p1 p2 p3 p4      meters  0 7 0 7 0
 *   7 drops            p0 p2 p4
 */

import { sources4LookupBatch } from "../fib/fib4";
import { sources6LookupBatch } from "../fib/fib6";
import {
  BATCH_COUNT4,
  BATCH_COUNT6,
  BATCH_METERS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_PACKED4,
  BATCH_PACKED6,
  BATCH_PACKETS4,
  BATCH_PACKETS6,
  BATCH_REASONS,
  BATCH_SOURCES,
  BATCH_TIMESTAMPS,
  DROP_NONE,
} from "../layout";
import { batchFlow, headerMeters } from "../memory/header";
import { meterPass } from "./meters";

/** Looks up the sources of a batch, and takes packets that are dropped out of its columns. */
export function sourcesStage(worker: u32, batch: u32): void {
  const meters = headerMeters(worker);
  const count4 = load<u32>(batch, BATCH_COUNT4);
  for (let i: u32 = 0; i < count4; i++) {
    const flow = batchFlow(batch, load<u32>(batch + (i << 2), BATCH_PACKETS4));
    store<u32>(batch + (i << 2), bswap<u32>(<u32>flow.sourceHigh), BATCH_SOURCES);
  }
  sources4LookupBatch(batch + BATCH_SOURCES, batch + BATCH_METERS, count4);
  store<u32>(batch, sources4Sift(meters, batch, count4), BATCH_COUNT4);
  const count6 = load<u32>(batch, BATCH_COUNT6);
  for (let i: u32 = 0; i < count6; i++) {
    const flow = batchFlow(batch, load<u32>(batch + (i << 2), BATCH_PACKETS6));
    store<u64>(batch + (i << 4), bswap<u64>(flow.sourceHigh), BATCH_SOURCES);
    store<u64>(batch + (i << 4), bswap<u64>(flow.sourceLow), BATCH_SOURCES + 8);
  }
  sources6LookupBatch(batch + BATCH_SOURCES, batch + BATCH_METERS, count6, worker);
  store<u32>(batch, sources6Sift(meters, batch, count6), BATCH_COUNT6);
}

/** Returns how many IPv4 packets are left. */
function sources4Sift(meters: u32, batch: u32, count: u32): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + (i << 2), BATCH_PACKETS4);
    if (!packetPass(meters, batch, packet, load<u32>(batch + (i << 2), BATCH_METERS))) continue;
    const to = batch + (left << 2);
    store<u32>(to, packet, BATCH_PACKETS4);
    store<u32>(to, load<u32>(batch + (i << 2), BATCH_PACKED4), BATCH_PACKED4);
    left += 1;
  }
  return left;
}

/** As sources4Sift, for IPv6. */
function sources6Sift(meters: u32, batch: u32, count: u32): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + (i << 2), BATCH_PACKETS6);
    if (!packetPass(meters, batch, packet, load<u32>(batch + (i << 2), BATCH_METERS))) continue;
    store<u32>(batch + (left << 2), packet, BATCH_PACKETS6);
    const destination = v128.load(batch + (i << 4), BATCH_PACKED6);
    v128.store(batch + (left << 4), destination, BATCH_PACKED6);
    left += 1;
  }
  return left;
}

/** Whether a packet goes on; one that does not has its reason. */
function packetPass(meters: u32, batch: u32, packet: u32, meter: u32): bool {
  if (meter == 0) return true;
  const cell = batch + (packet << 2);
  const timestamp = load<u64>(batch + (packet << 3), BATCH_TIMESTAMPS);
  const reason = meterPass(meters, meter, timestamp, load<u32>(cell, BATCH_ORIGINAL_LENGTHS));
  if (reason == DROP_NONE) return true;
  store<u32>(cell, reason, BATCH_REASONS);
  return false;
}
