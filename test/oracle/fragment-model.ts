/** IPv4 fragmentation in plain steps (RFC 791, 3.2), as the Linux kernel does it. */

import { internetChecksum } from "./checksum.ts";
import { joinBytes, u16 } from "./ip-packets.ts";

/** The fragments of a packet for a link of `mtu`; the packet alone where it fits. */
export function fragmentsOf(packet: Uint8Array, mtu: number): readonly Uint8Array[] {
  if (packet.length <= mtu) return [packet];
  const headerBytes = ((packet[0] ?? 0) & 15) * 4;
  const header = packet.slice(0, headerBytes);
  const payload = packet.slice(headerBytes);
  const each = Math.floor((mtu - headerBytes) / 8) * 8;
  const word = ((packet[6] ?? 0) << 8) | (packet[7] ?? 0);
  const fragments: Uint8Array[] = [];
  for (let at = 0; at < payload.length; ) {
    const isLast = payload.length - at <= mtu - headerBytes;
    const data = payload.slice(at, isLast ? payload.length : at + each);
    const own = Uint8Array.from(at === 0 ? header : laterHeader(header));
    const more = isLast ? word & 0x2000 : 0x2000;
    own.set(u16(headerBytes + data.length), 2);
    own.set(u16(more | ((word & 0x1fff) + at / 8)), 6);
    own.set(u16(0), 10);
    own.set(u16(internetChecksum(own)), 10);
    fragments.push(joinBytes(own, data));
    at += data.length;
  }
  return fragments;
}

/** A header whose options that are not copied are no-operations. */
function laterHeader(header: Uint8Array): Uint8Array {
  const later = Uint8Array.from(header);
  for (let at = 20; at < header.length; ) {
    const kind = header[at] ?? 0;
    const length = kind === 1 ? 1 : (header[at + 1] ?? 0);
    if (kind === 0 || length === 0 || at + length > header.length) break;
    if (kind !== 1 && length < 2) break;
    if (kind < 128) later.fill(1, at, at + length);
    at += length;
  }
  return later;
}
