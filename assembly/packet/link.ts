/** Link headers: where the IP header starts, for every link type that is served. */

import {
  DROP_ETHERTYPE,
  DROP_GROUP_MAC,
  DROP_LINK_TYPE,
  DROP_NONE,
  DROP_OTHER_MAC,
  LINK_ETHERNET,
  LINK_IPV4,
  LINK_IPV6,
  LINK_LINUX_SLL,
  LINK_LINUX_SLL2,
  LINK_LOOP,
  LINK_NULL,
  LINK_RAW,
  LINK_RAW_BSD,
  LINK_RAW_OPENBSD,
} from "../layout";
import { etherTypeParse, linkAnswer, linkShort, loadU16, versionAnswer } from "./carriers";

/** Bytes of an Ethernet header without tags. */
export const ETHERNET_BYTES: u32 = 14;
/** 0x0800 as a little-endian load finds it. */
const ETHERTYPE_IPV4_WIRE: u16 = 0x0008;
const SLL_BYTES: u32 = 16;
const SLL2_BYTES: u32 = 20;
const LOOPBACK_BYTES: u32 = 4;

/** Why the packet at a link's answer is dropped, DROP_NONE where it is not. */
export function linkReason(answer: u32): u32 {
  return answer >>> 24;
}

/** 4 or 6; 0 where no IP header was found. */
export function linkFamily(answer: u32): u32 {
  return (answer >>> 16) & 0xff;
}

/** Offset of the IP header in its frame. */
export function linkOffset(answer: u32): u32 {
  return answer & 0xffff;
}

/** Finds the IP header in a frame of which `captured` bytes are there. */
export function linkParse(frame: u32, captured: u32, linkType: u32): u32 {
  switch (linkType) {
    case LINK_ETHERNET:
      if (captured < ETHERNET_BYTES) return linkShort();
      // Most packets: what etherTypeParse would answer, without the call.
      if (load<u16>(frame, 12) == ETHERTYPE_IPV4_WIRE)
        return linkAnswer(DROP_NONE, 4, ETHERNET_BYTES);
      return etherTypeParse(frame, captured, loadU16(frame + 12), ETHERNET_BYTES);
    case LINK_LINUX_SLL:
      if (captured < SLL_BYTES) return linkShort();
      return etherTypeParse(frame, captured, loadU16(frame + 14), SLL_BYTES);
    case LINK_LINUX_SLL2:
      if (captured < SLL2_BYTES) return linkShort();
      return etherTypeParse(frame, captured, loadU16(frame), SLL2_BYTES);
    case LINK_NULL:
    case LINK_LOOP:
      return loopbackParse(frame, captured);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
      return versionAnswer(frame, captured, 0, DROP_NONE, 0);
    case LINK_IPV4:
      return linkAnswer(DROP_NONE, 4, 0);
    case LINK_IPV6:
      return linkAnswer(DROP_NONE, 6, 0);
    default:
      return linkAnswer(DROP_LINK_TYPE, 0, 0);
  }
}

/** BSD loopback: an address family as the capturing machine had it, in its byte order. */
function loopbackParse(frame: u32, captured: u32): u32 {
  if (captured < LOOPBACK_BYTES) return linkShort();
  const stored = load<u32>(frame);
  const family = stored < 0x10000 ? stored : bswap<u32>(stored);
  if (family == 2) return linkAnswer(DROP_NONE, 4, LOOPBACK_BYTES);
  // AF_INET6 of NetBSD and OpenBSD, of FreeBSD, of macOS, of Linux, in this order.
  const isIpv6 = family == 24 || family == 28 || family == 30 || family == 10;
  if (isIpv6) return linkAnswer(DROP_NONE, 6, LOOPBACK_BYTES);
  return linkAnswer(DROP_ETHERTYPE, 0, LOOPBACK_BYTES);
}

/**
 * Why an Ethernet frame that came in on an interface with MAC `own` (where it stands) is not for
 * the router; DROP_NONE where it is. The MAC is read whole, with two bytes more: both have them.
 */
export function macReason(frame: u32, own: u32): u32 {
  const difference = load<u64>(frame) ^ load<u64>(own);
  if (difference << 16 == 0) return DROP_NONE;
  // The first bit on the wire says that the address is that of a group, broadcast included.
  return load<u8>(frame) & 1 ? DROP_GROUP_MAC : DROP_OTHER_MAC;
}
