/**
 * ARP for IPv4 on Ethernet (RFC 826), bytes to values and back.
 *
 *   0      6      12   14   16   18 19 20   22     28     32     38     42
 *   | to   | from |0806|  1 |0800| 6 4 | op | sender MAC, IP | target MAC, IP |
 */

import type { Address4 } from "../../net/address.ts";
import type { Mac } from "../../net/mac.ts";
import {
  BROADCAST_MAC,
  FRAME_BYTES_MIN,
  isStation,
  macAt,
  type NeighborMessage,
  type Speaker,
} from "./message.ts";

const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV4 = 0x0800;
const HARDWARE_ETHERNET = 1;
const REQUEST = 1;
const REPLY = 2;
const ARP_BYTES = 42;

/** What a frame says; undefined where it is no ARP of ours to read. */
export function parseArp(frame: Uint8Array): NeighborMessage | undefined {
  if (frame.length < ARP_BYTES) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint16(12) !== ETHERTYPE_ARP || view.getUint16(14) !== HARDWARE_ETHERNET) {
    return undefined;
  }
  if (view.getUint16(16) !== ETHERTYPE_IPV4 || view.getUint16(18) !== 0x0604) return undefined;
  const senderMac = macAt(frame, 22);
  if (!isStation(senderMac)) return undefined;
  const sender: Address4 = { family: 4, value: view.getUint32(28) };
  const target: Address4 = { family: 4, value: view.getUint32(38) };
  const operation = view.getUint16(20);
  if (operation === REPLY || (operation === REQUEST && sender.value === target.value)) {
    const isSolicited = operation === REPLY && (frame[0] ?? 0) % 2 === 0;
    return { kind: "answer", target: sender, mac: senderMac, isSolicited, isOverride: true };
  }
  if (operation !== REQUEST) return undefined;
  // RFC 5227, 1.1: a probe for an address that is to be taken has no sender.
  const isProbe = sender.value === 0;
  return { kind: "request", target, sender: isProbe ? undefined : sender, senderMac };
}

/** Asks who has an address: everybody, or the station that had it. */
export function arpRequest(from: Speaker, target: Address4, to: Mac = BROADCAST_MAC): Uint8Array {
  return arpFrame(REQUEST, from, { mac: to, address: target });
}

/** Answers a request. */
export function arpReply(from: Speaker, to: Speaker): Uint8Array {
  return arpFrame(REPLY, from, to);
}

/** Tells all stations of a link whose address this is (RFC 5227, 3: an announcement). */
export function arpAnnouncement(from: Speaker): Uint8Array {
  return arpFrame(REQUEST, from, { mac: BROADCAST_MAC, address: from.address });
}

function arpFrame(operation: number, from: Speaker, to: Speaker): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES_MIN);
  const view = new DataView(frame.buffer);
  frame.set([...to.mac, ...from.mac]);
  view.setUint16(12, ETHERTYPE_ARP);
  view.setUint16(14, HARDWARE_ETHERNET);
  view.setUint16(16, ETHERTYPE_IPV4);
  view.setUint16(18, 0x0604);
  view.setUint16(20, operation);
  frame.set(from.mac, 22);
  if (from.address.family === 4) view.setUint32(28, from.address.value);
  if (operation === REPLY) frame.set(to.mac, 32);
  if (to.address.family === 4) view.setUint32(38, to.address.value);
  return frame;
}
