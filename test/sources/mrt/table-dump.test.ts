/** Table dumps: prefixes and origins of whole dumps, and what damage comes to. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asPath,
  attribute,
  attributes,
  bytesOf,
  counted,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  readDump,
  record,
  ribRecord,
  SEGMENT,
  SUBTYPE,
  TYPE,
  u16,
  u32,
} from "./dump.ts";

const SEED = 6396;

const PEERS = peerIndexTable([peer(4, 4), peer(6, 2), peer(4, 2), peer(6, 4)]);
/** Whole dumps, a record each; all but the first are of peers that the first lists. */
const RECORDS: readonly Parts[] = [
  PEERS,
  ribRecord("192.0.2.0/24", [
    entry(0, attributes(64_500, 64_501)),
    entry(2, attributes(64_502, 4_200_000_000)),
  ]),
  record(TYPE.bgp4mp, 4, [1, 2, 3, 4, 5]),
  ribRecord("198.51.100.0/25", [entry(3, attributes(64_500, 64_501))]),
  record(TYPE.tableDumpV2, SUBTYPE.rib4Multicast, [9, 9]),
  record(TYPE.bgp, 0, []),
  ribRecord("0.0.0.0/0", []),
  ribRecord("2001:db8:a::/48", [entry(1, attributes())]),
  ribRecord("::1/128", [entry(1, attributes(64_500))]),
];
const ROWS = [
  "192.0.2.0/24 0:64501:0 0:4200000000:1",
  "198.51.100.0/25 1:64501:0",
  "0.0.0.0/0",
  "2001:db8:a::/48 1:0:2",
  "::1/128 1:64500:3",
];
/** How many of the rows are whole once so many records are. */
const ROWS_AFTER = [0, 0, 1, 1, 2, 2, 2, 3, 4, 5];
const DUMP = bytesOf(RECORDS);

function withoutSets(row: string): string {
  return row.replace(/:\d+(?= |$)/g, "");
}

async function originOf(...parts: Parts): Promise<string | undefined> {
  const { rows } = await readDump(bytesOf([PEERS, ribRecord("10.0.0.0/8", [entry(0, parts)])]));
  return rows[0]?.split(" ")[1]?.split(":")[1];
}

describe("a table dump", () => {
  it.each([1, 2, 7, 64, 4096])(
    "reads prefixes, peers and origins, %d bytes at a time",
    async (n) => {
      const { rows, sets, peers, result } = await readDump(DUMP, n);
      expect(rows).toEqual(ROWS);
      expect(result).toMatchObject({ prefixes: 5, entries: 5, damaged: 0 });
      expect(peers).toHaveLength(2);
      expect(sets.count).toBe(4);
      expect(sets.bytesOf(2)).toEqual(bytesOf(attributes()));
    },
  );

  it("takes a file without a record for none", async () => {
    const { rows, error } = await readDump(new Uint8Array(0));
    expect(rows).toEqual([]);
    expect(error).toMatchObject({ code: "TABLE_SYNTAX", where: "rib.mrt@0" });
  });

  it("passes over records of any length without holding them", async () => {
    const long = record(TYPE.bgp4mpEt, 4, [...new Uint8Array(1_000_000)]);
    const bytes = bytesOf([PEERS, long, RECORDS[1] ?? []]);
    expect((await readDump(bytes, 1000)).rows).toEqual(ROWS.slice(0, 1));
    const cut = await readDump(bytes.subarray(0, 900_000), 1000);
    expect(cut.damaged).toMatchObject([{ offset: bytesOf(PEERS).length }]);
  });

  it("reads many entries, and clears bits behind the prefix length", async () => {
    const entries = Array.from({ length: 1000 }, (_, i) => entry(i % 4, attributes(64_500 + i)));
    const { rows, result } = await readDump(bytesOf([PEERS, ribRecord("10.255.0.0/9", entries)]));
    expect(result?.entries).toBe(1000);
    expect(rows[0]).toMatch(/^10\.128\.0\.0\/9 0:64500:0 1:64501:1 .* 1:65499:999$/);
  });

  it("takes peers of the last peer index table", async () => {
    const few = peerIndexTable([peer(4, 4)]);
    const rib = RECORDS[3] ?? [];
    expect((await readDump(bytesOf([few, PEERS, rib]))).rows.length).toBe(1);
    expect((await readDump(bytesOf([PEERS, few, rib]))).rows.length).toBe(0);
  });
});

describe("the origin", () => {
  const { set, sequence, confedSequence, confedSet } = SEGMENT;
  it.each([
    ["the last AS", asPath([sequence, 64_500, 64_501]), "64501"],
    ["of four bytes", asPath([sequence, 64_500, 4_294_967_295]), "4294967295"],
    ["of the last of two sequences", asPath([sequence, 64_500], [sequence, 64_501]), "64501"],
    ["no one's behind a set", asPath([sequence, 64_500], [set, 64_501, 64_502]), "0"],
    ["no one's in a confederation", asPath([confedSequence, 64_500]), "0"],
    ["no one's in a confederation's set", asPath([confedSet, 64_500]), "0"],
    ["behind a confederation", asPath([confedSequence, 64_512], [sequence, 64_500]), "64500"],
    ["no one's in an empty path", asPath(), "0"],
    ["no one's without a path", attribute(1, [0]), "0"],
    ["no one's without attributes", [], "0"],
  ] as const)("is %s", async (_name, parts, origin) => {
    expect(await originOf(...parts)).toBe(origin);
  });

  it("is that of the first path, however its length is written", async () => {
    const first = attribute(2, [SEGMENT.sequence, 1, u32(64_500)], true);
    expect(await originOf(first, asPath([SEGMENT.sequence, 64_501]))).toBe("64500");
  });
});

describe("damage", () => {
  const at = bytesOf(PEERS).length;
  const rib = (...body: Parts) => record(TYPE.tableDumpV2, SUBTYPE.rib4, [u32(0), ...body]);
  it.each([
    ["a type that is none", record(99, 1, []), "99 is no type of MRT records"],
    ["a prefix length", rib(33, [1, 2, 3, 4, 5], u16(0)), "33 is no prefix length"],
    ["an end within the prefix", rib(24, [1, 2]), "it ends within the prefix"],
    ["a peer", rib(0, u16(1), entry(4, [])), "an entry is of peer 4, of 4"],
    ["missing entries", rib(0, u16(2), entry(0, [])), "it ends within the peer index"],
    ["bytes left over", rib(0, u16(0), [1, 2]), "2 bytes are left over"],
    [
      "bytes left over behind peers",
      record(13, 1, [u32(0), u16(0), u16(0), 7]),
      "1 bytes are left",
    ],
    ["too few peers", record(13, 1, [u32(0), u16(0), u16(1), 2]), "it ends within a peer"],
    ["a length", [u32(0), u16(13), u16(2), u32(2 ** 31)], "bytes is too long to be read"],
    ["zeros", Array<number>(50).fill(0), "0 is no type of MRT records"],
    ["text", [...new TextEncoder().encode("no record at all".repeat(9))], "is no type of MRT"],
  ] as const)("in %s is told with its place, and passed over", async (_name, parts, what) => {
    const { rows, damaged } = await readDump(bytesOf([PEERS, parts, ...RECORDS.slice(1)]));
    expect(damaged).toEqual([{ offset: at, what: expect.stringContaining(what) }]);
    // Sets that a damaged record has brought count too.
    expect(rows.map(withoutSets)).toEqual(ROWS.map(withoutSets));
  });

  it("of everything is an error", async () => {
    const text = new TextEncoder().encode("10.0.0.0/8 192.0.2.1".repeat(9));
    const { error } = await readDump(text);
    expect(error).toMatchObject({ code: "TABLE_SYNTAX", exitCode: 3, where: "rib.mrt@0" });
  });

  it("in front of the peers is that there are none", async () => {
    const { damaged } = await readDump(bytesOf(RECORDS.slice(1)));
    expect(damaged[0]?.what).toContain("an entry is of peer 0, of 0");
  });

  it("of a record that is cut comes after all records before it", async () => {
    const starts = RECORDS.map((_, index) => bytesOf(RECORDS.slice(0, index)).length);
    for (let end = 0; end < DUMP.length; end++) {
      const { rows, damaged, error } = await readDump(DUMP.subarray(0, end), 1 + (end % 37));
      const whole = starts.filter((start) => start <= end).length - 1;
      expect(rows).toEqual(ROWS.slice(0, ROWS_AFTER[whole]));
      const places = damaged.map(({ offset }) => offset);
      expect(places, `${end} bytes`).toEqual(starts.includes(end) ? [] : [starts[whole]]);
      expect(error?.where).toBe(whole === 0 ? "rib.mrt@0" : undefined);
    }
  });

  it("within a record whose length says otherwise is found at every byte", async () => {
    const body = bytesOf(RECORDS[1] ?? []).subarray(12);
    for (let end = 0; end < body.length; end++) {
      const cut = record(TYPE.tableDumpV2, SUBTYPE.rib4, [...body.subarray(0, end)]);
      const { rows, damaged } = await readDump(bytesOf([PEERS, cut, RECORDS[1] ?? []]));
      expect(damaged).toMatchObject([{ offset: at }]);
      expect(rows).toEqual(ROWS.slice(0, 1));
    }
  });

  it("in a length costs the records that it hides", async () => {
    for (const length of [0, 1, 40, 1000, 100_000]) {
      const broken = DUMP.slice();
      broken.set(bytesOf(u32(length)), at + 8);
      const { rows, damaged } = await readDump(broken);
      expect(damaged.length, `${length} bytes`).toBeGreaterThan(0);
      expect(rows.map(withoutSets)).toEqual(expect.arrayContaining(ROWS.slice(3).map(withoutSets)));
    }
  });
});

describe("what dumps get wrong", () => {
  const attribute4 = attributes(64_500, 64_501);
  const first = (address: number, as: Parts, parts: Parts) => [
    u32(address),
    [24, 1],
    u32(1_000_000_000),
    u32(0xc0000201),
    as,
    counted(2, parts),
  ];
  const two = attribute(2, [2, 2, u16(64_500), u16(64_501)]);
  const dump1 = (...entries: readonly Parts[]) =>
    bytesOf(record(TYPE.tableDump, 1, [u16(0), u16(1), ...entries]));

  it("entries of one record, whose length leaves four bytes out", async () => {
    const batch = dump1(
      first(0xc0000200, u16(64_500), two),
      first(0xc6336400, u16(64_500), two),
      first(0xcb007100, u16(64_501), two),
    );
    batch.set(bytesOf(u32(batch.length - 16)), 8);
    const whole = bytesOf([[...batch], [...dump1(first(0x0a000000, u16(1), two))], [...batch]]);
    const rows = [
      "192.0.2.0/24 0:64501:0",
      "198.51.100.0/24 0:64501:0",
      "203.0.113.0/24 1:64501:0",
    ];
    for (const size of [1, 5, 61, 4096]) {
      const read = await readDump(whole, size);
      expect(read.rows).toEqual([...rows, "10.0.0.0/24 2:64501:0", ...rows]);
      expect(read.damaged).toEqual([]);
    }
  });

  it("ASes of four bytes in the first dumps", async () => {
    const wide = record(TYPE.tableDump, 3, [
      u16(0),
      u16(1),
      first(0xc0000200, u32(4_200_000_000), attribute4),
    ]);
    const { rows, peers } = await readDump(bytesOf(wide));
    expect(rows).toEqual(["192.0.2.0/24 0:64501:0"]);
    expect(peers[0]?.as).toBe(4_200_000_000);
  });

  const withId = (id: number) => [u16(0), u32(7), u32(id), counted(2, attribute4)];
  it.each([
    ["where they belong", 8],
    ["where they do not", 2],
  ])("path identifiers %s", async (_place, subtype) => {
    const body = [u32(0), 24, [192, 0, 2], u16(2), withId(5), withId(0x01020304)];
    const { rows } = await readDump(bytesOf([PEERS, record(TYPE.tableDumpV2, subtype, body)]));
    expect(rows[0]).toMatch(/^192\.0\.2\.0\/24 0:64501:(\d)\/5 0:64501:\1\/16909060$/);
  });

  it.each([
    ["IPv4", 6, [u16(1), 1, 24, [192, 0, 2]], false, ["192.0.2.0/24 0:64501:0"]],
    ["IPv6", 12, [u16(2), 1, 32, [0x20, 1, 13, 184]], true, ["2001:db8::/32 0:64501:0/9"]],
    ["multicast", 6, [u16(1), 2, 24, [192, 0, 2]], false, []],
  ] as const)("generic records of %s", async (_name, subtype, head, hasIds, expected) => {
    const one = hasIds ? withId(9) : entry(0, attribute4);
    const body = [u32(0), ...head, u16(1), one];
    const { rows } = await readDump(bytesOf([PEERS, record(TYPE.tableDumpV2, subtype, body)]));
    expect(rows).toEqual(expected);
  });

  it("MP_REACH_NLRI with the prefixes, which are no part of a set", async () => {
    const reach = (bits: number, ...bytes: number[]) =>
      attribute(14, [u16(2), 1, 16, u32(0x20010db8), u32(0), u32(0), u32(1), 0, bits, bytes]);
    const one = (prefix: string, ...parts: Parts) => ribRecord(prefix, [entry(0, parts)]);
    const short = [0x80, 14, 17, 16, u32(0x20010db8), u32(0), u32(0), u32(1)];
    const { rows, sets } = await readDump(
      bytesOf([
        PEERS,
        one("2001:db8::/32", asPath([2, 9]), reach(32, 0x20, 1, 13, 184)),
        one("2001:db8::/16", asPath([2, 9]), reach(16, 0x20, 1)),
        one("2001:db8:1::/48", asPath([2, 9]), short),
      ]),
    );
    expect(rows.map((row) => row.split(" ")[1])).toEqual(["0:9:0", "0:9:0", "0:9:0"]);
    expect(sets.count).toBe(1);
  });
});

describe("fuzz", () => {
  const chunkBytes = fc.integer({ min: 1, max: 200 });

  /** Rows, places of damage, perhaps one error on a line, and the same in any pieces. */
  async function expectSteady(bytes: Uint8Array, size: number): Promise<void> {
    const [whole, pieces] = [await readDump(bytes), await readDump(bytes, size)];
    expect(pieces.rows).toEqual(whole.rows);
    expect(pieces.damaged).toEqual(whole.damaged);
    expect(pieces.error?.message).toBe(whole.error?.message);
    for (const { offset, what } of whole.damaged) {
      expect(offset).toBeLessThan(bytes.length);
      expect(what).toMatch(/^[\x20-\x7e]{1,200}$/);
    }
    if (whole.error === undefined) return;
    expect(whole.error.code).toBe("TABLE_SYNTAX");
    expect(whole.error.message).toMatch(/^rib\.mrt@\d+: [\x20-\x7e]{1,300}$/);
  }

  it("of bytes", async () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    await fc.assert(fc.asyncProperty(bytes, chunkBytes, expectSteady), {
      seed: SEED,
      numRuns: 500,
    });
  });

  it("of bodies", async () => {
    const subtype = fc.constantFrom(SUBTYPE.peers, SUBTYPE.rib4, SUBTYPE.rib6);
    const body = fc.uint8Array({ maxLength: 60 });
    const dump = fc
      .tuple(subtype, body)
      .map(([kind, bytes]) => bytesOf([PEERS, record(TYPE.tableDumpV2, kind, [...bytes])]));
    await fc.assert(fc.asyncProperty(dump, chunkBytes, expectSteady), {
      seed: SEED,
      numRuns: 1000,
    });
  });

  it("of a good dump with some bytes changed", async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const broken = changes.map((list) => {
      const bytes = DUMP.slice();
      for (const [place, byte] of list) bytes[place % bytes.length] = byte;
      return bytes;
    });
    await fc.assert(fc.asyncProperty(broken, chunkBytes, expectSteady), {
      seed: SEED,
      numRuns: 2000,
    });
  });
});
