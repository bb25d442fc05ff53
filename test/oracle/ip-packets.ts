/** IPv4 and IPv6 packets built by hand, right or wrong in any field. */

import ipaddr from "ipaddr.js";
import { internetChecksum } from "./checksum.ts";

/** Bytes of a packet, or of a part of it. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Protocol numbers (IANA). */
export const PROTOCOL = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  routing: 43,
  fragment: 44,
  authentication: 51,
  icmp6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  sctp: 132,
  mobility: 135,
  udpLite: 136,
  hip: 139,
  shim6: 140,
} as const;

/** Fields of an IPv4 packet; the defaults make a UDP packet that is forwarded. */
export interface Ipv4Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly ttl?: number;
  readonly protocol?: number;
  /** A multiple of four bytes. */
  readonly options?: ArrayLike<number>;
  /** In units of eight bytes. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  readonly dontFragment?: boolean;
  readonly identification?: number;
  readonly version?: number;
  /** Header length in words of four bytes, as the header claims. */
  readonly headerWords?: number;
  readonly totalLength?: number;
  readonly checksum?: number;
  readonly payload?: ArrayLike<number>;
}

/** Fields of an IPv6 packet; the defaults make a UDP packet that is forwarded. */
export interface Ipv6Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly hopLimit?: number;
  readonly version?: number;
  readonly payloadLength?: number;
  readonly extensions?: readonly Extension[];
  /** Upper-layer protocol, behind the extensions. */
  readonly protocol?: number;
  readonly payload?: ArrayLike<number>;
}

/** An extension header without its first byte, the next header. */
export interface Extension {
  readonly kind: number;
  readonly rest: ArrayLike<number>;
}

/** All parts in a row. */
export function joinBytes(...parts: readonly ArrayLike<number>[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Two bytes in network order. */
export function u16(value: number): readonly number[] {
  return [(value >>> 8) & 255, value & 255];
}

/** Four bytes in network order. */
export function u32(value: number): readonly number[] {
  return [...u16(value >>> 16), ...u16(value)];
}

/** `count` bytes that tell their place: 0, 1, 2, … */
export function counting(count: number): Bytes {
  return Uint8Array.from({ length: count }, (_, index) => index);
}

/** An address of either family in network order. */
export function addressBytes(text: string): readonly number[] {
  return ipaddr.parse(text).toByteArray();
}

/** What begins with two ports: UDP, and as far as a router looks, TCP and the others. */
export function ports(source: number, destination: number, data = counting(8)): Bytes {
  return joinBytes(u16(source), u16(destination), u16(8 + data.length), u16(0), data);
}

/** An IPv4 packet (RFC 791, 3.1). */
export function ipv4Packet(fields: Ipv4Fields = {}): Bytes {
  const { options = [], payload = ports(1234, 53), fragmentOffset = 0 } = fields;
  const headerBytes = 20 + options.length;
  const { headerWords = headerBytes / 4, version = 4 } = fields;
  const flags = (fields.dontFragment ? 0x4000 : 0) | (fields.moreFragments ? 0x2000 : 0);
  const packet = joinBytes(
    [(version << 4) | headerWords, 0],
    u16(fields.totalLength ?? headerBytes + payload.length),
    u16(fields.identification ?? 0x1234),
    u16(flags | fragmentOffset),
    [fields.ttl ?? 64, fields.protocol ?? PROTOCOL.udp],
    u16(0),
    addressBytes(fields.source ?? "192.0.2.1"),
    addressBytes(fields.destination ?? "198.51.100.9"),
    options,
    payload,
  );
  const checksum = fields.checksum ?? internetChecksum(packet.subarray(0, headerBytes));
  packet.set(u16(checksum), 10);
  return packet;
}

/** An IPv6 packet (RFC 8200, 3). */
export function ipv6Packet(fields: Ipv6Fields = {}): Bytes {
  const { extensions = [], payload = ports(1234, 53), protocol = PROTOCOL.udp } = fields;
  const kinds = [...extensions.map(({ kind }) => kind), protocol];
  const chain = extensions.map(({ rest }, index) => [kinds[index + 1] ?? 0, ...Array.from(rest)]);
  const body = joinBytes(...chain, payload);
  return joinBytes(
    [(fields.version ?? 6) << 4, 0, 0, 0],
    u16(fields.payloadLength ?? body.length),
    [kinds[0] ?? 0, fields.hopLimit ?? 64],
    addressBytes(fields.source ?? "2001:db8:1::1"),
    addressBytes(fields.destination ?? "2001:db8:2::9"),
    body,
  );
}

/** An option for experiments (RFC 4727), which a router that does not know it skips. */
const EXPERIMENT = 0x1e;

/**
 * An extension of `units` times eight bytes beyond the first eight, all else zero; where it is made
 * of options, one that is to be skipped fills it.
 */
export function extension(kind: number, units = 0): Extension {
  const body = new Uint8Array(6 + units * 8);
  if (kind === PROTOCOL.hopByHop) body.set([EXPERIMENT, body.length - 2]);
  return { kind, rest: [units, ...body] };
}

/** An authentication header; its length counts words of four bytes, less two (RFC 4302, 2.2). */
export function authentication(words = 4): Extension {
  return { kind: PROTOCOL.authentication, rest: [words, ...new Uint8Array((words + 2) * 4 - 2)] };
}

/** A fragment header (RFC 8200, 4.5); the offset in units of eight bytes. */
export function fragment(offset: number, more: boolean, id = 0xabcd1234): Extension {
  const rest = [0, ...u16((offset << 3) | (more ? 1 : 0)), ...u32(id)];
  return { kind: PROTOCOL.fragment, rest };
}

/** A hop-by-hop header with a Jumbo Payload option (RFC 2675, 2). */
export function jumbo(payloadBytes: number): Extension {
  return { kind: PROTOCOL.hopByHop, rest: [0, 0xc2, 4, ...u32(payloadBytes)] };
}

/** An ICMP error of either family (RFC 792, RFC 4443, 3): type, code, and what it quotes. */
export function icmpError(type: number, code: number, quote: ArrayLike<number>): Bytes {
  return joinBytes([type, code], u16(0), u32(0), quote);
}
