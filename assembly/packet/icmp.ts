/**
 * ICMP and ICMPv6 errors about a packet (RFC 792; RFC 1812, 4.3.2; RFC 4443): which packets may be
 * answered, and the answer's bytes. It quotes the packet as it came, as far as it was captured: up
 * to 576 bytes in all, or 1,280.
 */

import { FLOW_HAS_ADDRESSES } from "../layout";
import { Flow } from "../memory/records";
import { checksumAdd, checksumOf } from "./checksum";

const PROTOCOL_ICMP: u32 = 1;
const PROTOCOL_ICMPV6: u32 = 58;
const IPV4_BYTES: u32 = 20;
const IPV6_BYTES: u32 = 40;
const ICMP_BYTES: u32 = 8;
const ERROR4_BYTES_MAX: u32 = 576;
const ERROR6_BYTES_MAX: u32 = 1280;
const OFFSET_MASK: u32 = 0x1fff;
/** Types that ask or answer, bit by bit: echo, timestamp, information, address mask. */
const ICMP_ASKS: u32 = 0x7e101;
const ICMP_TYPES: u32 = 32;
/** ICMPv6 types from here on are no errors (RFC 4443, 2.1). */
const ICMPV6_INFORMATIONAL: u32 = 128;
/** Internetwork control: what routers answer with (RFC 1812, 4.3.2.5). */
const PRECEDENCE_CONTROL: u32 = 0xc0;
const TOS_KEPT: u32 = 0x1e;
const TTL: u8 = 64;
const IPV4_DF: u16 = 0x0040;

/**
 * Whether an error may be sent about a packet (RFC 1812, 4.3.2.7; RFC 4443, 2.4 e): not about
 * errors and unknown ICMP types, not about later fragments of IPv4, not where its type is missing.
 */
export function icmpMayAnswer(flow: Flow): bool {
  if ((flow.flags & <u8>FLOW_HAS_ADDRESSES) == 0) return false;
  return flow.family == 4 ? mayAnswer4(flow) : mayAnswer6(flow);
}

function mayAnswer4(flow: Flow): bool {
  if (<u32>bswap<u16>(load<u16>(flow.network, 6)) & OFFSET_MASK) return false;
  if (flow.protocol != PROTOCOL_ICMP) return true;
  const headerBytes = (load<u8>(flow.network) & 15) << 2;
  if (flow.capturedBytes <= headerBytes) return false;
  const type = <u32>load<u8>(flow.network + headerBytes);
  return type < ICMP_TYPES && ((ICMP_ASKS >>> type) & 1) == 1;
}

function mayAnswer6(flow: Flow): bool {
  if (flow.protocol != PROTOCOL_ICMPV6 || flow.transport == 0) return true;
  if (flow.capturedBytes <= flow.transport) return false;
  return load<u8>(flow.network + flow.transport) >= ICMPV6_INFORMATIONAL;
}

/**
 * Writes an ICMP error to `target`: `error` is type and code as 0xTTCC, `value` the second word,
 * `source` where the router's address stands. Returns its bytes.
 */
export function icmp4Write(target: u32, flow: Flow, error: u32, value: u32, source: u32): u32 {
  const quoted = min<u32>(flow.capturedBytes, ERROR4_BYTES_MAX - IPV4_BYTES - ICMP_BYTES);
  const bytes = IPV4_BYTES + ICMP_BYTES + quoted;
  const tos = (load<u8>(flow.network, 1) & TOS_KEPT) | PRECEDENCE_CONTROL;
  store<u16>(target, <u16>(0x45 | (tos << 8)));
  store<u16>(target, bswap<u16>(<u16>bytes), 2);
  // An atomic datagram: it is never cut, so its identification says nothing (RFC 6864, 4.1).
  store<u16>(target, 0, 4);
  store<u16>(target, IPV4_DF, 6);
  store<u8>(target, TTL, 8);
  store<u8>(target, <u8>PROTOCOL_ICMP, 9);
  store<u16>(target, 0, 10);
  store<u32>(target, load<u32>(source), 12);
  store<u32>(target, bswap<u32>(<u32>flow.sourceHigh), 16);
  store<u16>(target, <u16>checksumOf(checksumAdd(0, target, IPV4_BYTES)), 10);
  const message = target + IPV4_BYTES;
  messageWrite(message, flow, error, value, quoted);
  store<u16>(message, <u16>checksumOf(checksumAdd(0, message, ICMP_BYTES + quoted)), 2);
  return bytes;
}

/** As icmp4Write, for IPv6. */
export function icmp6Write(target: u32, flow: Flow, error: u32, value: u32, source: u32): u32 {
  const quoted = min<u32>(flow.capturedBytes, ERROR6_BYTES_MAX - IPV6_BYTES - ICMP_BYTES);
  const payload = ICMP_BYTES + quoted;
  store<u32>(target, 0x60);
  store<u16>(target, bswap<u16>(<u16>payload), 4);
  store<u8>(target, <u8>PROTOCOL_ICMPV6, 6);
  store<u8>(target, TTL, 7);
  memory.copy(target + 8, source, 16);
  memory.copy(target + 24, flow.network + 8, 16);
  const message = target + IPV6_BYTES;
  messageWrite(message, flow, error, value, quoted);
  const pseudo = <u64>bswap<u32>(payload) + ((<u64>PROTOCOL_ICMPV6) << 24);
  store<u16>(message, <u16>checksumOf(checksumAdd(pseudo, target + 8, 32 + payload)), 2);
  return IPV6_BYTES + payload;
}

/** Type, code, a checksum of 0, the second word, and the quoted packet. */
function messageWrite(message: u32, flow: Flow, error: u32, value: u32, quoted: u32): void {
  store<u32>(message, bswap<u32>(error << 16));
  store<u32>(message, bswap<u32>(value), 4);
  memory.copy(message + ICMP_BYTES, flow.network, quoted);
}
