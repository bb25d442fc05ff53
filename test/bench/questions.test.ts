/** What the questions measure is what they say: right answers, packets forwarded, tables kept. */

import { describe, expect, it, vi } from "vitest";
import { BATCH_MAX, FLOW_HASH } from "../../assembly/layout.ts";
import { captureEntries } from "../../bench/capture.ts";
import { fibEntries } from "../../bench/fib.ts";
import { answersOf, fibContender, putStream, setUpFib } from "../../bench/fib-contender.ts";
import {
  ALGORITHMS,
  FLOW_GROUP,
  type FlowSetup,
  flowAnswers,
  flowEntries,
  setUpFlows,
} from "../../bench/flow.ts";
import { frozenLookups, frozenSetup } from "../../bench/frozen-engine.ts";
import { type Entry, measure, resultsOf } from "../../bench/harness.ts";
import { briefPathEntries, pathEntries } from "../../bench/path.ts";
import { PATH_LOADS } from "../../bench/path-setup.ts";
import { PATH_STAGES } from "../../bench/path-stages.ts";
import { addressStream, type Pattern } from "../../bench/patterns.ts";
import { AnswerDigest } from "../../bench/rivals/exchange.ts";
import { type FamilyTable, familyTable, syntheticTable } from "../../bench/tables.ts";
import { updateEntries } from "../../bench/update.ts";
import { LpmOracle } from "../oracle/lpm.ts";
import { moduleBytes } from "../setup/modules.ts";

// The module lies beside the compiled host, and here the host is not compiled.
vi.mock("../../src/node/module.ts", () => ({
  readModule: async (target: "release" | "shared" = "release") => moduleBytes(target),
}));

const ROUTES = 400;
/** Addresses of a stream: one timed call. */
const COUNT = 32_768;
const SECONDS = 0.002;

async function all(entries: AsyncIterable<Entry>): Promise<readonly Entry[]> {
  const list: Entry[] = [];
  for await (const entry of entries) list.push(entry);
  return list;
}

/** The group of each address of a stream, by the definition. */
function expected({ family, routes }: FamilyTable, stream: Uint8Array): Uint32Array {
  const width = family === 4 ? 1 : 4;
  const oracle = new LpmOracle(32 * width);
  const number = (words: Iterable<number>): bigint =>
    [...words].reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  for (let row = 0; row < routes.count; row++) {
    const address = number(routes.words.subarray(row * width, (row + 1) * width));
    const [length = 0, group = 0] = [routes.lengths[row], routes.groups[row]];
    oracle.exchange({ address, length, group });
  }
  const view = new DataView(stream.buffer);
  return Uint32Array.from({ length: COUNT }, (_, index) => {
    const at = index * 4 * width;
    const words = Array.from({ length: width }, (_, word) => view.getUint32(at + 4 * word));
    return oracle.match(number(words))?.group ?? 0;
  });
}

describe.each([4, 6] as const)("lookups of IPv%i", (family) => {
  it.each([undefined, 2])(
    "are right with %s workers, for one stream and the next",
    async (workers) => {
      const table = familyTable(await syntheticTable(family, ROUTES), family);
      const streamOf = (pattern: Pattern) =>
        addressStream(pattern, { family, routes: table.routes, count: COUNT });
      const setup = await setUpFib(table, streamOf("prefix"), { workers });
      const contender = fibContender(setup);
      for (const pattern of ["prefix", "random"] as const) {
        putStream(setup, streamOf(pattern));
        const groups = expected(table, streamOf(pattern));
        expect(answersOf(setup)).toEqual(groups);
        expect(await contender.digest()).toBe(new AnswerDigest().add(groups).toString());
      }
      expect((await contender.turn(SECONDS)).length).toBeGreaterThan(0);
      const stream = streamOf("prefix");
      const frozen = await frozenSetup(table, { streamBytes: stream.length });
      const digest = new AnswerDigest().add(expected(table, stream)).toString();
      expect(await frozenLookups(frozen, family, stream).digest()).toBe(digest);
    },
  );
});

/** The records of a batch of flows. */
function recordsOf({ engine, list }: FlowSetup) {
  const view = new DataView(engine.memory.buffer);
  const address = (_: unknown, index: number): number => view.getUint32(list + 4 * index, true);
  return { view, records: Array.from({ length: BATCH_MAX }, address) };
}

describe("the question", () => {
  const choice = { routes: ROUTES, streamAddresses: COUNT };

  it("fib has a row for each family, pattern and number of workers", async () => {
    const patterns = ["random", "zipf"] as const;
    const plain = await all(fibEntries({ ...choice, patterns }));
    expect(plain.map(({ labels, prefixes }) => [labels.family, labels.pattern, prefixes])).toEqual([
      ["ipv4", "random", ROUTES],
      ["ipv4", "zipf", ROUTES],
      ["ipv6", "random", ROUTES / 4],
      ["ipv6", "zipf", ROUTES / 4],
    ]);
    expect(plain[0]?.labels).toMatchObject({
      groups_placement: "clustered",
      table: "synthetic 400",
    });
    const many = await all(fibEntries({ ...choice, family: 6, patterns: ["zipf"], workers: 2 }));
    expect(many.map(({ labels }) => [labels.workers, labels.updates_per_second])).toEqual([
      [1, undefined],
      [2, undefined],
      [1, 10_000],
    ]);
    const [cold] = await all(fibEntries({ ...choice, patterns: ["zipf"], isCold: true }));
    expect(cold?.labels.caches).toBe("cold");
  });

  it("update has a row for each way to update, with its tail", async () => {
    const entries = updateEntries({ ...choice, family: 4 });
    const { rows } = resultsOf(await measure(entries, { rounds: 1 }));
    expect(rows.map(({ name, pattern }) => `${name} ${pattern}`)).toEqual([
      "fib-update drawn, one by one",
      "fib-update drawn, 64 at once",
      "fib-update default route",
      "fib-load whole table",
    ]);
    for (const row of rows) {
      expect(row.max_ns).toBeGreaterThanOrEqual(row.p99_ns ?? Number.NaN);
      if (row.name === "fib-update") expect(row.stall_max_ns).toBeGreaterThan(0);
    }
  });

  it("flow has a row for each function and family, and right answers", async () => {
    const entries = await all(flowEntries({}));
    expect(
      entries.map(({ labels }) => `${labels.name} ${labels.family} ${labels.pattern}`),
    ).toEqual([
      ...([4, 6] as const).flatMap((family) =>
        ALGORITHMS.flatMap((name) => [
          `flow-hash ipv${family} ${name}`,
          `flow-choose ipv${family} ${name}`,
        ]),
      ),
      "group-change both guided",
      "group-change both canonical",
      "group-change both model of Maglev 65537",
      "group-change both one next hop of all",
    ]);
    const [, choose] = entries;
    const reference = await choose?.openReference?.();
    expect((await reference?.turn(SECONDS))?.length).toBeGreaterThan(0);
    for (const algorithm of ALGORITHMS) {
      const setup = await setUpFlows(6, algorithm);
      const answers = flowAnswers(setup);
      const slots = setup.engine.groups.slots(FLOW_GROUP) ?? [];
      const { view, records } = recordsOf(setup);
      const hashes = records.map((record) => view.getBigUint64(record + FLOW_HASH, true));
      expect(new Set(hashes).size).toBe(records.length);
      expect([...answers]).toEqual(hashes.map((hash) => slots[Number(hash & 65_535n)]));
    }
  });

  it("flow tells how evenly groups share slots out, and what they move needlessly", async () => {
    const entries = (await all(flowEntries({ family: 4 }))).filter(
      ({ labels }) => labels.name === "group-change",
    );
    const extras = new Map<string, ReturnType<NonNullable<Entry["extras"]>>>();
    for (const { labels, open, extras: known } of entries) {
      const contender = await open();
      expect((await contender.turn(SECONDS)).length).toBeGreaterThan(0);
      extras.set(labels.pattern, known?.() ?? {});
    }
    expect(extras.get("guided")).toMatchObject({ needless_moves: 0 });
    expect(extras.get("canonical")?.needless_moves).toBeLessThan(0.0035);
    expect(extras.get("model of Maglev 65537")?.needless_moves).toBeGreaterThan(0.004);
    for (const name of ["guided", "canonical", "model of Maglev 65537"]) {
      expect(extras.get(name)?.slot_max_mean).toBeGreaterThan(1);
      expect(extras.get(name)?.slot_max_mean).toBeLessThan(1.004);
    }
  });

  it("the path's gated rows forward every packet, beside the frozen engine", async () => {
    const entries = await all(briefPathEntries({ routes: 100 }));
    expect(entries.map(({ labels }) => [labels.family, labels.pattern])).toEqual(
      ["ipv4", "ipv6"].flatMap((family) => [
        [family, "1 flow"],
        [family, "1000 flows"],
        [family, "64 bytes, 1000 flows, 8 next hops"],
      ]),
    );
    for (const entry of entries) await expectForwarded(entry);
  });

  it("path forwards frames of all sizes, and times each stage", async () => {
    const entries = await all(pathEntries({ routes: 100, family: 6 }));
    expect(entries.map(({ labels }) => labels.pattern)).toEqual([
      ...PATH_LOADS.map(({ name }) => `${name}, 8 next hops`),
      ...PATH_STAGES,
    ]);
    const quick = entries.filter(({ labels }) => !labels.pattern.includes("1M flows"));
    for (const entry of quick) await expectForwarded(entry);
  });

  it("capture replays what is generated, whole and in parts", async () => {
    const entries = await all(captureEntries({ routes: 100, family: 4 }));
    const parts = ["whole", "read", "forward"];
    const named = parts.map((part) => `generated, 10000 flows, ${part}`);
    expect(entries.map(({ labels }) => labels.pattern)).toEqual(named);
    const [whole = 0, read = 0, forward = 0] = await Promise.all(entries.map(quickest));
    expect(read).toBeGreaterThan(0);
    expect(forward).toBeGreaterThan(0);
    expect(whole).toBeGreaterThan(Math.max(read, forward));
  });
});

async function quickest({ open }: Entry): Promise<number> {
  const contender = await open();
  try {
    return Math.min(...(await contender.turn(SECONDS)));
  } finally {
    await contender.close();
  }
}

/** Both engines forward all packets, and no sample takes no time. */
async function expectForwarded({ open, openReference }: Entry): Promise<void> {
  const reference = await openReference?.();
  if (reference !== undefined) {
    expect((await reference.turn(SECONDS)).length).toBeGreaterThan(0);
    expect(await reference.digest()).toBe("256 of a batch");
  }
  const contender = await open();
  expect(Math.min(...(await contender.turn(SECONDS)))).toBeGreaterThan(0);
  const counters = JSON.parse(await contender.digest());
  expect(counters.received).toBeGreaterThan(0);
  expect(counters.forwarded).toBe(counters.received);
}
