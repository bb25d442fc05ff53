/** What a router makes of an IP packet, as the RFCs say it: fields, or why it is dropped. */

import { internetChecksum } from "./checksum.ts";
import { hopByHopFault } from "./hop-by-hop-model.ts";
import { PROTOCOL } from "./ip-packets.ts";

/** An IP packet in a frame: what was captured of it, and how much of it there was. */
export interface ArrivedPacket {
  readonly bytes: Uint8Array;
  /** Bytes from the IP header to the end of the frame on the wire. */
  readonly originalLength: number;
}

/** What a packet says; the addresses in network order. */
export interface ReadPacket {
  /** Why the packet goes no further, by name. */
  readonly reason?: string;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly ttl: number;
  readonly protocol: number;
  readonly ports?: { readonly source: number; readonly destination: number };
  readonly isFragment: boolean;
  /** TCP alone: SYN without ACK opens, all else follows. */
  readonly segment?: "opens" | "follows";
  /** Whose flow the packet goes with, where not its own. */
  readonly steered?: "quoted";
  /** Bytes from the IP header to the transport header, where that was reached. */
  readonly transportOffset?: number;
  /** Bytes of the packet as its header says. */
  readonly totalLength: number;
  readonly headerLength: number;
}

/** Nothing of the packet could be read. */
export interface UnreadPacket {
  readonly reason: string;
}

const WITH_PORTS: readonly number[] = [
  PROTOCOL.tcp,
  PROTOCOL.udp,
  PROTOCOL.dccp,
  PROTOCOL.sctp,
  PROTOCOL.udpLite,
];
const EXTENSIONS: readonly number[] = [
  PROTOCOL.hopByHop,
  PROTOCOL.routing,
  PROTOCOL.fragment,
  PROTOCOL.authentication,
  PROTOCOL.destinationOptions,
  PROTOCOL.mobility,
  PROTOCOL.hip,
  PROTOCOL.shim6,
];
const EXTENSIONS_WALKED = 16;

/** What stands behind the IP header: the transport, or why it could not be reached. */
interface Transport {
  readonly protocol: number;
  readonly isFragment: boolean;
  readonly ports?: { readonly source: number; readonly destination: number };
  readonly segment?: "opens" | "follows";
  readonly transportOffset?: number;
  readonly reason?: string;
}

/** Reads an IPv4 packet; its first half byte is 4. */
export function readIpv4(packet: ArrivedPacket): ReadPacket | UnreadPacket {
  const { bytes, originalLength } = packet;
  if (bytes.length < 20) return { reason: missing(packet, 20) };
  const view = viewOf(bytes);
  const headerLength = ((bytes[0] ?? 0) & 15) * 4;
  const totalLength = view.getUint16(2);
  const fragmentWord = view.getUint16(6);
  const known = {
    source: bytes.slice(12, 16),
    destination: bytes.slice(16, 20),
    ttl: bytes[8] ?? 0,
    protocol: bytes[9] ?? 0,
    isFragment: false,
    totalLength,
    headerLength,
  };
  if (headerLength < 20 || headerLength > originalLength) {
    return { ...known, reason: "ipv4_header_length" };
  }
  if (headerLength > bytes.length) return { ...known, reason: "captured_short" };
  const isFirst = (fragmentWord & 0x1fff) === 0;
  const transport = isFirst
    ? readPorts(packet, totalLength, headerLength, known.protocol)
    : { protocol: known.protocol, ...segmentOf(known.protocol) };
  const reasons = [
    internetChecksum(bytes.subarray(0, headerLength)) !== 0 && "ipv4_checksum",
    totalLength < headerLength && "ipv4_total_length",
    totalLength > originalLength && "truncated",
    martian4(view.getUint32(12), view.getUint32(16)),
    "reason" in transport && transport.reason,
  ];
  const isFragment = (fragmentWord & 0x3fff) !== 0;
  return withReason({ ...known, ...transport, isFragment }, reasons);
}

/** Reads an IPv6 packet; its first half byte is 6. */
export function readIpv6(packet: ArrivedPacket): ReadPacket | UnreadPacket {
  const { bytes, originalLength } = packet;
  if (bytes.length < 40) return { reason: missing(packet, 40) };
  const totalLength = 40 + payloadLength6(bytes);
  const source = bytes.slice(8, 24);
  const destination = bytes.slice(24, 40);
  const transport = walkExtensions(packet, totalLength);
  const reasons = [
    totalLength > originalLength && "truncated",
    martian6(source, destination),
    optionsFault(packet, totalLength),
    transport.reason,
  ];
  const fixed = { source, destination, ttl: bytes[7] ?? 0, totalLength, headerLength: 40 };
  return withReason({ ...fixed, ...transport }, reasons);
}

/** Why a header of `needed` bytes is not there: the wire never had it, or the capture cut it. */
function missing({ originalLength }: ArrivedPacket, needed: number): string {
  return originalLength < needed ? "truncated" : "captured_short";
}

/** The packet with the first reason that holds. */
function withReason(
  packet: ReadPacket,
  reasons: readonly (string | false | undefined)[],
): ReadPacket {
  const { reason: _, ...rest } = packet;
  const first = reasons.find((reason) => reason !== false && reason !== undefined);
  return typeof first === "string" ? { ...rest, reason: first } : rest;
}

/** RFC 1812, 5.3.7 and 5.3.4: 0.0.0.0, 127/8, multicast and broadcast are not forwarded. */
function martian4(source: number, destination: number): string | undefined {
  const isMulticast = (address: number) => address >= 0xe0000000 && address <= 0xefffffff;
  const isLoopback = (address: number) => address >= 0x7f000000 && address <= 0x7fffffff;
  if (isMulticast(destination)) return "multicast";
  if (destination === 0xffffffff) return "broadcast";
  const isBroadcast = source === 0xffffffff;
  if (source === 0 || isLoopback(source) || isMulticast(source) || isBroadcast) {
    return "ipv4_source";
  }
  return destination === 0 || isLoopback(destination) ? "ipv4_destination" : undefined;
}

/** RFC 4291, 2.5.2, 2.5.3, 2.5.6 and 2.7: unspecified, loopback, link-local, multicast. */
function martian6(source: Uint8Array, destination: Uint8Array): string | undefined {
  if (destination[0] === 0xff) return "multicast";
  const isLow = (address: Uint8Array): boolean =>
    address.subarray(0, 15).every((byte) => byte === 0) && (address[15] ?? 0) <= 1;
  if (isLow(source) || source[0] === 0xff) return "ipv6_source";
  const isLoopback = isLow(destination) && destination[15] === 1;
  return isLoopback || isLinkLocal(destination) ? "ipv6_destination" : undefined;
}

/** fe80::/10: a source that may reach the router, and nobody beyond it. */
export function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;
}

/** The payload length, or that of a Jumbo Payload option where the field is 0 (RFC 2675, 3). */
function payloadLength6(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const length = view.getUint16(4);
  const hasJumbo =
    length === 0 &&
    bytes[6] === PROTOCOL.hopByHop &&
    bytes.length >= 48 &&
    bytes[42] === 0xc2 &&
    bytes[43] === 4;
  return hasJumbo ? Math.min(view.getUint32(44), 0x7fffffff) : length;
}

/** What is wrong with the options of a hop-by-hop header that is whole. */
function optionsFault({ bytes, originalLength }: ArrivedPacket, totalLength: number) {
  if (bytes[6] !== PROTOCOL.hopByHop || bytes.length < 48) return undefined;
  const end = 40 + ((bytes[41] ?? 0) + 1) * 8;
  if (end > Math.min(totalLength, originalLength)) return undefined;
  return end > bytes.length ? "captured_short" : hopByHopFault(bytes, end);
}

/** Follows the next headers from 40 on until one is no extension, or cannot be read. */
function walkExtensions(packet: ArrivedPacket, totalLength: number): Transport {
  const { bytes } = packet;
  const end = Math.min(totalLength, packet.originalLength);
  let [protocol, offset, isFragment] = [bytes[6] ?? 0, 40, false];
  for (let walked = 0; walked < EXTENSIONS_WALKED && EXTENSIONS.includes(protocol); walked++) {
    const isHopByHop = protocol === PROTOCOL.hopByHop && walked === 0;
    const cut = isHopByHop ? { reason: "ipv6_hop_by_hop" } : {};
    if (offset + 8 > end) return { protocol, isFragment, ...cut };
    if (offset + 8 > Math.min(totalLength, bytes.length)) {
      return { protocol, isFragment, reason: "captured_short" };
    }
    const [next = 0, units = 0] = bytes.subarray(offset, offset + 2);
    const fragmentWord = viewOf(bytes).getUint16(offset + 2);
    const isFragmentHeader = protocol === PROTOCOL.fragment;
    const length = extensionLength(protocol, units);
    if (isHopByHop && offset + length > end) return { protocol, isFragment, ...cut };
    protocol = next;
    offset += length;
    if (!isFragmentHeader || (fragmentWord & 0xfff9) === 0) continue;
    isFragment = true;
    // All fragments of a datagram say the same next header, so the walk ends at it in all of them.
    if (fragmentWord >>> 3 !== 0) return { protocol, isFragment, ...segmentOf(protocol) };
    return { ...readPorts(packet, totalLength, offset, protocol), isFragment };
  }
  if (EXTENSIONS.includes(protocol)) return { protocol, isFragment };
  return { ...readPorts(packet, totalLength, offset, protocol), isFragment };
}

function extensionLength(kind: number, units: number): number {
  if (kind === PROTOCOL.fragment) return 8;
  return kind === PROTOCOL.authentication ? (units + 2) * 4 : (units + 1) * 8;
}

/** The ports at `offset`, where the protocol has some and the packet room for them. */
function readPorts(
  { bytes, originalLength }: ArrivedPacket,
  totalLength: number,
  offset: number,
  protocol: number,
): Omit<Transport, "isFragment"> {
  const end = offset + 4;
  const there = Math.min(totalLength, bytes.length);
  const segment = segmentOf(protocol, bytes.subarray(Math.min(offset, there), there)[13]);
  const known = { protocol, ...segment, transportOffset: offset };
  const hasRoom = end <= Math.min(totalLength, originalLength);
  if (!WITH_PORTS.includes(protocol) || !hasRoom) return known;
  if (end > bytes.length) return { ...known, reason: "captured_short" };
  const view = viewOf(bytes);
  const ports = { source: view.getUint16(offset), destination: view.getUint16(offset + 2) };
  return { ...known, ports };
}

/** What TCP's flags say (RFC 9293, 3.1); without them, that nothing opens. */
function segmentOf(protocol: number, flags = 0): Pick<Transport, "segment"> {
  if (protocol !== PROTOCOL.tcp) return {};
  const opens = (flags & 0x02) !== 0 && (flags & 0x10) === 0;
  return { segment: opens ? "opens" : "follows" };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
