/** IPv4 headers: read into a flow record, checked in the order in which the Linux kernel does. */

import {
  DROP_BROADCAST,
  DROP_CAPTURED_SHORT,
  DROP_IPV4_CHECKSUM,
  DROP_IPV4_DESTINATION,
  DROP_IPV4_HEADER_LENGTH,
  DROP_IPV4_SOURCE,
  DROP_IPV4_TOTAL_LENGTH,
  DROP_IPV4_VERSION,
  DROP_MULTICAST,
  DROP_NONE,
  DROP_TRUNCATED,
  FLOW_FRAGMENT,
  FLOW_HAS_ADDRESSES,
  HEADER,
  HEADER_LOOPBACK,
} from "../layout";
import { Flow } from "../memory/records";
import { checksumIsValid } from "./checksum";
import { laterFragmentParse, transportParse } from "./transport";

const HEADER_MIN: u32 = 20;
/** Offsets in the header (RFC 791, 3.1). */
const TOTAL_LENGTH: u32 = 2;
const IDENTIFICATION: u32 = 4;
const FRAGMENT: u32 = 6;
const TTL: u32 = 8;
const PROTOCOL: u32 = 9;
const SOURCE: u32 = 12;
const DESTINATION: u32 = 16;
/** More fragments, and the fragment offset. */
const FRAGMENT_MASK: u32 = 0x3fff;
const FRAGMENT_OFFSET_MASK: u32 = 0x1fff;

/**
 * Reads the packet at flow.network, of which flow.capturedBytes are there and flow.networkBytes
 * were on the wire. Fills in as much as can be read even of a packet that must be dropped, because
 * reports show it. Returns the drop reason.
 */
export function ipv4Parse(flow: Flow): u32 {
  const header = flow.network;
  const captured = flow.capturedBytes;
  const original = flow.networkBytes;
  if (original < HEADER_MIN) return DROP_TRUNCATED;
  if (captured < HEADER_MIN) return DROP_CAPTURED_SHORT;
  const first = <u32>load<u8>(header);
  if (first >>> 4 != 4) return DROP_IPV4_VERSION;
  flow.sourceHigh = bswap<u32>(load<u32>(header, SOURCE));
  flow.destinationHigh = bswap<u32>(load<u32>(header, DESTINATION));
  flow.protocol = load<u8>(header, PROTOCOL);
  flow.ttl = load<u8>(header, TTL);
  flow.flags |= <u8>FLOW_HAS_ADDRESSES;
  const headerBytes = (first & 15) << 2;
  if (headerBytes < HEADER_MIN || headerBytes > original) return DROP_IPV4_HEADER_LENGTH;
  if (headerBytes > captured) return DROP_CAPTURED_SHORT;
  const totalBytes = <u32>bswap<u16>(load<u16>(header, TOTAL_LENGTH));
  // What follows the packet in its frame (Ethernet pads to 60 bytes) is not part of it.
  flow.networkBytes = min<u32>(totalBytes, original);
  flow.capturedBytes = min<u32>(totalBytes, captured);
  const transport = ipv4Transport(flow, headerBytes);
  if (!checksumIsValid(header, headerBytes)) return DROP_IPV4_CHECKSUM;
  if (totalBytes < headerBytes) return DROP_IPV4_TOTAL_LENGTH;
  if (totalBytes > original) return DROP_TRUNCATED;
  const martian = ipv4Martian(<u32>flow.sourceHigh, <u32>flow.destinationHigh);
  return martian != DROP_NONE ? martian : transport;
}

/** Marks fragments, and reads the ports where the packet has the transport header. */
function ipv4Transport(flow: Flow, headerBytes: u32): u32 {
  const fragment = <u32>bswap<u16>(load<u16>(flow.network, FRAGMENT));
  if (fragment & FRAGMENT_MASK) {
    flow.flags |= <u8>FLOW_FRAGMENT;
    flow.hash = bswap<u16>(load<u16>(flow.network, IDENTIFICATION));
  }
  if (fragment & FRAGMENT_OFFSET_MASK) return laterFragmentParse(flow);
  return transportParse(flow, headerBytes);
}

/** Addresses that no router forwards from or to (RFC 1812, 5.3.7; RFC 1122, 3.2.1.3). */
function ipv4Martian(source: u32, destination: u32): u32 {
  const sourceTop = source >>> 24;
  const destinationTop = destination >>> 24;
  if (destinationTop >>> 4 == 14) return DROP_MULTICAST;
  if (destination == 0xffffffff) return DROP_BROADCAST;
  if (source == 0 || sourceTop >>> 4 == 14 || source == 0xffffffff) return DROP_IPV4_SOURCE;
  if (destination == 0) return DROP_IPV4_DESTINATION;
  if (sourceTop != 127 && destinationTop != 127) return DROP_NONE;
  if (load<u32>(HEADER, HEADER_LOOPBACK) != 0) return DROP_NONE;
  return sourceTop == 127 ? DROP_IPV4_SOURCE : DROP_IPV4_DESTINATION;
}
