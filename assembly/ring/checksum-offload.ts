/**
 * Checksums that a station left to its network card: packets that never met one (veth, bridges)
 * carry the sum of their pseudo header where the checksum belongs. It is finished here.
 */

import { checksumAdd, checksumOf } from "../packet/checksum";

const ETHERTYPE: u32 = 12;
/** As they stand on the wire. */
const ETHERTYPE_IPV4: u16 = 0x0008;
const ETHERTYPE_IPV6: u16 = 0xdd86;
const ETHERTYPE_VLAN: u16 = 0x0081;
const TAG_BYTES: u32 = 4;
const ETHERNET_BYTES: u32 = 14;
const IPV4_MIN: u32 = 20;
const IPV6_BYTES: u32 = 40;
const PROTOCOL_TCP: u32 = 6;
const PROTOCOL_UDP: u32 = 17;
const TCP_MIN: u32 = 20;
const TCP_CHECKSUM: u32 = 16;
const UDP_MIN: u32 = 8;
const UDP_CHECKSUM: u32 = 6;

/** Finishes the checksum of TCP or UDP in a frame; whether there was one. */
export function checksumFinish(frame: u32, length: u32): bool {
  let offset = ETHERNET_BYTES;
  if (length < offset + TAG_BYTES) return false;
  let kind = load<u16>(frame, ETHERTYPE);
  if (kind == ETHERTYPE_VLAN) {
    kind = load<u16>(frame + TAG_BYTES, ETHERTYPE);
    offset += TAG_BYTES;
  }
  if (kind == ETHERTYPE_IPV4) return finish4(frame + offset, length - offset);
  return kind == ETHERTYPE_IPV6 && finish6(frame + offset, length - offset);
}

function finish4(packet: u32, length: u32): bool {
  if (length < IPV4_MIN) return false;
  const headerBytes = (<u32>load<u8>(packet) & 15) << 2;
  const total = min<u32>(bswap<u16>(load<u16>(packet, 2)), length);
  if (headerBytes < IPV4_MIN || headerBytes > total) return false;
  return segmentFinish(packet + headerBytes, total - headerBytes, load<u8>(packet, 9));
}

function finish6(packet: u32, length: u32): bool {
  if (length < IPV6_BYTES) return false;
  const payload = min<u32>(bswap<u16>(load<u16>(packet, 4)), length - IPV6_BYTES);
  return segmentFinish(packet + IPV6_BYTES, payload, load<u8>(packet, 6));
}

/** The field holds the pseudo header's sum, so it is added as all other words are. */
function segmentFinish(segment: u32, bytes: u32, protocol: u32): bool {
  const isTcp = protocol == PROTOCOL_TCP;
  if (!isTcp && protocol != PROTOCOL_UDP) return false;
  const least = isTcp ? TCP_MIN : UDP_MIN;
  if (bytes < least) return false;
  const checksum = checksumOf(checksumAdd(0, segment, bytes));
  // A UDP checksum of 0 would say that there is none (RFC 768).
  const stored = checksum == 0 && !isTcp ? 0xffff : checksum;
  store<u16>(segment + (isTcp ? TCP_CHECKSUM : UDP_CHECKSUM), <u16>stored);
  return true;
}
