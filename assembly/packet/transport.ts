/** Transport: the ports that TCP, UDP, SCTP, DCCP and UDP-Lite begin with, and TCP's flags. */

import {
  DROP_CAPTURED_SHORT,
  DROP_NONE,
  FLOW_HAS_PORTS,
  SEGMENT_FOLLOWS,
  SEGMENT_OPENS,
} from "../layout";
import { Flow } from "../memory/records";

const PROTOCOL_TCP: u32 = 6;
const PROTOCOL_UDP: u32 = 17;
const PROTOCOL_DCCP: u32 = 33;
const PROTOCOL_SCTP: u32 = 132;
const PROTOCOL_UDP_LITE: u32 = 136;
const PORTS_BYTES: u32 = 4;
/** Where TCP's flags stand, and two of them (RFC 9293, 3.1). */
const TCP_FLAGS: u32 = 13;
const TCP_SYN: u32 = 0x02;
const TCP_SYN_ACK: u32 = 0x12;

/** Whether a protocol begins with ports. */
export function protocolHasPorts(protocol: u32): bool {
  return (
    protocol == PROTOCOL_TCP ||
    protocol == PROTOCOL_UDP ||
    protocol == PROTOCOL_DCCP ||
    protocol == PROTOCOL_SCTP ||
    protocol == PROTOCOL_UDP_LITE
  );
}

/**
 * Reads the ports that stand `offset` bytes into the IP packet. A packet that itself has no room
 * for them is forwarded without; one that the capture cut before them is not.
 */
export function transportParse(flow: Flow, offset: u32): u32 {
  const protocol = <u32>flow.protocol;
  flow.transport = <u16>offset;
  if (!protocolHasPorts(protocol)) return DROP_NONE;
  if (protocol == PROTOCOL_TCP) flow.segment = <u8>segmentOf(flow, offset);
  const end = offset + PORTS_BYTES;
  if (end > flow.networkBytes) return DROP_NONE;
  if (end > flow.capturedBytes) return DROP_CAPTURED_SHORT;
  const ports = bswap<u32>(load<u32>(flow.network + offset));
  flow.sourcePort = <u16>(ports >>> 16);
  flow.destinationPort = <u16>ports;
  flow.flags |= <u8>FLOW_HAS_PORTS;
  return DROP_NONE;
}

/** What is known of a fragment without its transport header: TCP opens with its first one. */
export function laterFragmentParse(flow: Flow): u32 {
  if (flow.protocol == PROTOCOL_TCP) flow.segment = <u8>SEGMENT_FOLLOWS;
  return DROP_NONE;
}

/** A header without flags, cut or short, opens nothing: a flow keeps what it has. */
function segmentOf(flow: Flow, offset: u32): u32 {
  if (offset + TCP_FLAGS >= flow.capturedBytes) return SEGMENT_FOLLOWS;
  const flags = <u32>load<u8>(flow.network + offset, TCP_FLAGS);
  return (flags & TCP_SYN_ACK) == TCP_SYN ? SEGMENT_OPENS : SEGMENT_FOLLOWS;
}
