/** Tunnel packets built by hand: of every kind, around an inner packet of either family. */

import type { Tunnel } from "../../../src/engine/steering.ts";
import {
  type Bytes,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
  u16,
  u32,
} from "../../oracle/ip-packets.ts";
import { ethernetIp } from "../../oracle/link-frames.ts";

/** All kinds of tunnel. */
export const TUNNELS: readonly Tunnel[] = ["ipip", "gre", "vxlan", "gtpu", "mpls"];
/** Protocol numbers of tunnels. */
export const GRE = 47;
/** MPLS in IP (RFC 4023). */
export const MPLS = 137;

/** Source and destination of the inner packets. */
export const ENDS = { 4: ["192.0.2.5", "10.9.8.7"], 6: ["2001:db8::5", "2001:db8:9::7"] } as const;
/** TCP from port 4000 to 80. */
export const INNER4 = ipv4Packet({
  source: ENDS[4][0],
  destination: ENDS[4][1],
  protocol: PROTOCOL.tcp,
  payload: ports(4000, 80),
});
/** As INNER4. */
export const INNER6 = ipv6Packet({
  source: ENDS[6][0],
  destination: ENDS[6][1],
  protocol: PROTOCOL.tcp,
  payload: ports(4000, 80),
});

/** UDP to a port. */
export function udp(port: number, payload: Bytes): Bytes {
  return ports(55555, port, payload);
}

const VNI = [8, 0, 0, 0, 0, 0, 77, 0];
/** An entry of an MPLS label stack. */
export const label = (value: number, isLast: boolean): readonly number[] =>
  u32(((value << 12) | (isLast ? 0x100 : 0) | 64) >>> 0);

/** A kind of tunnel. */
export interface TunnelCase {
  readonly what: string;
  readonly tunnel: Tunnel;
  readonly protocol: number;
  /** What stands before the inner packet. */
  readonly wrap: (inner: Bytes) => Bytes;
}

/** What GRE with these flags and this type puts before a packet. */
export const inGre =
  (flags: number, type: number, between: ArrayLike<number> = []) =>
  (inner: Bytes) =>
    joinBytes(u16(flags), u16(type), between, inner);
const typeOf = (inner: Bytes): number => ((inner[0] ?? 0) >>> 4 === 4 ? 0x0800 : 0x86dd);
/** As inGre, for GTP-U. */
export const gtp = (flags: number, options: ArrayLike<number>) => (inner: Bytes) =>
  udp(2152, joinBytes([flags, 255], u16(inner.length + options.length), u32(9), options, inner));

/** Tunnels that are looked into. */
export const CASES: readonly TunnelCase[] = [
  { what: "GRE", tunnel: "gre", protocol: GRE, wrap: (i) => inGre(0, typeOf(i))(i) },
  {
    what: "GRE with checksum, key and sequence",
    tunnel: "gre",
    protocol: GRE,
    wrap: (i) => inGre(0xb000, typeOf(i), [...u32(1), ...u32(2), ...u32(3)])(i),
  },
  {
    what: "GRE with a key and Ethernet",
    tunnel: "gre",
    protocol: GRE,
    wrap: (i) => inGre(0x2000, 0x6558, u32(5))(ethernetIp(i).bytes),
  },
  {
    what: "VXLAN",
    tunnel: "vxlan",
    protocol: PROTOCOL.udp,
    wrap: (i) => udp(4789, joinBytes(VNI, ethernetIp(i).bytes)),
  },
  { what: "GTP-U", tunnel: "gtpu", protocol: PROTOCOL.udp, wrap: gtp(0x30, []) },
  {
    what: "GTP-U with a sequence number",
    tunnel: "gtpu",
    protocol: PROTOCOL.udp,
    wrap: gtp(0x32, [0, 1, 0, 0]),
  },
  {
    what: "GTP-U with two extensions",
    tunnel: "gtpu",
    protocol: PROTOCOL.udp,
    wrap: gtp(0x34, [0, 0, 0, 0x85, 1, 9, 9, 0xc0, 2, 9, 9, 9, 9, 9, 9, 0]),
  },
  {
    what: "MPLS in IP",
    tunnel: "mpls",
    protocol: MPLS,
    wrap: (i) => joinBytes(label(100, false), label(200, true), i),
  },
  {
    what: "MPLS in UDP",
    tunnel: "mpls",
    protocol: PROTOCOL.udp,
    wrap: (i) => udp(6635, joinBytes(label(100, true), i)),
  },
];
