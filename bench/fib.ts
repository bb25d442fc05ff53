/** How long does a lookup take, by table, pattern, caches and workers? */

import { AnyfibError } from "../src/net/errors.ts";
import { cacheEviction } from "./cache-eviction.ts";
import { captureDestinations, type Destinations } from "./capture-destinations.ts";
import type { Contender } from "./contender.ts";
import {
  type FibSetup,
  type FibSetupOptions,
  fibContender,
  putStream,
  setUpFib,
} from "./fib-contender.ts";
import { PACE, updatedContender, updatesRoom } from "./fib-updates.ts";
import { workersContender } from "./fib-workers.ts";
import { type FrozenSetup, frozenLookups, frozenSetup } from "./frozen-engine.ts";
import type { Entry } from "./harness.ts";
import { addressStream, type Pattern, STREAM_ADDRESSES } from "./patterns.ts";
import type { RowLabels } from "./rows.ts";
import { chosenTables, type FamilyTable, type TableChoice } from "./tables.ts";

/** What to measure. */
export interface FibOptions {
  readonly patterns: readonly Pattern[];
  /** The capture of the pattern that is named so. */
  readonly capture?: string | undefined;
  /** Addresses of a stream, STREAM_ADDRESSES unless said: a multiple of CALL_LOOKUPS. */
  readonly streamAddresses?: number;
  /** Empties the caches before each burst. */
  readonly isCold?: boolean | undefined;
  /**
   * Threads over one shared table: rows for one, for so many, and for one while another updates the
   * table. In this thread unless said.
   */
  readonly workers?: number | undefined;
}

/** Patterns unless said. */
export const DEFAULT_PATTERNS = ["random", "covered", "prefix", "zipf", "sequential"] as const;

/** What rows say of a table. */
export function tableLabels(
  table: FamilyTable,
): Pick<RowLabels, "family" | "table" | "groups" | "groups_placement"> {
  const { family, name, groups, placement } = table;
  return { family: `ipv${family}`, table: name, groups, groups_placement: placement };
}

/** A row for each table, pattern, and number of workers. */
export async function* fibEntries(options: FibOptions & TableChoice): AsyncGenerator<Entry> {
  const { patterns } = options;
  const destinations = patterns.includes("capture") ? await readCapture(options) : undefined;
  for await (const table of chosenTables(options)) {
    yield* fibTableEntries(table, options, destinations);
  }
}

/** The rows of one table. A capture of one family says nothing about the other. */
export function* fibTableEntries(
  table: FamilyTable,
  options: FibOptions,
  destinations?: Destinations,
): Generator<Entry> {
  const { family, routes } = table;
  const lanes = lanesOf(table, options);
  for (const pattern of options.patterns) {
    const capture = destinations?.[family] ?? new Uint8Array();
    if (pattern === "capture" && capture.length === 0) continue;
    const { streamAddresses: count = STREAM_ADDRESSES } = options;
    const streamOptions = { family, routes, count, capture };
    const labels = { name: "fib-lookup", ...tableLabels(table), pattern };
    for (const lane of lanes) {
      yield {
        labels: { ...labels, ...lane.labels },
        prefixes: routes.count,
        open: () => lane.open(addressStream(pattern, streamOptions)),
        openReference: () => lane.openReference(addressStream(pattern, streamOptions)),
      };
    }
  }
}

async function readCapture({ capture, family }: FibOptions & TableChoice): Promise<Destinations> {
  if (capture === undefined) {
    throw new AnyfibError({
      code: "USAGE",
      what: "the pattern capture needs a file",
      where: "--pattern",
      hint: "give --pattern capture FILE",
    });
  }
  const destinations = await captureDestinations(capture);
  const found = destinations[4].length + destinations[6].length;
  if ((family === undefined ? found : destinations[family].length) > 0) return destinations;
  throw new AnyfibError({
    code: "USAGE",
    what: `the capture has no ${family === undefined ? "IP" : `IPv${family}`} packet`,
    where: capture,
    hint: "give one that has",
  });
}

/** A way of looking a table up, for one stream after the other. */
interface Lane {
  readonly labels: Pick<RowLabels, "workers" | "updates_per_second" | "caches">;
  readonly open: (stream: Uint8Array) => Promise<Contender>;
  /** The frozen engine with the same table and stream, in this thread. */
  readonly openReference: (stream: Uint8Array) => Promise<Contender>;
}

function lanesOf(table: FamilyTable, { isCold = false, workers }: FibOptions): readonly Lane[] {
  const beforeCall = isCold ? cacheEviction() : undefined;
  const openReference = frozenOnce(table, beforeCall);
  if (workers === undefined) {
    const setUp = setUpOnce(table);
    const open = async (stream: Uint8Array) => fibContender(await setUp(stream), beforeCall);
    return [{ labels: isCold ? { caches: "cold" } : {}, open, openReference }];
  }
  const plain = [...new Set([1, workers])].map((count): Lane => {
    const setUp = setUpOnce(table, { workers: count });
    const open = async (stream: Uint8Array) => workersContender(await setUp(stream));
    return { labels: { workers: count }, open, openReference };
  });
  const setUp = setUpOnce(table, { workers: 1, moreRoutes: updatesRoom(table) });
  const open = async (stream: Uint8Array) => updatedContender(await setUp(stream), table);
  return [...plain, { labels: { workers: 1, updates_per_second: PACE }, open, openReference }];
}

/** Installs the table in a frozen engine for the first stream. */
function frozenOnce(table: FamilyTable, beforeCall: (() => void) | undefined) {
  let setup: FrozenSetup | undefined;
  return async (stream: Uint8Array): Promise<Contender> => {
    setup ??= await frozenSetup(table, { streamBytes: stream.length });
    return frozenLookups(setup, table.family, stream, beforeCall);
  };
}

/** Installs the table for the first stream; the next ones take its place. */
function setUpOnce(table: FamilyTable, options: FibSetupOptions = {}) {
  let setup: FibSetup | undefined;
  return async (stream: Uint8Array): Promise<FibSetup> => {
    setup ??= await setUpFib(table, stream, options);
    putStream(setup, stream);
    return setup;
  };
}
