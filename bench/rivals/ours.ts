/** Our engine in a contest: its turns, its answers, and the memory that its table lies in. */

import { type BenchEngine, tableBytes } from "../bench-engine.ts";
import type { Contender } from "../contender.ts";
import { answersOf, fibContender, setUpFib } from "../fib-contender.ts";
import type { FamilyTable } from "../tables.ts";

/** Our engine over a table and a stream. */
export interface Ours {
  readonly contender: Contender;
  /** Answers to the whole stream. */
  readonly groups: Uint32Array;
  /** Where its table lies; undefined where the table has a default route, which lies elsewhere. */
  readonly memory?: OurMemory | undefined;
}

/** Linear memory as far as a table reaches. */
export interface OurMemory {
  readonly bytes: Uint8Array;
  /** Address of the table's root in it. */
  readonly root: number;
  /** Bytes that lookups read. */
  readonly tableBytes: number;
}

/** The memory in which the lookup in C finds a table. */
function memoryOf({ engine }: BenchEngine, { family, routes }: FamilyTable): OurMemory | undefined {
  if (routes.lengths.includes(0)) return undefined;
  const { plan } = engine;
  return {
    // What lies behind the tables is of no use to lookups.
    bytes: engine.bytes.subarray(0, plan.lists),
    root: (family === 4 ? plan.table4 : plan.table6).root,
    tableBytes: tableBytes(engine, family),
  };
}

/** Installs a table, and puts a stream into linear memory. */
export async function ourEngine(table: FamilyTable, stream: Uint8Array): Promise<Ours> {
  const setup = await setUpFib(table, stream);
  return {
    contender: fibContender(setup),
    groups: answersOf(setup),
    memory: memoryOf(setup, table),
  };
}
