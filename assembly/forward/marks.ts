/**
 * Marked routes: packets counted, and limited to a rate, by the route that they take. Such a route
 * has a group of its own, which has a mark; a blackhole and its like, which have no group of their
 * own, get one that stands for the kind.
 *
 *   marks u32 a group   meter 16 | kind 16     3 | 0    counted, goes on as group
 *                                              4 | 2    counted, and dropped as a blackhole
 *
 * Cost: nothing while no route is marked; else a load a packet, and a meter's cache line for those
 * that are. Packets in a row of one route that is counted alone, as an attack's are, are added up
 * first. Packets that go on keep their order.
 */

import {
  BATCH_COUNT4,
  BATCH_COUNT6,
  BATCH_GROUPS,
  BATCH_GROUPS4,
  BATCH_GROUPS6,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_PACKETS4,
  BATCH_PACKETS6,
  BATCH_REASONS,
  BATCH_TIMESTAMPS,
  DROP_NONE,
  DROP_ROUTE_LIMIT,
  HEADER,
  HEADER_MARKS,
  HEADER_ROUTE_METERS,
  HEADER_ROUTE_METERS_STRIDE,
  MARK_BYTES,
  MARK_KIND,
  MARK_METER,
} from "../layout";
import { meterAdd, meterCounts, meterPass } from "./meters";

/** Meters the packets of marked groups, and takes those beyond a rate out of the columns. */
export function marksStage(worker: u32, batch: u32): void {
  const stride = load<u32>(HEADER, HEADER_ROUTE_METERS_STRIDE);
  const meters = load<u32>(HEADER, HEADER_ROUTE_METERS) + worker * stride;
  const count4 = load<u32>(batch, BATCH_COUNT4);
  const left4 = marksSift(meters, batch, BATCH_PACKETS4, BATCH_GROUPS4, count4);
  store<u32>(batch, left4, BATCH_COUNT4);
  const count6 = load<u32>(batch, BATCH_COUNT6);
  const left6 = marksSift(meters, batch, BATCH_PACKETS6, BATCH_GROUPS6, count6);
  store<u32>(batch, left6, BATCH_COUNT6);
}

/** One family's packets and groups, by the offsets of their columns; returns how many are left. */
function marksSift(meters: u32, batch: u32, packets: u32, groups: u32, count: u32): u32 {
  const marks = load<u32>(HEADER, HEADER_MARKS);
  let left: u32 = 0;
  let counted: u32 = 0;
  let rowPackets: u64 = 0;
  let rowBytes: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + packets + (i << 2));
    let group = load<u32>(batch + groups + (i << 2));
    const mark = marks + group * MARK_BYTES;
    const meter = <u32>load<u16>(mark, MARK_METER);
    if (meter != 0) {
      if (meter != counted) {
        meterAdd(meters, counted, rowPackets, rowBytes);
        counted = meterCounts(meters, meter) ? meter : 0;
        rowPackets = 0;
        rowBytes = 0;
      }
      if (counted != 0) {
        rowPackets += 1;
        rowBytes += load<u32>(batch + (packet << 2), BATCH_ORIGINAL_LENGTHS);
      } else if (!markPass(meters, batch, packet, meter)) {
        store<u32>(batch + (packet << 2), group, BATCH_GROUPS);
        continue;
      }
      const kind = <u32>load<u16>(mark, MARK_KIND);
      if (kind != 0) group = kind;
    }
    store<u32>(batch + packets + (left << 2), packet);
    store<u32>(batch + groups + (left << 2), group);
    left += 1;
  }
  // Number 0 is nobody's.
  meterAdd(meters, counted, rowPackets, rowBytes);
  return left;
}

/** Whether a packet goes on; one that does not has its reason. */
function markPass(meters: u32, batch: u32, packet: u32, meter: u32): bool {
  const cell = batch + (packet << 2);
  const timestamp = load<u64>(batch + (packet << 3), BATCH_TIMESTAMPS);
  const reason = meterPass(meters, meter, timestamp, load<u32>(cell, BATCH_ORIGINAL_LENGTHS));
  if (reason == DROP_NONE) return true;
  store<u32>(cell, DROP_ROUTE_LIMIT, BATCH_REASONS);
  return false;
}
