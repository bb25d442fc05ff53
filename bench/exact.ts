/**
 * Figures that no noise can blur: what a lookup reads, counted load by load; bytes a prefix; bytes
 * of the modules. They are the same on every machine, so they may go down and never up.
 */

import { ANSWERS_HOLD, LISTS_BYTES, SLAB_BYTES } from "../assembly/layout.ts";
import type { Engine } from "../src/engine/engine.ts";
import type { EngineExports } from "../src/engine/exports.ts";
import type { TablePlan } from "../src/engine/memory-plan.ts";
import { filledEngine, tableBytes } from "./bench-engine.ts";
import { exactPathFigures } from "./exact-path.ts";
import { BURST } from "./fib-calls.ts";
import { type AccessObserver, instantiateObserved } from "./instrumented.ts";
import { addressBytes, addressStream, type Pattern } from "./patterns.ts";
import { type FamilyTable, familyTable, type GroupsChoice, syntheticTable } from "./tables.ts";

/** The builds of the module. */
export interface Builds {
  readonly release: Uint8Array<ArrayBuffer>;
  readonly shared: Uint8Array<ArrayBuffer>;
  /** The release build with a call in front of each load (scripts/instrument-memory.js). */
  readonly instrumented: Uint8Array<ArrayBuffer>;
}

/** Figures by their names, such as "loads, ipv4, 16 clustered, zipf". */
export type ExactFigures = Readonly<Record<string, number>>;

const ROUTES = { 4: 100_000, 6: 25_000 } as const;
const CHOICES: readonly GroupsChoice[] = [
  { count: 16, placement: "clustered" },
  { count: 4096, placement: "random" },
];
const PATTERNS: readonly Pattern[] = ["random", "covered", "prefix", "zipf", "longest", "miss"];
const ADDRESSES = 2048;
const LINE_BYTES = 64;
/** Copies of one address that are looked up together, as many as the lookup interleaves. */
const COPIES = 8;
const WORKER = 0;
/** Rounds that go on without recent answers: what is counted is what the table costs. */
const HOLD = 0xffffffff;
/** Digits behind the point. */
const DIGITS = 4;

/** Measures them all, in about three seconds. */
export async function exactFigures(builds: Builds): Promise<ExactFigures> {
  const figures: Record<string, number> = {
    "bytes, release module": builds.release.length,
    "bytes, shared module": builds.shared.length,
    ...(await exactPathFigures(builds)),
  };
  for (const family of [4, 6] as const) {
    const named = await syntheticTable(family, ROUTES[family]);
    for (const choice of CHOICES) {
      const table = familyTable(named, family, choice);
      const name = `ipv${family}, ${choice.count} ${choice.placement}`;
      Object.assign(figures, await tableFigures(table, name, builds));
    }
  }
  return figures;
}

async function tableFigures(
  table: FamilyTable,
  name: string,
  { release, instrumented }: Builds,
): Promise<ExactFigures> {
  const { engine } = await filledEngine(table, { build: release });
  const reads = await CountedReads.over(engine, instrumented);
  const figures: Record<string, number> = {
    [`bytes a prefix, ${name}`]: rounded(tableBytes(engine, table.family) / table.routes.count),
  };
  for (const pattern of PATTERNS) {
    const { family, routes } = table;
    const stream = addressStream(pattern, { family, routes, count: ADDRESSES });
    const { loads, lines, linesMost } = reads.count(family, stream);
    figures[`loads, ${name}, ${pattern}`] = rounded(loads);
    figures[`lines, ${name}, ${pattern}`] = rounded(lines);
    figures[`lines at most, ${name}, ${pattern}`] = linesMost;
  }
  return figures;
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}

/** What a lookup reads. */
interface Reads {
  /** Loads of all kinds, in bursts. */
  readonly loads: number;
  /** Distinct lines of 64 bytes of the table, for one address: the mean, and the most. */
  readonly lines: number;
  readonly linesMost: number;
}

/** Lookups of an instrumented module over an engine's memory. */
class CountedReads {
  readonly #engine: Engine;
  readonly #exports: EngineExports;
  readonly #counter: ReadCounter;

  private constructor(engine: Engine, exports: EngineExports, counter: ReadCounter) {
    this.#engine = engine;
    this.#exports = exports;
    this.#counter = counter;
  }

  static async over(engine: Engine, build: Uint8Array<ArrayBuffer>): Promise<CountedReads> {
    const { table4, table6, lists } = engine.plan;
    engine.words[(lists + WORKER * LISTS_BYTES + ANSWERS_HOLD) / 4] = HOLD;
    const counter = new ReadCounter([table4, table6]);
    return new CountedReads(engine, await instantiateObserved(engine, build, counter), counter);
  }

  count(family: 4 | 6, stream: Uint8Array): Reads {
    const bytes = addressBytes(family);
    const count = stream.length / bytes;
    const counter = this.#counter;
    counter.clear();
    for (let first = 0; first < count; first += BURST) {
      this.#lookUp(family, stream.subarray(first * bytes, (first + BURST) * bytes));
    }
    const loads = counter.loads / count;
    let [lines, linesMost] = [0, 0];
    for (let index = 0; index < count; index++) {
      const copies = new Uint8Array(COPIES * bytes);
      copies.set(stream.subarray(index * bytes, (index + 1) * bytes));
      for (let copy = 1; copy < COPIES; copy++) copies.copyWithin(copy * bytes, 0, bytes);
      counter.clear();
      this.#lookUp(family, copies);
      lines += counter.lines;
      linesMost = Math.max(linesMost, counter.lines);
    }
    return { loads, lines: lines / count, linesMost };
  }

  #lookUp(family: 4 | 6, addresses: Uint8Array): void {
    const start = this.#engine.plan.frames;
    const count = addresses.length / addressBytes(family);
    const answers = start + addresses.length;
    this.#engine.bytes.set(addresses, start);
    if (family === 4) this.#exports.fib4LookupBatch(start, answers, count);
    else this.#exports.fib6LookupBatch(start, answers, count, WORKER);
  }
}

/** Counts loads, and the lines of tables that they touch. */
class ReadCounter implements AccessObserver {
  /** Where roots and nodes lie. */
  readonly #regions: readonly (readonly [start: number, end: number])[];
  readonly #lines = new Set<number>();
  #loads = 0;

  constructor(tables: readonly TablePlan[]) {
    this.#regions = tables.flatMap(({ root, rootBytes, slabs, slabPages }) => [
      [root, root + rootBytes],
      [slabs, slabs + slabPages * SLAB_BYTES],
    ]);
  }

  get loads(): number {
    return this.#loads;
  }

  /** Distinct lines of the tables. */
  get lines(): number {
    return this.#lines.size;
  }

  clear(): void {
    this.#loads = 0;
    this.#lines.clear();
  }

  store(): void {}

  load(address: number): void {
    this.#loads += 1;
    const isOfTable = this.#regions.some(([start, end]) => address >= start && address < end);
    if (isOfTable) this.#lines.add(Math.floor(address / LINE_BYTES));
  }
}

/** Figures that are greater than they may be, or that no gate knows, each in words. */
export function breaches(figures: ExactFigures, gates: ExactFigures): readonly string[] {
  const found = Object.entries(figures).flatMap(([name, value]) => {
    const gate = gates[name];
    if (gate === undefined) return [`${name}: ${value}, and no gate`];
    return value > gate ? [`${name}: ${value}, at most ${gate}`] : [];
  });
  const gone = Object.keys(gates).filter((name) => figures[name] === undefined);
  return [...found, ...gone.map((name) => `${name}: a gate for nothing`)];
}
