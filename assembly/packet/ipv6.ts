/** IPv6 headers and their extension chain: read into a flow record (RFC 8200). */

import {
  DROP_CAPTURED_SHORT,
  DROP_IPV6_DESTINATION,
  DROP_IPV6_HOP_BY_HOP,
  DROP_IPV6_SOURCE,
  DROP_IPV6_VERSION,
  DROP_MULTICAST,
  DROP_NONE,
  DROP_TRUNCATED,
  EXTENSION_HEADERS_MAX,
  FLOW_FRAGMENT,
  FLOW_HAS_ADDRESSES,
  HEADER,
  HEADER_LOOPBACK,
} from "../layout";
import { Flow } from "../memory/records";
import { hopByHopReason } from "./hop-by-hop";
import { laterFragmentParse, transportParse } from "./transport";

const HEADER_BYTES: u32 = 40;
/** Offsets in the header (RFC 8200, 3). */
const PAYLOAD_LENGTH: u32 = 4;
const NEXT_HEADER: u32 = 6;
const HOP_LIMIT: u32 = 7;
const SOURCE: u32 = 8;
const DESTINATION: u32 = 24;

const HOP_BY_HOP: u32 = 0;
const ROUTING: u32 = 43;
const FRAGMENT: u32 = 44;
const AUTHENTICATION: u32 = 51;
const DESTINATION_OPTIONS: u32 = 60;
const MOBILITY: u32 = 135;
const HIP: u32 = 139;
const SHIM6: u32 = 140;

/** Option type and length of the Jumbo Payload option (RFC 2675, 2), as a u16 in host order. */
const JUMBO_OPTION: u32 = 0xc204;
/** Fragment offset and the M flag (RFC 8200, 4.5). */
const FRAGMENT_MASK: u32 = 0xfff9;
const FRAGMENT_OFFSET_MASK: u32 = 0xfff8;

/** As ipv4Parse. */
export function ipv6Parse(flow: Flow): u32 {
  const header = flow.network;
  const captured = flow.capturedBytes;
  const original = flow.networkBytes;
  if (original < HEADER_BYTES) return DROP_TRUNCATED;
  if (captured < HEADER_BYTES) return DROP_CAPTURED_SHORT;
  if (<u32>load<u8>(header) >>> 4 != 6) return DROP_IPV6_VERSION;
  flow.sourceHigh = bswap<u64>(load<u64>(header, SOURCE));
  flow.sourceLow = bswap<u64>(load<u64>(header, SOURCE + 8));
  flow.destinationHigh = bswap<u64>(load<u64>(header, DESTINATION));
  flow.destinationLow = bswap<u64>(load<u64>(header, DESTINATION + 8));
  flow.protocol = load<u8>(header, NEXT_HEADER);
  flow.ttl = load<u8>(header, HOP_LIMIT);
  flow.flags |= <u8>FLOW_HAS_ADDRESSES;
  const totalBytes = HEADER_BYTES + ipv6PayloadBytes(header, captured);
  flow.networkBytes = min<u32>(totalBytes, original);
  flow.capturedBytes = min<u32>(totalBytes, captured);
  const transport = ipv6Transport(flow);
  if (totalBytes > original) return DROP_TRUNCATED;
  const martian = ipv6Martian(flow);
  return martian != DROP_NONE ? martian : transport;
}

/** Payload length; a length of 0 is none, unless a jumbo option leads (RFC 2675). */
function ipv6PayloadBytes(header: u32, captured: u32): u32 {
  const bytes = <u32>bswap<u16>(load<u16>(header, PAYLOAD_LENGTH));
  if (bytes != 0 || load<u8>(header, NEXT_HEADER) != HOP_BY_HOP) return bytes;
  if (captured < HEADER_BYTES + 8) return bytes;
  if (<u32>bswap<u16>(load<u16>(header, HEADER_BYTES + 2)) != JUMBO_OPTION) return bytes;
  return min<u32>(bswap<u32>(load<u32>(header, HEADER_BYTES + 4)), 0x7fffffff);
}

/**
 * Reads what lies behind the header. A fault of hop-by-hop options does not end the reading: who is
 * told of it depends on what the packet carries.
 */
function ipv6Transport(flow: Flow): u32 {
  if (flow.protocol != HOP_BY_HOP) return ipv6Chain(flow);
  const fault = hopByHopReason(flow, HEADER_BYTES);
  const place = flow.hash;
  const reason = ipv6Chain(flow);
  if (fault == DROP_NONE) return reason;
  flow.hash = place;
  return fault;
}

/**
 * Walks the extension headers to the upper layer. A router in transit looks at none but
 * hop-by-hop, which must be whole; where the chain cannot be followed, the packet is forwarded by
 * its addresses and the last protocol that was read.
 */
function ipv6Chain(flow: Flow): u32 {
  let offset = HEADER_BYTES;
  for (let walked: u32 = 0; walked < EXTENSION_HEADERS_MAX; walked++) {
    const kind = <u32>flow.protocol;
    if (!isExtension(kind)) return transportParse(flow, offset);
    const isHopByHop = kind == HOP_BY_HOP && walked == 0;
    if (offset + 8 > flow.networkBytes) return isHopByHop ? DROP_IPV6_HOP_BY_HOP : DROP_NONE;
    if (offset + 8 > flow.capturedBytes) return DROP_CAPTURED_SHORT;
    const extension = flow.network + offset;
    if (kind == FRAGMENT) {
      const fragment = <u32>bswap<u16>(load<u16>(extension, 2));
      flow.protocol = load<u8>(extension);
      offset += 8;
      if ((fragment & FRAGMENT_MASK) == 0) continue;
      flow.flags |= <u8>FLOW_FRAGMENT;
      flow.hash = bswap<u32>(load<u32>(extension, 4));
      // Later fragments know nothing beyond this next header, and all are to hash alike.
      if (fragment & FRAGMENT_OFFSET_MASK) return laterFragmentParse(flow);
      return transportParse(flow, offset);
    }
    const bytes = extensionBytes(kind, load<u8>(extension, 1));
    if (isHopByHop && offset + bytes > flow.networkBytes) return DROP_IPV6_HOP_BY_HOP;
    flow.protocol = load<u8>(extension);
    offset += bytes;
  }
  return DROP_NONE;
}

function isExtension(kind: u32): bool {
  return (
    kind == HOP_BY_HOP ||
    kind == ROUTING ||
    kind == FRAGMENT ||
    kind == AUTHENTICATION ||
    kind == DESTINATION_OPTIONS ||
    kind == MOBILITY ||
    kind == HIP ||
    kind == SHIM6
  );
}

/** Bytes of an extension header: its length field counts units of 8, or of 4 (RFC 4302, 2.2). */
function extensionBytes(kind: u32, length: u32): u32 {
  return kind == AUTHENTICATION ? (length + 2) << 2 : (length + 1) << 3;
}

/** Addresses that no router forwards from or to (RFC 4291, 2.5 and 2.7; RFC 4007, 9). */
function ipv6Martian(flow: Flow): u32 {
  const source = flow.sourceHigh;
  const destination = flow.destinationHigh;
  if (destination >>> 56 == 0xff) return DROP_MULTICAST;
  // A link-local source may reach the router itself: what lies beyond is seen to later.
  if (isUnusable(source, flow.sourceLow) || source >>> 56 == 0xff) return DROP_IPV6_SOURCE;
  // The kernel forwards to ::, which some route may lead to, but never to the loopback address.
  const isNowhere = flow.destinationLow == 1 && isUnusable(destination, flow.destinationLow);
  return isNowhere || destination >>> 54 == 0x3fa ? DROP_IPV6_DESTINATION : DROP_NONE;
}

/** Whether an address is :: or, unless these are forwarded, the loopback address. */
function isUnusable(high: u64, low: u64): bool {
  if (high != 0 || low > 1) return false;
  return low == 0 || load<u32>(HEADER, HEADER_LOOPBACK) == 0;
}
