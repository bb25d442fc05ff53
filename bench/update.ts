/** How long does an update take, and how long can packets not be forwarded meanwhile? */

import path from "node:path";
import type { Engine } from "../src/engine/engine.ts";
import { GROUPS_RESERVED } from "../src/engine/layout.ts";
import { emptyEngine, filledEngine, install } from "./bench-engine.ts";
import { batchesOf, drawnChurn, readUpdates, recordedChurn, type UpdateBatch } from "./churn.ts";
import type { Contender } from "./contender.ts";
import { tableLabels } from "./fib.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import type { Entry } from "./harness.ts";
import { addressBytes } from "./patterns.ts";
import { chosenTables, type FamilyTable, type TableChoice } from "./tables.ts";

/** What to measure. */
export interface UpdateOptions extends TableChoice {
  /** A file of recorded updates; drawn from the table unless said. */
  readonly updates?: string | undefined;
}

/** Updates that are coalesced. */
const BATCH_UPDATES = 64;

/** Rows for each table: updates one by one and in batches, a default route, the whole table. */
export async function* updateEntries(options: UpdateOptions): AsyncGenerator<Entry> {
  const { updates } = options;
  const recorded = updates === undefined ? [] : await readUpdates(updates);
  for await (const table of chosenTables(options)) {
    const { family } = table;
    const hasOwn = updates !== undefined && recorded.some((update) => update.family === family);
    const { name, columns } = hasOwn
      ? recordedChurn(path.basename(updates), recorded, table)
      : drawnChurn(table);
    const batches = new Map([
      [`${name}, one by one`, batchesOf(columns, 1)],
      [`${name}, ${BATCH_UPDATES} at once`, batchesOf(columns, BATCH_UPDATES)],
      ["default route", [defaultRoute(family)]],
    ]);
    for (const [pattern, list] of batches) yield updateEntry(table, pattern, list);
    yield loadEntry(table);
  }
}

/** A default route that comes, and goes when it is applied again. */
function defaultRoute(family: 4 | 6): UpdateBatch {
  const words = new Uint32Array(addressBytes(family) / 4);
  const groups = Uint32Array.of(GROUPS_RESERVED);
  return { columns: { count: 1, words, lengths: Uint8Array.of(0), groups }, updates: 1 };
}

function updateEntry(table: FamilyTable, pattern: string, batches: readonly UpdateBatch[]): Entry {
  const stalls = { maxNs: 0 };
  return {
    labels: { name: "fib-update", ...tableLabels(table), pattern },
    prefixes: table.routes.count,
    isEach: true,
    open: async () => {
      const moreRoutes = batches.reduce((sum, { columns }) => sum + columns.count, 0);
      const { engine } = await filledEngine(table, { moreRoutes });
      return updateContender(engine, table.family, batches, stalls);
    },
    extras: () => ({ stall_max_ns: stalls.maxNs }),
  };
}

/** Longest time in which no packet could be forwarded. */
interface Stalls {
  maxNs: number;
}

/**
 * Applies batches in their order, then backwards. Applying leaves the groups from before in the
 * column, so that the same columns applied again take the update back, and so on.
 */
function updateContender(
  engine: Engine,
  family: 4 | 6,
  batches: readonly UpdateBatch[],
  stalls: Stalls,
): Contender {
  let next = 0;
  let step = 1;
  const apply = ({ columns, updates }: UpdateBatch): number => {
    const start = performance.now();
    let resumed = start;
    const { tables } = engine;
    const pause = (): void => {
      const now = performance.now();
      stalls.maxNs = Math.max(stalls.maxNs, (now - resumed) * 1e6);
      resumed = now;
    };
    if (family === 4) tables.update4(columns, pause);
    else tables.update6(columns, pause);
    return ((performance.now() - start) * 1e6) / updates;
  };
  const turn = (seconds: number): readonly number[] => {
    const samples: number[] = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const batch = batches[next];
      if (batch !== undefined) samples.push(apply(batch));
      // At either end the batch there is applied again, and taken back with that.
      if (next + step < 0 || next + step >= batches.length) step = -step;
      else next += step;
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

/** Each turn loads the whole table into an engine of its own. */
function loadEntry(table: FamilyTable): Entry {
  const { count } = table.routes;
  return {
    labels: { name: "fib-load", ...tableLabels(table), pattern: "whole table" },
    prefixes: count,
    isEach: true,
    open: async () => {
      const { engine } = await filledEngine(table);
      return {
        name: SUBJECT,
        details: fibDetails(engine, table.family),
        turn: async () => {
          const empty = await emptyEngine(table);
          const start = performance.now();
          install(empty.engine, table);
          return [((performance.now() - start) * 1e6) / count];
        },
        digest: async () => "",
        close: async () => {},
      };
    },
  };
}
