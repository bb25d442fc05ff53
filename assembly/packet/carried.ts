/**
 * What a packet carries, as one answer: why it is dropped, else the family of the packet inside and
 * where that begins; family 0 for what carries none and is left as it is.
 *
 *   reason 8 | family 4 | offset 20
 */

import { DROP_TUNNEL_HEADER } from "../layout";
import { Flow } from "../memory/records";

const PROTOCOL_IPV4: u32 = 4;
const REASON_SHIFT: u32 = 24;
const FAMILY_SHIFT: u32 = 20;
const FAMILY_MASK: u32 = 15;
const OFFSET_MASK: u32 = 0xfffff;

/** Why the packet is dropped; DROP_NONE where it is not. */
export function carriedReason(answer: u32): u32 {
  return answer >>> REASON_SHIFT;
}

/** Family of the packet inside; 0 where there is none. */
export function carriedFamily(answer: u32): u32 {
  return (answer >>> FAMILY_SHIFT) & FAMILY_MASK;
}

/** Bytes from the outer IP header to the packet inside. */
export function carriedOffset(answer: u32): u32 {
  return answer & OFFSET_MASK;
}

/** The answer of a packet that is dropped. */
export function faulty(reason: u32): u32 {
  return reason << REASON_SHIFT;
}

/** The answer of a packet that carries one of `family`, `offset` bytes behind its IP header. */
export function carries(family: u32, offset: u32): u32 {
  return (family << FAMILY_SHIFT) | offset;
}

/** What stands right behind the headers of a packet of protocol 4 or 41. */
export function ipipFind(flow: Flow): u32 {
  // More extension headers than are walked, or a chain that ends too early.
  if (flow.transport == 0) return faulty(DROP_TUNNEL_HEADER);
  return carries(<u32>flow.protocol == PROTOCOL_IPV4 ? 4 : 6, flow.transport);
}
