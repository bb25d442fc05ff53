/** Builds BGP messages and the MRT records that hold them, byte by byte. */

import { attribute, bytesOf, counted, type Parts, record, TYPE, u16, u32 } from "../mrt/dump.ts";

/** Subtypes of BGP4MP (RFC 6396 section 4.4, RFC 8050). */
export const BGP4MP = {
  stateChange: 0,
  message: 1,
  messageAs4: 4,
  stateChangeAs4: 5,
  localAs4: 7,
  addPath: 8,
  addPathAs4: 9,
} as const;

/** A prefix: its length and its bytes. */
export function nlri(length: number, ...bytes: readonly number[]): Parts {
  return [length, bytes];
}

export const NEXT_HOP4 = attribute(3, u32(0xc0000201));
export const TEN = nlri(8, 10);
export const DOC6 = nlri(32, 0x20, 0x01, 0x0d, 0xb8);

/** 2001:db8::HOST, 16 bytes. */
export function address6(host: number): Parts {
  return [u32(0x20010db8), u32(0), u32(0), u32(host)];
}

export function reach(afi: number, safi: number, nextHop: Parts, prefixes: Parts): Parts {
  return attribute(14, [u16(afi), safi, counted(1, nextHop), 0, prefixes], true);
}

export function unreach(afi: number, safi: number, prefixes: Parts): Parts {
  return attribute(15, [u16(afi), safi, prefixes]);
}

export function message(type: number, body: Parts): Parts {
  const bytes = bytesOf(body);
  return [Array(16).fill(255), u16(19 + bytes.length), type, ...bytes];
}

/** What an UPDATE consists of; all of it may be left out. */
export interface UpdateParts {
  readonly withdrawn?: Parts;
  readonly attributes?: Parts;
  readonly announced?: Parts;
}

export function update({ withdrawn = [], attributes = [], announced = [] }: UpdateParts): Parts {
  return message(2, [counted(2, withdrawn), counted(2, attributes), announced]);
}

/** A record of a message between documentation addresses. */
export function bgp4mp(subtype: number, bgpMessage: Parts, family: 4 | 6 = 4): Parts {
  const as = [BGP4MP.message, BGP4MP.addPath].some((two) => two === subtype) ? u16 : u32;
  const addresses = family === 4 ? [u32(0xc0000201), u32(0xc0000202)] : [address6(1), address6(2)];
  const afi = family === 4 ? 1 : 2;
  return record(TYPE.bgp4mp, subtype, [
    as(64_500),
    as(64_501),
    u16(0),
    u16(afi),
    addresses,
    bgpMessage,
  ]);
}
