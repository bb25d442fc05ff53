/** Path attributes: values, malformed ones (RFC 7606), paths of two bytes an AS (RFC 6793). */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../src/net/address.ts";
import { formatPath, pathLength, pathOrigin } from "../../../src/rib/as-path.ts";
import { decodeAttributes } from "../../../src/sources/bgp/attributes.ts";
import { bytesOf, type Parts, SEGMENT, u16, u32 } from "../mrt/dump.ts";
import { address6 } from "./messages.ts";

/** An attribute with flags of its own. */
function attr(flags: number, type: number, ...value: Parts): Parts {
  const { length } = bytesOf(value);
  return [flags | (length > 255 ? 0x10 : 0), type, length > 255 ? u16(length) : length, value];
}

function decode(parts: Parts, asBytes: 2 | 4 = 4) {
  return decodeAttributes(bytesOf(parts), asBytes);
}

const path2 = (...asns: readonly number[]) =>
  attr(0x40, 2, SEGMENT.sequence, asns.length, asns.map(u16));
const as4Path = (...asns: readonly number[]) =>
  attr(0xc0, 17, SEGMENT.sequence, asns.length, asns.map(u32));

const EVERY: Parts = [
  attr(0x40, 1, 1),
  attr(0x40, 2, SEGMENT.sequence, 2, u32(64_500), u32(4_200_000_000), SEGMENT.set, 1, u32(9)),
  attr(0x40, 3, u32(0xc0000201)),
  attr(0x80, 4, u32(7)),
  attr(0x40, 5, u32(4_294_967_295)),
  attr(0x40, 6),
  attr(0xc0, 7, u32(64_501), u32(0xc0000202)),
  attr(0xc0, 8, u32(0xffffff01), u32(0xffff029a)),
  attr(0x80, 9, u32(0xc0000203)),
  attr(0x80, 10, u32(1), u32(2)),
  attr(0x80, 14, 32, address6(1), u32(0xfe800000), u32(0), u32(0), u32(2)),
  attr(0xc0, 16, u32(0x00040000), u32(5)),
  attr(0x80, 26, 1, u16(11), u32(1), u32(2)),
  attr(0xc0, 32, u32(64_500), u32(1), u32(2)),
  attr(0xc0, 35, u32(64_502)),
  attr(0xe0, 99, 1, 2, 3),
];

describe("decodeAttributes", () => {
  it("reads each attribute that is known, and keeps the others", () => {
    const { kind, set, faults } = decode(EVERY);
    expect({ kind, faults }).toEqual({ kind: "set", faults: [] });
    expect(set).toMatchObject({
      origin: "egp",
      med: 7,
      localPreference: 4_294_967_295,
      isAtomicAggregate: true,
      aggregator: { as: 64_501, address: { family: 4, value: 0xc0000202 } },
      communities: [0xffffff01, 0xffff029a],
      originatorId: 0xc0000203,
      clusterList: [1, 2],
      extendedCommunities: [0x00040000, 5],
      aigp: 0x100000002n,
      largeCommunities: [64_500, 1, 2],
      onlyToCustomer: 64_502,
      unknown: [{ flags: 0xe0, type: 99, value: Uint8Array.of(1, 2, 3) }],
    });
    expect(formatPath(set.asPath)).toBe("64500 4200000000 {9}");
    const hops = [set.nextHop, set.linkLocalNextHop].map((hop) => hop && formatAddress(hop));
    expect(hops).toEqual(["2001:db8::1", "fe80::2"]);
  });

  it("takes nothing for nothing", () => {
    const { kind, set } = decode([]);
    expect(kind).toBe("set");
    expect(set).toMatchObject({ origin: "incomplete", asPath: [], communities: [], unknown: [] });
    expect(set.nextHop).toBeUndefined();
  });

  it.each([
    ["before", [attr(0x40, 3, u32(1)), attr(0x80, 14, 16, address6(9))]],
    ["behind", [attr(0x80, 14, 16, address6(9)), attr(0x40, 3, u32(1))]],
  ])("prefers the next hop of MP_REACH_NLRI to one %s it", (_place, parts) => {
    const { nextHop } = decode(parts).set;
    expect(nextHop && formatAddress(nextHop)).toBe("2001:db8::9");
  });

  it("reads MP_REACH_NLRI as messages have it", () => {
    const whole = attr(0x80, 14, u16(2), 1, 16, address6(9), 0, 0);
    expect(decode(whole).set.nextHop).toEqual(decode(attr(0x80, 14, 16, address6(9))).set.nextHop);
  });
});

describe("what is malformed", () => {
  it.each([
    ["ORIGIN of two bytes", attr(0x40, 1, 0, 0)],
    ["an origin that there is not", attr(0x40, 1, 3)],
    ["a segment type", attr(0x40, 2, 5, 1, u32(1))],
    ["an empty segment", attr(0x40, 2, 2, 0)],
    ["a cut segment", attr(0x40, 2, 2, 2, u32(1))],
    ["NEXT_HOP", attr(0x40, 3, 1, 2, 3)],
    ["MED", attr(0x80, 4, 1)],
    ["LOCAL_PREF", attr(0x40, 5, u32(1), 1)],
    ["empty communities", attr(0xc0, 8)],
    ["COMMUNITIES", attr(0xc0, 8, 1, 2, 3)],
    ["ORIGINATOR_ID", attr(0x80, 9, 1)],
    ["CLUSTER_LIST", attr(0x80, 10, 1)],
    ["MP_REACH_NLRI", attr(0x80, 14, 5, 1, 2, 3, 4, 5)],
    ["EXTENDED COMMUNITIES", attr(0xc0, 16, u32(1))],
    ["LARGE COMMUNITIES", attr(0xc0, 32, u32(1))],
    ["OTC", attr(0xc0, 35, 1)],
    ["flags of a well-known attribute", attr(0xc0, 1, 0)],
    ["flags of an optional attribute", attr(0x40, 8, u32(1))],
    ["an attribute that is cut", [0x40, 1, 2, 0]],
    ["the header of an attribute", [0x50, 1, 0]],
  ])("withdraws: %s", (_name, parts) => {
    expect(decode(parts)).toMatchObject({ kind: "treat_as_withdraw", faults: [{}] });
  });

  it.each([
    ["ATOMIC_AGGREGATE", attr(0x40, 6, 1), "isAtomicAggregate", false],
    ["AGGREGATOR", attr(0xc0, 7, u16(1), u32(1)), "aggregator", undefined],
    ["AIGP", attr(0x80, 26, 1, u16(2)), "aigp", undefined],
    ["AS4_PATH", attr(0xc0, 17, 9), "asPath", []],
    ["AS4_AGGREGATOR", attr(0xc0, 18, 9), "aggregator", undefined],
    ["the second of two", [attr(0x80, 4, u32(1)), attr(0x80, 4, u32(2))], "med", 1],
  ] as const)("leaves out: %s", (_name, parts, key, value) => {
    const { kind, set, faults } = decode(parts);
    expect(kind).toBe("set");
    expect(faults).toHaveLength(1);
    expect(set[key]).toEqual(value);
  });

  it("keeps the attributes beside it", () => {
    const { set } = decode([attr(0x40, 1, 9), attr(0x80, 4, u32(7))]);
    expect(set.med).toBe(7);
  });
});

describe("paths of two bytes", () => {
  const merged = (...parts: Parts) => formatPath(decode(parts, 2).set.asPath);
  it.each([
    ["all of it", [path2(23_456, 23_456), as4Path(4_200_000_001, 9)], "4200000001 9"],
    ["its end", [path2(64_500, 23_456), as4Path(4_200_000_001)], "64500 4200000001"],
    ["not a longer one", [path2(64_500), as4Path(1, 2)], "64500"],
    ["not in front of it", [as4Path(1, 2), path2(64_500)], "64500"],
    ["a set as one", [attr(0x40, 2, 2, 1, u16(5), 1, 2, u16(6), u16(7)), as4Path(9)], "5 9"],
    [
      "confederations in front",
      [attr(0x40, 2, 3, 1, u16(5), 2, 2, u16(6), u16(23_456)), as4Path(9)],
      "(5) 6 9",
    ],
    [
      "no confederations of AS4_PATH",
      [path2(23_456), attr(0xc0, 17, 3, 1, u32(5), 2, 1, u32(9))],
      "9",
    ],
  ] as const)("take %s from AS4_PATH", (_name, parts, path) => {
    expect(merged(...parts)).toBe(path);
  });

  it("take AS4_AGGREGATOR for AS_TRANS", () => {
    const four = attr(0xc0, 18, u32(4_200_000_001), u32(1));
    const two = (as: number) => attr(0xc0, 7, u16(as), u32(1));
    const both = decode([two(23_456), four], 2).set;
    expect(both.aggregator?.as).toBe(4_200_000_001);
    const parts = [path2(1, 2), as4Path(9), two(64_500), four];
    const { aggregator, asPath } = decode(parts, 2).set;
    expect(aggregator?.as).toBe(64_500);
    expect(formatPath(asPath)).toBe("1 2");
  });

  it("alone are merged", () => {
    const whole = attr(0x40, 2, 2, 1, u32(1));
    expect(formatPath(decode([whole, as4Path(9)]).set.asPath)).toBe("1");
  });
});

describe("paths", () => {
  it("have a length and an origin", () => {
    const { asPath } = decode(EVERY).set;
    expect([pathLength(asPath), pathOrigin(asPath)]).toEqual([3, 0]);
    const plain = decode(attr(0x40, 2, 3, 1, u32(5), 2, 2, u32(6), u32(7))).set.asPath;
    expect([formatPath(plain), pathLength(plain), pathOrigin(plain)]).toEqual(["(5) 6 7", 2, 7]);
    expect(formatPath(decode(attr(0x40, 2, 4, 2, u32(5), u32(6))).set.asPath)).toBe("[5,6]");
  });
});

describe("any bytes", () => {
  it("cut at every byte come to something", () => {
    const bytes = bytesOf(EVERY);
    for (let end = 0; end < bytes.length; end++) {
      const { kind, faults } = decodeAttributes(bytes.subarray(0, end), 4);
      expect(kind === "set").toBe(faults.length === 0);
    }
  });

  it("come to something", () => {
    const some = fc.uint8Array({ maxLength: 80 });
    const property = (bytes: Uint8Array, width: 2 | 4) => {
      const { kind, faults } = decodeAttributes(bytes, width);
      if (kind === "treat_as_withdraw") expect(faults.length).toBeGreaterThan(0);
    };
    fc.assert(fc.property(some, fc.constantFrom(2, 4), property), { seed: 7606, numRuns: 3000 });
  });
});
