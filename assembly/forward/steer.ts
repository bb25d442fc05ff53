/** Whose flow a packet goes with, where it is not the one of its own addresses and ports. */

import { flowHash } from "../flow/hash";
import {
  BATCH_SERVERS,
  BATCH_STEERED,
  FLOW_BYTES,
  FLOW_FRAGMENT,
  FLOW_HAS_PORTS,
  FLOW_HASHED,
  HEADER,
  HEADER_COPY_RATE,
  HEADER_STEER,
  SEGMENT_FOLLOWS,
  SEGMENT_NONE,
  STEER_QUIC,
  STEER_TRACK,
  STEER_TUNNELS,
  STEERED_CONNECTION,
  STEERED_COPIED,
  STEERED_INNER,
  STEERED_NOT,
  STEERED_QUOTED,
  TUNNELS_MAX,
} from "../layout";
import { batchFlow } from "../memory/header";
import { Flow } from "../memory/records";
import { quicServer } from "../packet/quic";
import { flowSwap, isIcmpError, quotedParse } from "../packet/quoted";
import { protocolHasPorts } from "../packet/transport";
import { tunnelParse } from "../packet/tunnel";
import { firstTrack, laterTrack } from "./fragments";
import { otherHashNote } from "./other-key";

const PROTOCOL_UDP: u8 = 17;

/** Whether a packet may go with another flow: most do not, and cost this test alone. */
export function steerMay(flow: Flow, isUdpSteered: bool): bool {
  if ((flow.flags & (FLOW_FRAGMENT | FLOW_HAS_PORTS)) != FLOW_HAS_PORTS) return true;
  return isUdpSteered && flow.protocol == PROTOCOL_UDP;
}

/**
 * Gives a packet of the batch the hash of the flow that it goes with; false where it was taken out
 * of the batch, to wait for the first fragment of its datagram or of the one that it carries.
 */
export function packetSteer(worker: u32, batch: u32, packet: u32): bool {
  const flow = batchFlow(batch, packet);
  if (connectionSteer(batch, packet, flow)) return true;
  if ((flow.flags & FLOW_FRAGMENT) == 0) return wholeSteer(worker, batch, packet, true);
  const isTracked = (load<u32>(HEADER, HEADER_STEER) & STEER_TRACK) != 0;
  if (isTracked && flow.transport != 0) return firstSteer(worker, batch, packet);
  otherHashNote(flow, flow);
  return !isTracked || laterTrack(worker, batch, packet, flow, <u32>flow.hash);
}

/** Notes the server that a QUIC packet names, to be held against its group. */
function connectionSteer(batch: u32, packet: u32, flow: Flow): bool {
  if ((load<u32>(HEADER, HEADER_STEER) & STEER_QUIC) == 0) return false;
  if (flow.flags & FLOW_FRAGMENT) return false;
  const server = quicServer(flow);
  if (server == 0) return false;
  store<u32>(batch + (packet << 2), server, BATCH_SERVERS);
  flow.steered = <u8>STEERED_CONNECTION;
  return true;
}

/** Steers a first fragment as if it were the whole datagram, and others after it. */
function firstSteer(worker: u32, batch: u32, packet: u32): bool {
  const flow = batchFlow(batch, packet);
  const id = <u32>flow.hash;
  const segment = flow.segment;
  flow.flags &= <u8>~FLOW_FRAGMENT;
  if (!wholeSteer(worker, batch, packet, false)) return false;
  if (flow.steered == <u8>STEERED_NOT) otherHashNote(flow, flow);
  flowHash(flow);
  flow.flags |= <u8>FLOW_FRAGMENT;
  if (firstTrack(worker, batch, packet, flow, id)) return true;
  flow.flags &= <u8>~FLOW_HASHED;
  flow.steered = <u8>STEERED_NOT;
  flow.segment = segment;
  otherHashNote(flow, flow);
  return true;
}

/**
 * The flow that a packet carries or quotes, where it does: of the other end, if quoted; as
 * packetSteer. An error that names no flow is copied only where it `mayCopy`.
 */
function wholeSteer(worker: u32, batch: u32, packet: u32, mayCopy: bool): bool {
  const flow = batchFlow(batch, packet);
  const tunnels = load<u32>(HEADER, HEADER_STEER) & STEER_TUNNELS;
  const carried = tunnelEnd(flow, batch + BATCH_STEERED, tunnels);
  const isWhole = changetype<u32>(carried) == changetype<u32>(flow);
  if (!isWhole && (carried.flags & FLOW_FRAGMENT) != 0) {
    return carriedSteer(worker, batch, packet, carried);
  }
  endSteer(batch, flow, carried, mayCopy);
  return true;
}

/** Steers a packet that carries a fragment: as if the fragment had come by itself. */
function carriedSteer(worker: u32, batch: u32, packet: u32, carried: Flow): bool {
  const flow = batchFlow(batch, packet);
  const id = <u32>carried.hash;
  const isTracked = (load<u32>(HEADER, HEADER_STEER) & STEER_TRACK) != 0;
  if (isTracked && carried.transport != 0) {
    carried.flags &= <u8>~FLOW_FRAGMENT;
    endSteer(batch, flow, carried, false);
    carried.flags |= <u8>FLOW_FRAGMENT;
    if (firstTrack(worker, batch, packet, carried, id)) return true;
    carried.flags &= <u8>~FLOW_HASHED;
  }
  carriedFollow(flow, carried);
  if (!isTracked || carried.transport != 0) return true;
  return laterTrack(worker, batch, packet, carried, id);
}

/** Leads a packet by the flow of its innermost packet, or by what that quotes. */
function endSteer(batch: u32, flow: Flow, carried: Flow, mayCopy: bool): void {
  if (isIcmpError(carried)) errorSteer(batch, flow, carried, mayCopy);
  else if (changetype<u32>(carried) != changetype<u32>(flow)) carriedFollow(flow, carried);
}

function carriedFollow(flow: Flow, carried: Flow): void {
  flowFollow(flow, carried, STEERED_INNER);
  flow.segment = carried.segment;
}

/** Leads an ICMP error, `carried`, by the flow that it quotes; one that names none is copied. */
function errorSteer(batch: u32, flow: Flow, carried: Flow, mayCopy: bool): void {
  const tunnels = load<u32>(HEADER, HEADER_STEER) & STEER_TUNNELS;
  const quoted = batch + BATCH_STEERED + TUNNELS_MAX * FLOW_BYTES;
  const isRead = quotedParse(changetype<Flow>(quoted), carried);
  const end = isRead ? tunnelEnd(changetype<Flow>(quoted), quoted + FLOW_BYTES, tunnels) : carried;
  if (isRead) {
    // As of what is quoted itself (packet/quoted.ts).
    if (end.transport != 0) end.flags &= <u8>~FLOW_FRAGMENT;
    flowSwap(end);
    flowFollow(flow, end, STEERED_QUOTED);
    if (end.segment != SEGMENT_NONE) flow.segment = <u8>SEGMENT_FOLLOWS;
  } else if (changetype<u32>(carried) != changetype<u32>(flow)) {
    flowFollow(flow, carried, STEERED_INNER);
  }
  if ((isRead && isNamed(end)) || load<u32>(HEADER, HEADER_COPY_RATE) == 0) return;
  if (mayCopy) flow.steered = <u8>STEERED_COPIED;
}

/** Whether all that the flow hash takes could be read: no port is missing. */
function isNamed(quoted: Flow): bool {
  if (quoted.flags & FLOW_HAS_PORTS) return true;
  return quoted.transport != 0 && !protocolHasPorts(<u32>quoted.protocol);
}

/** The innermost packet that can be read, itself without a tunnel; `records` are filled in. */
function tunnelEnd(flow: Flow, records: u32, tunnels: u32): Flow {
  if (tunnels == 0) return flow;
  let outer = flow;
  for (let depth: u32 = 0; depth < TUNNELS_MAX; depth++) {
    const inner = changetype<Flow>(records + depth * FLOW_BYTES);
    if (!tunnelParse(inner, outer, tunnels)) break;
    outer = inner;
  }
  return outer;
}

/** Lets a packet go where another flow goes. */
function flowFollow(flow: Flow, other: Flow, steered: u32): void {
  otherHashNote(flow, other);
  flow.hash = flowHash(other);
  flow.flags |= <u8>FLOW_HASHED;
  flow.steered = <u8>steered;
}
