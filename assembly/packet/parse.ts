/** One frame to a flow record, or to the reason why it is dropped. */

import {
  DROP_CAPTURED_SHORT,
  DROP_NONE,
  DROP_TRUNCATED,
  FLOW_SOURCE_PORT,
  FLOW_TRANSPORT,
} from "../layout";
import { Flow } from "../memory/records";
import { ipv4Parse } from "./ipv4";
import { ipv6Parse } from "./ipv6";
import { linkFamily, linkOffset, linkParse, linkReason } from "./link";

/**
 * Parses the frame at `frame`: `captured` bytes are there, `original` were on the wire.
 * Fills `flow` in with all that can be read, also of packets that are to be dropped.
 */
export function packetParse(
  flow: Flow,
  frame: u32,
  captured: u32,
  original: u32,
  linkType: u32,
): u32 {
  flowClear(flow);
  const link = linkParse(frame, captured, linkType);
  const family = linkFamily(link);
  const offset = linkOffset(link);
  let reason = linkReason(link);
  if (family != 0 && captured > offset) {
    flow.family = <u8>family;
    flow.network = frame + offset;
    flow.capturedBytes = captured - offset;
    flow.networkBytes = max<u32>(original, captured) - offset;
    const ipReason = family == 4 ? ipv4Parse(flow) : ipv6Parse(flow);
    if (reason == DROP_NONE) reason = ipReason;
  } else if (reason == DROP_NONE) {
    reason = DROP_CAPTURED_SHORT;
  }
  return captured < original ? reason : wholeReason(reason);
}

/** What is missing from a packet that was captured whole was never sent. */
function wholeReason(reason: u32): u32 {
  return reason == DROP_CAPTURED_SHORT ? DROP_TRUNCATED : reason;
}

/**
 * Reads the packet that stands `offset` bytes behind the IP header of `flow` in place of it, to be
 * forwarded itself. Returns the drop reason.
 */
export function carriedParse(flow: Flow, family: u32, offset: u32): u32 {
  const network = flow.network + offset;
  const captured = flow.capturedBytes > offset ? flow.capturedBytes - offset : 0;
  const original = flow.networkBytes > offset ? flow.networkBytes - offset : 0;
  flowClear(flow);
  flow.family = <u8>family;
  flow.network = network;
  flow.capturedBytes = captured;
  flow.networkBytes = original;
  const reason = family == 4 ? ipv4Parse(flow) : ipv6Parse(flow);
  return captured < original ? reason : wholeReason(reason);
}

/**
 * Reads the packet that another carries or quotes, `bytes` of it from `network` on, as far as it
 * can be read: whether it could be forwarded itself is not asked.
 */
export function innerParse(inner: Flow, family: u32, network: u32, bytes: u32): void {
  flowClear(inner);
  inner.family = <u8>family;
  inner.network = network;
  inner.capturedBytes = bytes;
  inner.networkBytes = bytes;
  if (family == 4) ipv4Parse(inner);
  else ipv6Parse(inner);
}

/** Stores, because memory.fill is a call out of the module and costs more than they do. */
function flowClear(flow: Flow): void {
  flow.sourceHigh = 0;
  flow.sourceLow = 0;
  flow.destinationHigh = 0;
  flow.destinationLow = 0;
  // Ports, protocol, family, flags and TTL.
  store<u64>(changetype<usize>(flow), 0, FLOW_SOURCE_PORT);
  flow.network = 0;
  flow.networkBytes = 0;
  flow.capturedBytes = 0;
  // Transport, segment and steering.
  store<u32>(changetype<usize>(flow), 0, FLOW_TRANSPORT);
  flow.hash = 0;
}
