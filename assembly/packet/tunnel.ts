/**
 * Tunnels: the packet inside another, one layer at a time.
 *
 *   IPIP, 6in4, 4in6, ip6ip6   | IP, protocol 4 or 41 | IP
 *   GRE (RFC 2784, 2890)       | IP, 47 | flags 2, type 2, sum 4?, key 4?, number 4? | IP, Ethernet
 *   VXLAN (RFC 7348)           | IP, UDP 4789 | flags 1, . 3, VNI 3, . 1 | Ethernet
 *   GTP-U (TS 29.281, 5)       | IP, UDP 2152 | flags 1, type 1, . 6, options 4? chain? | IP
 *   MPLS (RFC 4023, 7510)      | IP, 137, or UDP 6635, or in GRE | labels | IP
 *
 * An MPLS entropy label (RFC 6790) stands for the flow inside, with the addresses outside. What
 * cannot be read leaves the packet as it is. Cost: a header or two, and loops with bounds.
 */

import {
  FLOW_BYTES,
  FLOW_FRAGMENT,
  FLOW_HAS_PORTS,
  GTP_EXTENSIONS_MAX,
  LINK_ETHERNET,
  MPLS_LABELS_MAX,
  STEER_GRE,
  STEER_GTP,
  STEER_IPIP,
  STEER_MPLS,
  STEER_VXLAN,
} from "../layout";
import { Flow } from "../memory/records";
import { loadU16 } from "./carriers";
import { linkFamily, linkOffset, linkParse } from "./link";
import { innerParse } from "./parse";

const PROTOCOL_IPV4: u32 = 4;
const PROTOCOL_UDP: u32 = 17;
const PROTOCOL_IPV6: u32 = 41;
const PROTOCOL_GRE: u32 = 47;
const PROTOCOL_MPLS: u32 = 137;
const PORT_GTP: u32 = 2152;
const PORT_VXLAN: u32 = 4789;
const PORT_MPLS: u32 = 6635;
const UDP_BYTES: u32 = 8;
const VXLAN_BYTES: u32 = 8;
const VXLAN_HAS_VNI: u32 = 0x08;
const GTP_BYTES: u32 = 8;
/** Version 1 and GTP proper; then any of the extension, sequence and N-PDU flags. */
const GTP_KIND_MASK: u32 = 0xf0;
const GTP_KIND: u32 = 0x30;
const GTP_OPTIONS: u32 = 0x07;
const GTP_HAS_EXTENSION: u32 = 0x04;
/** A message that carries a packet. */
const GTP_PACKET: u32 = 255;
/** GRE: checksum, key and sequence number are there; routing and a version other than 0 are not. */
const GRE_CHECKSUM: u32 = 0x8000;
const GRE_KEY: u32 = 0x2000;
const GRE_SEQUENCE: u32 = 0x1000;
const GRE_UNREAD: u32 = 0x4007;
const TYPE_IPV4: u32 = 0x0800;
const TYPE_ETHERNET: u32 = 0x6558;
const TYPE_IPV6: u32 = 0x86dd;
const TYPE_MPLS: u32 = 0x8847;
/** The entropy label indicator (RFC 6790, 4.1). */
const LABEL_ENTROPY: u32 = 7;

/**
 * Reads into `inner` what the packet of `outer` carries, where `options` (STEER_…) name its tunnel;
 * false where it carries nothing that can be read.
 */
export function tunnelParse(inner: Flow, outer: Flow, options: u32): bool {
  const transport = <u32>outer.transport;
  if (transport == 0 || (outer.flags & FLOW_FRAGMENT) != 0) return false;
  const protocol = <u32>outer.protocol;
  if (protocol == PROTOCOL_UDP) return udpParse(inner, outer, options);
  if (protocol == PROTOCOL_GRE) {
    return (options & STEER_GRE) != 0 && greParse(inner, outer);
  }
  if (protocol == PROTOCOL_MPLS) {
    return (options & STEER_MPLS) != 0 && mplsParse(inner, outer, transport);
  }
  if ((options & STEER_IPIP) == 0) return false;
  if (protocol == PROTOCOL_IPV4) return innerRead(inner, outer, transport, 4);
  return protocol == PROTOCOL_IPV6 && innerRead(inner, outer, transport, 6);
}

/** Whether so many bytes from the IP header on were captured. */
function reaches(outer: Flow, end: u32): bool {
  return end <= outer.capturedBytes;
}

/** Reads the packet `offset` bytes behind the IP header. */
function innerRead(inner: Flow, outer: Flow, offset: u32, family: u32): bool {
  if (!reaches(outer, offset + 1)) return false;
  innerParse(inner, family, outer.network + offset, outer.capturedBytes - offset);
  return inner.transport != 0 || (inner.flags & FLOW_FRAGMENT) != 0;
}

/** As innerRead, where the version alone says which family it is. */
function versionRead(inner: Flow, outer: Flow, offset: u32): bool {
  if (!reaches(outer, offset + 1)) return false;
  const version = <u32>load<u8>(outer.network + offset) >>> 4;
  return (version == 4 || version == 6) && innerRead(inner, outer, offset, version);
}

/** As innerRead, behind an Ethernet header and what may follow it. */
function ethernetRead(inner: Flow, outer: Flow, offset: u32): bool {
  if (!reaches(outer, offset + 1)) return false;
  const link = linkParse(outer.network + offset, outer.capturedBytes - offset, LINK_ETHERNET);
  const family = linkFamily(link);
  return family != 0 && innerRead(inner, outer, offset + linkOffset(link), family);
}

function udpParse(inner: Flow, outer: Flow, options: u32): bool {
  if ((outer.flags & FLOW_HAS_PORTS) == 0) return false;
  const port = <u32>outer.destinationPort;
  const start = <u32>outer.transport + UDP_BYTES;
  if (port == PORT_VXLAN && (options & STEER_VXLAN) != 0) return vxlanParse(inner, outer, start);
  if (port == PORT_GTP && (options & STEER_GTP) != 0) return gtpParse(inner, outer, start);
  return port == PORT_MPLS && (options & STEER_MPLS) != 0 && mplsParse(inner, outer, start);
}

function vxlanParse(inner: Flow, outer: Flow, start: u32): bool {
  if (!reaches(outer, start + VXLAN_BYTES)) return false;
  if ((<u32>load<u8>(outer.network + start) & VXLAN_HAS_VNI) == 0) return false;
  return ethernetRead(inner, outer, start + VXLAN_BYTES);
}

function greParse(inner: Flow, outer: Flow): bool {
  const start = <u32>outer.transport;
  if (!reaches(outer, start + 4)) return false;
  const flags = loadU16(outer.network + start);
  if (flags & GRE_UNREAD) return false;
  const type = loadU16(outer.network + start + 2);
  let offset = start + 4;
  if (flags & GRE_CHECKSUM) offset += 4;
  if (flags & GRE_KEY) offset += 4;
  if (flags & GRE_SEQUENCE) offset += 4;
  if (type == TYPE_IPV4) return innerRead(inner, outer, offset, 4);
  if (type == TYPE_IPV6) return innerRead(inner, outer, offset, 6);
  if (type == TYPE_ETHERNET) return ethernetRead(inner, outer, offset);
  return type == TYPE_MPLS && mplsParse(inner, outer, offset);
}

/** A chain of extensions, each with its length in words first and the next one's type last. */
function gtpParse(inner: Flow, outer: Flow, start: u32): bool {
  if (!reaches(outer, start + GTP_BYTES)) return false;
  const header = outer.network + start;
  const flags = <u32>load<u8>(header);
  if ((flags & GTP_KIND_MASK) != GTP_KIND || <u32>load<u8>(header, 1) != GTP_PACKET) return false;
  let offset = start + GTP_BYTES;
  if ((flags & GTP_OPTIONS) == 0) return versionRead(inner, outer, offset);
  offset += 4;
  if (!reaches(outer, offset)) return false;
  const hasExtension = (flags & GTP_HAS_EXTENSION) != 0;
  let next = hasExtension ? <u32>load<u8>(outer.network + offset - 1) : 0;
  for (let walked: u32 = 0; walked < GTP_EXTENSIONS_MAX; walked++) {
    if (next == 0) return versionRead(inner, outer, offset);
    if (!reaches(outer, offset + 4)) return false;
    const bytes = (<u32>load<u8>(outer.network + offset)) << 2;
    offset += bytes;
    if (bytes == 0 || !reaches(outer, offset)) return false;
    next = <u32>load<u8>(outer.network + offset - 1);
  }
  return false;
}

/** Labels of 20 bits, with a mark on the last: an entropy label ends the search. */
function mplsParse(inner: Flow, outer: Flow, start: u32): bool {
  let offset = start;
  let isEntropy = false;
  for (let labels: u32 = 0; labels < MPLS_LABELS_MAX; labels++) {
    if (!reaches(outer, offset + 4)) return false;
    const entry = bswap<u32>(load<u32>(outer.network + offset));
    if (isEntropy) return entropyRead(inner, outer, entry >>> 12);
    isEntropy = entry >>> 12 == LABEL_ENTROPY;
    offset += 4;
    if (entry & 0x100) return !isEntropy && versionRead(inner, outer, offset);
  }
  return false;
}

/** A flow of the outer addresses, told from others by an entropy label in place of ports. */
function entropyRead(inner: Flow, outer: Flow, label: u32): bool {
  memory.copy(changetype<usize>(inner), changetype<usize>(outer), FLOW_BYTES);
  inner.protocol = <u8>PROTOCOL_MPLS;
  inner.sourcePort = <u16>(label >>> 16);
  inner.destinationPort = <u16>label;
  inner.flags |= <u8>FLOW_HAS_PORTS;
  inner.segment = 0;
  inner.transport = 0;
  return true;
}
