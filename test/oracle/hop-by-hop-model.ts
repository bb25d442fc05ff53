/** What a router makes of a hop-by-hop header (RFC 8200, 4.2; bounds as in the Linux kernel). */

const OPTIONS_MAX = 8;
const PADDING_MAX = 7;
const BROKEN = "ipv6_hop_by_hop";
const UNKNOWN = "ipv6_option";

/** The drop reason of a whole header at 40, of `end` bytes with what precedes it. */
export function hopByHopFault(packet: Uint8Array, end: number): string | undefined {
  let options = 0;
  let padding = 0;
  for (let at = 42; at < end; ) {
    const kind = packet[at] ?? 0;
    const length = kind === 0 ? 1 : 2 + (at + 1 < end ? (packet[at + 1] ?? 0) : end);
    if (at + length > end) return BROKEN;
    if (kind <= 1) {
      padding += length;
      const data = packet.subarray(at + 2, at + Math.max(length, 2));
      if (padding > PADDING_MAX || data.some((byte) => byte !== 0)) return BROKEN;
    } else {
      padding = 0;
      options += 1;
      const fault = options > OPTIONS_MAX ? BROKEN : optionFault(packet, at, length);
      if (fault !== undefined) return fault;
    }
    at += length;
  }
  return undefined;
}

function optionFault(packet: Uint8Array, at: number, length: number): string | undefined {
  const kind = packet[at] ?? 0;
  if (kind === 5) return length === 4 ? undefined : BROKEN;
  if (kind === 0xc2) return jumboFault(packet, at, length);
  const action = kind >>> 6;
  if (action === 0) return undefined;
  return action === 1 ? BROKEN : UNKNOWN;
}

function jumboFault(packet: Uint8Array, at: number, length: number): string | undefined {
  if (length !== 6 || at % 4 !== 2) return BROKEN;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const payload = view.getUint32(at + 2);
  if (payload < 65_536 || view.getUint16(4) !== 0) return UNKNOWN;
  return undefined;
}
