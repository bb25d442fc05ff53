/**
 * Neighbor Discovery for IPv6 on Ethernet (RFC 4861): solicitations and advertisements.
 *
 *   0    6      12   14             54        58      62       78
 *   | to | from |86dd| IPv6, 40 B   | type 0 sum| flags | target | options: type, length in 8 B
 *
 * What a station off the link could have sent is not heard: the hop limit must be 255.
 */

import { type Address6, addressToBytes, isMulticast, isUnspecified } from "../../net/address.ts";
import type { Mac } from "../../net/mac.ts";
import { isStation, macAt, type NeighborMessage, type Speaker } from "./message.ts";

const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const HOP_LIMIT = 255;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const OPTION_SOURCE = 1;
const OPTION_TARGET = 2;
const FLAG_ROUTER = 0x80;
const FLAG_SOLICITED = 0x40;
const FLAG_OVERRIDE = 0x20;
const IP = 14;
const ICMP = 54;
const TARGET = 62;
const OPTIONS = 78;
const OPTION_BYTES = 8;
/** ff02::1, all nodes of the link. */
const ALL_NODES: Address6 = { family: 6, high: 0xff02n << 48n, low: 1n };

function addressAt(view: DataView, offset: number): Address6 {
  return { family: 6, high: view.getBigUint64(offset), low: view.getBigUint64(offset + 8) };
}

/** ff02::1:ff00:0/104 and the address's last 24 bits: who is asked for it (RFC 4291, 2.7.1). */
export function solicitedNode(address: Address6): Address6 {
  const low = 0x1_ff00_0000n | (address.low & 0xff_ffffn);
  return { family: 6, high: 0xff02n << 48n, low };
}

/** 33:33 and the last four bytes of a group (RFC 2464, 7). */
function groupMac(group: Address6): Mac {
  const low = Number(group.low & 0xffff_ffffn);
  return [0x33, 0x33, low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255];
}

/** The ones' complement sum over pseudo header and message: 0 where the checksum is right. */
function checksum(frame: Uint8Array, bytes: number): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  let sum = bytes + ICMPV6;
  for (let at = IP + 8; at < ICMP; at += 2) sum += view.getUint16(at);
  for (let at = 0; at + 1 < bytes; at += 2) sum += view.getUint16(ICMP + at);
  if (bytes % 2 === 1) sum += (frame[ICMP + bytes - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The link-layer address of an option; null where the options are broken. */
function macOption(frame: Uint8Array, end: number, type: number): Mac | undefined | null {
  let found: Mac | undefined;
  for (let at = OPTIONS; at < end; ) {
    const bytes = (frame[at + 1] ?? 0) * 8;
    if (bytes === 0 || at + bytes > end) return null;
    if (frame[at] === type && bytes === OPTION_BYTES) found = macAt(frame, at + 2);
    at += bytes;
  }
  return found !== undefined && !isStation(found) ? null : found;
}

/** What a frame says; undefined where it is no solicitation or advertisement to be heard. */
export function parseNd(frame: Uint8Array): NeighborMessage | undefined {
  if (frame.length < OPTIONS) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint16(12) !== ETHERTYPE_IPV6 || frame[IP] !== 0x60) return undefined;
  const bytes = view.getUint16(IP + 4);
  const end = ICMP + bytes;
  if (frame[IP + 6] !== ICMPV6 || frame[IP + 7] !== HOP_LIMIT) return undefined;
  if (end > frame.length || end < OPTIONS || checksum(frame, bytes) !== 0) return undefined;
  const type = frame[ICMP];
  if ((type !== SOLICITATION && type !== ADVERTISEMENT) || frame[ICMP + 1] !== 0) return undefined;
  const target = addressAt(view, TARGET);
  const option = macOption(frame, end, type === SOLICITATION ? OPTION_SOURCE : OPTION_TARGET);
  if (isMulticast(target) || option === null) return undefined;
  const source = addressAt(view, IP + 8);
  const isToGroup = frame[IP + 24] === 0xff;
  const flags = frame[ICMP + 4] ?? 0;
  if (type === ADVERTISEMENT) {
    const isSolicited = (flags & FLAG_SOLICITED) !== 0;
    if (isSolicited && isToGroup) return undefined;
    const isOverride = (flags & FLAG_OVERRIDE) !== 0;
    return { kind: "answer", target, mac: option, isSolicited, isOverride };
  }
  const isProbe = isUnspecified(source);
  if (isProbe && (option !== undefined || !isToGroup)) return undefined;
  return { kind: "request", target, sender: isProbe ? undefined : source, senderMac: option };
}

/** Asks who has an address: its group, or the station that had it. */
export function solicitation(from: Speaker, target: Address6, to?: Mac): Uint8Array {
  const group = solicitedNode(target);
  const destination = to === undefined ? group : target;
  const frame = ndFrame(from, { mac: to ?? groupMac(group), address: destination });
  frame[ICMP] = SOLICITATION;
  frame.set(addressToBytes(target), TARGET);
  return finished(frame, OPTION_SOURCE, from.mac);
}

/** Answers a solicitation; one without a sender is answered to all nodes (RFC 4861, 7.2.4). */
export function advertisement(from: Speaker, to: Speaker | undefined): Uint8Array {
  const frame = ndFrame(from, to ?? { mac: groupMac(ALL_NODES), address: ALL_NODES });
  frame[ICMP] = ADVERTISEMENT;
  frame[ICMP + 4] = FLAG_ROUTER | FLAG_OVERRIDE | (to === undefined ? 0 : FLAG_SOLICITED);
  frame.set(addressToBytes(from.address), TARGET);
  return finished(frame, OPTION_TARGET, from.mac);
}

function ndFrame(from: Speaker, to: Speaker): Uint8Array {
  const frame = new Uint8Array(OPTIONS + OPTION_BYTES);
  const view = new DataView(frame.buffer);
  frame.set([...to.mac, ...from.mac]);
  view.setUint16(12, ETHERTYPE_IPV6);
  frame[IP] = 0x60;
  view.setUint16(IP + 4, frame.length - ICMP);
  frame[IP + 6] = ICMPV6;
  frame[IP + 7] = HOP_LIMIT;
  frame.set(addressToBytes(from.address), IP + 8);
  frame.set(addressToBytes(to.address), IP + 24);
  return frame;
}

function finished(frame: Uint8Array, option: number, mac: Mac): Uint8Array {
  frame.set([option, 1, ...mac], OPTIONS);
  const view = new DataView(frame.buffer);
  view.setUint16(ICMP + 2, checksum(frame, frame.length - ICMP));
  return frame;
}
