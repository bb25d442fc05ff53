/** A forwarded packet as it leaves: one TTL less, and the adjacency's Ethernet header. */

import { Adjacency, Flow } from "../memory/records";
import { checksumIncrease } from "./checksum";
import { etherTypeOf } from "./encapsulate";

/** Bytes of the Ethernet header that stands before a packet that leaves in place. */
export const LEAVING_HEADER_BYTES: u32 = 14;

/** Offsets in the IPv4 header of the word of TTL, protocol and checksum, and in the IPv6 header. */
const IPV4_TTL: u32 = 8;
const IPV6_HOP_LIMIT: u32 = 7;

/** The adjacency's Ethernet header, over the link header that came or into the frame's headroom. */
export function ethernetWrite(flow: Flow, adjacency: Adjacency): void {
  const ethernet = flow.network - LEAVING_HEADER_BYTES;
  store<u64>(ethernet, adjacency.macsHigh);
  store<u32>(ethernet, adjacency.macsLow, 8);
  store<u16>(ethernet, etherTypeOf(flow.family), 12);
}

/** One off TTL or hop limit (RFC 1812, 5.2.1; RFC 8200, 3); the IPv4 checksum follows. */
export function ttlDecrease(flow: Flow): void {
  const header = flow.network;
  if (flow.family == 4) {
    const word = load<u32>(header, IPV4_TTL);
    const checksum = checksumIncrease(word >>> 16);
    store<u32>(header, ((word & 0xffff) - 1) | (checksum << 16), IPV4_TTL);
  } else {
    store<u8>(header, load<u8>(header, IPV6_HOP_LIMIT) - 1, IPV6_HOP_LIMIT);
  }
}
