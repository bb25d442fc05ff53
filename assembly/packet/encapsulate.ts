/**
 * What stands in front of an IP packet as it leaves: link header, VLAN tags, outer headers.
 *
 *   [MACs 12][tags 0, 4, 8][ethertype 2] [outer IPv4 20 or IPv6 40 [GRE 4 | UDP 8, GUE 4, hops]]
 *
 * Outer headers take DSCP and ECN of the packet (RFC 2983, uniform; RFC 6040, normal mode) and, of
 * an IPv4 packet, DF and identification. The packet was cut to what fits, so the outer one is never
 * cut by us.
 * Sources: RFC 2003, 4213, 2473, 2784; draft-ietf-intarea-gue-09, 3.
 */

import {
  ADJACENCY_OUTER_DESTINATION,
  ADJACENCY_OUTER_SOURCE,
  ENCAPSULATION_GRE,
  ENCAPSULATION_GUE,
  ENCAPSULATION_NONE,
} from "../layout";
import { Adjacency } from "../memory/records";
import { checksumAdd, checksumOf } from "./checksum";

/** As they stand on the wire. */
const ETHERTYPE_IPV4: u16 = 0x0008;
const ETHERTYPE_IPV6: u16 = 0xdd86;

const PROTOCOL_IPV4: u32 = 4;
const PROTOCOL_UDP: u32 = 17;
const PROTOCOL_IPV6: u32 = 41;
const PROTOCOL_GRE: u32 = 47;

const GRE_BYTES: u32 = 4;
const UDP_BYTES: u32 = 8;
const GUE_BYTES: u32 = 4;
const GUE_PORT: u32 = 6080;
/** Source ports carry entropy: those that no server listens on (RFC 6335, 6). */
const ENTROPY_PORT_FIRST: u32 = 49152;
const ENTROPY_PORT_MASK: u32 = 0x3fff;
const FLOW_LABEL_MASK: u32 = 0xfffff;

const IPV4_BYTES: u32 = 20;
const IPV6_BYTES: u32 = 40;
const IPV4_DF: u32 = 0x4000;

/** The ethertype of a family's packets, as it stands on the wire. */
export function etherTypeOf(family: u32): u16 {
  return family == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
}

/**
 * Writes all headers of an adjacency in front of the packet at `network`, `bytes` long; `entropy`
 * is its flow's hash, `hops` a hop list with its bytes before it, or 0. Writes so many bytes and
 * adjacency.headerBytes more, which must be free.
 */
export function headersWrite(
  network: u32,
  family: u32,
  bytes: u32,
  adjacency: Adjacency,
  entropy: u64,
  hops: u32,
): void {
  let start = network;
  let outermost = family;
  if (adjacency.encapsulation != ENCAPSULATION_NONE) {
    start = outerWrite(network, family, bytes, adjacency, entropy, hops);
    outermost = adjacency.outerFamily;
  }
  start -= 2;
  store<u16>(start, etherTypeOf(outermost));
  const tagBytes = <u32>adjacency.tagBytes;
  start -= tagBytes;
  if (tagBytes == 8) store<u64>(start, adjacency.tags);
  else if (tagBytes == 4) store<u32>(start, <u32>adjacency.tags);
  start -= 12;
  store<u64>(start, adjacency.macsHigh);
  store<u32>(start, adjacency.macsLow, 8);
}

/** Writes the outer headers; returns where they begin. */
function outerWrite(
  network: u32,
  family: u32,
  bytes: u32,
  adjacency: Adjacency,
  entropy: u64,
  hops: u32,
): u32 {
  const inner = family == 4 ? PROTOCOL_IPV4 : PROTOCOL_IPV6;
  let start = network;
  let protocol = inner;
  if (adjacency.encapsulation == ENCAPSULATION_GRE) {
    start -= GRE_BYTES;
    store<u32>(start, (<u32>etherTypeOf(family)) << 16);
    protocol = PROTOCOL_GRE;
  } else if (adjacency.encapsulation == ENCAPSULATION_GUE) {
    const listBytes = hops == 0 ? 0 : load<u32>(hops);
    start -= listBytes;
    memory.copy(start, hops + 4, listBytes);
    start -= GUE_BYTES;
    store<u32>(start, (inner << 8) | (listBytes >>> 2));
    start -= UDP_BYTES;
    udpWrite(start, bytes + listBytes + GUE_BYTES + UDP_BYTES, entropy);
    protocol = PROTOCOL_UDP;
  }
  const payload = network + bytes - start;
  const traffic = trafficClass(network, family);
  if (adjacency.outerFamily == 4) {
    start -= IPV4_BYTES;
    outer4Write(start, payload, protocol, traffic, adjacency);
    outer4Fragment(start, network, family);
    return start;
  }
  start -= IPV6_BYTES;
  outer6Write(start, payload, protocol, traffic, adjacency, entropy);
  if (protocol == PROTOCOL_UDP) udp6Checksum(start, payload);
  return start;
}

/** DSCP and ECN of a packet. */
function trafficClass(network: u32, family: u32): u32 {
  if (family == 4) return load<u8>(network, 1);
  return (bswap<u32>(load<u32>(network)) >>> 20) & 0xff;
}

/** The checksum is 0: none (RFC 768; over IPv6 it is computed). */
function udpWrite(start: u32, bytes: u32, entropy: u64): void {
  const source = ENTROPY_PORT_FIRST | (<u32>(entropy >>> 32) & ENTROPY_PORT_MASK);
  store<u16>(start, bswap<u16>(<u16>source));
  store<u16>(start, bswap<u16>(<u16>GUE_PORT), 2);
  store<u16>(start, bswap<u16>(<u16>bytes), 4);
  store<u16>(start, 0, 6);
}

/** Writes all but what outer4Fragment does. */
function outer4Write(
  start: u32,
  payload: u32,
  protocol: u32,
  traffic: u32,
  adjacency: Adjacency,
): void {
  store<u16>(start, <u16>(0x45 | (traffic << 8)));
  store<u16>(start, bswap<u16>(<u16>(payload + IPV4_BYTES)), 2);
  store<u8>(start, adjacency.outerTtl, 8);
  store<u8>(start, <u8>protocol, 9);
  const record = changetype<u32>(adjacency);
  store<u32>(start, load<u32>(record, ADJACENCY_OUTER_SOURCE), 12);
  store<u32>(start, load<u32>(record, ADJACENCY_OUTER_DESTINATION), 16);
}

/** DF and identification as the packet has them; one of IPv6 must not be cut. Then the checksum. */
function outer4Fragment(start: u32, network: u32, family: u32): void {
  const isIpv4 = family == 4;
  const flags = isIpv4 ? <u32>bswap<u16>(load<u16>(network, 6)) & IPV4_DF : IPV4_DF;
  store<u16>(start, isIpv4 ? load<u16>(network, 4) : 0, 4);
  store<u16>(start, bswap<u16>(<u16>flags), 6);
  store<u16>(start, 0, 10);
  store<u16>(start, <u16>checksumOf(checksumAdd(0, start, IPV4_BYTES)), 10);
}

function outer6Write(
  start: u32,
  payload: u32,
  protocol: u32,
  traffic: u32,
  adjacency: Adjacency,
  entropy: u64,
): void {
  const label = <u32>entropy & FLOW_LABEL_MASK;
  store<u32>(start, bswap<u32>(0x60000000 | (traffic << 20) | label));
  store<u16>(start, bswap<u16>(<u16>payload), 4);
  store<u8>(start, <u8>protocol, 6);
  store<u8>(start, adjacency.outerTtl, 7);
  memory.copy(start + 8, changetype<u32>(adjacency) + ADJACENCY_OUTER_SOURCE, 16);
  memory.copy(start + 24, changetype<u32>(adjacency) + ADJACENCY_OUTER_DESTINATION, 16);
}

/** Over pseudo header and datagram (RFC 8200, 8.1): a receiver may refuse one without. */
function udp6Checksum(start: u32, payload: u32): void {
  const pseudo = <u64>bswap<u32>(payload) + ((<u64>PROTOCOL_UDP) << 24);
  const checksum = checksumOf(checksumAdd(pseudo, start + 8, 32 + payload));
  store<u16>(start + IPV6_BYTES, checksum == 0 ? 0xffff : <u16>checksum, 6);
}
