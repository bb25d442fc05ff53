/** Which addresses may be next hops, and what tells one next hop from another. */

import {
  type Address,
  formatAddress,
  isLinkLocal6,
  isMulticast,
  isUnspecified,
} from "../net/address.ts";
import type { NextHop } from "./route.ts";

/** Its identity as text: address and zone, and the tunnel where there is one. */
export function nextHopName({ address, encapsulation }: NextHop): string {
  const name = formatAddress(address);
  return encapsulation === undefined ? name : `${name}+${encapsulation}`;
}

/** What is wrong, and what to do about it, as an error says it. */
export interface Fault {
  readonly what: string;
  readonly hint: string;
}

/** A zone is part of a link-local address and of no other (RFC 4007 section 6). */
function zoneFault(address: Address, text: string): Fault | undefined {
  if (address.family === 4) return undefined;
  const isLinkLocal = isLinkLocal6(address);
  if (isLinkLocal && address.zone === undefined) {
    return {
      what: `the link-local next hop ${text} has no zone`,
      hint: `name its interface, as in ${text}%eth0`,
    };
  }
  if (!isLinkLocal && address.zone !== undefined) {
    return { what: `the next hop ${text} has a zone`, hint: "only link-local addresses have one" };
  }
  return undefined;
}

/**
 * Why packets of `family` cannot be sent by way of `address`; undefined where they can. IPv4 may
 * go by way of an IPv6 next hop (RFC 8950), IPv6 not by way of an IPv4 one.
 */
export function nextHopFault(address: Address, family: 4 | 6): Fault | undefined {
  const text = formatAddress(address);
  if (isUnspecified(address) || isMulticast(address)) {
    return { what: `${text} is no next hop`, hint: "a next hop is a unicast address" };
  }
  if (family === 6 && address.family === 4) {
    return {
      what: `an IPv6 prefix cannot have the IPv4 next hop ${text}`,
      hint: "give it an IPv6 next hop",
    };
  }
  return zoneFault(address, text);
}
