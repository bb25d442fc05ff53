/**
 * ICMP errors: the flow that the quoted packet belongs to, seen from the other end.
 *
 *   | IP: router -> S | ICMP type, code, sum, 4 bytes | quoted IP: S -> D | ports of S, D | ...
 *                                                      flow of the error: D -> S, ports swapped
 *
 * A server S sent the quoted packet; what its client D sends to S reached this same S by its flow
 * hash, so the error must go by the hash of D -> S (RFC 7690, 2). Only the head of the quote is
 * needed: 4 bytes behind its IP header, where 8 are owed (RFC 792), so that extensions behind it
 * (RFC 4884) do not matter. A quoted first fragment counts as whole, whatever is done with
 * fragments: that S sent a fragmented answer says nothing of the packets that D sends.
 */

import { FLOW_FRAGMENT } from "../layout";
import { Flow } from "../memory/records";
import { innerParse } from "./parse";

const PROTOCOL_ICMP: u32 = 1;
const PROTOCOL_ICMP6: u32 = 58;
/** Bytes from the ICMP header to the quote, in both families. */
const ICMP_BYTES: u32 = 8;
/** Bits of the ICMP types that quote: unreachable, source quench, redirect, exceeded, parameter. */
const QUOTING4: u32 = (1 << 3) | (1 << 4) | (1 << 5) | (1 << 11) | (1 << 12);
/** Unreachable, too big, exceeded, parameter problem (RFC 4443, 3). */
const QUOTING6: u32 = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 4);

/** Whether a packet is an ICMP error, and no fragment of one. */
export function isIcmpError(flow: Flow): bool {
  const family = <u32>flow.family;
  if (<u32>flow.protocol != (family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMP6)) return false;
  const transport = <u32>flow.transport;
  if (transport == 0 || (flow.flags & FLOW_FRAGMENT) != 0) return false;
  if (transport >= flow.capturedBytes) return false;
  const type = <u32>load<u8>(flow.network + transport);
  const quoting = family == 4 ? QUOTING4 : QUOTING6;
  return type <= 31 && ((quoting >>> type) & 1) != 0;
}

/**
 * Reads into `quoted` the packet that an ICMP error quotes; false where it quotes too little. Of a
 * later fragment, addresses and protocol are read alone: it has no transport.
 */
export function quotedParse(quoted: Flow, flow: Flow): bool {
  const family = <u32>flow.family;
  const offset = <u32>flow.transport + ICMP_BYTES;
  if (offset >= flow.capturedBytes) return false;
  innerParse(quoted, family, flow.network + offset, flow.capturedBytes - offset);
  if (quoted.transport != 0) quoted.flags &= <u8>~FLOW_FRAGMENT;
  else if ((quoted.flags & FLOW_FRAGMENT) == 0) return false;
  return true;
}

/** Makes a flow the one of the other direction. */
export function flowSwap(flow: Flow): void {
  const high = flow.sourceHigh;
  const low = flow.sourceLow;
  const port = flow.sourcePort;
  flow.sourceHigh = flow.destinationHigh;
  flow.sourceLow = flow.destinationLow;
  flow.sourcePort = flow.destinationPort;
  flow.destinationHigh = high;
  flow.destinationLow = low;
  flow.destinationPort = port;
}
