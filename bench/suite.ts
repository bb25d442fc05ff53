/** What `npm run bench` measures: the gated subset, or the matrix. */

import { DEFAULT_PATTERNS, type FibOptions, fibTableEntries } from "./fib.ts";
import type { Entry } from "./harness.ts";
import { pathEntries } from "./path.ts";
import type { Row } from "./rows.ts";
import {
  DEFAULT_GROUPS,
  familyTable,
  fileTable,
  type GroupsChoice,
  type NamedTable,
  syntheticTable,
} from "./tables.ts";
import { updateTableEntries } from "./update.ts";

/** Routes of the generated tables: those of a full table. */
const ROUTES = { 4: 1_000_000, 6: 250_000 } as const;

const GATED: FibOptions = { patterns: ["random", "covered", "prefix", "zipf"] };
const EVERY: FibOptions = { patterns: [...DEFAULT_PATTERNS, "longest", "miss"] };

const FEW = DEFAULT_GROUPS;
const MANY: GroupsChoice = { count: 4096, placement: "random" };

/** Groups of the matrix. */
const CHOICES: readonly GroupsChoice[] = [
  { count: 1, placement: "clustered" },
  { count: 16, placement: "clustered" },
  { count: 255, placement: "clustered" },
  { count: 4096, placement: "clustered" },
  { count: 16, placement: "random" },
  { count: 255, placement: "random" },
  { count: 4096, placement: "random" },
];

/** Rows that are compared with the baseline: those whose ratios repeat. */
export function isGated({ name }: Row): boolean {
  return name === "fib-lookup" || name === "forward-batch";
}

/** The gated subset, in about a minute and a half. */
export async function* gatedEntries(): AsyncGenerator<Entry> {
  for (const family of [4, 6] as const) {
    const table = await syntheticTable(family, ROUTES[family]);
    yield* fibTableEntries(familyTable(table, family, FEW), GATED);
    yield* fibTableEntries(familyTable(table, family, MANY), GATED);
    yield* updateTableEntries(familyTable(table, family, FEW));
  }
  yield* pathEntries({});
}

/** Everything, over generated tables and those of `files`. */
export async function* matrixEntries(files: readonly string[]): AsyncGenerator<Entry> {
  for (const family of [4, 6] as const) {
    yield* tableEntries(await syntheticTable(family, ROUTES[family]), family);
  }
  for (const file of files) {
    const table = await fileTable([file]);
    for (const family of [4, 6] as const) {
      const { count4, count6 } = table.routes;
      if ((family === 4 ? count4 : count6) > 0) yield* tableEntries(table, family);
    }
  }
  yield* pathEntries({});
}

function* tableEntries(table: NamedTable, family: 4 | 6): Generator<Entry> {
  const few = familyTable(table, family, FEW);
  for (const choice of CHOICES) yield* fibTableEntries(familyTable(table, family, choice), EVERY);
  yield* fibTableEntries(few, { ...EVERY, isCold: true });
  yield* fibTableEntries(few, { ...GATED, workers: 2 });
  yield* updateTableEntries(few);
  yield* updateTableEntries(familyTable(table, family, MANY));
}
