/** Engines that hold one table of one family, and room for streams of addresses. */

import { Engine } from "../src/engine/engine.ts";
import type { RouteColumns } from "../src/engine/fib-tables.ts";
import { DEFAULT_LIMITS } from "../src/engine/memory-plan.ts";
import { AnyfibError } from "../src/net/errors.ts";
import { readModule } from "../src/node/module.ts";
import { addressBytes } from "./patterns.ts";
import type { FamilyTable } from "./tables.ts";

/** What an engine is to have besides its table. */
export interface BenchEngineOptions {
  /** Bytes of the build; that beside the compiled host unless given. */
  readonly build?: Uint8Array<ArrayBuffer>;
  /** Bytes for addresses and answers. */
  readonly streamBytes?: number;
  /** Workers that read it from threads of their own; in this thread alone unless said. */
  readonly workers?: number;
  /** Routes that may come besides the table's. */
  readonly moreRoutes?: number;
  /** Bytes for rings of ports. */
  readonly ringBytes?: number;
  /** Next hops that a group may choose from; one, and no choice, unless said. */
  readonly nextHops?: number;
}

/** An engine, and the module that it was made from. */
export interface BenchEngine {
  readonly engine: Engine;
  readonly module: WebAssembly.Module;
}

/** Room for slot tables, where there are any. */
const SLOT_BYTES = 2 ** 20;
/** Bytes of a leaf of the fast tables, and of an answer. */
export const ENTRY_BYTES = 2;
export const OUTPUT_BYTES = 4;

/** Makes an engine whose table is empty yet, but planned for the routes of `table`. */
export async function emptyEngine(
  { family, routes }: FamilyTable,
  options: BenchEngineOptions = {},
): Promise<BenchEngine> {
  const { build, streamBytes = 0, workers, moreRoutes = 0, nextHops = 1, ringBytes = 0 } = options;
  const target = workers === undefined ? "release" : "shared";
  const module = await WebAssembly.compile(build ?? (await readModule(target)));
  const none = { histogram4: new Uint32Array(33), histogram6: new Uint32Array(129) };
  const histogram = histogramOf(routes, 8 * addressBytes(family));
  const engine = await Engine.create({
    module,
    shared: target === "shared",
    known: { ...none, [`histogram${family}`]: histogram },
    limits: {
      routes4: family === 4 ? moreRoutes : 0,
      routes6: family === 6 ? moreRoutes : 0,
      nextHops,
      slotBytes: nextHops > 1 ? SLOT_BYTES : 0,
      workers: workers ?? 1,
      ringBytes,
      frameBytes: Math.max(streamBytes, DEFAULT_LIMITS.frameBytes),
    },
  });
  return { engine, module };
}

/** Makes an engine and installs the table. Throws CAPACITY where not all of it fits. */
export async function filledEngine(
  table: FamilyTable,
  options: BenchEngineOptions = {},
): Promise<BenchEngine> {
  const made = await emptyEngine(table, options);
  install(made.engine, table);
  return made;
}

/** Installs a table in one go. Throws CAPACITY where not all of it fits. */
export function install(engine: Engine, { family, routes }: FamilyTable): void {
  // Applying leaves the groups from before in the column.
  const applied = applyRoutes(engine, family, { ...routes, groups: routes.groups.slice() });
  if (applied === routes.count) return;
  throw new AnyfibError({
    code: "CAPACITY",
    what: `${routes.count - applied} of ${routes.count} routes found no room`,
    hint: "give a smaller table",
    detail: { routes: routes.count, applied },
  });
}

/** Applies routes in order; returns how many. */
export function applyRoutes(engine: Engine, family: 4 | 6, routes: RouteColumns): number {
  const { tables } = engine;
  return family === 4 ? tables.update4(routes) : tables.update6(routes);
}

/** Bytes that lookups read. */
export function tableBytes(engine: Engine, family: 4 | 6): number {
  const { usage4, usage6 } = engine.tables;
  return (family === 4 ? usage4 : usage6).bytes;
}

function histogramOf({ lengths }: RouteColumns, lengthMax: number): Uint32Array {
  const counts = new Uint32Array(lengthMax + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  return counts;
}
