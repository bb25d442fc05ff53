/** The longest time that an update keeps packets waiting, over tables made to make it long. */

import { expect, it } from "vitest";
import { SLABS_PAGES, SLABS_TOUCHED, TABLE_SLABS } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { RouteColumns } from "../../../src/engine/fib-tables.ts";
import { FIB_FAMILIES } from "../../assembly/fib/family.ts";
import { tableAddress } from "../../assembly/fib/stepwise.ts";
import { createTestEngine } from "../../engine/test-engine.ts";

/** On a quiet machine no step takes 1 ms; others may be using this one. */
const STALL_MAX_MS = 5;
const RUNS = 8;
const ROUTES = 65_536;

/** Where the routes stand: 10.0.0.0/8 and 2001::/16. */
const SPACE = { 4: 10n << 24n, 6: 0x2001n << 112n };

interface Case {
  readonly what: string;
  readonly family: 4 | 6;
  /** Length of the prefixes that stand side by side, and how many. */
  readonly length: number;
  readonly count: number;
  /** Lengths of the prefixes around them that change. */
  readonly changed: readonly number[];
  /** Whether the table has no room for the change. */
  readonly isRefused?: boolean;
}

const CASES: readonly Case[] = [
  { what: "a /32 over /48s", family: 6, length: 48, count: ROUTES, changed: [32] },
  { what: "a /30 over /48s", family: 6, length: 48, count: ROUTES, changed: [30] },
  { what: "a /40 over /64s", family: 6, length: 64, count: ROUTES, changed: [40] },
  { what: "a /27 over /49s", family: 6, length: 49, count: ROUTES, changed: [27] },
  { what: "a /20 over /48s", family: 6, length: 48, count: ROUTES, changed: [20] },
  { what: "a /20 over /40s", family: 6, length: 40, count: ROUTES, changed: [20] },
  { what: "a /17 over /26s", family: 6, length: 26, count: 512, changed: [17] },
  { what: "a /1", family: 6, length: 48, count: 1, changed: [1] },
  { what: "a /18 over /32s", family: 4, length: 32, count: 16_384, changed: [18] },
  { what: "a /20 over /32s", family: 4, length: 32, count: 16_384, changed: [20] },
  { what: "a /16 over /32s", family: 4, length: 32, count: ROUTES, changed: [16] },
  { what: "a /12 over /28s", family: 4, length: 28, count: ROUTES, changed: [12] },
  { what: "a /8 over /24s", family: 4, length: 24, count: ROUTES, changed: [8] },
  { what: "a /1", family: 4, length: 32, count: 1, changed: [1] },
  {
    what: "what has no room",
    family: 6,
    length: 48,
    count: ROUTES,
    changed: [32, 33, 34, 40, 20],
    isRefused: true,
  },
  {
    what: "what has no room",
    family: 4,
    length: 32,
    count: ROUTES,
    changed: [18, 19, 24, 25, 16],
    isRefused: true,
  },
];

it.each(CASES)("changes $what of IPv$family in short steps", async (table) => {
  const { family, isRefused = false } = table;
  const limits = { routes4: 2 * ROUTES, routes6: 2 * ROUTES };
  const engine = await createTestEngine("release", { limits });
  const beside = (index: number) => SPACE[family] + BigInt(index) * stepOf(table);
  const columns = columnsOf(family, table.count, table.length, beside);
  expect(update(engine, family, columns)).toBe(table.count);
  if (isRefused) leaveNoPages(engine, family);
  const quickest: number[][] = [[], []];
  for (let run = 0; run < 2 * RUNS; run++) {
    const group = 1000 + (run % 2);
    const around = columnsOf(family, table.changed.length, 0, () => SPACE[family], group);
    around.lengths.set(table.changed);
    const gaps: number[] = [];
    const applied = update(engine, family, around, gaps);
    expect(applied).toBe(isRefused ? 0 : table.changed.length);
    // The same steps each time, but for the first in a direction; others use the processor, too.
    const known = quickest[run % 2] ?? [];
    const isAlike = known.length === gaps.length;
    quickest[run % 2] = gaps.map((gap, step) => (isAlike ? Math.min(gap, known[step] ?? 0) : gap));
  }
  const stall = Math.max(...quickest.flat());
  const steps = quickest[0]?.length ?? 0;
  console.log(`IPv${family}, ${table.what}: ${steps} steps, at most ${stall.toFixed(3)} ms`);
  expect(stall).toBeLessThan(STALL_MAX_MS);
});

/** Distance of neighbours: prefixes that are longer than their space end with it. */
function stepOf({ family, length }: Case): bigint {
  return 1n << BigInt((family === 4 ? 32 : 128) - length);
}

/** Routes of one length whose groups differ from those beside them. */
function columnsOf(
  family: 4 | 6,
  count: number,
  length: number,
  addressOf: (index: number) => bigint,
  group?: number,
): RouteColumns {
  const width = family === 4 ? 1 : 4;
  const words = new Uint32Array(count * width);
  for (let row = 0; row < count; row++) {
    const address = addressOf(row);
    for (let word = 0; word < width; word++) {
      words[row * width + word] = Number(
        (address >> BigInt(32 * (width - 1 - word))) & 0xffffffffn,
      );
    }
  }
  return {
    count,
    words,
    lengths: new Uint8Array(count).fill(length),
    groups: Uint32Array.from({ length: count }, (_, row) => group ?? 10 + (row % 700)),
  };
}

/** Applies routes; gets the times in which no packet could be forwarded, in milliseconds. */
function update({ tables }: Engine, family: 4 | 6, columns: RouteColumns, gaps?: number[]): number {
  if (gaps === undefined) {
    return family === 4 ? tables.update4(columns) : tables.update6(columns);
  }
  let resumed = performance.now();
  const pause = (): void => {
    const now = performance.now();
    gaps.push(now - resumed);
    resumed = performance.now();
  };
  return family === 4 ? tables.update4(columns, pause) : tables.update6(columns, pause);
}

/** Leaves a table no page that was not used yet. */
function leaveNoPages(engine: Engine, family: 4 | 6): void {
  const [four, six] = FIB_FAMILIES;
  const own = family === 4 ? four : six;
  if (own === undefined) throw new Error("there are two families");
  const slabs = tableAddress(own) + TABLE_SLABS;
  engine.words[(slabs + SLABS_PAGES) / 4] = engine.words[(slabs + SLABS_TOUCHED) / 4] ?? 0;
}
