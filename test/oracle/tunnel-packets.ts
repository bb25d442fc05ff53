/** Packets of tunnels built by hand: IP in IP of all four kinds, and GUE, right or wrong. */

import { internetChecksum } from "./checksum.ts";
import {
  addressBytes,
  type Bytes,
  type Extension,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  u16,
} from "./ip-packets.ts";

/** What stands outside. */
export interface OuterFields {
  readonly source: string;
  readonly destination: string;
  /** DSCP and ECN. */
  readonly traffic?: number;
  readonly protocol: number;
  readonly payload: ArrayLike<number>;
  readonly extensions?: readonly Extension[];
  readonly moreFragments?: boolean;
}

/** A GUE header and what stands between it and UDP. */
export interface GueFields {
  readonly variant?: number;
  readonly control?: boolean;
  /** Words of private data, as the header claims. */
  readonly words?: number;
  readonly protocol?: number;
  readonly flags?: number;
  readonly data?: ArrayLike<number>;
}

/** Sets DSCP and ECN of a packet, as if it had been made with them. */
export function withTraffic(packet: Uint8Array, traffic: number): Bytes {
  const copy = Uint8Array.from(packet);
  if ((copy[0] ?? 0) >>> 4 === 6) {
    copy[0] = 0x60 | (traffic >>> 4);
    copy[1] = ((copy[1] ?? 0) & 15) | ((traffic & 15) << 4);
    return copy;
  }
  copy[1] = traffic;
  copy.set(u16(0), 10);
  copy.set(u16(internetChecksum(copy.subarray(0, ((copy[0] ?? 0) & 15) * 4))), 10);
  return copy;
}

/** The outer packet, of its destination's family. */
export function outerPacket(fields: OuterFields): Bytes {
  const { traffic = 0, extensions = [], moreFragments = false, ...rest } = fields;
  const packet = fields.destination.includes(":")
    ? ipv6Packet({ ...rest, extensions })
    : ipv4Packet({ ...rest, moreFragments });
  return withTraffic(packet, traffic);
}

/** Protocol 4 or 41 by the version of the packet inside. */
export function ipipProtocol(inner: Uint8Array): number {
  return (inner[0] ?? 0) >>> 4 === 4 ? 4 : 41;
}

/** GUE of variant 0 around a packet. */
export function gueHeader(inner: Uint8Array, fields: GueFields = {}): Bytes {
  const { variant = 0, control = false, data = [], flags = 0 } = fields;
  const { words = data.length / 4, protocol = ipipProtocol(inner) } = fields;
  const first = (variant << 6) | (control ? 0x20 : 0) | words;
  return joinBytes([first, protocol], u16(flags), data, inner);
}

/** A UDP datagram between two addresses, with its checksum unless another one is given. */
export function udpDatagram(
  ends: readonly [source: string, destination: string],
  port: number,
  payload: Uint8Array,
  fields: { readonly checksum?: number; readonly length?: number } = {},
): Bytes {
  const length = fields.length ?? payload.length + 8;
  const datagram = joinBytes(u16(50_000), u16(port), u16(length), u16(0), payload);
  const pseudo = [...ends.flatMap(addressBytes), 0, 17, ...u16(length)];
  const computed = internetChecksum(joinBytes(pseudo, datagram.subarray(0, length)));
  datagram.set(u16(fields.checksum ?? (computed === 0 ? 0xffff : computed)), 6);
  return datagram;
}

/** A hop list of one family's addresses, the next of them to be asked. */
export function hopList(next: number, hops: readonly string[], type?: number): Bytes {
  const kind = type ?? Number(hops[0]?.includes(":") ?? false);
  return joinBytes(u16(kind), [next, hops.length], hops.flatMap(addressBytes));
}
