/**
 * Decapsulation by definition: what a packet to the end of a tunnel becomes, bytes in and out.
 * Written from RFC 2003, 4213, 2473, 6040 and the GUE draft, over whole packets without damage of
 * the outer IP header.
 */

import ipaddr from "ipaddr.js";
import { internetChecksum } from "./checksum.ts";
import { addressBytes, type Bytes, u16 } from "./ip-packets.ts";

/** A tunnel of the model. */
export interface ModelTunnel {
  readonly addresses: readonly string[];
  readonly kinds: readonly ("ipip" | "gue")[];
  readonly port: number;
  /** Prefixes; all may send without any. */
  readonly sources: readonly string[];
}

/** What becomes of a packet: dropped, or this packet goes on (itself, where it is left). */
export type Opened =
  | { readonly reason: string; readonly packet?: undefined }
  | { readonly reason?: undefined; readonly packet: Uint8Array; readonly family: number };

const LAYERS_MAX = 4;
/** Marks inside by marks outside, in the order Not-ECT, ECT(1), ECT(0), CE; undefined drops. */
const MARKS: readonly (readonly (number | undefined)[])[] = [
  [0, 0, 0, undefined],
  [1, 1, 1, 3],
  [2, 1, 2, 3],
  [3, 3, 3, 3],
];

interface Outer {
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly mark: number;
  readonly isFragment: boolean;
  /** What stands behind its headers. */
  readonly body: Uint8Array;
  readonly pseudo: readonly number[];
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function addressOf(bytes: Uint8Array): string {
  return ipaddr.fromByteArray(Array.from(bytes)).toString();
}

/** A packet without extension headers but destination options and fragments, in this order. */
function outerOf(packet: Uint8Array): Outer {
  const data = view(packet);
  if (data.getUint8(0) >>> 4 === 4) {
    const body = packet.subarray((data.getUint8(0) & 15) * 4, data.getUint16(2));
    return {
      family: 4,
      protocol: data.getUint8(9),
      source: addressOf(packet.subarray(12, 16)),
      destination: addressOf(packet.subarray(16, 20)),
      mark: data.getUint8(1) & 3,
      isFragment: (data.getUint16(6) & 0x3fff) !== 0,
      body,
      pseudo: Array.from(packet.subarray(12, 20)),
    };
  }
  let protocol = data.getUint8(6);
  let at = 40;
  let isFragment = false;
  for (; protocol === 60 || protocol === 44; ) {
    if (protocol === 44) isFragment = (data.getUint16(at + 2) & 0xfff9) !== 0;
    protocol = data.getUint8(at);
    at += 8 * (protocol === 44 ? 1 : 1 + data.getUint8(at + 1));
  }
  return {
    family: 6,
    protocol,
    source: addressOf(packet.subarray(8, 24)),
    destination: addressOf(packet.subarray(24, 40)),
    mark: (data.getUint8(1) >>> 4) & 3,
    isFragment,
    body: packet.subarray(at, 40 + data.getUint16(4)),
    pseudo: Array.from(packet.subarray(8, 40)),
  };
}

/** A packet that is carried, and as which family. */
interface Carried {
  readonly packet: Uint8Array;
  readonly family: number;
}

/** What a datagram of GUE carries: a packet, a reason, or undefined for a control message. */
function gueBody({ body, pseudo }: Outer): Carried | string | undefined {
  const bytes = body.length < 12 ? 0 : view(body).getUint16(4);
  if (bytes < 12 || bytes > body.length) return "tunnel_header";
  const datagram = body.subarray(0, bytes);
  const summed = Uint8Array.from([...pseudo, 0, 17, ...u16(bytes), ...datagram]);
  if (view(datagram).getUint16(6) !== 0 && internetChecksum(summed) !== 0) return "tunnel_checksum";
  const first = datagram[8] ?? 0;
  if (first >>> 6 === 1) {
    const family = first >>> 4;
    return [4, 6].includes(family) ? { packet: datagram.subarray(8), family } : "tunnel_header";
  }
  const list = datagram.subarray(12, 12 + 4 * (first & 31));
  const isCut = list.length !== 4 * (first & 31);
  if (first >>> 6 !== 0 || isCut || view(datagram).getUint16(10) !== 0) return "tunnel_header";
  if (first & 0x20) return undefined;
  if (list.length > 0) {
    const [high, low, next = 0, count = 0] = list;
    const width = high === 0 && low === 0 ? 4 : high === 0 && low === 1 ? 16 : 0;
    if (width === 0 || next > count || list.length !== 4 + count * width) return "tunnel_header";
  }
  const protocol = datagram[9];
  if (protocol !== 4 && protocol !== 41) return "tunnel_protocol";
  return { packet: datagram.subarray(12 + list.length), family: protocol === 4 ? 4 : 6 };
}

/** The packet inside with the mark that it goes on with; undefined where it must be dropped. */
export function remarked(inner: Uint8Array, outerMark: number): Bytes | undefined {
  const packet = Uint8Array.from(inner);
  const second = packet[1] ?? 0;
  const isIpv4 = (packet[0] ?? 0) >>> 4 === 4;
  const shift = isIpv4 ? 0 : 4;
  const mark = MARKS[(second >>> shift) & 3]?.[outerMark];
  if (mark === undefined) return undefined;
  packet[1] = (second & ~(3 << shift)) | (mark << shift);
  if (isIpv4 && packet[1] !== second) {
    packet.set(u16(0), 10);
    const headerBytes = ((packet[0] ?? 0) & 15) * 4;
    packet.set(u16(internetChecksum(packet.subarray(0, headerBytes))), 10);
  }
  return packet;
}

function isAmong(address: string, prefixes: readonly string[]): boolean {
  const parsed = ipaddr.parse(address);
  return prefixes.some((prefix) => {
    const [network, length] = ipaddr.parseCIDR(prefix);
    return network.kind() === parsed.kind() && parsed.match([network, length]);
  });
}

function endOf(outer: Outer, tunnels: readonly ModelTunnel[]): ModelTunnel | undefined {
  const isUdp = outer.protocol === 17;
  if (!isUdp && outer.protocol !== 4 && outer.protocol !== 41) return undefined;
  const isHere = (text: string): boolean =>
    ipaddr.parse(text).toByteArray().join() === addressBytes(outer.destination).join();
  return tunnels.find(({ addresses, kinds, port }) => {
    if (!addresses.some(isHere) || !kinds.includes(isUdp ? "gue" : "ipip")) return false;
    const isAnyPort = !isUdp;
    return isAnyPort || (outer.body.length >= 4 && view(outer.body).getUint16(2) === port);
  });
}

/** Opens a packet as far as tunnels end here; `isSound` says whether one inside can be read. */
export function openPacket(
  packet: Uint8Array,
  tunnels: readonly ModelTunnel[],
  isSound: (packet: Uint8Array, family: number) => boolean,
): Opened {
  let current = packet;
  for (let layers = 0; ; layers++) {
    const outer = outerOf(current);
    const tunnel = endOf(outer, tunnels);
    if (tunnel === undefined) return { packet: current, family: outer.family };
    if (layers === LAYERS_MAX) return { reason: "tunnel_depth" };
    if (tunnel.sources.length > 0 && !isAmong(outer.source, tunnel.sources)) {
      return { reason: "tunnel_source" };
    }
    if (outer.isFragment) return { packet: current, family: outer.family };
    const ipip = { packet: outer.body, family: outer.protocol === 4 ? 4 : 6 };
    const inner = outer.protocol === 17 ? gueBody(outer) : ipip;
    if (inner === undefined) return { packet: current, family: outer.family };
    if (typeof inner === "string") return { reason: inner };
    if (!isSound(inner.packet, inner.family)) return inner;
    const marked = remarked(inner.packet, outer.mark);
    if (marked === undefined) return { reason: "tunnel_ecn" };
    current = marked;
  }
}
