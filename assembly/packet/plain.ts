/**
 * Plain packets, which most are: read in a few loads, to the very record that packetParse fills in.
 *
 *   Ethernet without tags, captured whole
 *   | IPv4 without options, its checksum right, no fragment | TCP or UDP
 *   | IPv6 without extension headers                        | TCP or UDP
 *
 * and addresses that lie far from all that a router does not forward. Whatever is anything else,
 * right or wrong, is not plain: packetParse says what it is.
 *
 *   IPv4, in words of 8 from its first byte on, as little-endian loads find them
 *   | 45 tos length id flags and offset | ttl protocol sum source | destination …
 *
 * Nobody can foretell whether the next packet is TCP or UDP, so that is told by sums instead of
 * branches. Bytes are turned around by shuffles, many at once: a bswap is six instructions.
 * Cost: 5 loads and 6 stores for IPv4, 6 and 6 for IPv6.
 */

import {
  FLOW_CAPTURED_BYTES,
  FLOW_DESTINATION,
  FLOW_HAS_ADDRESSES,
  FLOW_HAS_PORTS,
  FLOW_NETWORK,
  FLOW_PROTOCOL,
  FLOW_SOURCE,
  FLOW_SOURCE_PORT,
  SEGMENT_FOLLOWS,
} from "../layout";
import { Flow } from "../memory/records";
import { ETHERNET_BYTES } from "./link";

/** What Ethernet carries, as a little-endian load finds it. */
const ETHERTYPE_IPV4_WIRE: u16 = 0x0008;
const ETHERTYPE_IPV6_WIRE: u16 = 0xdd86;
const HEADER4_BYTES: u32 = 20;
const HEADER6_BYTES: u32 = 40;
/** The least that TCP and UDP are read by. */
const TCP_BYTES: u32 = 20;
const UDP_BYTES: u32 = 8;
const NEVER_BYTES: u32 = 0x10000;
const PROTOCOL_TCP: u32 = 6;
const PROTOCOL_UDP: u32 = 17;
const TCP_FLAGS: u32 = 13;
const TCP_SYN: u32 = 0x02;
const TCP_SYN_ACK: u32 = 0x12;
/** Version and header length, and all of the fragment field but DF and the reserved bit. */
const FIRST4_MASK: u64 = 0xff3f_0000_0000_00ff;
const FIRST4: u64 = 0x45;
const FIRST6_MASK: u64 = 0xf0;
const FIRST6: u64 = 0x60;
const LOW_WORD: u64 = 0xffffffff;
/** A multiple of 65,535 is what times the inverse, modulo 2^64, gives at most this. */
const INVERSE_OF_65535: u64 = 0xfffefffe_fffeffff;
const MULTIPLE_MAX: u64 = 0x00010001_00010001;
/** A byte of the second vector of a shuffle, which holds zeros. */
const Z: u8 = 16;
/** Family and flags, above the record's protocol. */
const FACTS4: u32 = ((FLOW_HAS_PORTS | FLOW_HAS_ADDRESSES) << 16) | (4 << 8);
const FACTS6: u32 = ((FLOW_HAS_PORTS | FLOW_HAS_ADDRESSES) << 16) | (6 << 8);

/**
 * Whether the frame, `captured` bytes of Ethernet that were captured whole, is a plain IPv4 packet,
 * of which `flow` then tells all. Where it is not, `flow` is as it was.
 */
export function plain4Parse(flow: Flow, frame: u32, captured: u32): bool {
  if (captured < ETHERNET_BYTES + HEADER4_BYTES + UDP_BYTES) return false;
  if (load<u16>(frame, 12) != ETHERTYPE_IPV4_WIRE) return false;
  const network = frame + ETHERNET_BYTES;
  const first = load<u64>(network);
  const second = load<u64>(network, 8);
  const third = load<u32>(network, 16);
  if ((first & FIRST4_MASK) != FIRST4 || !sumIsValid(first, second, third)) return false;
  const protocol = <u32>(second >>> 8) & 0xff;
  const bytes = <u32>bswap<u16>(<u16>(first >>> 16));
  if (bytes > captured - ETHERNET_BYTES) return false;
  if (bytes < HEADER4_BYTES + transportBytes(protocol)) return false;
  if (isNear4(<u32>(second >>> 32)) | isNear4(third)) return false;
  const at = changetype<usize>(flow);
  const none = i8x16.splat(0);
  // Source, destination, ports, each turned around.
  const ends = v128.load(network, 12);
  const source = v128.shuffle<u8>(ends, none, 3, 2, 1, 0, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z);
  const destination = v128.shuffle<u8>(ends, none, 7, 6, 5, 4, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z);
  const ports = v128.shuffle<u8>(ends, none, 9, 8, 11, 10, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z);
  v128.store(at, source, FLOW_SOURCE);
  v128.store(at, destination, FLOW_DESTINATION);
  v128.store_lane<u32>(at, ports, 0, FLOW_SOURCE_PORT);
  store<u32>(at, protocol | FACTS4 | ((<u32>second) << 24), FLOW_PROTOCOL);
  store<u64>(at, <u64>network | ((<u64>bytes) << 32), FLOW_NETWORK);
  const rest = HEADER4_BYTES | (segmentOf(protocol, network + HEADER4_BYTES) << 16);
  store<u64>(at, <u64>bytes | ((<u64>rest) << 32), FLOW_CAPTURED_BYTES);
  flow.hash = 0;
  return true;
}

/** As plain4Parse, for IPv6. */
export function plain6Parse(flow: Flow, frame: u32, captured: u32): bool {
  if (captured < ETHERNET_BYTES + HEADER6_BYTES + UDP_BYTES) return false;
  if (load<u16>(frame, 12) != ETHERTYPE_IPV6_WIRE) return false;
  const network = frame + ETHERNET_BYTES;
  const first = load<u64>(network);
  if ((first & FIRST6_MASK) != FIRST6) return false;
  const protocol = <u32>(first >>> 48) & 0xff;
  const payload = <u32>bswap<u16>(<u16>(first >>> 32));
  const bytes = HEADER6_BYTES + payload;
  if (bytes > captured - ETHERNET_BYTES || payload < transportBytes(protocol)) return false;
  if (isNear6(load<u16>(network, 8)) | isNear6(load<u16>(network, 24))) return false;
  const at = changetype<usize>(flow);
  const source = v128.load(network, 8);
  const destination = v128.load(network, 24);
  v128.store(at, halvesTurned(source), FLOW_SOURCE);
  v128.store(at, halvesTurned(destination), FLOW_DESTINATION);
  const transport = network + HEADER6_BYTES;
  // The source port comes first on the wire and in the record, where both are in host order.
  store<u32>(at, rotl<u32>(bswap<u32>(load<u32>(transport)), 16), FLOW_SOURCE_PORT);
  store<u32>(at, protocol | FACTS6 | (<u32>(first >>> 32) & 0xff000000), FLOW_PROTOCOL);
  store<u64>(at, <u64>network | ((<u64>bytes) << 32), FLOW_NETWORK);
  const rest = HEADER6_BYTES | (segmentOf(protocol, transport) << 16);
  store<u64>(at, <u64>bytes | ((<u64>rest) << 32), FLOW_CAPTURED_BYTES);
  flow.hash = 0;
  return true;
}

/** Both words of 8 bytes in the other byte order. */
function halvesTurned(wire: v128): v128 {
  return v128.shuffle<u8>(wire, wire, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
}

/**
 * Whether the five words of a header add up to what they must, in any byte order: their sum in
 * one's complement is all ones (RFC 1071), which is to say that it is a multiple of 65,535.
 */
function sumIsValid(first: u64, second: u64, third: u32): bool {
  const words = (first & LOW_WORD) + (first >>> 32) + (second & LOW_WORD) + (second >>> 32);
  return (words + third) * INVERSE_OF_65535 <= MULTIPLE_MAX;
}

/** Bytes that the transport must have to be read; more than there can be where it is another. */
function transportBytes(protocol: u32): u32 {
  const isTcp = <u32>(protocol == PROTOCOL_TCP);
  const isUdp = <u32>(protocol == PROTOCOL_UDP);
  return NEVER_BYTES - isTcp * (NEVER_BYTES - TCP_BYTES) - isUdp * (NEVER_BYTES - UDP_BYTES);
}

/** Whether an address that begins with a byte is not in 1.0.0.0 to 223.255.255.255, or in 127/8. */
function isNear4(wire: u32): u32 {
  const top = wire & 0xff;
  return <u32>(top - 1 > 222) | <u32>(top == 127);
}

/** Whether an address that begins with two bytes is not in 1:: to fdff:ffff:…. */
function isNear6(wire: u32): u32 {
  return <u32>((wire & 0xff) - 1 > 0xfc) & <u32>(wire != 0x6400);
}

/** SEGMENT_NONE for UDP, whatever stands where TCP has its flags. */
function segmentOf(protocol: u32, transport: u32): u32 {
  const flags = <u32>load<u8>(transport, TCP_FLAGS);
  const opens = <u32>((flags & TCP_SYN_ACK) == TCP_SYN);
  return <u32>(protocol == PROTOCOL_TCP) * (SEGMENT_FOLLOWS - opens);
}
