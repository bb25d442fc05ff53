/** Link headers: where the IP header starts, for every link type that is served. */

import {
  DROP_CAPTURED_SHORT,
  DROP_ETHERTYPE,
  DROP_LINK_TYPE,
  DROP_MPLS,
  DROP_NONE,
  DROP_PPPOE,
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
  MPLS_LABELS_MAX,
  VLAN_TAGS_MAX,
} from "../layout";

/** A link's answer in one u32: drop reason << 24 | family << 16 | offset of the IP header. */
export const LINK_REASON_SHIFT: u32 = 24;
export const LINK_FAMILY_SHIFT: u32 = 16;
export const LINK_FAMILY_MASK: u32 = 0xff;
export const LINK_OFFSET_MASK: u32 = 0xffff;

const ETHERNET_BYTES: u32 = 14;
const ETHERTYPE_IPV4: u32 = 0x0800;
const ETHERTYPE_IPV6: u32 = 0x86dd;
const ETHERTYPE_VLAN: u32 = 0x8100;
const ETHERTYPE_QINQ: u32 = 0x88a8;
const ETHERTYPE_QINQ_OLD: u32 = 0x9100;
const ETHERTYPE_MPLS: u32 = 0x8847;
const ETHERTYPE_MPLS_MULTICAST: u32 = 0x8848;
const ETHERTYPE_PPPOE: u32 = 0x8864;
const PPP_IPV4: u32 = 0x0021;
const PPP_IPV6: u32 = 0x0057;
const VLAN_BYTES: u32 = 4;
const MPLS_BYTES: u32 = 4;
const MPLS_BOTTOM: u32 = 0x100;
/** PPPoE header (RFC 2516, 4) and the PPP protocol behind it. */
const PPPOE_BYTES: u32 = 8;
const SLL_BYTES: u32 = 16;
const SLL2_BYTES: u32 = 20;
const LOOPBACK_BYTES: u32 = 4;

function linkAnswer(reason: u32, family: u32, offset: u32): u32 {
  return (reason << LINK_REASON_SHIFT) | (family << LINK_FAMILY_SHIFT) | offset;
}

/** The frame is too short: the caller knows whether the capture or the sender made it so. */
function linkShort(): u32 {
  return linkAnswer(DROP_CAPTURED_SHORT, 0, 0);
}

function loadU16(address: u32): u32 {
  return <u32>bswap<u16>(load<u16>(address));
}

/** Finds the IP header in a frame of which `captured` bytes are there. */
export function linkParse(frame: u32, captured: u32, linkType: u32): u32 {
  switch (linkType) {
    case LINK_ETHERNET:
      if (captured < ETHERNET_BYTES) return linkShort();
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
      return versionParse(frame, captured, 0, DROP_NONE);
    case LINK_IPV4:
      return linkAnswer(DROP_NONE, 4, 0);
    case LINK_IPV6:
      return linkAnswer(DROP_NONE, 6, 0);
    default:
      return linkAnswer(DROP_LINK_TYPE, 0, 0);
  }
}

/** The family of a packet that nothing but its own version tells. */
function versionParse(frame: u32, captured: u32, offset: u32, reason: u32): u32 {
  if (captured <= offset) return linkShort();
  const version = <u32>load<u8>(frame + offset) >>> 4;
  if (version == 4 || version == 6) return linkAnswer(reason, version, offset);
  return linkAnswer(reason != DROP_NONE ? reason : DROP_ETHERTYPE, 0, offset);
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

/** Looks through VLAN tags to what an EtherType announces; `offset` is where that starts. */
function etherTypeParse(frame: u32, captured: u32, etherType: u32, offset: u32): u32 {
  let kind = etherType;
  let start = offset;
  for (let tags: u32 = 0; tags < VLAN_TAGS_MAX; tags++) {
    if (kind != ETHERTYPE_VLAN && kind != ETHERTYPE_QINQ && kind != ETHERTYPE_QINQ_OLD) break;
    if (captured < start + VLAN_BYTES) return linkShort();
    kind = loadU16(frame + start + 2);
    start += VLAN_BYTES;
  }
  switch (kind) {
    case ETHERTYPE_IPV4:
      return linkAnswer(DROP_NONE, 4, start);
    case ETHERTYPE_IPV6:
      return linkAnswer(DROP_NONE, 6, start);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
      return mplsParse(frame, captured, start);
    case ETHERTYPE_PPPOE:
      return pppoeParse(frame, captured, start);
    default:
      return linkAnswer(DROP_ETHERTYPE, 0, start);
  }
}

/** MPLS names no payload: the first four bits behind the bottom label tell (RFC 4928, 2). */
function mplsParse(frame: u32, captured: u32, offset: u32): u32 {
  let start = offset;
  for (let labels: u32 = 0; labels < MPLS_LABELS_MAX; labels++) {
    if (captured < start + MPLS_BYTES) return linkShort();
    const isBottom = (bswap<u32>(load<u32>(frame + start)) & MPLS_BOTTOM) != 0;
    start += MPLS_BYTES;
    if (isBottom) return versionParse(frame, captured, start, DROP_MPLS);
  }
  return linkAnswer(DROP_MPLS, 0, start);
}

function pppoeParse(frame: u32, captured: u32, offset: u32): u32 {
  const start = offset + PPPOE_BYTES;
  if (captured < start) return linkShort();
  const protocol = loadU16(frame + start - 2);
  if (protocol == PPP_IPV4) return linkAnswer(DROP_PPPOE, 4, start);
  if (protocol == PPP_IPV6) return linkAnswer(DROP_PPPOE, 6, start);
  return linkAnswer(DROP_PPPOE, 0, start);
}
