/** ICMP errors: the flow that a quoted packet belongs to, from the other end (RFC 7690, 2). */

import type { WireTuple } from "./flow-hash.ts";
import { type ArrivedPacket, type ReadPacket, readIpv4, readIpv6 } from "./ip-model.ts";

const PROTOCOLS = { 4: 1, 6: 58 } as const;
const ERROR_TYPES: Readonly<Record<4 | 6, readonly number[]>> = {
  4: [3, 4, 5, 11, 12],
  6: [1, 2, 3, 4],
};

/** What an ICMP error quotes; undefined where the packet is none, or quotes too little. */
export interface Quote {
  readonly tuple: WireTuple;
  readonly isTcp: boolean;
}

/** Reads the quote of a packet that was read and that is no later fragment. */
export function readQuote(
  family: 4 | 6,
  { bytes }: ArrivedPacket,
  packet: ReadPacket,
): Quote | undefined {
  const { transportOffset: offset, protocol, totalLength } = packet;
  if (offset === undefined || protocol !== PROTOCOLS[family]) return undefined;
  const [type, ...rest] = bytes.subarray(offset, totalLength);
  if (type === undefined || !ERROR_TYPES[family].includes(type)) return undefined;
  const quoted = Uint8Array.from(rest.slice(7));
  const version = (quoted[0] ?? 0) >>> 4;
  if (version !== family) return undefined;
  const arrived = { bytes: quoted, originalLength: quoted.length };
  const read = family === 4 ? readIpv4(arrived) : readIpv6(arrived);
  if (!("source" in read)) return undefined;
  const isLater = read.isFragment && read.transportOffset === undefined;
  if (!isLater && read.transportOffset === undefined) return undefined;
  return { tuple: turned(read, isLater), isTcp: read.protocol === 6 };
}

/** The other direction of a flow. */
function turned({ source, destination, protocol, ports }: ReadPacket, isLater: boolean): WireTuple {
  const ends = { source: destination, destination: source, protocol, isFragment: isLater };
  if (ports === undefined) return ends;
  return { ...ends, ports: { source: ports.destination, destination: ports.source } };
}
