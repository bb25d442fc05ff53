/**
 * Where tunnels end: packets to addresses of the router's that carry others, taken apart before
 * anything is looked up. The packet inside stays where it is in its frame, and goes on as if it had
 * come in by itself: its checks, its source, its route, its TTL. Where a tunnel passes on what
 * nobody here serves, and its hop list has another hop, the outer packet goes to that instead.
 *
 *   frame    | link | outer IP [UDP GUE] | IP ...                    flow record
 *   before            ^ network                                      of the outer packet
 *   after                                  ^ network                 of the packet inside
 *
 * Fragments of the outer packet, and control messages of GUE, are left as they are: a `local` route
 * punts them. A source that is metered is so outside, and inside as any. Counts leave out frames
 * that come back after they were held: they were counted before.
 * Cost: one test a packet without ends; a comparison an end for what may be for one of them.
 * Sources: RFC 2003, 2473, 4213, 6040; draft-ietf-intarea-gue-09.
 */

import { fib4LookupBatch, sources4LookupBatch } from "../fib/fib4";
import { fib6LookupBatch, sources6LookupBatch } from "../fib/fib6";
import { groupWord } from "../flow/group";
import {
  BATCH_METERS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_SOURCES,
  BATCH_STEERED,
  BATCH_TIMESTAMPS,
  BATCH_TUNNELS,
  DECAPSULATIONS_MAX,
  DROP_NONE,
  DROP_TUNNEL_DEPTH,
  DROP_TUNNEL_ECN,
  DROP_TUNNEL_SOURCE,
  END_BYTES,
  END_FAMILY,
  END_GUE,
  END_HIGH,
  END_IPIP,
  END_KINDS,
  END_LOW,
  END_PORT,
  END_SOURCE_BYTES,
  END_SOURCE_FAMILY,
  END_SOURCE_HIGH,
  END_SOURCE_LOW,
  END_SOURCE_MASK_HIGH,
  END_SOURCE_MASK_LOW,
  END_TUNNEL,
  ENDS_COUNT,
  ENDS_COUNTS,
  ENDS_COUNTS_BYTES,
  ENDS_PORTS,
  ENDS_RECORDS,
  ENDS_SOURCES,
  ENDS_TUNNELS,
  FLOW_BYTES,
  FLOW_DECAPSULATED,
  FLOW_FRAGMENT,
  FLOW_HAS_PORTS,
  FRAGMENTS_RELEASING,
  GROUP_ID_UNREACHABLE,
  GROUPS_RESERVED,
  HEADER,
  HEADER_ENDS,
  HEADER_SOURCES,
  TUNNEL_BYTES,
  TUNNEL_COUNT_BYTES,
  TUNNEL_COUNT_DROPPED,
  TUNNEL_COUNT_LEFT,
  TUNNEL_COUNT_PACKETS,
  TUNNEL_COUNT_PASSED,
  TUNNEL_COUNTS_BYTES,
  TUNNEL_END,
  TUNNEL_FIRST,
  TUNNEL_PASSES,
} from "../layout";
import { batchFlow, headerFragments, headerMeters } from "../memory/header";
import { Flow } from "../memory/records";
import { carriedFamily, carriedOffset, carriedReason, faulty, ipipFind } from "../packet/carried";
import { markInner, markOf } from "../packet/congestion";
import { gueAdvance, gueFind } from "../packet/gue";
import { carriedParse } from "../packet/parse";
import { meterPass } from "./meters";

const PROTOCOL_IPV4: u32 = 4;
const PROTOCOL_UDP: u32 = 17;
const PROTOCOL_IPV6: u32 = 41;

/** Where the ends of tunnels stand; 0 where there are none. */
export function endsInUse(): u32 {
  const ends = load<u32>(HEADER, HEADER_ENDS);
  return load<u32>(ends, ENDS_COUNT) == 0 ? 0 : ends;
}

/** Whether a packet may be for one of the ends: most are not, and cost this test alone. */
export function decapsulateMay(ends: u32, flow: Flow): bool {
  const protocol = <u32>flow.protocol;
  if (protocol != PROTOCOL_UDP) return protocol == PROTOCOL_IPV4 || protocol == PROTOCOL_IPV6;
  if ((flow.flags & FLOW_HAS_PORTS) == 0) return false;
  return ((load<u64>(ends, ENDS_PORTS) >>> (<u64>flow.destinationPort & 63)) & 1) != 0;
}

/**
 * Takes a packet of the batch out of the tunnels that end here: its flow record becomes that of
 * the innermost packet that was reached. Returns why it is dropped.
 */
export function packetDecapsulate(worker: u32, batch: u32, packet: u32): u32 {
  const ends = load<u32>(HEADER, HEADER_ENDS);
  const flow = batchFlow(batch, packet);
  const cell = batch + (packet << 2);
  const isCounted = load<u32>(headerFragments(worker), FRAGMENTS_RELEASING) == 0;
  for (let depth: u32 = 0; depth < DECAPSULATIONS_MAX; depth++) {
    const tunnel = endTunnel(ends, flow);
    if (tunnel == 0) return DROP_NONE;
    store<u32>(cell, tunnel, BATCH_TUNNELS);
    const counts = ends + ENDS_COUNTS + worker * ENDS_COUNTS_BYTES + tunnel * TUNNEL_COUNTS_BYTES;
    const bytes = flow.networkBytes;
    let reason = sourceReason(ends, tunnel, flow);
    if (reason == DROP_NONE && isCounted) reason = meterReason(worker, batch, packet, flow);
    memory.copy(batch + BATCH_STEERED, changetype<u32>(flow), FLOW_BYTES);
    const answer = reason == DROP_NONE ? layerFind(flow) : faulty(reason);
    reason = carriedReason(answer);
    if (reason == DROP_NONE && carriedFamily(answer) == 0) {
      if (isCounted) countAdd(counts + TUNNEL_COUNT_LEFT, 1);
      return DROP_NONE;
    }
    if (reason == DROP_NONE) {
      reason = layerTake(worker, batch, flow, answer, tunnelPasses(ends, tunnel));
    }
    if (isCounted) layerCount(counts, bytes, reason, flow);
    if (reason != DROP_NONE || !decapsulateMay(ends, flow)) return reason;
  }
  return endTunnel(ends, flow) == 0 ? DROP_NONE : DROP_TUNNEL_DEPTH;
}

/** The tunnel that ends where a packet goes to; 0 for none. */
function endTunnel(ends: u32, flow: Flow): u32 {
  const isUdp = <u32>flow.protocol == PROTOCOL_UDP;
  const kind = isUdp ? END_GUE : END_IPIP;
  const count = load<u32>(ends, ENDS_COUNT);
  for (let i: u32 = 0; i < count; i++) {
    const end = ends + ENDS_RECORDS + i * END_BYTES;
    if (load<u64>(end, END_LOW) != flow.destinationLow) continue;
    if (load<u64>(end, END_HIGH) != flow.destinationHigh) continue;
    if (load<u32>(end, END_FAMILY) != <u32>flow.family) continue;
    if ((load<u32>(end, END_KINDS) & kind) == 0) continue;
    if (isUdp && load<u32>(end, END_PORT) != <u32>flow.destinationPort) continue;
    return load<u32>(end, END_TUNNEL);
  }
  return 0;
}

/** Whether the packet's source may send into the tunnel. */
function sourceReason(ends: u32, tunnel: u32, flow: Flow): u32 {
  const record = ends + ENDS_TUNNELS + tunnel * TUNNEL_BYTES;
  const first = load<u32>(record, TUNNEL_FIRST);
  const end = load<u32>(record, TUNNEL_END);
  if (first == end) return DROP_NONE;
  for (let i = first; i < end; i++) {
    const source = ends + ENDS_SOURCES + i * END_SOURCE_BYTES;
    if (load<u32>(source, END_SOURCE_FAMILY) != <u32>flow.family) continue;
    const high = flow.sourceHigh & load<u64>(source, END_SOURCE_MASK_HIGH);
    if (high != load<u64>(source, END_SOURCE_HIGH)) continue;
    const low = flow.sourceLow & load<u64>(source, END_SOURCE_MASK_LOW);
    if (low == load<u64>(source, END_SOURCE_LOW)) return DROP_NONE;
  }
  return DROP_TUNNEL_SOURCE;
}

/** What the meter of the outer source says, where it has one. */
function meterReason(worker: u32, batch: u32, packet: u32, flow: Flow): u32 {
  if (load<u32>(HEADER, HEADER_SOURCES) == 0) return DROP_NONE;
  // The batch's own sources are looked up later: their columns are free.
  if (flow.family == 4) {
    store<u32>(batch, bswap<u32>(<u32>flow.sourceHigh), BATCH_SOURCES);
    sources4LookupBatch(batch + BATCH_SOURCES, batch + BATCH_METERS, 1);
  } else {
    store<u64>(batch, bswap<u64>(flow.sourceHigh), BATCH_SOURCES);
    store<u64>(batch, bswap<u64>(flow.sourceLow), BATCH_SOURCES + 8);
    sources6LookupBatch(batch + BATCH_SOURCES, batch + BATCH_METERS, 1, worker);
  }
  const meter = load<u32>(batch, BATCH_METERS);
  if (meter == 0) return DROP_NONE;
  const timestamp = load<u64>(batch + (packet << 3), BATCH_TIMESTAMPS);
  const bytes = load<u32>(batch + (packet << 2), BATCH_ORIGINAL_LENGTHS);
  return meterPass(headerMeters(worker), meter, timestamp, bytes);
}

/** Where the packet inside begins, as carried.ts has it; family 0 for what is left as it is. */
function layerFind(flow: Flow): u32 {
  if (flow.flags & FLOW_FRAGMENT) return 0;
  if (<u32>flow.protocol == PROTOCOL_UDP) return gueFind(flow);
  return ipipFind(flow);
}

/** Whether what nobody here serves goes to the next hop of its list. */
function tunnelPasses(ends: u32, tunnel: u32): bool {
  return load<u32>(ends + ENDS_TUNNELS + tunnel * TUNNEL_BYTES, TUNNEL_PASSES) != 0;
}

/**
 * Puts the packet inside in place of its carrier, of which a copy stands at BATCH_STEERED; or the
 * carrier, readdressed, where nobody here serves what is inside and its list has another hop.
 */
function layerTake(worker: u32, batch: u32, flow: Flow, answer: u32, passes: bool): u32 {
  const outer = changetype<Flow>(batch + BATCH_STEERED);
  const family = carriedFamily(answer);
  const reason = carriedParse(flow, family, carriedOffset(answer));
  flow.flags |= <u8>FLOW_DECAPSULATED;
  if (reason != DROP_NONE) return reason;
  const isGue = <u32>outer.protocol == PROTOCOL_UDP;
  if (passes && isGue && !isServed(worker, batch, flow) && gueAdvance(outer)) {
    memory.copy(changetype<u32>(flow), changetype<u32>(outer), FLOW_BYTES);
    // Its new destination may be one that nobody forwards to.
    return carriedParse(flow, flow.family, 0);
  }
  const mark = markOf(outer.network, outer.family);
  return markInner(flow.network, family, mark) ? DROP_NONE : DROP_TUNNEL_ECN;
}

/** Whether the route to a packet's destination leads on, or was set to drop it or to take it. */
function isServed(worker: u32, batch: u32, flow: Flow): bool {
  const group = destinationGroup(worker, batch, flow);
  if (group < GROUPS_RESERVED) return group != 0 && group != GROUP_ID_UNREACHABLE;
  return groupWord(group) != 0;
}

function destinationGroup(worker: u32, batch: u32, flow: Flow): u32 {
  // As in meterReason: columns of a later stage.
  if (flow.family == 4) {
    store<u32>(batch, bswap<u32>(<u32>flow.destinationHigh), BATCH_SOURCES);
    fib4LookupBatch(batch + BATCH_SOURCES, batch + BATCH_METERS, 1);
  } else {
    store<u64>(batch, bswap<u64>(flow.destinationHigh), BATCH_SOURCES);
    store<u64>(batch, bswap<u64>(flow.destinationLow), BATCH_SOURCES + 8);
    fib6LookupBatch(batch + BATCH_SOURCES, batch + BATCH_METERS, 1, worker);
  }
  return load<u32>(batch, BATCH_METERS);
}

function layerCount(counts: u32, bytes: u32, reason: u32, flow: Flow): void {
  countAdd(counts + TUNNEL_COUNT_PACKETS, 1);
  countAdd(counts + TUNNEL_COUNT_BYTES, bytes);
  const isOuter = (flow.flags & FLOW_DECAPSULATED) == 0;
  if (reason == DROP_NONE && isOuter) countAdd(counts + TUNNEL_COUNT_PASSED, 1);
  if (reason != DROP_NONE) countAdd(counts + TUNNEL_COUNT_DROPPED, 1);
}

function countAdd(count: u32, amount: u64): void {
  store<u64>(count, load<u64>(count) + amount);
}
