/** Contenders and the reference take turns, and what they measured becomes rows. */

import { describe, expect, it } from "vitest";
import type { Contender } from "../../bench/contender.ts";
import { joined } from "../../bench/fib-workers.ts";
import { type Entry, measure, resultsOf } from "../../bench/harness.ts";
import { race } from "../../bench/race.ts";
import { timedTurn } from "../../bench/timing.ts";

const DETAILS = { memoryBytes: 4000, entryBytes: 2, outputBytes: 4, hugePages: false, note: "" };

/** A contender whose samples count its turns; it says whose turn it is. */
function contender(name: string, turns: string[]): Contender {
  let sample = 0;
  return {
    name,
    details: DETAILS,
    turn: async () => {
      turns.push(name);
      sample += 1;
      return [sample, sample + 0.5];
    },
    digest: async () => "",
    close: async () => void turns.push(`${name} closes`),
  };
}

describe("a race", () => {
  it("gives each its turn in each round, and counts none of the first two", async () => {
    const turns: string[] = [];
    const [a, b, reference] = ["a", "b", "reference"].map((name) => contender(name, turns));
    if (!a || !b || !reference) throw new Error("three contenders");
    const pairs = await race([a, b], reference, { rounds: 2 });
    expect(turns).toEqual(Array(4).fill(["reference", "a", "b"]).flat());
    const pair = { turns: [3, 4].map((n) => ({ subject: [n, n + 0.5], reference: [n, n + 0.5] })) };
    expect(pairs).toMatchObject([pair, pair]);
  });

  it("cuts rounds into shorter turns, after whole ones that do not count", async () => {
    const seconds: number[] = [];
    const timed = (name: string): Contender => ({
      ...contender(name, []),
      turn: async (length) => {
        seconds.push(length);
        return [1];
      },
    });
    const options = { rounds: 2, parts: 4, turnSeconds: 0.04 };
    const [pair] = (await race([timed("a")], timed("reference"), options)) ?? [];
    expect(seconds).toEqual([...Array(4).fill(0.04), ...Array(16).fill(0.01)]);
    expect(pair?.turns).toHaveLength(8);
  });

  it("tells how much of the processor it had", async () => {
    const turns: string[] = [];
    const wait = (isBusy: boolean) => async () => {
      const end = performance.now() + 30;
      if (!isBusy) await new Promise((resolve) => setTimeout(resolve, 30));
      while (performance.now() < end);
      return [1];
    };
    const shareOf = async (isBusy: boolean) => {
      const reference = { ...contender("reference", turns), turn: wait(isBusy) };
      const pairs = await race([contender("a", turns)], reference, { rounds: 1 });
      return pairs?.[0]?.processorShare ?? Number.NaN;
    };
    expect(await shareOf(false)).toBeLessThan(0.5 * (await shareOf(true)));
  });

  it("ends when the signal comes", async () => {
    const turns: string[] = [];
    const controller = new AbortController();
    const turn = async () => {
      controller.abort();
      return [1];
    };
    const aborting = { ...contender("a", turns), turn };
    const { signal } = controller;
    expect(await race([aborting], contender("reference", turns), { rounds: 9, signal })).toBe(
      undefined,
    );
    expect(turns).toEqual(["reference", "reference"]);
  });
});

describe("a measurement", () => {
  const entry = (turns: string[], more: Partial<Entry> = {}): Entry => ({
    labels: { name: "fib-lookup", family: "ipv4", table: "t", pattern: "zipf" },
    open: async () => contender("a", turns),
    ...more,
  });
  async function* entries(...list: readonly Entry[]): AsyncGenerator<Entry> {
    yield* list;
  }

  it("has a row for each entry, and closes each contender", async () => {
    const turns: string[] = [];
    const heard: string[] = [];
    const extras = () => ({ stall_max_ns: 9 });
    const measurement = await measure(
      entries(entry(turns), entry(turns, { prefixes: 1000, isEach: true, extras })),
      { rounds: 1, onRow: ({ name }) => heard.push(name) },
    );
    const { rows, machine } = resultsOf(measurement);
    expect(heard).toEqual(["fib-lookup", "fib-lookup"]);
    expect(turns.filter((turn) => turn === "a closes")).toHaveLength(2);
    expect(rows[0]).toMatchObject({ samples: 2, p10_ns: 3, median_ns: 3, noisy: null });
    expect(rows[0]).not.toHaveProperty("bytes_per_prefix");
    expect(rows[0]).not.toHaveProperty("p99_ns");
    expect(rows[1]).toMatchObject({ bytes_per_prefix: 4, max_ns: 3.5, stall_max_ns: 9 });
    expect(rows[0]?.million_per_second).toBeCloseTo(1000 / 3);
    expect(machine).toMatchObject({ node: process.versions.node, v8: process.versions.v8 });
  });

  it("ends with the rows so far when the signal comes", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const turns: string[] = [];
    const list = entries(entry(turns), entry(turns));
    const onRow = (): void => controller.abort();
    expect((await measure(list, { rounds: 1, signal, onRow })).rows).toHaveLength(1);
  });
});

describe("a reference of its own", () => {
  it("is measured beside in place of the walk, and named", async () => {
    const turns: string[] = [];
    const openReference = async () => contender("its own", turns);
    const labels = { name: "fib-lookup", family: "ipv4", table: "t", pattern: "zipf" } as const;
    async function* one(): AsyncGenerator<Entry> {
      yield { labels, open: async () => contender("a", turns), openReference };
    }
    const { rows } = resultsOf(await measure(one(), { rounds: 1 }));
    expect(rows).toMatchObject([{ reference: "its own", ratio_to_reference: 1 }]);
    expect(turns.slice(0, 2)).toEqual(["its own", "a"]);
  });
});

describe("a timed turn", () => {
  it("times each call, and what comes before it not", () => {
    let [calls, befores] = [0, 0];
    const wait = (ms: number): void => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    };
    const samples = timedTurn(
      {
        call: () => {
          calls += 1;
          wait(0.2);
        },
        operations: 100,
        beforeCall: () => {
          befores += 1;
          wait(0.4);
        },
      },
      0.02,
    );
    expect(samples).toHaveLength(calls);
    expect(befores).toBe(calls);
    expect(calls).toBeGreaterThan(5);
    // 0.2 ms are 2000 ns for each of 100 operations.
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(2000);
    expect(Math.min(...samples)).toBeLessThan(4000);
  });

  it("throws what a call throws", () => {
    const call = (): never => {
      throw new Error("no table");
    };
    expect(() => timedTurn({ call, operations: 1 }, 0.01)).toThrow("no table");
  });
});

describe("workers together", () => {
  it("do as much as their rates add up to", () => {
    expect(
      joined([
        [2, 4, 8],
        [2, 4],
      ]),
    ).toEqual([1, 2]);
    expect(joined([[3]])).toEqual([3]);
  });
});
