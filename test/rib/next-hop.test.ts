/** A next hop is a unicast address that the prefix's family can be sent to. */

import { expect, it } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import { nextHopFault } from "../../src/rib/next-hop.ts";

function faultOf(text: string, family: 4 | 6): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} was not read`);
  return nextHopFault(address, family)?.what;
}

it("takes unicast addresses, and IPv6 ones for IPv4 prefixes", () => {
  expect(faultOf("192.0.2.1", 4)).toBeUndefined();
  expect(faultOf("2001:db8::1", 4)).toBeUndefined();
  expect(faultOf("2001:db8::1", 6)).toBeUndefined();
  expect(faultOf("fe80::1%eth0", 4)).toBeUndefined();
});

it("refuses others and says why", () => {
  expect(faultOf("192.0.2.1", 6)).toMatch("IPv6 prefix cannot have the IPv4 next hop 192.0.2.1");
  expect(faultOf("fe80::1", 6)).toMatch("no zone");
  expect(faultOf("2001:db8::1%eth0", 6)).toMatch("has a zone");
  for (const text of ["0.0.0.0", "::", "224.0.0.1", "ff02::1%eth0"]) {
    expect(faultOf(text, 4)).toMatch("is no next hop");
  }
});
