/** MRT files of BGP messages: whole ones, damaged ones, and real ones beside bgpdump. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../src/net/address.ts";
import { AnyfibError } from "../../src/net/errors.ts";
import { formatPrefix } from "../../src/net/prefix.ts";
import {
  type DamagedRecord,
  type RecordedMessage,
  readUpdateRecords,
} from "../../src/sources/mrt-updates.ts";
import { dataPath, NO_DATA } from "../data.ts";
import {
  address6,
  BGP4MP,
  bgp4mp,
  DOC6,
  message,
  NEXT_HOP4,
  nlri,
  reach,
  TEN,
  update,
} from "./bgp/messages.ts";
import { bytesOf, type Parts, record, TYPE, u16, u32 } from "./mrt/dump.ts";
import { chunksOf } from "./read-table.ts";

/** What reading came to; `lines` are like those of `bgpdump -m`, up to the prefix. */
async function readAll(bytes: Uint8Array, chunkBytes = 4096) {
  const lines: string[] = [];
  const messages: RecordedMessage[] = [];
  const damaged: DamagedRecord[] = [];
  const take = (taken: RecordedMessage): void => {
    messages.push(taken);
    const { seconds, peer, peerAs, update } = taken;
    const line = (kind: string, { prefix }: (typeof update.withdrawn)[number]) =>
      lines.push([seconds, kind, formatAddress(peer), peerAs, formatPrefix(prefix)].join("|"));
    for (const one of update.withdrawn) line("W", one);
    for (const one of update.announced) line("A", one);
  };
  const options = { name: "u.mrt", take, onDamaged: (one: DamagedRecord) => damaged.push(one) };
  try {
    const result = await readUpdateRecords(chunksOf(bytes, chunkBytes), options);
    return { lines, messages, damaged, result };
  } catch (error) {
    if (error instanceof AnyfibError) return { lines, messages, damaged, error };
    throw error;
  }
}

const TIME = 1_277_971_199;
const HELLO = update({ attributes: NEXT_HOP4, announced: TEN });
const RECORDS: readonly Parts[] = [
  record(TYPE.bgp4mp, BGP4MP.stateChange, [u16(1), u16(2), u16(0), u16(1), u32(1), u32(2), u32(3)]),
  bgp4mp(BGP4MP.message, HELLO),
  bgp4mp(BGP4MP.messageAs4, update({ withdrawn: TEN }), 6),
  bgp4mp(BGP4MP.messageAs4, message(4, [])),
  record(TYPE.tableDumpV2, 1, [1, 2, 3]),
  bgp4mp(BGP4MP.localAs4, update({ attributes: reach(2, 1, address6(7), DOC6) })),
  bgp4mp(BGP4MP.addPath, update({ withdrawn: [u32(5), TEN] })),
  record(TYPE.bgp4mpEt, BGP4MP.message, [
    u32(123_456),
    ...bytesOf(bgp4mp(BGP4MP.message, HELLO)).subarray(12),
  ]),
];
const LINES = [
  `${TIME}|A|192.0.2.1|64500|10.0.0.0/8`,
  `${TIME}|W|2001:db8::1|64500|10.0.0.0/8`,
  `${TIME}|A|192.0.2.1|64500|2001:db8::/32`,
  `${TIME}|W|192.0.2.1|64500|10.0.0.0/8`,
  `${TIME}|A|192.0.2.1|64500|10.0.0.0/8`,
];

describe("a file of updates", () => {
  it.each([1, 7, 4096])("is read in pieces of %i bytes", async (chunkBytes) => {
    const { lines, messages, result, damaged } = await readAll(bytesOf(RECORDS), chunkBytes);
    expect(lines).toEqual(LINES);
    expect(result).toEqual({
      updates: 5,
      announced: 3,
      withdrawn: 2,
      otherMessages: 1,
      stateChanges: 1,
      damaged: 0,
    });
    expect(damaged).toEqual([]);
    expect(messages.map(({ microseconds }) => microseconds)).toEqual([0, 0, 0, 0, 123_456]);
    expect(messages.map(({ asBytes }) => asBytes)).toEqual([2, 4, 4, 2, 2]);
    expect(messages[3]?.update.withdrawn[0]?.pathId).toBe(5);
  });

  it("goes on behind records that are damaged, and says where they stand", async () => {
    const bad = bgp4mp(BGP4MP.message, update({ announced: TEN }));
    const worse = bgp4mp(BGP4MP.messageAs4, update({ withdrawn: nlri(99) }));
    const [first = [], second = []] = RECORDS;
    const { lines, result, damaged } = await readAll(bytesOf([first, bad, second, worse, second]));
    expect(lines).toEqual([LINES[0], LINES[0]]);
    expect(result).toMatchObject({ updates: 2, damaged: 2 });
    const at = bytesOf(first).length;
    const next = at + bytesOf(bad).length + bytesOf(second).length;
    expect(damaged).toEqual([
      { offset: at, what: "routes are announced without a next hop" },
      { offset: next, what: "99 is no prefix length, which is 0 to 32" },
    ]);
  });

  it("that is cut at any byte gives the records before, and says which is cut", async () => {
    const whole = bytesOf(RECORDS);
    const starts: number[] = [];
    let start = 0;
    for (const one of RECORDS) {
      starts.push(start);
      start += bytesOf(one).length;
    }
    for (let length = 0; length < whole.length; length++) {
      const { lines, error } = await readAll(whole.subarray(0, length));
      expect(lines).toEqual(LINES.slice(0, lines.length));
      const last = starts.filter((one) => one <= length).at(-1) ?? 0;
      const place = last === length ? undefined : `u.mrt@${last}`;
      expect(error?.where, `${length} bytes`).toBe(place);
    }
  });

  it("whose record says another length than its message is damaged at every byte", async () => {
    const whole = bytesOf(bgp4mp(BGP4MP.messageAs4, HELLO));
    for (let length = 12; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      cut.set([0, 0, 0, length - 12], 8);
      const { result, lines } = await readAll(bytesOf([[...cut], [...whole]]));
      expect(result, `${length} bytes`).toMatchObject({ damaged: 1, updates: 1 });
      expect(lines).toHaveLength(1);
    }
  });
});

describe("real updates", () => {
  it.for([
    ["updates.20020722.2238.gz", { announced: 825, withdrawn: 2419, stateChanges: 93 }],
    // Of the manifest's 51,329 and 2,328 lines 93 and 58 are of multicast.
    ["updates.20070211.0141.gz", { announced: 51_236, withdrawn: 2270, stateChanges: 0 }],
    ["updates.20100227.1600.gz", { announced: 52_468, withdrawn: 1318, stateChanges: 20 }],
    ["updates.20160811.1600.gz", { announced: 39_256, withdrawn: 1956, stateChanges: 22 }],
  ] as const)("%s has the manifest's counts", async ([name, counts], { skip }) => {
    const file = dataPath("mrt", name);
    if (file === undefined) return skip(NO_DATA);
    const { result } = await readAll(gunzipSync(readFileSync(file)), 65_536);
    expect(result).toMatchObject({ ...counts, damaged: 0 });
  });

  it("of 2016 have bgpdump's lines, line by line", async ({ skip }) => {
    const file = dataPath("mrt", "updates.20160811.1600.gz");
    const expected = dataPath("mrt", "expect", "updates.20160811.1600.bgp.gz");
    if (file === undefined || expected === undefined) return skip(NO_DATA);
    const { lines } = await readAll(gunzipSync(readFileSync(file)), 65_536);
    const theirs = gunzipSync(readFileSync(expected))
      .toString()
      .split("\n")
      .map((line) => line.split("|"))
      .filter(([, , kind]) => kind === "A" || kind === "W")
      .map(([, time, kind, peer, as, prefix]) => [time, kind, peer, as, prefix].join("|"));
    // A message that withdraws and announces may have both in another order.
    expect([...lines].sort()).toEqual(theirs.sort());
  });

  it("whose last prefix is cut are damaged, and a daemon's that hides path identifiers", async ({
    skip,
  }) => {
    const cut = dataPath("mrt", "updates.nlri_mask_trailing_bits.gz");
    const hidden = dataPath("mrt", "mrtparse-bird_bgp");
    if (cut === undefined || hidden === undefined) return skip(NO_DATA);
    const { damaged } = await readAll(gunzipSync(readFileSync(cut)));
    expect(damaged).toEqual([{ offset: 0, what: "it ends within the prefix" }]);
    const { result } = await readAll(readFileSync(hidden));
    expect(result).toMatchObject({ damaged: 6, announced: 0, stateChanges: 12 });
  });
});
