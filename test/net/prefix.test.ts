/** Prefixes are read, masked and printed. */

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import { formatPrefix, maskAddress, parsePrefix } from "../../src/net/prefix.ts";

const SEED = 4632;

describe("parsePrefix", () => {
  it.each([
    ["192.0.2.0/24", "192.0.2.0/24", false],
    ["192.0.2.129/25", "192.0.2.128/25", true],
    ["192.0.2.1", "192.0.2.1/32", false],
    ["255.255.255.255/0", "0.0.0.0/0", true],
    ["2001:db8::/32", "2001:db8::/32", false],
    ["2001:db8::1/64", "2001:db8::/64", true],
    ["2001:db8::1", "2001:db8::1/128", false],
    ["ffff::/1", "8000::/1", true],
  ])("reads %s as %s", (text, masked, hadHostBits) => {
    const parsed = parsePrefix(text);
    expect(parsed?.hadHostBits).toBe(hadHostBits);
    expect(parsed && formatPrefix(parsed.prefix)).toBe(masked);
  });

  it.each([
    "",
    "10/8",
    "10.0.0.0/33",
    "10.0.0.0/8 ",
    "::/129",
    "fe80::%eth0/64",
    `::/${"1".repeat(99)}`,
  ])("refuses %j", (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });

  it("reads any prefix of a prefix or refuses it", () => {
    for (const text of ["198.51.100.255/32", "2001:db8:1:2:3:4:192.0.2.33/128"]) {
      for (let end = 0; end <= text.length; end++) {
        const parsed = parsePrefix(text.slice(0, end));
        if (parsed === undefined) continue;
        expect(parsePrefix(formatPrefix(parsed.prefix))?.prefix).toEqual(parsed.prefix);
      }
    }
  });
});

describe("maskAddress", () => {
  it("gives the network that ipaddr.js gives, as parsePrefix does", () => {
    const octets = fc
      .constantFrom(4, 16)
      .chain((n) => fc.uint8Array({ minLength: n, maxLength: n }));
    fc.assert(
      fc.property(octets, fc.nat(128), (bytes, anyLength) => {
        const length = anyLength % (8 * bytes.length + 1);
        const text = ipaddr.fromByteArray([...bytes]).toString();
        const cidr = `${text}/${length}`;
        const kind = bytes.length === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
        const network = parsePrefix(`${kind.networkAddressFromCIDR(cidr)}/${length}`)?.prefix;
        expect(parsePrefix(cidr)?.prefix).toEqual(network);
        const address = parseAddress(text);
        expect(address && maskAddress(address, length)).toEqual(network);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});
