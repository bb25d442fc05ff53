/**
 * IPv4 packets cut to a link's MTU, as the Linux kernel does (RFC 791, 3.2; RFC 1812, 4.2.2.7).
 *
 * Each fragment carries as many units of 8 bytes as fit; the last one takes all that is left where
 * that fits. All have a header of the same length: options without the copy bit become
 * no-operations in all but the first. A packet that is a fragment already keeps its offset and, in
 * the last fragment, MF.
 */

import { Flow } from "../memory/records";
import { checksumAdd, checksumOf } from "./checksum";

const TOTAL_LENGTH: u32 = 2;
const FRAGMENT: u32 = 6;
const CHECKSUM: u32 = 10;
const HEADER_MIN: u32 = 20;
const OFFSET_MASK: u32 = 0x1fff;
const MORE_FRAGMENTS: u32 = 0x2000;
const UNIT_BYTES: u32 = 8;

const OPTION_END: u32 = 0;
const OPTION_NONE: u32 = 1;
const OPTION_COPIED: u32 = 0x80;

function headerBytesOf(network: u32): u32 {
  return (load<u8>(network) & 15) << 2;
}

/** Payload bytes of all fragments but the last. */
function fragmentBytes(headerBytes: u32, mtu: u32): u32 {
  return max<u32>(mtu - headerBytes, UNIT_BYTES) & ~(UNIT_BYTES - 1);
}

/** Fragments that a packet is cut into; 1 where it fits. `mtu` is at least 68. */
export function fragmentCount(flow: Flow, mtu: u32): u32 {
  if (flow.networkBytes <= mtu) return 1;
  const headerBytes = headerBytesOf(flow.network);
  const beyond = flow.networkBytes - mtu;
  const bytes = fragmentBytes(headerBytes, mtu);
  return 1 + (beyond + bytes - 1) / bytes;
}

/** Bytes of all fragments together, headers included. */
export function fragmentsBytes(flow: Flow, mtu: u32): u32 {
  const more = fragmentCount(flow, mtu) - 1;
  return flow.networkBytes + more * headerBytesOf(flow.network);
}

/**
 * Writes fragment `index` of a packet to `target`, as much of it as was captured; the bytes that it
 * has on the wire are in its header. Returns the captured bytes.
 */
export function fragmentWrite(flow: Flow, mtu: u32, index: u32, target: u32): u32 {
  const headerBytes = headerBytesOf(flow.network);
  const each = fragmentBytes(headerBytes, mtu);
  const skipped = index * each;
  const left = flow.networkBytes - headerBytes - skipped;
  const isLast = left <= mtu - headerBytes;
  const payload = isLast ? left : each;
  const captured = flow.capturedBytes - headerBytes;
  const present = captured > skipped ? min<u32>(captured - skipped, payload) : 0;
  memory.copy(target, flow.network, headerBytes);
  memory.copy(target + headerBytes, flow.network + headerBytes + skipped, present);
  if (index > 0) optionsFragment(target, headerBytes);
  const before = <u32>bswap<u16>(load<u16>(flow.network, FRAGMENT));
  const offset = (before & OFFSET_MASK) + skipped / UNIT_BYTES;
  const more = isLast ? before & MORE_FRAGMENTS : MORE_FRAGMENTS;
  store<u16>(target, bswap<u16>(<u16>(headerBytes + payload)), TOTAL_LENGTH);
  store<u16>(target, bswap<u16>(<u16>(offset | more)), FRAGMENT);
  store<u16>(target, 0, CHECKSUM);
  store<u16>(target, <u16>checksumOf(checksumAdd(0, target, headerBytes)), CHECKSUM);
  return headerBytes + present;
}

/** Makes no-operations of the options that only a first fragment has (RFC 791, 3.1). */
function optionsFragment(header: u32, headerBytes: u32): void {
  let at = header + HEADER_MIN;
  const end = header + headerBytes;
  while (at < end) {
    const kind = <u32>load<u8>(at);
    if (kind == OPTION_END) return;
    if (kind == OPTION_NONE) {
      at += 1;
      continue;
    }
    const bytes = at + 1 < end ? <u32>load<u8>(at, 1) : 0;
    if (bytes < 2 || bytes > end - at) return;
    if ((kind & OPTION_COPIED) == 0) memory.fill(at, <u8>OPTION_NONE, bytes);
    at += bytes;
  }
}
