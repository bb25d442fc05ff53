/** Frames of every link type that is served, built by hand around an IP packet. */

import { type Bytes, joinBytes, u16, u32 } from "./ip-packets.ts";

/** Numbers of the pcap registry (https://www.tcpdump.org/linktypes.html). */
export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

/** EtherTypes (IEEE 802, IANA). */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeDiscovery: 0x8863,
  pppoe: 0x8864,
  qinq: 0x88a8,
  qinqOld: 0x9100,
} as const;

/** PPP protocol numbers. */
export const PPP = { ipv4: 0x0021, ipv6: 0x0057, lcp: 0xc021 } as const;

const DESTINATION_MAC = [0x02, 0, 0, 0, 0, 0xaa];
const SOURCE_MAC = [0x02, 0, 0, 0, 0, 0xbb];

/** A frame as it is captured. */
export interface Frame {
  /** What was captured. */
  readonly bytes: Bytes;
  /** A number of the pcap registry. */
  readonly linkType: number;
  /** Bytes on the wire, where the frame was cut. */
  readonly originalLength?: number;
}

/** Ethernet II; tags are EtherTypes of VLAN tags, the outermost first. */
export function ethernet(
  etherType: number,
  payload: ArrayLike<number>,
  tags: readonly number[] = [],
): Frame {
  const headers = tags.flatMap((tag) => [...u16(tag), 0, 42]);
  const bytes = joinBytes(DESTINATION_MAC, SOURCE_MAC, headers, u16(etherType), payload);
  return { bytes, linkType: LINK_TYPE.ethernet };
}

/** The Ethernet frame of an IP packet, by its version. */
export function ethernetIp(packet: ArrayLike<number>, tags: readonly number[] = []): Frame {
  return ethernet(etherTypeOf(packet), packet, tags);
}

/** An MPLS stack of `labels` labels (RFC 3032, 2.1), the last one marked as the bottom. */
export function mpls(payload: ArrayLike<number>, labels = 1): Frame {
  const stack = Array.from({ length: labels }, (_, index) =>
    u32(((1000 + index) << 12) | (index === labels - 1 ? 0x100 : 0) | 64),
  );
  return ethernet(ETHER_TYPE.mpls, joinBytes(...stack, payload));
}

/** A PPPoE session (RFC 2516, 4). */
export function pppoe(protocol: number, payload: ArrayLike<number>): Frame {
  const header = [0x11, 0, ...u16(7), ...u16(payload.length + 2), ...u16(protocol)];
  return ethernet(ETHER_TYPE.pppoe, joinBytes(header, payload));
}

/** Linux cooked capture: the protocol stands last of sixteen bytes. */
export function linuxSll(etherType: number, payload: ArrayLike<number>): Frame {
  const header = [...u16(0), ...u16(1), ...u16(6), ...SOURCE_MAC, 0, 0, ...u16(etherType)];
  return { bytes: joinBytes(header, payload), linkType: LINK_TYPE.linuxSll };
}

/** Its second version: the protocol stands first of twenty bytes. */
export function linuxSll2(etherType: number, payload: ArrayLike<number>): Frame {
  const header = [...u16(etherType), ...u16(0), ...u32(3), ...u16(1), 0, 6, ...SOURCE_MAC, 0, 0];
  return { bytes: joinBytes(header, payload), linkType: LINK_TYPE.linuxSll2 };
}

/** BSD loopback: an address family as a little-endian or a big-endian machine wrote it. */
export function loopback(
  family: number,
  payload: ArrayLike<number>,
  order: "little" | "big",
): Frame {
  const big = u32(family);
  const bytes = joinBytes(order === "big" ? big : [...big].reverse(), payload);
  return { bytes, linkType: LINK_TYPE.null };
}

/** A packet without a link header. */
export function raw(payload: ArrayLike<number>, linkType: number = LINK_TYPE.raw): Frame {
  return { bytes: joinBytes(payload), linkType };
}

/** A way to carry an IP packet that this forwarder takes it from. */
export interface Carrier {
  readonly name: string;
  /** Bytes before the IP header. */
  readonly headerBytes: number;
  readonly wrap: (packet: Bytes) => Frame;
}

/** All of them. */
export const CARRIERS: readonly Carrier[] = [
  carrier("Ethernet", 14, ethernetIp),
  carrier("VLAN", 18, (packet) => ethernetIp(packet, [ETHER_TYPE.vlan])),
  carrier("QinQ", 22, (packet) => ethernetIp(packet, [ETHER_TYPE.qinq, ETHER_TYPE.vlan])),
  carrier("old QinQ", 22, (packet) => ethernetIp(packet, [ETHER_TYPE.qinqOld, ETHER_TYPE.vlan])),
  carrier("LINUX_SLL", 16, (packet) => linuxSll(etherTypeOf(packet), packet)),
  carrier("LINUX_SLL2", 20, (packet) => linuxSll2(etherTypeOf(packet), packet)),
  carrier("NULL, little-endian", 4, (packet) => loopback(familyOf(packet, 30), packet, "little")),
  carrier("NULL, big-endian", 4, (packet) => loopback(familyOf(packet, 24), packet, "big")),
  carrier("LOOP", 4, (packet) => ({
    ...loopback(familyOf(packet, 28), packet, "big"),
    linkType: LINK_TYPE.loop,
  })),
  carrier("RAW", 0, (packet) => raw(packet)),
  carrier("RAW of BSD", 0, (packet) => raw(packet, LINK_TYPE.rawBsd)),
  carrier("RAW of OpenBSD", 0, (packet) => raw(packet, LINK_TYPE.rawOpenBsd)),
  carrier("IPV4 or IPV6", 0, (packet) =>
    raw(packet, isIpv4(packet) ? LINK_TYPE.ipv4 : LINK_TYPE.ipv6),
  ),
];

function carrier(name: string, headerBytes: number, wrap: (packet: Bytes) => Frame): Carrier {
  return { name, headerBytes, wrap };
}

function isIpv4(packet: ArrayLike<number>): boolean {
  return (packet[0] ?? 0) >>> 4 === 4;
}

function etherTypeOf(packet: ArrayLike<number>): number {
  return isIpv4(packet) ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
}

/** AF_INET is 2 everywhere; AF_INET6 is what the system says. */
function familyOf(packet: ArrayLike<number>, ipv6: number): number {
  return isIpv4(packet) ? 2 : ipv6;
}
