/**
 * GUE: what stands between UDP and the packet (draft-ietf-intarea-gue-09, 3 and 4).
 *
 *   variant 0   | 00 C | words 5 | protocol 8 | flags 16 | private data, 4 * words bytes | packet
 *   variant 1   | 01 .. the packet itself: the first bits of its version, 4 or 6
 *
 *   hop list    | type 16 | next 8 | count 8 | count addresses of 4 (type 0) or 16 bytes (type 1)
 *
 * Type 0 is the private data of GLB Director, type 1 the same with IPv6 addresses. No flag is
 * served, so that one which is set drops the packet, as does private data of another type: what
 * they ask for would be left undone. Cost: the header, and the whole datagram for its checksum.
 */

import {
  DROP_CAPTURED_SHORT,
  DROP_NONE,
  DROP_TUNNEL_CHECKSUM,
  DROP_TUNNEL_HEADER,
  DROP_TUNNEL_PROTOCOL,
} from "../layout";
import { Flow } from "../memory/records";
import { carries, faulty } from "./carried";
import { loadU16 } from "./carriers";
import { checksumAdd, checksumOf, checksumPatch } from "./checksum";

const PROTOCOL_IPV4: u32 = 4;
const PROTOCOL_UDP: u32 = 17;
const PROTOCOL_IPV6: u32 = 41;
const UDP_BYTES: u32 = 8;
const GUE_BYTES: u32 = 4;
const GUE_CONTROL: u32 = 0x20;
const GUE_WORDS: u32 = 0x1f;
const LIST_BYTES: u32 = 4;
const LIST_IPV4: u32 = 0;
const LIST_IPV6: u32 = 1;

/** What the UDP datagram of `flow` carries; its lengths are cut to those of the datagram. */
export function gueFind(flow: Flow): u32 {
  const transport = <u32>flow.transport;
  const start = transport + UDP_BYTES;
  if (start + GUE_BYTES > flow.networkBytes) return faulty(DROP_TUNNEL_HEADER);
  if (start + GUE_BYTES > flow.capturedBytes) return faulty(DROP_CAPTURED_SHORT);
  const bytes = loadU16(flow.network + transport + 4);
  const end = transport + bytes;
  if (bytes < UDP_BYTES + GUE_BYTES || end > flow.networkBytes) return faulty(DROP_TUNNEL_HEADER);
  if (end <= flow.capturedBytes && !udpIsValid(flow, bytes)) return faulty(DROP_TUNNEL_CHECKSUM);
  flow.networkBytes = end;
  flow.capturedBytes = min<u32>(flow.capturedBytes, end);
  const first = <u32>load<u8>(flow.network + start);
  if (first >>> 6 == 0) return headerParse(flow, first, start);
  const version = first >>> 4;
  return version == 4 || version == 6 ? carries(version, start) : faulty(DROP_TUNNEL_HEADER);
}

/** Variant 0. */
function headerParse(flow: Flow, first: u32, start: u32): u32 {
  const gue = flow.network + start;
  const listBytes = (first & GUE_WORDS) << 2;
  const offset = start + GUE_BYTES + listBytes;
  if (offset > flow.networkBytes || loadU16(gue + 2) != 0) return faulty(DROP_TUNNEL_HEADER);
  if (offset > flow.capturedBytes) return faulty(DROP_CAPTURED_SHORT);
  if (first & GUE_CONTROL) return DROP_NONE;
  if (listBytes != 0 && !listIsValid(gue + GUE_BYTES, listBytes)) return faulty(DROP_TUNNEL_HEADER);
  const protocol = <u32>load<u8>(gue, 1);
  if (protocol == PROTOCOL_IPV4) return carries(4, offset);
  return protocol == PROTOCOL_IPV6 ? carries(6, offset) : faulty(DROP_TUNNEL_PROTOCOL);
}

/** Bytes of a list of so many hops; 0 for none. */
export function hopListBytes(count: u32, family: u32): u32 {
  return count == 0 ? 0 : LIST_BYTES + count * (family == 4 ? 4 : 16);
}

/** Writes the head of a list of which no hop was asked; returns where the hops begin. */
export function hopListBegin(list: u32, family: u32, count: u32): u32 {
  const type = family == 4 ? LIST_IPV4 : LIST_IPV6;
  store<u32>(list, bswap<u32>((type << 16) | count));
  return list + LIST_BYTES;
}

/**
 * Readdresses the datagram of `flow`, which gueFind read, to the next hop of its list: outer
 * destination, place in the list, checksums. The record stays as it is. False where there is no
 * such hop, or none of its family.
 */
export function gueAdvance(flow: Flow): bool {
  const gue = flow.network + flow.transport + UDP_BYTES;
  const first = <u32>load<u8>(gue);
  const list = gue + GUE_BYTES;
  const isIpv4 = flow.family == 4;
  if (first >>> 6 != 0 || (first & GUE_WORDS) == 0) return false;
  if (loadU16(list) != (isIpv4 ? LIST_IPV4 : LIST_IPV6)) return false;
  const next = <u32>load<u8>(list, 2);
  if (next >= <u32>load<u8>(list, 3)) return false;
  const udpSum = gue - 2;
  const hasSum = load<u16>(udpSum) != 0;
  const bytes: u32 = isIpv4 ? 4 : 16;
  const hop = list + LIST_BYTES + next * bytes;
  const destination = flow.network + (isIpv4 ? 16 : 24);
  for (let at: u32 = 0; at < bytes; at += 2) {
    const before = loadU16(destination + at);
    const after = loadU16(hop + at);
    if (isIpv4) wordPatch(flow.network + 10, before, after);
    if (hasSum) wordPatch(udpSum, before, after);
    store<u16>(destination + at, load<u16>(hop + at));
  }
  const place = loadU16(list + 2);
  if (hasSum) wordPatch(udpSum, place, place + 0x100);
  // 0 would be none (RFC 768).
  if (hasSum && load<u16>(udpSum) == 0) store<u16>(udpSum, 0xffff);
  store<u8>(list, <u8>(next + 1), 2);
  return true;
}

/** A checksum follows a word that changed. */
function wordPatch(checksum: u32, before: u32, after: u32): void {
  const patched = checksumPatch(loadU16(checksum), before, after);
  store<u16>(checksum, bswap<u16>(<u16>patched));
}

/** Whether a hop list is one, fills its bytes, and points at one of its hops or behind the last. */
function listIsValid(list: u32, bytes: u32): bool {
  const type = loadU16(list);
  const count = <u32>load<u8>(list, 3);
  if (type > LIST_IPV6 || <u32>load<u8>(list, 2) > count) return false;
  return LIST_BYTES + count * (type == LIST_IPV4 ? 4 : 16) == bytes;
}

/** A checksum of 0 is none, over IPv6 too (RFC 6935). */
function udpIsValid(flow: Flow, bytes: u32): bool {
  const udp = flow.network + flow.transport;
  if (load<u16>(udp, 6) == 0) return true;
  const pseudo = <u64>bswap<u32>(bytes) + ((<u64>PROTOCOL_UDP) << 24);
  const addresses = flow.family == 4 ? 12 : 8;
  const sum = checksumAdd(pseudo, flow.network + addresses, flow.family == 4 ? 8 : 32);
  return checksumOf(checksumAdd(sum, udp, bytes)) == 0;
}
