/** What `npm run bench` measures: the gated subset, or the matrix. */

import { DEFAULT_PATTERNS, fibTableEntries } from "./fib.ts";
import type { Entry } from "./harness.ts";
import { briefPathEntries } from "./path.ts";
import type { RowLabels } from "./rows.ts";
import {
  DEFAULT_GROUPS,
  familyTable,
  fileTable,
  type GroupsChoice,
  type NamedTable,
  syntheticTable,
} from "./tables.ts";
import { updateTableEntries } from "./update.ts";

/** How much is measured: the same for all runs that are compared. */
export interface SuiteSize {
  /** Routes of the generated tables. */
  readonly routes: Readonly<Record<4 | 6, number>>;
  /** Addresses of a stream, as many as ever unless said. */
  readonly streamAddresses?: number;
}

/** Full tables. */
const FULL: SuiteSize = { routes: { 4: 1_000_000, 6: 250_000 } };

const GATED = ["random", "covered", "prefix", "zipf"] as const;
const EVERY = [...DEFAULT_PATTERNS, "longest", "miss"] as const;

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
export function isGated({ name }: RowLabels): boolean {
  return name === "fib-lookup" || name === "forward-batch";
}

/** The gated subset, in about a minute and a half. */
export async function* gatedEntries(size: SuiteSize = FULL): AsyncGenerator<Entry> {
  const options = { ...size, patterns: GATED };
  for (const family of [4, 6] as const) {
    const table = await syntheticTable(family, size.routes[family]);
    yield* fibTableEntries(familyTable(table, family, FEW), options);
    yield* fibTableEntries(familyTable(table, family, MANY), options);
    yield* updateTableEntries(familyTable(table, family, FEW));
  }
  yield* briefPathEntries();
}

/** Everything, over generated tables and those of `files`. */
export async function* matrixEntries(
  files: readonly string[],
  size: SuiteSize = FULL,
): AsyncGenerator<Entry> {
  for (const family of [4, 6] as const) {
    yield* tableEntries(await syntheticTable(family, size.routes[family]), family, size);
  }
  for (const file of files) {
    const table = await fileTable([file]);
    const { count4, count6 } = table.routes;
    if (count4 > 0) yield* tableEntries(table, 4, size);
    if (count6 > 0) yield* tableEntries(table, 6, size);
  }
  yield* briefPathEntries();
}

function* tableEntries(table: NamedTable, family: 4 | 6, size: SuiteSize): Generator<Entry> {
  const few = familyTable(table, family, FEW);
  const every = { ...size, patterns: EVERY };
  for (const choice of CHOICES) yield* fibTableEntries(familyTable(table, family, choice), every);
  yield* fibTableEntries(few, { ...every, isCold: true });
  yield* fibTableEntries(few, { ...size, patterns: GATED, workers: 2 });
  yield* updateTableEntries(few);
  yield* updateTableEntries(familyTable(table, family, MANY));
}
