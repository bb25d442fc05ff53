/** MRT files of BGP messages: whole ones, damaged ones, and real ones beside bgpdump. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../src/net/address.ts";
import { AnyfibError } from "../../../src/net/errors.ts";
import { formatPrefix } from "../../../src/net/prefix.ts";
import {
  AttributeSets,
  type DamagedRecord,
  PeerTable,
  type RecordedState,
  type RecordedUpdate,
  readMrt,
} from "../../../src/sources/mrt.ts";
import { dataPath, NO_DATA } from "../../data.ts";
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
} from "../bgp/messages.ts";
import { chunksOf } from "../read-table.ts";
import { asPath, attribute, bytesOf, counted, type Parts, record, TYPE, u16, u32 } from "./dump.ts";

/** What reading came to; `lines` are like those of `bgpdump -m`, up to the prefix. */
async function readAll(bytes: Uint8Array, chunkBytes = 4096) {
  const lines: string[] = [];
  const messages: RecordedUpdate[] = [];
  const states: RecordedState[] = [];
  const damaged: DamagedRecord[] = [];
  const counts = { announced: 0, withdrawn: 0, revoked: 0 };
  const table = new PeerTable();
  const takeUpdate = (taken: RecordedUpdate): void => {
    messages.push(taken);
    const peer = table.peers[taken.peer];
    if (peer === undefined) throw new Error(`no peer ${taken.peer}`);
    const { update, seconds } = taken;
    const from = `${formatAddress(peer.address)}|${peer.as}`;
    for (const kind of ["withdrawn", "announced", "revoked"] as const) {
      for (const { prefix } of update[kind].flatMap((list) => list.prefixes)) {
        lines.push(
          `${seconds}|${kind === "withdrawn" ? "W" : "A"}|${from}|${formatPrefix(prefix)}`,
        );
        counts[kind] += 1;
      }
    }
  };
  const read = { lines, messages, states, damaged, counts };
  const options = {
    name: "u.mrt",
    attributeSets: new AttributeSets(),
    peers: table,
    takeUpdate,
    takeState: (state: RecordedState) => states.push(state),
    onDamaged: (one: DamagedRecord) => damaged.push(one),
  };
  try {
    return {
      ...read,
      result: await readMrt(chunksOf(bytes, chunkBytes), options),
      error: undefined,
    };
  } catch (error) {
    if (error instanceof AnyfibError) return { ...read, result: undefined, error };
    throw error;
  }
}

const TIME = 1_277_971_199;
const PATH4 = [attribute(1, [0]), asPath([2, 64_500])];
const PATH2 = [attribute(1, [0]), attribute(2, [2, 1, u16(64_500)])];
const HELLO = update({ attributes: [PATH2, NEXT_HOP4], announced: TEN });
const RECORDS: readonly Parts[] = [
  record(TYPE.bgp4mp, BGP4MP.stateChange, [u16(1), u16(2), u16(0), u16(1), u32(1), u32(2), u32(3)]),
  bgp4mp(BGP4MP.message, HELLO),
  bgp4mp(BGP4MP.messageAs4, update({ withdrawn: TEN }), 6),
  bgp4mp(BGP4MP.messageAs4, message(4, [])),
  record(TYPE.tableDumpV2, 1, [1, 2, 3]),
  bgp4mp(BGP4MP.localAs4, update({ attributes: [PATH4, reach(2, 1, address6(7), DOC6)] })),
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
    const read = await readAll(bytesOf(RECORDS), chunkBytes);
    const { lines, messages, states, counts, result, damaged } = read;
    expect(lines).toEqual(LINES);
    expect(result).toMatchObject({ updates: 5, otherMessages: 1, stateChanges: 1, damaged: 0 });
    expect(counts).toEqual({ announced: 3, withdrawn: 2, revoked: 0 });
    expect(states).toMatchObject([{ type: "BGP4MP", before: 0, after: 3 }]);
    expect(damaged).toEqual([]);
    expect(messages.map(({ microseconds }) => microseconds)).toEqual([0, 0, 0, 0, 123_456]);
    expect(messages.map(({ isLocal }) => isLocal)).toEqual([false, false, true, false, false]);
    expect(messages[3]?.update.withdrawn[0]?.prefixes[0]?.pathId).toBe(5);
  });

  it("goes on behind records that are damaged, and says where they stand", async () => {
    const bad = bgp4mp(BGP4MP.message, message(9, []));
    const worse = bgp4mp(BGP4MP.messageAs4, update({ withdrawn: nlri(99) }));
    const [first = [], second = []] = RECORDS;
    const { lines, result, damaged } = await readAll(bytesOf([first, bad, second, worse, second]));
    expect(lines).toEqual([LINES[0], LINES[0]]);
    expect(result).toMatchObject({ updates: 2, damaged: 2 });
    const at = bytesOf(first).length;
    const next = at + bytesOf(bad).length + bytesOf(second).length;
    expect(damaged).toEqual([
      { offset: at, what: "9 is no type of messages" },
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
      const { lines, damaged } = await readAll(whole.subarray(0, length));
      expect(lines).toEqual(LINES.slice(0, lines.length));
      const last = starts.filter((one) => one <= length).at(-1) ?? 0;
      const places = last === length ? [] : [last];
      expect(
        damaged.map(({ offset }) => offset),
        `${length} bytes`,
      ).toEqual(places);
    }
  });

  it("whose record says another length than its message is damaged at every byte", async () => {
    const whole = bytesOf(bgp4mp(BGP4MP.message, HELLO));
    for (let length = 12; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      cut.set([0, 0, 0, length - 12], 8);
      const { result, lines } = await readAll(bytesOf([[...cut], [...whole]]));
      expect(result, `${length} bytes`).toMatchObject({ damaged: 1, updates: 1 });
      expect(lines).toHaveLength(1);
    }
  });
});

describe("the first collectors' records", () => {
  const head = [u16(64_500), u32(0xc0000201)];
  const body = [counted(2, TEN), counted(2, [PATH2, NEXT_HOP4]), nlri(24, 192, 0, 2)];
  it("are UPDATEs without a header, and changes of state", async () => {
    const { lines, states, result, damaged } = await readAll(
      bytesOf([
        record(TYPE.bgp, 5, [1, 2, 3]),
        record(TYPE.bgp, 3, [head, u16(3), u16(6)]),
        record(TYPE.bgp, 1, [head, u16(64_501), u32(1), body]),
        record(TYPE.bgp, 7, []),
      ]),
    );
    const from = "192.0.2.1|64500";
    expect(lines).toEqual([`${TIME}|W|${from}|10.0.0.0/8`, `${TIME}|A|${from}|192.0.2.0/24`]);
    expect(states).toMatchObject([{ type: "BGP", before: 3, after: 6 }]);
    expect({ result, damaged }).toMatchObject({ result: { otherMessages: 2 }, damaged: [] });
  });
});

describe("real updates", () => {
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

  it("whose last prefix is cut keep those before, and a daemon's hidden path identifiers", async ({
    skip,
  }) => {
    const cut = dataPath("mrt", "updates.nlri_mask_trailing_bits.gz");
    const hidden = dataPath("mrt", "mrtparse-bird_bgp");
    if (cut === undefined || hidden === undefined) return skip(NO_DATA);
    const { lines, damaged } = await readAll(gunzipSync(readFileSync(cut)));
    expect(lines).toEqual(["1289168632|A|12.0.1.63|7018|11.8.0.0/13"]);
    expect(damaged).toEqual([]);
    const bird = await readAll(readFileSync(hidden));
    expect(bird.result).toMatchObject({ damaged: 0, stateChanges: 12 });
    expect(bird.lines.slice(0, 3).map((line) => line.split("|")[4])).toEqual([
      "172.17.0.0/24",
      "172.17.1.0/24",
      "172.17.2.0/24",
    ]);
  });
});
