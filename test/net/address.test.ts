/** Addresses are read as RFC 4291 writes them and printed as RFC 5952 does. */

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import {
  type Address,
  type Address6,
  compareAddresses,
  formatAddress,
  isLinkLocal6,
  isMulticast,
  isUnspecified,
  isZone,
  parseAddress,
} from "../../src/net/address.ts";

const SEED = 4291;

const address4 = fc.nat(0xffffffff).map((value): Address => ({ family: 4, value }));
/** Groups that are often zero, so that runs of them are. */
const groups6 = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

function fromGroups(groups: readonly number[]): Address6 {
  const number = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  return { family: 6, high: number >> 64n, low: BigInt.asUintN(64, number) };
}

function read(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} was not read`);
  return address;
}

describe("parseAddress", () => {
  it.each([
    ["0.0.0.0", 0],
    ["192.0.2.1", 0xc0000201],
    ["255.255.255.255", 0xffffffff],
  ])("reads %s", (text, value) => {
    expect(parseAddress(text)).toEqual({ family: 4, value });
  });

  it.each([
    ["::", 0n, 0n],
    ["::1", 0n, 1n],
    ["1::", 0x1_0000_0000_0000n, 0n],
    ["2001:DB8::a", 0x20010db8_00000000n, 10n],
    ["1:2:3:4:5:6:7::", 0x0001_0002_0003_0004n, 0x0005_0006_0007_0000n],
    ["::2:3:4:5:6:7:8", 0x0000_0002_0003_0004n, 0x0005_0006_0007_0008n],
    ["::192.0.2.1", 0n, 0xc0000201n],
    ["64:ff9b::192.0.2.1", 0x0064_ff9b_0000_0000n, 0xc0000201n],
    ["1:2:3:4:5:6:192.0.2.1", 0x0001_0002_0003_0004n, 0x0005_0006_c000_0201n],
  ])("reads %s", (text, high, low) => {
    expect(parseAddress(text)).toEqual({ family: 6, high, low });
  });

  it("reads a zone", () => {
    const low = 1n;
    const high = 0xfe80_0000_0000_0000n;
    expect(parseAddress("fe80::1%br-lan.7")).toEqual({ family: 6, high, low, zone: "br-lan.7" });
  });

  it.each([
    [
      "",
      "1",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.04",
      "1..2.3",
      "1.2.3.",
      " 1.2.3.4",
    ],
    [
      "1.2.3.4 ",
      "1.2.3.4/32",
      "1.2.3.4%eth0",
      "1.2.3.0x4",
      "-1.2.3.4",
      "1.2.3.4444",
      "1.2.3.\u0664",
    ],
    [":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:"],
    [
      "1:2:3:4::5:6:7:8",
      "::1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7:8::",
      "12345::",
      "00001::",
      "g::",
      "::1 ",
    ],
    [
      "::1.2.3",
      "::1.2.3.4:5",
      "1:2:3:4:5:6:7:1.2.3.4",
      "::1.2.3.256",
      "1::2:",
      "::1.2.3.4.5",
      "1.2::",
    ],
    ["::1%", "::1%a b", "::1%a%b", "::1%a/b", "%eth0", `::1%${"x".repeat(65)}`, "\u{1f600}::1"],
  ])("refuses %j and its like", (...texts) => {
    for (const text of texts) expect(parseAddress(text), text).toBeUndefined();
  });

  it("agrees with ipaddr.js on what an address is", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789abcF:.:.::"), maxLength: 24 });
    fc.assert(
      fc.property(text, (given) => {
        const isIPv4 = ipaddr.IPv4.isValidFourPartDecimal(given);
        expect(parseAddress(given) !== undefined).toBe(isIPv4 || isAddress6(given));
      }),
      { seed: SEED, numRuns: 5000 },
    );
  });

  it("reads any prefix of an address or refuses it", () => {
    for (const text of ["255.255.255.255", "2001:db8:1:2:3:4:192.0.2.33", "fe80::1:2%eth0.100"]) {
      for (let end = 0; end <= text.length; end++) {
        const address = parseAddress(text.slice(0, end));
        if (address !== undefined) expect(read(formatAddress(address))).toEqual(address);
      }
    }
  });
});

/** What ipaddr.js says, which takes leading zeros in a dotted tail; not so here. */
function isAddress6(text: string): boolean {
  return ipaddr.IPv6.isValid(text) && !/[:.]0\d+\.|\.0\d+$/.test(text);
}

describe("formatAddress", () => {
  it.each([
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:DB8:0:0:0:0:0:0", "2001:db8::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["::", "::"],
    ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
    ["::ffff:c000:201", "::ffff:192.0.2.1"],
    ["::192.0.2.1", "::c000:201"],
    ["fe80:0::1%eth0", "fe80::1%eth0"],
    ["010::", "10::"],
    ["192.0.2.255", "192.0.2.255"],
  ])("prints %s as %s", (text, printed) => {
    expect(formatAddress(read(text))).toBe(printed);
  });

  it("agrees with ipaddr.js and is read back", () => {
    fc.assert(
      fc.property(groups6, (groups) => {
        const address = fromGroups(groups);
        const oracle = new ipaddr.IPv6([...groups]);
        const text = formatAddress(address);
        if (!oracle.isIPv4MappedAddress()) expect(text).toBe(oracle.toRFC5952String());
        expect(read(text)).toEqual(address);
        expect(read(oracle.toNormalizedString())).toEqual(address);
        expect(read(oracle.toNormalizedString().toUpperCase())).toEqual(address);
      }),
      { seed: SEED, numRuns: 2000 },
    );
    fc.assert(
      fc.property(address4, (address) => {
        const text = formatAddress(address);
        expect(ipaddr.IPv4.isValidFourPartDecimal(text)).toBe(true);
        expect(read(text)).toEqual(address);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

describe("compareAddresses", () => {
  it("orders by family, number and zone", () => {
    const sorted = ["0.0.0.1", "10.0.0.0", "192.0.2.1", "::", "::1", "1::", "fe80::1", "fe80::1%a"];
    const addresses = [...sorted, "fe80::1%b", "ff02::1"].map(read);
    for (const [i, a] of addresses.entries()) {
      for (const [j, b] of addresses.entries()) {
        expect(compareAddresses(a, b)).toBe(Math.sign(i - j));
      }
    }
  });
});

describe("kinds of address", () => {
  it("knows link-local ones", () => {
    expect(["fe80::", "febf:ffff::1"].map(read).every(isLinkLocal6)).toBe(true);
    expect(["fec0::", "fe7f::1", "2001:db8::1", "169.254.0.1"].map(read).some(isLinkLocal6)).toBe(
      false,
    );
  });

  it("knows multicast and unspecified ones", () => {
    expect(["224.0.0.1", "239.255.255.255", "ff02::1"].map(read).every(isMulticast)).toBe(true);
    expect(["223.255.255.255", "240.0.0.0", "fe80::1"].map(read).some(isMulticast)).toBe(false);
    expect(["0.0.0.0", "::"].map(read).every(isUnspecified)).toBe(true);
    expect(["0.0.0.1", "::1", "1::"].map(read).some(isUnspecified)).toBe(false);
  });

  it("knows zones", () => {
    expect(["eth0", "7", "veth0@if3", "br-lan.7"].every(isZone)).toBe(true);
    expect(["", "a b", "a%b", "a,b", "a*2", "a#", "a/b", "a\u0000", "\u00fc"].some(isZone)).toBe(
      false,
    );
  });
});
