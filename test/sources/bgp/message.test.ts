/** BGP messages: what UPDATEs say, and that damage is found wherever it is. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../src/net/address.ts";
import { formatPrefix } from "../../../src/net/prefix.ts";
import { AttributeSets } from "../../../src/sources/bgp/attribute-sets.ts";
import { readMessage } from "../../../src/sources/bgp/message.ts";
import type { PrefixList, UpdateOptions } from "../../../src/sources/bgp/update.ts";
import { asPath, attribute, bytesOf, type Parts, SEGMENT, u16, u32 } from "../mrt/dump.ts";
import {
  address6,
  DOC6,
  message,
  NEXT_HOP4,
  nlri,
  reach,
  TEN,
  type UpdateParts,
  unreach,
  update,
} from "./messages.ts";

const SEED = 4271;

const ORIGIN_AND_PATH = [attribute(1, [0]), asPath([SEGMENT.sequence, 64_500])];
const COMPLETE = [...ORIGIN_AND_PATH, NEXT_HOP4];

/** A message as a session or, leniently, a dump has it, with the sets that it fills. */
function read(bytes: Uint8Array, options: Partial<UpdateOptions> = {}) {
  const sets = new AttributeSets();
  const message = readMessage(bytes, { hasPathIds: false, asBytes: 4, sets, ...options });
  return { message, sets };
}

/** Lines `- PREFIX`, `+ PREFIX NEXTHOP` and for what is revoked `! PREFIX NEXTHOP`, with ids. */
function linesOf(parts: UpdateParts, options: Partial<UpdateOptions> = {}): readonly string[] {
  const { message, sets } = read(bytesOf(update(parts)), options);
  if (message.kind !== "update") throw new Error(message.kind);
  const { withdrawn, announced, revoked } = message.update;
  const text = (sign: string, { prefixes, set }: PrefixList & { readonly set?: number }) => {
    const { nextHop } = set === undefined ? {} : sets.decoded(set).set;
    const hop = set === undefined ? "" : ` ${nextHop && formatAddress(nextHop)}`;
    return prefixes.map(({ prefix, pathId }) => {
      const id = pathId === 0 ? "" : ` path ${pathId}`;
      return `${sign} ${formatPrefix(prefix)}${hop}${id}`;
    });
  };
  return [
    ...withdrawn.flatMap((list) => text("-", list)),
    ...announced.flatMap((list) => text("+", list)),
    ...revoked.flatMap((list) => text("!", list)),
  ];
}

describe("an UPDATE", () => {
  it.each<[string, UpdateParts, readonly string[]]>([
    ["says nothing: the end of a table (RFC 4724)", {}, []],
    ["withdraws", { withdrawn: [TEN, nlri(0)] }, ["- 10.0.0.0/8", "- 0.0.0.0/0"]],
    [
      "announces with the next hop behind other attributes",
      {
        attributes: COMPLETE,
        announced: [TEN, nlri(32, 192, 0, 2, 9)],
      },
      ["+ 10.0.0.0/8 192.0.2.1", "+ 192.0.2.9/32 192.0.2.1"],
    ],
    [
      "clears bits behind the length",
      { attributes: COMPLETE, announced: nlri(13, 11, 13) },
      ["+ 11.8.0.0/13 192.0.2.1"],
    ],
    [
      "reaches and no longer reaches IPv6",
      {
        attributes: [
          ORIGIN_AND_PATH,
          reach(2, 1, address6(7), [DOC6, nlri(0)]),
          unreach(2, 1, nlri(128, ...bytesOf(address6(9)))),
        ],
      },
      ["- 2001:db8::9/128", "+ 2001:db8::/32 2001:db8::7", "+ ::/0 2001:db8::7"],
    ],
    [
      "names a global and a link-local next hop (RFC 2545)",
      {
        attributes: [
          ORIGIN_AND_PATH,
          reach(2, 1, [address6(7), u32(0xfe800000), u32(0), u32(0), u32(1)], DOC6),
        ],
      },
      ["+ 2001:db8::/32 2001:db8::7"],
    ],
    [
      "announces IPv4 by an IPv6 next hop (RFC 8950)",
      { attributes: [ORIGIN_AND_PATH, reach(1, 1, address6(7), TEN)] },
      ["+ 10.0.0.0/8 2001:db8::7"],
    ],
    [
      "has families that are passed over: labels, EVPN",
      { attributes: [reach(2, 4, [], [1, 2]), unreach(25, 70, [9])] },
      [],
    ],
    [
      "revokes routes without mandatory attributes, or with malformed ones (RFC 7606)",
      { attributes: [attribute(1, [9]), reach(2, 1, address6(7), DOC6)], announced: TEN },
      ["! 10.0.0.0/8 undefined", "! 2001:db8::/32 2001:db8::7"],
    ],
    [
      "revokes routes behind an attribute that is cut",
      { attributes: [COMPLETE, 0x40, 1, 2, 0], announced: TEN },
      ["! 10.0.0.0/8 192.0.2.1"],
    ],
  ])("%s", (_, parts, lines) => expect(linesOf(parts)).toEqual(lines));

  it("counts the families that it passes over, and tells multicast apart", () => {
    const attributes = [ORIGIN_AND_PATH, reach(1, 2, u32(1), TEN), unreach(25, 70, [9])];
    const { message } = read(bytesOf(update({ attributes })));
    expect(message).toMatchObject({
      kind: "update",
      update: { otherFamilies: 1, announced: [{ family: 4, isMulticast: true }] },
    });
  });

  it("has sets as a table dump has them, the same for the same attributes", () => {
    const attributes = [NEXT_HOP4, ORIGIN_AND_PATH, reach(2, 1, address6(7), DOC6)];
    const { message, sets } = read(bytesOf(update({ attributes, announced: TEN })));
    expect(message).toMatchObject({ update: { announced: [{ set: 0 }, { set: 1 }] } });
    expect(sets.bytesOf(0)).toEqual(bytesOf([NEXT_HOP4, ORIGIN_AND_PATH]));
    const short = [0x80, 14, 17, 16, address6(7)];
    expect(sets.bytesOf(1)).toEqual(bytesOf([ORIGIN_AND_PATH, short]));
  });

  it("has path identifiers where that was agreed on (RFC 7911)", () => {
    const parts = {
      withdrawn: [u32(1), TEN],
      attributes: [COMPLETE, reach(2, 1, address6(7), [u32(3), DOC6])],
      announced: [u32(0xffffffff), TEN],
    };
    expect(linesOf(parts, { hasPathIds: true })).toEqual([
      "- 10.0.0.0/8 path 1",
      "+ 10.0.0.0/8 192.0.2.1 path 4294967295",
      "+ 2001:db8::/32 2001:db8::7 path 3",
    ]);
  });

  it("from another AS has no LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST", () => {
    const word = u32(7);
    const internal = [attribute(5, word), [0x80, 9, 4, word], [0x80, 10, 4, word]];
    const bytes = bytesOf(update({ attributes: [COMPLETE, internal], announced: TEN }));
    const set = (isExternal: boolean) => read(bytes, { isExternal }).sets.decoded(0).set;
    const empty = { localPreference: undefined, originatorId: undefined, clusterList: [] };
    expect(set(true)).toMatchObject(empty);
    expect(set(false)).toMatchObject({ localPreference: 7, originatorId: 7, clusterList: [7] });
  });
});

describe("an UPDATE of a dump", () => {
  const hidden = { attributes: COMPLETE, announced: [u32(2), TEN, u32(1), nlri(16, 10, 1)] };

  it("may have path identifiers that its record denies", () => {
    const lines = ["+ 10.0.0.0/8 192.0.2.1 path 2", "+ 10.1.0.0/16 192.0.2.1 path 1"];
    expect(linesOf(hidden, { isLenient: true })).toEqual(lines);
    expect(read(bytesOf(update(hidden))).message).toMatchObject({ kind: "reset", subcode: 10 });
  });

  it("is not taken for one with path identifiers when it makes sense without", () => {
    const plain = { attributes: COMPLETE, announced: [nlri(0), TEN, nlri(8, 11), nlri(8, 12)] };
    expect(linesOf(plain, { isLenient: true })).toHaveLength(4);
  });

  it("that is cut within a prefix keeps those before it", () => {
    const cut = { attributes: COMPLETE, announced: [TEN, nlri(24, 192, 0)] };
    expect(linesOf(cut, { isLenient: true })).toEqual(["+ 10.0.0.0/8 192.0.2.1"]);
    expect(read(bytesOf(update(cut)), { isLenient: true }).message).toMatchObject({
      update: { faults: [{ what: "it ends within the prefix" }] },
    });
  });
});

describe("a message", () => {
  it.each([1, 3, 4, 5])("of type %i is named", (type) => {
    expect(read(bytesOf(message(type, [1, 2]))).message).toEqual({ kind: "other", type });
  });

  it.each<[string, number, number, Parts]>([
    ["0 is no type of messages", 1, 3, message(0, [])],
    ["6 is no type of messages", 1, 3, message(6, [])],
    ["a message of 23 bytes stands in 24", 1, 2, [update({}), 0]],
    ["a message of 18 bytes stands in 19", 1, 2, [Array(16).fill(255), u16(18), 4]],
    ["the marker of a message is not all ones", 1, 1, [Array(16).fill(254), u16(19), 4]],
    ["33 is no prefix length", 3, 10, update({ withdrawn: nlri(33, 1, 2, 3, 4, 5) })],
    [
      "129 is no prefix length",
      3,
      10,
      update({ attributes: unreach(2, 1, nlri(129, ...Array<number>(17).fill(0))) }),
    ],
    ["a next hop of 0 bytes", 3, 9, update({ attributes: reach(2, 1, [], DOC6) })],
    [
      "attribute 15 comes twice",
      3,
      1,
      update({ attributes: [unreach(2, 1, []), unreach(1, 1, [])] }),
    ],
    ["attribute 99 is not known", 3, 2, update({ attributes: attribute(99, []) })],
    ["it ends within the prefix", 3, 10, update({ withdrawn: nlri(16, 10) })],
    ["it ends within withdrawn routes", 3, 1, message(2, [u16(5), 0])],
  ])("ends the session: %s", (what, code, subcode, parts) => {
    const expected = { kind: "reset", code, subcode, what: expect.stringContaining(what) };
    expect(read(bytesOf(parts)).message).toMatchObject(expected);
  });

  const whole = bytesOf(
    update({
      withdrawn: [TEN, nlri(24, 192, 0, 2)],
      attributes: [COMPLETE, reach(2, 1, address6(7), DOC6), unreach(2, 1, DOC6)],
      announced: [nlri(15, 10, 2), nlri(9, 11, 128)],
    }),
  );

  it("that is cut at any byte is refused, its length set right or not", () => {
    // The announced prefixes end where one begins: what comes before is a whole message.
    const ends = new Set([whole.length - 6, whole.length - 3]);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      expect(read(cut).message.kind).toBe("reset");
      if (length < 19) continue;
      cut.set([length >> 8, length & 255], 16);
      expect(read(cut).message.kind, `${length} bytes`).toBe(ends.has(length) ? "update" : "reset");
    }
  });

  it("with some bytes changed is read or refused", () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    const property = (
      changes: readonly (readonly [number, number])[],
      hasPathIds: boolean,
      isLenient: boolean,
    ) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at] = value;
      const taken = read(bytes, { hasPathIds, isLenient }).message;
      expect(taken.kind).toMatch(/^(update|other|reset)$/);
      if (taken.kind === "reset") expect(taken.what).toMatch(/^(it ends|a |\d+ |attribute|the )/);
    };
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    const any = fc.property(changes, fc.boolean(), fc.boolean(), property);
    fc.assert(any, { seed: SEED, numRuns: 2000 });
  });
});
