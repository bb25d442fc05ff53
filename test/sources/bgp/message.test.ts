/** BGP messages: what UPDATEs say, and that damage is found wherever it is. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../src/net/address.ts";
import { formatPrefix } from "../../../src/net/prefix.ts";
import { type BgpMessage, readMessage } from "../../../src/sources/bgp/message.ts";
import { ByteReader } from "../../../src/sources/byte-reader.ts";
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

function read(bytes: Uint8Array, hasPathIds = false): BgpMessage {
  const reader = new ByteReader((what) => {
    throw new Error(what);
  });
  reader.open(bytes, 0, bytes.length);
  return readMessage(reader, { hasPathIds });
}

/** An UPDATE as lines: `- PREFIX` and `+ PREFIX NEXTHOP`, with path identifiers but 0. */
function linesOf(parts: UpdateParts, hasPathIds = false): readonly string[] {
  const read_ = read(bytesOf(update(parts)), hasPathIds);
  if (read_.kind !== "update") throw new Error(`type ${read_.type}`);
  const { withdrawn, announced } = read_.update;
  const id = (pathId: number): string => (pathId === 0 ? "" : ` path ${pathId}`);
  return [
    ...withdrawn.map(({ prefix, pathId }) => `- ${formatPrefix(prefix)}${id(pathId)}`),
    ...announced.map(
      ({ prefix, pathId, nextHop }) =>
        `+ ${formatPrefix(prefix)} ${formatAddress(nextHop)}${id(pathId)}`,
    ),
  ];
}

describe("an UPDATE", () => {
  it.each<[string, UpdateParts, readonly string[]]>([
    ["says nothing: the end of a table (RFC 4724)", {}, []],
    ["withdraws", { withdrawn: [TEN, nlri(0)] }, ["- 10.0.0.0/8", "- 0.0.0.0/0"]],
    [
      "announces with the next hop behind other attributes",
      {
        attributes: [attribute(1, [0]), asPath([SEGMENT.sequence, 64_500]), NEXT_HOP4],
        announced: [TEN, nlri(32, 192, 0, 2, 9)],
      },
      ["+ 10.0.0.0/8 192.0.2.1", "+ 192.0.2.9/32 192.0.2.1"],
    ],
    [
      "clears bits behind the length",
      { attributes: NEXT_HOP4, announced: nlri(13, 11, 13) },
      ["+ 11.8.0.0/13 192.0.2.1"],
    ],
    [
      "reaches and no longer reaches IPv6",
      {
        attributes: [
          reach(2, 1, address6(7), [DOC6, nlri(0)]),
          unreach(2, 1, nlri(128, ...bytesOf(address6(9)))),
        ],
      },
      ["- 2001:db8::9/128", "+ 2001:db8::/32 2001:db8::7", "+ ::/0 2001:db8::7"],
    ],
    [
      "names a global and a link-local next hop (RFC 2545)",
      { attributes: reach(2, 1, [address6(7), u32(0xfe800000), u32(0), u32(0), u32(1)], DOC6) },
      ["+ 2001:db8::/32 2001:db8::7"],
    ],
    [
      "announces IPv4 by an IPv6 next hop (RFC 8950)",
      { attributes: reach(1, 1, address6(7), TEN) },
      ["+ 10.0.0.0/8 2001:db8::7"],
    ],
    [
      "has families that are passed over: multicast, labels, EVPN",
      { attributes: [reach(1, 2, u32(1), TEN), reach(2, 4, [], [1, 2]), unreach(25, 70, [9])] },
      [],
    ],
  ])("%s", (_, parts, lines) => expect(linesOf(parts)).toEqual(lines));

  it("counts the families that it passes over, and shows attributes as they came", () => {
    const attributes = [reach(1, 2, u32(1), TEN), unreach(25, 70, [9])];
    const taken = read(bytesOf(update({ attributes })));
    expect(taken).toMatchObject({ kind: "update", update: { otherFamilies: 2 } });
    if (taken.kind !== "update") throw new Error("no update");
    expect(taken.update.attributes).toEqual(bytesOf(attributes));
  });

  it("has path identifiers where that was agreed on (RFC 7911)", () => {
    const parts = {
      withdrawn: [u32(1), TEN],
      attributes: [NEXT_HOP4, reach(2, 1, address6(7), [u32(3), DOC6])],
      announced: [u32(0xffffffff), TEN],
    };
    expect(linesOf(parts, true)).toEqual([
      "- 10.0.0.0/8 path 1",
      "+ 2001:db8::/32 2001:db8::7 path 3",
      "+ 10.0.0.0/8 192.0.2.1 path 4294967295",
    ]);
  });
});

describe("a message", () => {
  it.each([1, 3, 4, 5])("of type %i is named", (type) => {
    expect(read(bytesOf(message(type, [1, 2])))).toEqual({ kind: "other", type });
  });

  it.each<[string, Parts]>([
    ["0 is no type of messages", message(0, [])],
    ["6 is no type of messages", message(6, [])],
    ["a message of 23 bytes stands in 24", [update({}), 0]],
    ["a message of 18 bytes stands in 19", [Array(16).fill(255), u16(18), 4]],
    ["33 is no prefix length, which is 0 to 32", update({ withdrawn: nlri(33, 1, 2, 3, 4, 5) })],
    [
      "129 is no prefix length, which is 0 to 128",
      update({ attributes: unreach(2, 1, nlri(129, ...Array<number>(17).fill(0))) }),
    ],
    ["routes are announced without a next hop", update({ announced: TEN })],
    ["a next hop of 5 bytes", update({ attributes: attribute(3, [1, 2, 3, 4, 5]) })],
    ["a next hop of 0 bytes", update({ attributes: reach(2, 1, [], DOC6) })],
    ["it ends within the prefix", update({ withdrawn: nlri(16, 10) })],
    ["it ends within an attribute", update({ attributes: [0x40, 1, 2, 0] })],
    ["it ends within withdrawn routes", message(2, [u16(5), 0])],
  ])("is refused: %s", (what, parts) => expect(() => read(bytesOf(parts))).toThrow(what));

  const whole = bytesOf(
    update({
      withdrawn: [TEN, nlri(24, 192, 0, 2)],
      attributes: [NEXT_HOP4, reach(2, 1, address6(7), DOC6), unreach(2, 1, DOC6)],
      announced: [nlri(15, 10, 2), nlri(9, 11, 128)],
    }),
  );

  it("that is cut at any byte is refused, its length set right or not", () => {
    // The announced prefixes end where one begins: what comes before is a whole message.
    const ends = new Set([whole.length - 6, whole.length - 3]);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      expect(() => read(cut)).toThrow();
      if (length < 19) continue;
      cut.set([length >> 8, length & 255], 16);
      if (ends.has(length)) expect(read(cut)).toMatchObject({ kind: "update" });
      else expect(() => read(cut), `${length} bytes`).toThrow();
    }
  });

  it("with some bytes changed is read or refused", () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    const property = (changes: readonly (readonly [number, number])[], hasPathIds: boolean) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at] = value;
      try {
        expect(read(bytes, hasPathIds).kind).toMatch(/^(update|other)$/);
      } catch (error) {
        expect(error).toMatchObject({
          message: expect.stringMatching(/^(it ends|a |\d+ |routes)/),
        });
      }
    };
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(changes, fc.boolean(), property), { seed: SEED, numRuns: 2000 });
  });
});
