/**
 * The packet path: a batch of frames, stage by stage, in one call.
 *
 *   offsets, lengths, link types (columns, layout.ts BATCH)
 *     -> parse      flow records, or drop reasons; destinations packed by family
 *     -> open       of what is for the end of a tunnel, the packet inside (decapsulate.ts)
 *     -> steer      whose flow a packet goes with, where not its own (steer.ts)
 *     -> sources    takes out those whose source is dropped or limited, where any is (sources.ts)
 *     -> look up    a group id for each, always
 *     -> resolve    kind of route, TTL; then, of packets with a choice, all flow hashes at once,
 *                   slot, pin, adjacency
 *     -> rewrite    the frame as it leaves, in place where it can (leaving.ts)
 *     -> reply      ICMP errors, where they are asked for (replies.ts)
 *     -> count      counters.ts
 *
 * Each stage runs over the whole batch, so that its code and its table stay in the cache.
 */

import { fib4LookupBatch, fib4MatchLength } from "../fib/fib4";
import { fib6LookupBatch, fib6MatchLength } from "../fib/fib6";
import { flowsHash4, flowsHash6 } from "../flow/bulk";
import { groupWord } from "../flow/group";
import {
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
  BATCH_TUNNELS,
  BATCH_VERDICTS,
  BATCH_WAITING,
  DROP_NONE,
  DROP_OTHER_MAC,
  FLOW_HAS_ADDRESSES,
  FLOW_HASHED,
  HEADER,
  HEADER_INPUT,
  HEADER_INTERFACES,
  HEADER_SOURCES,
  HEADER_STEER,
  LINK_ETHERNET,
  MATCH_NONE,
  ROUTER_INTERFACE_BYTES,
  ROUTER_INTERFACE_CHECKS_MAC,
  ROUTER_INTERFACE_MAC,
  SLOT_NONE_BYTE,
  STEER_TRACK,
  STEER_UDP,
} from "../layout";
import { epochEnter, epochLeave } from "../memory/epochs";
import { batchFlow, headerBatch, headerPins } from "../memory/header";
import { Flow } from "../memory/records";
import { ETHERNET_BYTES, macReason } from "../packet/link";
import { packetParse } from "../packet/parse";
import { batchCount, familiesCount } from "./counters";
import { decapsulateMay, endsInUse, packetDecapsulate } from "./decapsulate";
import { packetMove } from "./filter";
import { fragmentsBegin, fragmentsEnd } from "./fragments";
import { rewriteStage } from "./leaving";
import { repliesMake } from "./replies";
import { packetChoose, packetResolve } from "./resolve";
import { sourcesStage } from "./sources";
import { packetSteer, steerMay } from "./steer";

/**
 * Forwards the batch's first `count` packets (at most BATCH_MAX) and counts them for `worker`.
 * Returns how many there are now: fragments that are held leave the batch, and count when they
 * come back (fragmentsRelease).
 */
export function forwardBatch(worker: u32, count: u32): u32 {
  assert(count <= BATCH_MAX);
  const batch = headerBatch();
  columnsClear(batch);
  const isTracking = (load<u32>(HEADER, HEADER_STEER) & STEER_TRACK) != 0;
  if (isTracking) fragmentsBegin(worker, batch, count);
  // Before the first packet is opened: its outer source may be looked up.
  epochEnter(worker);
  const kept = parseStage(worker, batch, count);
  if (isTracking) fragmentsEnd(worker);
  if (load<u32>(HEADER, HEADER_SOURCES) != 0) sourcesStage(worker, batch);
  lookupStage(worker, batch);
  const pins = headerPins(worker);
  const count4 = load<u32>(batch, BATCH_COUNT4);
  const waiting4 = resolveStage(pins, batch, BATCH_PACKETS4, BATCH_GROUPS4, count4);
  flowsHash4(batch + BATCH_WAITING, waiting4);
  chooseStage(pins, batch, BATCH_PACKETS4, waiting4);
  const count6 = load<u32>(batch, BATCH_COUNT6);
  const waiting6 = resolveStage(pins, batch, BATCH_PACKETS6, BATCH_GROUPS6, count6);
  flowsHash6(batch + BATCH_WAITING, waiting6);
  chooseStage(pins, batch, BATCH_PACKETS6, waiting6);
  rewriteStage(batch, kept);
  repliesMake(worker, batch, kept);
  epochLeave(worker);
  batchCount(worker, batch, kept);
  return kept;
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

/** Returns how many packets stay in the batch: fragments may wait for their first one. */
function parseStage(worker: u32, batch: u32, count: u32): u32 {
  const isUdpSteered = (load<u32>(HEADER, HEADER_STEER) & STEER_UDP) != 0;
  const own = macChecked();
  const ends = endsInUse();
  if (ends != 0) memory.fill(batch + BATCH_TUNNELS, 0, count << 2);
  let kept: u32 = 0;
  let packed4: u32 = 0;
  let packed6: u32 = 0;
  let ipv4: u32 = 0;
  let ipv6: u32 = 0;
  let cut: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (kept != i) packetMove(batch, i, kept);
    const cell = batch + (kept << 2);
    const flow = batchFlow(batch, kept);
    const captured = load<u32>(cell, BATCH_LENGTHS);
    const original = load<u32>(cell, BATCH_ORIGINAL_LENGTHS);
    const frame = load<u32>(cell, BATCH_OFFSETS);
    const linkType = load<u32>(cell, BATCH_LINK_TYPES);
    let reason = packetParse(flow, frame, captured, original, linkType);
    if (own != 0 && linkType == LINK_ETHERNET && captured >= ETHERNET_BYTES) {
      reason = macCheck(frame, own, reason);
    }
    const family = <u32>flow.family;
    if (ends != 0 && reason == DROP_NONE && decapsulateMay(ends, flow)) {
      reason = packetDecapsulate(worker, batch, kept);
    }
    store<u32>(cell, reason, BATCH_REASONS);
    if (reason == DROP_NONE) {
      if (steerMay(flow, isUdpSteered) && !packetSteer(worker, batch, kept)) continue;
      if (flow.family == 4) packed4 = destination4Pack(batch, packed4, kept, flow);
      else packed6 = destination6Pack(batch, packed6, kept, flow);
    }
    ipv4 += <u32>(family == 4);
    ipv6 += <u32>(family == 6);
    cut += <u32>(captured < original);
    kept += 1;
  }
  store<u32>(batch, packed4, BATCH_COUNT4);
  store<u32>(batch, packed6, BATCH_COUNT6);
  familiesCount(worker, kept, ipv4, ipv6, cut);
  return kept;
}

/** Where the MAC stands that frames of this batch must be for; 0 where any will do. */
function macChecked(): u32 {
  const input = load<u32>(HEADER, HEADER_INPUT);
  if (input == 0) return 0;
  const own = load<u32>(HEADER, HEADER_INTERFACES) + input * ROUTER_INTERFACE_BYTES;
  return load<u8>(own, ROUTER_INTERFACE_CHECKS_MAC) != 0 ? own + ROUTER_INTERFACE_MAC : 0;
}

/** The reason with the MAC looked at: what is for others is not looked into. */
function macCheck(frame: u32, own: u32, reason: u32): u32 {
  const mac = macReason(frame, own);
  return mac == DROP_OTHER_MAC || reason == DROP_NONE ? mac : reason;
}

/** Appends a packet's destination to the IPv4 columns; returns how many stand there now. */
function destination4Pack(batch: u32, count: u32, packet: u32, flow: Flow): u32 {
  const packed = batch + (count << 2);
  store<u32>(packed, bswap<u32>(<u32>flow.destinationHigh), BATCH_PACKED4);
  store<u32>(packed, packet, BATCH_PACKETS4);
  return count + 1;
}

/** As destination4Pack, for IPv6. */
function destination6Pack(batch: u32, count: u32, packet: u32, flow: Flow): u32 {
  const packed = batch + (count << 4);
  store<u64>(packed, bswap<u64>(flow.destinationHigh), BATCH_PACKED6);
  store<u64>(packed, bswap<u64>(flow.destinationLow), BATCH_PACKED6 + 8);
  store<u32>(batch + (count << 2), packet, BATCH_PACKETS6);
  return count + 1;
}

function lookupStage(worker: u32, batch: u32): void {
  const count4 = load<u32>(batch, BATCH_COUNT4);
  const count6 = load<u32>(batch, BATCH_COUNT6);
  fib4LookupBatch(batch + BATCH_PACKED4, batch + BATCH_GROUPS4, count4);
  fib6LookupBatch(batch + BATCH_PACKED6, batch + BATCH_GROUPS6, count6, worker);
}

/**
 * Resolves one family's packets: `packets` and `groups` are the offsets of its packed columns.
 * Those that wait for their hash are listed, and their packets put first; returns how many.
 */
function resolveStage(pins: u32, batch: u32, packets: u32, groups: u32, count: u32): u32 {
  let waiting: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + packets + (i << 2));
    const group = load<u32>(batch + groups + (i << 2));
    const flow = batchFlow(batch, packet);
    if (!packetResolve(batch + (packet << 2), flow, group, pins)) continue;
    store<u32>(batch + packets + (waiting << 2), packet);
    store<u32>(batch + (waiting << 2), changetype<u32>(flow), BATCH_WAITING);
    waiting += 1;
  }
  return waiting;
}

/** Gives the first `count` packets of a packed column, now that their flows have hashes, a slot. */
function chooseStage(pins: u32, batch: u32, packets: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + packets + (i << 2));
    const cell = batch + (packet << 2);
    const flow = batchFlow(batch, packet);
    flow.flags |= <u8>FLOW_HASHED;
    packetChoose(cell, flow, groupWord(load<u32>(cell, BATCH_GROUPS)), pins);
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
