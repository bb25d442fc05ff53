/** How long does an update take, and how long can packets not be forwarded meanwhile? */

import path from "node:path";
import type { Engine } from "../src/engine/engine.ts";
import { GROUPS_RESERVED } from "../src/engine/layout.ts";
import { filledEngine } from "./bench-engine.ts";
import {
  batchesOf,
  type Churn,
  ChurnWalk,
  drawnChurn,
  recordedChurn,
  type UpdateBatch,
} from "./churn.ts";
import type { Contender } from "./contender.ts";
import { tableLabels } from "./fib.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import type { Entry } from "./harness.ts";
import { filesEntries, loadEntry } from "./load.ts";
import { addressBytes } from "./patterns.ts";
import { readUpdates } from "./recorded-updates.ts";
import { chosenTables, type FamilyTable, type TableChoice } from "./tables.ts";

/** What to measure. */
export interface UpdateOptions extends TableChoice {
  /** A file of recorded updates; drawn from the table unless said. */
  readonly updates?: string | undefined;
}

/** Updates that are coalesced. */
const BATCH_UPDATES = 64;

/** Rows for each table: updates one by one and in batches, a default route, loading the table. */
export async function* updateEntries(options: UpdateOptions): AsyncGenerator<Entry> {
  const { updates } = options;
  const recorded = updates === undefined ? [] : await readUpdates(updates, options.onWarning);
  for await (const table of chosenTables(options)) {
    const hasOwn = recorded.some(({ family }) => family === table.family);
    const name = path.basename(updates ?? "");
    const churn = hasOwn ? recordedChurn(name, recorded, table) : drawnChurn(table);
    yield* updateTableEntries(table, churn);
  }
  yield* filesEntries(options);
}

/** The rows of one table. */
export function* updateTableEntries(
  table: FamilyTable,
  { name, columns }: Churn = drawnChurn(table),
): Generator<Entry> {
  yield updateEntry(table, `${name}, one by one`, batchesOf(columns, 1));
  const batches = batchesOf(columns, BATCH_UPDATES);
  yield updateEntry(table, `${name}, ${BATCH_UPDATES} at once`, batches);
  yield updateEntry(table, "default route", [defaultRoute(table.family)]);
  yield loadEntry(table);
}

/** A default route that comes, and goes when it is applied again. */
function defaultRoute(family: 4 | 6): UpdateBatch {
  const words = new Uint32Array(addressBytes(family) / 4);
  const groups = Uint32Array.of(GROUPS_RESERVED);
  return { columns: { count: 1, words, lengths: Uint8Array.of(0), groups }, updates: 1 };
}

function updateEntry(table: FamilyTable, pattern: string, batches: readonly UpdateBatch[]): Entry {
  const stalls = new Float64Array(2 * batches.length).fill(Number.NaN);
  return {
    labels: { name: "fib-update", ...tableLabels(table), pattern },
    prefixes: table.routes.count,
    isEach: true,
    isUneven: batches.length > 1,
    open: async () => {
      const moreRoutes = batches.reduce((sum, { columns }) => sum + columns.count, 0);
      const { engine } = await filledEngine(table, { moreRoutes });
      return updateContender(engine, table.family, batches, stalls);
    },
    // Those that no turn came to are NaN.
    extras: () => ({ stall_max_ns: stalls.reduce((most, ns) => (ns > most ? ns : most), 0) }),
  };
}

/**
 * Applies batches there and back.
 *
 * `stalls` gets, for each batch and direction, the longest time in which no packet could be
 * forwarded: of the quickest run, in which nobody else took the processor.
 */
function updateContender(
  engine: Engine,
  family: 4 | 6,
  batches: readonly UpdateBatch[],
  stalls: Float64Array,
): Contender {
  const { tables } = engine;
  const walk = new ChurnWalk(batches);
  const apply = ({ columns, updates }: UpdateBatch, place: number): number => {
    const start = performance.now();
    let resumed = start;
    let longest = 0;
    const pause = (): void => {
      const now = performance.now();
      longest = Math.max(longest, now - resumed);
      resumed = now;
    };
    if (family === 4) tables.update4(columns, pause);
    else tables.update6(columns, pause);
    const end = performance.now();
    const known = stalls[place] ?? Number.NaN;
    stalls[place] = known < longest * 1e6 ? known : longest * 1e6;
    return ((end - start) * 1e6) / updates;
  };
  const turn = (seconds: number): readonly number[] => {
    const samples: number[] = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const { step } = walk;
      const batch = walk.take();
      if (batch !== undefined) samples.push(apply(batch, step));
    }
    return samples;
  };
  return {
    name: SUBJECT,
    details: fibDetails(engine, family),
    turn: async (seconds) => turn(seconds),
    digest: async () => "",
    close: async () => {},
  };
}
