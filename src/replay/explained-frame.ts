/** Packets to be explained that no capture holds: written as digits, or described by a flow. */

import type { FlowTuple } from "../engine/flow-record.ts";
import { type Address, addressToBytes, parseAddress } from "../net/address.ts";
import { decodeHex } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";
import type { ExplainedFrame } from "./explain.ts";

const LINK_ETHERNET = 1;
const LINK_RAW = 101;
const FRAME_BYTES_MAX = 262_144;
const TTL = 64;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
/** Documentation's (RFC 5737, RFC 3849), for a flow of which the destination alone is known. */
const SOURCES = { 4: "192.0.2.1", 6: "2001:db8::1" } as const;

/** A frame from hexadecimal digits, spaces and colons aside: IP, or Ethernet unless that reads. */
export function frameFromHex(text: string): ExplainedFrame {
  const bytes = decodeHex(text.replace(/^0x/i, "").replace(/[\s:]/g, ""));
  if (bytes === undefined || bytes.length === 0 || bytes.length > FRAME_BYTES_MAX) {
    throw new AnyfibError({
      code: "USAGE",
      what: "no packet in hexadecimal",
      where: "--hex",
      hint: "give two digits for each byte, from the Ethernet or the IP header on",
    });
  }
  return { n: 1, bytes, linkType: isIp(bytes) ? LINK_RAW : LINK_ETHERNET };
}

/** Whether a packet's version and length fit it: no MAC address does that by chance. */
function isIp(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first = 0] = bytes;
  if (first >>> 4 === 4 && bytes.length >= 20) return view.getUint16(2) === bytes.length;
  return first >>> 4 === 6 && bytes.length >= 40 && view.getUint16(4) + 40 === bytes.length;
}

/** The first packet of a flow: a TCP SYN, or an empty payload of its protocol; UDP unless said. */
export function frameFromFlow(
  destination: Address,
  flow?: Omit<FlowTuple, "destination">,
): ExplainedFrame {
  const source = flow?.source ?? parseAddress(SOURCES[destination.family]);
  if (source?.family !== destination.family) {
    throw new AnyfibError({
      code: "USAGE",
      what: "source and destination are of different families",
      where: "--flow",
      hint: "give a source of the destination's family",
    });
  }
  const protocol = flow?.protocol ?? PROTOCOL_UDP;
  const payload = segmentOf(protocol, flow?.ports ?? { source: 0, destination: 0 });
  const addresses = [...addressToBytes(source), ...addressToBytes(destination)];
  const header = destination.family === 4 ? header4 : header6;
  const bytes = Uint8Array.from([...header(protocol, payload.length, addresses), ...payload]);
  return { n: 1, bytes, linkType: LINK_RAW };
}

function u16(value: number): readonly number[] {
  return [value >>> 8, value & 255];
}

function segmentOf(
  protocol: number,
  ports: { readonly source: number; readonly destination: number },
): readonly number[] {
  const both = [...u16(ports.source), ...u16(ports.destination)];
  if (protocol !== PROTOCOL_TCP) return [...both, ...u16(8), 0, 0];
  // Data offset 5, SYN.
  return [...both, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0];
}

function header4(protocol: number, bytes: number, addresses: readonly number[]): readonly number[] {
  const header = [0x45, 0, ...u16(20 + bytes), 0, 0, 0x40, 0, TTL, protocol, 0, 0, ...addresses];
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) {
    sum += ((header[at] ?? 0) << 8) | (header[at + 1] ?? 0);
  }
  sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  return header.toSpliced(10, 2, ...u16(checksum));
}

function header6(protocol: number, bytes: number, addresses: readonly number[]): readonly number[] {
  return [0x60, 0, 0, 0, ...u16(bytes), protocol, TTL, ...addresses];
}
