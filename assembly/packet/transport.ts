/** Transport ports: the four bytes that TCP, UDP, SCTP, DCCP and UDP-Lite begin with. */

import { DROP_CAPTURED_SHORT, DROP_NONE, FLOW_HAS_PORTS } from "../layout";
import { Flow } from "../memory/records";

const PROTOCOL_TCP: u32 = 6;
const PROTOCOL_UDP: u32 = 17;
const PROTOCOL_DCCP: u32 = 33;
const PROTOCOL_SCTP: u32 = 132;
const PROTOCOL_UDP_LITE: u32 = 136;
const PORTS_BYTES: u32 = 4;

function protocolHasPorts(protocol: u32): bool {
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
  if (!protocolHasPorts(flow.protocol)) return DROP_NONE;
  const end = offset + PORTS_BYTES;
  if (end > flow.networkBytes) return DROP_NONE;
  if (end > flow.capturedBytes) return DROP_CAPTURED_SHORT;
  const ports = bswap<u32>(load<u32>(flow.network + offset));
  flow.sourcePort = <u16>(ports >>> 16);
  flow.destinationPort = <u16>ports;
  flow.flags |= <u8>FLOW_HAS_PORTS;
  return DROP_NONE;
}
