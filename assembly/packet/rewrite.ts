/** A forwarded packet as it leaves: one TTL less, and the adjacency's Ethernet header. */

import { Adjacency, Flow } from "../memory/records";
import { checksumPatch } from "./checksum";
import { etherTypeOf } from "./encapsulate";

/** Bytes of the Ethernet header that stands before a packet that leaves in place. */
export const LEAVING_HEADER_BYTES: u32 = 14;

/** Offsets in the IPv4 header of the word that holds TTL and protocol, and of the checksum. */
const IPV4_TTL: u32 = 8;
const IPV4_CHECKSUM: u32 = 10;
const IPV6_HOP_LIMIT: u32 = 7;

/**
 * Rewrites a parsed packet in place (RFC 1812, 5.2.1; RFC 8200, 3). The Ethernet header is written
 * right before the IP header, over the link header that came or into the frame's headroom.
 */
export function packetRewrite(flow: Flow, adjacency: Adjacency): void {
  ttlDecrease(flow);
  const ethernet = flow.network - LEAVING_HEADER_BYTES;
  store<u64>(ethernet, adjacency.macsHigh);
  store<u32>(ethernet, adjacency.macsLow, 8);
  store<u16>(ethernet, etherTypeOf(flow.family), 12);
}

/** One off TTL or hop limit; the IPv4 checksum follows (RFC 1624). */
export function ttlDecrease(flow: Flow): void {
  const header = flow.network;
  if (flow.family == 4) {
    const before = <u32>bswap<u16>(load<u16>(header, IPV4_TTL));
    const after = before - 0x100;
    const checksum = <u32>bswap<u16>(load<u16>(header, IPV4_CHECKSUM));
    store<u16>(header, bswap<u16>(<u16>after), IPV4_TTL);
    store<u16>(header, bswap<u16>(<u16>checksumPatch(checksum, before, after)), IPV4_CHECKSUM);
  } else {
    store<u8>(header, load<u8>(header, IPV6_HOP_LIMIT) - 1, IPV6_HOP_LIMIT);
  }
}
