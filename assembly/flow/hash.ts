/**
 * The flow hash: which fields of a packet count, and which function of them (siphash.ts,
 * multilinear.ts, toeplitz.ts).
 *
 * The message is source | destination | source port | destination port | protocol, as these bytes
 * stand on the wire: 13 bytes for IPv4, 37 for IPv6, in words of 8, read little-endian:
 *
 *   IPv4  ssssdddd ppPPx__n                       s source, d destination, p P ports,
 *   IPv6  ssssssss ssssssss dddddddd dddddddd ppPPxlln   x protocol, l flow label, n length
 *
 * Multilinear and Toeplitz functions take the same fields as numbers, as records hold them; masks
 * are alike either way.
 *
 * Ports are 0 where the packet has none, and in every fragment of a datagram, the first one too,
 * so that all go one way. Fields that do not count are masked to 0: the header holds a mask for
 * each part. The flow label counts where asked for; its upper 4 bits are added to the length's
 * lower ones, so that a label of 0 gives the hash of a packet without. Symmetric hashing puts the
 * lower end (address, then port) first.
 * Toeplitz fills the lower half of the hash, where slots are; the upper one is the multilinear
 * hash's, as whoever tells flows apart needs more than 32 bits.
 */

import {
  FLOW_FRAGMENT,
  FLOW_HASHED,
  HASH_MULTILINEAR,
  HASH_SIPHASH,
  HASH_SYMMETRIC,
  HASH_WITH_LABEL,
  HEADER,
  HEADER_FLOW_KEY,
  HEADER_HASH_ADDRESSES4,
  HEADER_HASH_ALGORITHM,
  HEADER_HASH_DESTINATION6,
  HEADER_HASH_OPTIONS,
  HEADER_HASH_REST,
  HEADER_HASH_SOURCE6,
} from "../layout";
import { Flow } from "../memory/records";
import { multilinear4, multilinear6 } from "./multilinear";
import { sipHash4, sipHash6 } from "./siphash";
import { toeplitz4, toeplitz6 } from "./toeplitz";

/** The 20 bits of a flow label, and the last word's first bit of it. */
const LABEL_MASK: u32 = 0xfffff;
const LABEL_SHIFT: u64 = 40;
/** The ports of the last word, and bytes of them. */
const PORTS_MASK: u64 = 0xffffffff;
const EVEN_BYTES: u64 = 0x00ff00ff;
const ODD_BYTES: u64 = 0xff00ff00;
/** The half of the hash that Toeplitz leaves alone. */
const UPPER: u64 = 0xffffffff00000000;

/** The hash of a parsed packet that has addresses; computed once, then kept in its record. */
export function flowHash(flow: Flow): u64 {
  if (flow.flags & FLOW_HASHED) return flow.hash;
  const hash = flowHashOf(flow);
  flow.hash = hash;
  flow.flags |= <u8>FLOW_HASHED;
  return hash;
}

/** The hash of a flow's own addresses and ports, whatever its record keeps. */
export function flowHashOf(flow: Flow): u64 {
  return flowHashUnder(flow, load<u32>(HEADER, HEADER_FLOW_KEY));
}

/** The same under the key of SipHash that stands at `key`. */
export function flowHashUnder(flow: Flow, key: u32): u64 {
  const options = load<u32>(HEADER, HEADER_HASH_OPTIONS);
  const turned = (options & HASH_SYMMETRIC) != 0 && flowIsTurned(flow);
  if (flow.family == 4) return flowHash4(flow, turned, key);
  return flowHash6(flow, turned, options & HASH_WITH_LABEL, key);
}

/** Whether the destination is the lower end. */
function flowIsTurned(flow: Flow): bool {
  if (flow.sourceHigh != flow.destinationHigh) return flow.sourceHigh > flow.destinationHigh;
  if (flow.sourceLow != flow.destinationLow) return flow.sourceLow > flow.destinationLow;
  return flow.sourcePort > flow.destinationPort;
}

/** Ports and protocol as far as they count: source port, above it destination port, protocol. */
function flowRest(flow: Flow, turned: bool): u64 {
  const mask = load<u64>(HEADER, HEADER_HASH_REST);
  const protocol = (<u64>flow.protocol) << 32;
  if (flow.flags & FLOW_FRAGMENT) return protocol & mask;
  const source = <u64>flow.sourcePort;
  const destination = <u64>flow.destinationPort;
  const ports = turned ? (source << 16) | destination : (destination << 16) | source;
  return (protocol | ports) & mask;
}

/** The same with the ports as they stand on the wire. */
function restWire(rest: u64): u64 {
  return ((rest & ODD_BYTES) >>> 8) | ((rest & EVEN_BYTES) << 8) | (rest & ~PORTS_MASK);
}

function flowHash4(flow: Flow, turned: bool, key: u32): u64 {
  const first = turned ? flow.destinationHigh : flow.sourceHigh;
  const second = turned ? flow.sourceHigh : flow.destinationHigh;
  const addresses = ((second << 32) | first) & load<u64>(HEADER, HEADER_HASH_ADDRESSES4);
  const rest = flowRest(flow, turned);
  const algorithm = load<u32>(HEADER, HEADER_HASH_ALGORITHM);
  if (algorithm == HASH_MULTILINEAR) return multilinear4(addresses, rest);
  if (algorithm == HASH_SIPHASH) {
    return sipHash4(key, rotl<u64>(bswap<u64>(addresses), 32), restWire(rest));
  }
  return (multilinear4(addresses, rest) & UPPER) | <u64>toeplitz4(addresses, rest);
}

function flowHash6(flow: Flow, turned: bool, label: u32, key: u32): u64 {
  const source = load<u64>(HEADER, HEADER_HASH_SOURCE6);
  const destination = load<u64>(HEADER, HEADER_HASH_DESTINATION6);
  const word0 = (turned ? flow.destinationHigh : flow.sourceHigh) & source;
  const word1 = (turned ? flow.destinationLow : flow.sourceLow) & source;
  const word2 = (turned ? flow.sourceHigh : flow.destinationHigh) & destination;
  const word3 = (turned ? flow.sourceLow : flow.destinationLow) & destination;
  let rest = flowRest(flow, turned);
  if (label) rest |= flowLabel(flow) << LABEL_SHIFT;
  const algorithm = load<u32>(HEADER, HEADER_HASH_ALGORITHM);
  if (algorithm == HASH_MULTILINEAR) return multilinear6(word0, word1, word2, word3, rest);
  if (algorithm == HASH_SIPHASH) {
    const wire0 = bswap<u64>(word0);
    const wire1 = bswap<u64>(word1);
    const wire2 = bswap<u64>(word2);
    const wire3 = bswap<u64>(word3);
    return sipHash6(key, wire0, wire1, wire2, wire3, restWire(rest));
  }
  const low = toeplitz6(word0, word1, word2, word3, rest);
  return (multilinear6(word0, word1, word2, word3, rest) & UPPER) | <u64>low;
}

/** The label in the IPv6 header: its first word is version, traffic class, label. */
function flowLabel(flow: Flow): u64 {
  return <u64>(bswap<u32>(load<u32>(flow.network)) & LABEL_MASK);
}
