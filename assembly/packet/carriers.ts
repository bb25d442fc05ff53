/**
 * What may stand between a link header and the IP header, looked through step by step.
 *
 * A step is one u32: kind << 16 | offset of what that kind announces. Kinds from 0x600 on are
 * EtherTypes; below stand kinds that no EtherType names, which no frame can spell: a smaller number
 * in a frame is a length, and means LLC. Only packets behind nothing but VLAN tags are forwarded;
 * the others are looked at so that reports can say what family they were and between whom.
 */

import {
  CARRIERS_MAX,
  DROP_CAPTURED_SHORT,
  DROP_ETHERTYPE,
  DROP_MPLS,
  DROP_NONE,
  DROP_PPPOE,
  MPLS_LABELS_MAX,
} from "../layout";

const KIND_SHIFT: u32 = 16;
const OFFSET_MASK: u32 = 0xffff;

/** The frame is too short for what it announces. */
const KIND_SHORT: u32 = 1;
/** Nothing that leads to IP. */
const KIND_OTHER: u32 = 2;
/** IP, and its version field says which. */
const KIND_IP: u32 = 3;
/** An Ethernet header. */
const KIND_ETHERNET: u32 = 4;
const KIND_LLC: u32 = 5;
/** Below this one an EtherType field is a length, and LLC follows (IEEE 802.3, 3.2.6). */
const ETHERTYPE_MIN: u32 = 0x600;

const ETHERTYPE_IPV4: u32 = 0x0800;
const ETHERTYPE_IPV6: u32 = 0x86dd;
const ETHERTYPE_VLAN: u32 = 0x8100;
const ETHERTYPE_QINQ: u32 = 0x88a8;
const ETHERTYPE_QINQ_OLD: u32 = 0x9100;
const ETHERTYPE_MPLS: u32 = 0x8847;
const ETHERTYPE_MPLS_MULTICAST: u32 = 0x8848;
const ETHERTYPE_PPPOE: u32 = 0x8864;
const PPP_IPV4: u32 = 0x21;
const PPP_IPV6: u32 = 0x57;
const ETHERTYPE_MACSEC: u32 = 0x88e5;
const ETHERTYPE_FABRIC_PATH: u32 = 0x8903;
const ETHERTYPE_VN_TAG: u32 = 0x8926;
const ETHERTYPE_E_TAG: u32 = 0x893f;
const ETHERTYPE_NSH: u32 = 0x894f;
const ETHERTYPE_ARISTA: u32 = 0xd28b;

/** A link's answer in one u32: drop reason << 24 | family << 16 | offset of the IP header. */
export function linkAnswer(reason: u32, family: u32, offset: u32): u32 {
  return (reason << 24) | (family << 16) | offset;
}

/** The frame is too short: the caller knows whether the capture or the sender made it so. */
export function linkShort(): u32 {
  return linkAnswer(DROP_CAPTURED_SHORT, 0, 0);
}

/** A u16 in network order. */
export function loadU16(address: u32): u32 {
  return <u32>bswap<u16>(load<u16>(address));
}

/** The kind that an EtherType field of a frame spells. */
function wireKind(etherType: u32): u32 {
  return etherType < ETHERTYPE_MIN ? KIND_LLC : etherType;
}

function step(kind: u32, offset: u32): u32 {
  return (kind << KIND_SHIFT) | offset;
}

/** Looks through what an EtherType announces at `offset`. */
export function etherTypeParse(frame: u32, captured: u32, etherType: u32, offset: u32): u32 {
  let kind = wireKind(etherType);
  let start = offset;
  let reason = DROP_NONE;
  for (let carriers: u32 = 0; carriers < CARRIERS_MAX; carriers++) {
    if (kind == ETHERTYPE_IPV4) return linkAnswer(reason, 4, start);
    if (kind == ETHERTYPE_IPV6) return versionAnswer(frame, captured, start, reason, 6);
    if (kind == KIND_IP) return versionAnswer(frame, captured, start, reason, 0);
    if (kind == KIND_SHORT) return linkShort();
    if (kind == KIND_OTHER) break;
    if (reason == DROP_NONE) reason = carrierReason(kind);
    const next = carrierStep(frame, captured, kind, start);
    kind = next >>> KIND_SHIFT;
    start = next & OFFSET_MASK;
  }
  return linkAnswer(reason != DROP_NONE ? reason : DROP_ETHERTYPE, 0, start);
}

/** IP whose version must be `wanted`, or with 0 may be either. */
export function versionAnswer(
  frame: u32,
  captured: u32,
  offset: u32,
  reason: u32,
  wanted: u32,
): u32 {
  if (captured <= offset) return linkShort();
  const version = <u32>load<u8>(frame + offset) >>> 4;
  const isKnown = version == 4 || version == 6;
  if (wanted == 0 ? isKnown : version == wanted) return linkAnswer(reason, version, offset);
  return linkAnswer(reason != DROP_NONE ? reason : DROP_ETHERTYPE, 0, offset);
}

/** Why a packet behind a carrier is not forwarded; VLAN tags are no reason. */
function carrierReason(kind: u32): u32 {
  if (kind == ETHERTYPE_VLAN || kind == ETHERTYPE_QINQ || kind == ETHERTYPE_QINQ_OLD) {
    return DROP_NONE;
  }
  if (kind == ETHERTYPE_MPLS || kind == ETHERTYPE_MPLS_MULTICAST) return DROP_MPLS;
  return kind == ETHERTYPE_PPPOE ? DROP_PPPOE : DROP_ETHERTYPE;
}

/** The EtherType that ends a header of `bytes`, and what it announces. */
function taggedStep(frame: u32, captured: u32, start: u32, bytes: u32): u32 {
  const end = start + bytes;
  return captured < end ? step(KIND_SHORT, 0) : step(wireKind(loadU16(frame + end - 2)), end);
}

function carrierStep(frame: u32, captured: u32, kind: u32, start: u32): u32 {
  switch (kind) {
    case ETHERTYPE_VLAN:
    case ETHERTYPE_QINQ:
    case ETHERTYPE_QINQ_OLD:
      return taggedStep(frame, captured, start, 4);
    case KIND_ETHERNET:
      return taggedStep(frame, captured, start, 14);
    case ETHERTYPE_VN_TAG:
      return taggedStep(frame, captured, start, 6);
    case ETHERTYPE_E_TAG:
      return taggedStep(frame, captured, start, 8);
    case ETHERTYPE_FABRIC_PATH:
      return step(KIND_ETHERNET, start + 2);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
      return mplsStep(frame, captured, start);
    case ETHERTYPE_PPPOE:
      return pppoeStep(frame, captured, start);
    case ETHERTYPE_MACSEC:
      return macsecStep(frame, captured, start);
    case ETHERTYPE_NSH:
      return nshStep(frame, captured, start);
    case ETHERTYPE_ARISTA:
      return aristaStep(frame, captured, start);
    case KIND_LLC:
      return snapStep(frame, captured, start);
    default:
      return step(KIND_OTHER, start);
  }
}

/**
 * MPLS names no payload: the four bits behind the bottom label tell IP from a pseudowire's control
 * word (RFC 4928, 2; RFC 4385, 3), behind which stands Ethernet.
 */
function mplsStep(frame: u32, captured: u32, offset: u32): u32 {
  let start = offset;
  for (let labels: u32 = 0; labels < MPLS_LABELS_MAX; labels++) {
    if (captured <= start + 4) return step(KIND_SHORT, 0);
    const isBottom = (load<u8>(frame + start, 2) & 1) != 0;
    start += 4;
    if (!isBottom) continue;
    const isControlWord = load<u8>(frame + start) >>> 4 == 0;
    return isControlWord ? step(KIND_ETHERNET, start + 4) : step(KIND_IP, start);
  }
  return step(KIND_OTHER, start);
}

/**
 * PPPoE session (RFC 2516, 4): six bytes of header, then the PPP protocol in two bytes, or in one
 * where the sender leaves out a leading zero (RFC 1661, 6.5): the last byte alone is odd.
 */
function pppoeStep(frame: u32, captured: u32, offset: u32): u32 {
  const start = offset + 8;
  if (captured < start) return step(KIND_SHORT, 0);
  const first = <u32>load<u8>(frame + offset, 6);
  const isCompressed = (first & 1) != 0;
  const protocol = isCompressed ? first : loadU16(frame + offset + 6);
  const payload = isCompressed ? start - 1 : start;
  if (protocol == PPP_IPV4) return step(ETHERTYPE_IPV4, payload);
  return step(protocol == PPP_IPV6 ? ETHERTYPE_IPV6 : KIND_OTHER, payload);
}

/** MACsec (IEEE 802.1AE, 9): readable where neither the E nor the C bit says encrypted. */
function macsecStep(frame: u32, captured: u32, offset: u32): u32 {
  if (captured < offset + 1) return step(KIND_SHORT, 0);
  const control = <u32>load<u8>(frame + offset);
  if (control & 0x0c) return step(KIND_OTHER, offset);
  const hasChannel = (control & 0x20) != 0;
  return taggedStep(frame, captured, offset, hasChannel ? 16 : 8);
}

/** Network service header (RFC 8300, 2.2): its length in words, and the next protocol. */
function nshStep(frame: u32, captured: u32, offset: u32): u32 {
  if (captured < offset + 4) return step(KIND_SHORT, 0);
  const start = offset + ((loadU16(frame + offset) & 0x3f) << 2);
  const protocol = <u32>load<u8>(frame + offset, 3);
  if (protocol == 1) return step(ETHERTYPE_IPV4, start);
  if (protocol == 2) return step(ETHERTYPE_IPV6, start);
  if (protocol == 3) return step(KIND_ETHERNET, start);
  return step(protocol == 5 ? ETHERTYPE_MPLS : KIND_OTHER, start);
}

/** Arista's timestamp header: subtype 1, and a version that tells 64 bits of time from 48. */
function aristaStep(frame: u32, captured: u32, offset: u32): u32 {
  if (captured < offset + 4) return step(KIND_SHORT, 0);
  const version = <u32>load<u8>(frame + offset, 3);
  if (loadU16(frame + offset) != 1) return step(KIND_OTHER, offset);
  if (version == 0x10) return taggedStep(frame, captured, offset, 14);
  return version == 0x20 ? taggedStep(frame, captured, offset, 12) : step(KIND_OTHER, offset);
}

/** LLC with SNAP (IEEE 802, 10): aa aa 03, no organisation, then an EtherType. */
function snapStep(frame: u32, captured: u32, offset: u32): u32 {
  if (captured < offset + 8) return step(KIND_OTHER, offset);
  const isSnap = loadU16(frame + offset) == 0xaaaa && load<u32>(frame + offset, 2) == 3;
  return isSnap ? taggedStep(frame, captured, offset, 8) : step(KIND_OTHER, offset);
}
