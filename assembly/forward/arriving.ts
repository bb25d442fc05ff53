/**
 * Packets as they arrive: read into flow records, their destinations packed by family.
 *
 *   packets          a b c x d e        x is not plain
 *   plain runs       [a b c]   [d e]    read in a loop that does nothing else
 *   one by one             [x]          by the parser that knows all, and steered
 *
 * A run ends before the first packet that is not plain, or that this batch's settings ask more of.
 * Where a packet was taken out of the batch to wait, those behind it move up one by one.
 */

import {
  BATCH_COUNT4,
  BATCH_COUNT6,
  BATCH_LENGTHS,
  BATCH_LINK_TYPES,
  BATCH_OFFSETS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_PACKED4,
  BATCH_PACKED6,
  BATCH_PACKETS4,
  BATCH_PACKETS6,
  BATCH_REASONS,
  BATCH_TUNNELS,
  DROP_NONE,
  DROP_OTHER_MAC,
  HEADER,
  HEADER_INPUT,
  HEADER_INTERFACES,
  HEADER_STEER,
  LINK_ETHERNET,
  ROUTER_INTERFACE_BYTES,
  ROUTER_INTERFACE_CHECKS_MAC,
  ROUTER_INTERFACE_MAC,
  STEER_UDP,
} from "../layout";
import { batchFlow } from "../memory/header";
import { Flow } from "../memory/records";
import { ETHERNET_BYTES, macReason } from "../packet/link";
import { packetParse } from "../packet/parse";
import { plain4Parse, plain6Parse } from "../packet/plain";
import { familiesCount } from "./counters";
import { decapsulateMay, endsInUse, packetDecapsulate } from "./decapsulate";
import { packetMove } from "./filter";
import { packetSteer, steerMay } from "./steer";

/** Where a plain frame has its destination. */
const DESTINATION4: u32 = 30;
const DESTINATION6: u32 = 38;
/** No family: the packet was taken out of the batch. */
const FAMILY_HELD: u32 = 0xff;

/**
 * Reads the batch's first `count` packets. Returns how many stay in it: fragments may wait for
 * their first one.
 */
export function parseStage(worker: u32, batch: u32, count: u32): u32 {
  const isUdpSteered = (load<u32>(HEADER, HEADER_STEER) & STEER_UDP) != 0;
  const own = macChecked();
  const ends = endsInUse();
  if (ends != 0) memory.fill(batch + BATCH_TUNNELS, 0, count << 2);
  let kept: u32 = 0;
  let ipv4: u32 = 0;
  let ipv6: u32 = 0;
  let cut: u32 = 0;
  store<u32>(batch, 0, BATCH_COUNT4);
  store<u32>(batch, 0, BATCH_COUNT6);
  for (let i: u32 = 0; i < count; ) {
    if (kept == i && !isUdpSteered) {
      const end4 = plain4Run(batch, i, count, own, ends);
      const end6 = plain6Run(batch, end4, count, own, ends);
      ipv4 += end4 - i;
      ipv6 += end6 - end4;
      kept = end6;
      if (i != end6) {
        i = end6;
        continue;
      }
    } else {
      packetMove(batch, i, kept);
    }
    i += 1;
    const family = packetArrive(worker, batch, kept, own, ends, isUdpSteered);
    if (family == FAMILY_HELD) continue;
    const cell = batch + (kept << 2);
    ipv4 += <u32>(family == 4);
    ipv6 += <u32>(family == 6);
    cut += <u32>(load<u32>(cell, BATCH_LENGTHS) < load<u32>(cell, BATCH_ORIGINAL_LENGTHS));
    kept += 1;
  }
  familiesCount(worker, kept, ipv4, ipv6, cut);
  return kept;
}

/** Reads plain IPv4 packets from `start` on; returns the first that is none, or `count`. */
function plain4Run(batch: u32, start: u32, count: u32, own: u32, ends: u32): u32 {
  const ahead = load<u32>(batch, BATCH_COUNT4) - start;
  let packet = start;
  for (; packet < count; packet++) {
    const cell = batch + (packet << 2);
    const captured = load<u32>(cell, BATCH_LENGTHS);
    if (load<u32>(cell, BATCH_LINK_TYPES) != LINK_ETHERNET) break;
    if (captured != load<u32>(cell, BATCH_ORIGINAL_LENGTHS)) break;
    const frame = load<u32>(cell, BATCH_OFFSETS);
    if (own != 0 && macReason(frame, own) != DROP_NONE) break;
    const flow = batchFlow(batch, packet);
    if (!plain4Parse(flow, frame, captured)) break;
    if (ends != 0 && decapsulateMay(ends, flow)) break;
    const packed = batch + ((ahead + packet) << 2);
    store<u32>(packed, load<u32>(frame, DESTINATION4), BATCH_PACKED4);
    store<u32>(packed, packet, BATCH_PACKETS4);
  }
  store<u32>(batch, ahead + packet, BATCH_COUNT4);
  return packet;
}

/** As plain4Run, for IPv6. */
function plain6Run(batch: u32, start: u32, count: u32, own: u32, ends: u32): u32 {
  const ahead = load<u32>(batch, BATCH_COUNT6) - start;
  let packet = start;
  for (; packet < count; packet++) {
    const cell = batch + (packet << 2);
    const captured = load<u32>(cell, BATCH_LENGTHS);
    if (load<u32>(cell, BATCH_LINK_TYPES) != LINK_ETHERNET) break;
    if (captured != load<u32>(cell, BATCH_ORIGINAL_LENGTHS)) break;
    const frame = load<u32>(cell, BATCH_OFFSETS);
    if (own != 0 && macReason(frame, own) != DROP_NONE) break;
    const flow = batchFlow(batch, packet);
    if (!plain6Parse(flow, frame, captured)) break;
    if (ends != 0 && decapsulateMay(ends, flow)) break;
    const packed = ahead + packet;
    v128.store(batch + (packed << 4), v128.load(frame, DESTINATION6), BATCH_PACKED6);
    store<u32>(batch + (packed << 2), packet, BATCH_PACKETS6);
  }
  store<u32>(batch, ahead + packet, BATCH_COUNT6);
  return packet;
}

/**
 * Reads one packet of any kind. Returns the family that it arrived as, 0 for none; FAMILY_HELD
 * where it waits, and is in the batch no more.
 */
function packetArrive(
  worker: u32,
  batch: u32,
  packet: u32,
  own: u32,
  ends: u32,
  isUdpSteered: bool,
): u32 {
  const cell = batch + (packet << 2);
  const flow = batchFlow(batch, packet);
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
    reason = packetDecapsulate(worker, batch, packet);
  }
  store<u32>(cell, reason, BATCH_REASONS);
  if (reason != DROP_NONE) return family;
  if (steerMay(flow, isUdpSteered) && !packetSteer(worker, batch, packet)) return FAMILY_HELD;
  destinationPack(batch, packet, flow);
  return family;
}

/** Appends a packet's destination to the columns of its family. */
function destinationPack(batch: u32, packet: u32, flow: Flow): void {
  if (flow.family == 4) {
    const count = load<u32>(batch, BATCH_COUNT4);
    store<u32>(batch + (count << 2), bswap<u32>(<u32>flow.destinationHigh), BATCH_PACKED4);
    store<u32>(batch + (count << 2), packet, BATCH_PACKETS4);
    store<u32>(batch, count + 1, BATCH_COUNT4);
  } else {
    const count = load<u32>(batch, BATCH_COUNT6);
    store<u64>(batch + (count << 4), bswap<u64>(flow.destinationHigh), BATCH_PACKED6);
    store<u64>(batch + (count << 4), bswap<u64>(flow.destinationLow), BATCH_PACKED6 + 8);
    store<u32>(batch + (count << 2), packet, BATCH_PACKETS6);
    store<u32>(batch, count + 1, BATCH_COUNT6);
  }
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
