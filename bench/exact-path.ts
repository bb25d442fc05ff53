/** What a packet costs in memory, from parsing to counting: the same figures on every machine. */

import { BATCH_MAX } from "../assembly/layout.ts";
import { type AccessObserver, instantiateObserved } from "./instrumented.ts";
import { NEXT_HOPS, setUpPath, USUAL_LOAD } from "./path-setup.ts";
import { syntheticTable } from "./tables.ts";

const ROUTES = { 4: 100_000, 6: 25_000 } as const;
const LINE_BYTES = 64;
const WORKER = 0;
/** Digits behind the point. */
const DIGITS = 2;

/** Loads, stores and lines a packet of 64 bytes, of each family. */
export async function exactPathFigures({
  release,
  instrumented,
}: {
  readonly release: Uint8Array<ArrayBuffer>;
  readonly instrumented: Uint8Array<ArrayBuffer>;
}): Promise<Readonly<Record<string, number>>> {
  const figures: Record<string, number> = {};
  for (const family of [4, 6] as const) {
    const table = await syntheticTable(family, ROUTES[family]);
    const { engine, packets } = await setUpPath({ table, family }, USUAL_LOAD, { build: release });
    const counter = new AccessCounter();
    const { forwardBatch } = await instantiateObserved(engine, instrumented, counter);
    packets.forward(() => {
      forwardBatch(WORKER, BATCH_MAX);
      counter.endBatch();
    });
    const name = `a packet, ipv${family}, ${USUAL_LOAD.name}, ${NEXT_HOPS} next hops`;
    const { loads, stores, lines } = counter.each(packets.lengths.length);
    Object.assign(figures, {
      [`loads ${name}`]: loads,
      [`stores ${name}`]: stores,
      [`lines ${name}`]: lines,
    });
  }
  return figures;
}

/** Counts accesses, and the distinct lines that each batch touches. */
class AccessCounter implements AccessObserver {
  readonly #lines = new Set<number>();
  #loads = 0;
  #stores = 0;
  #touched = 0;

  load(address: number): void {
    this.#loads += 1;
    this.#lines.add(Math.floor(address / LINE_BYTES));
  }

  store(address: number): void {
    this.#stores += 1;
    this.#lines.add(Math.floor(address / LINE_BYTES));
  }

  endBatch(): void {
    this.#touched += this.#lines.size;
    this.#lines.clear();
  }

  each(packets: number): {
    readonly loads: number;
    readonly stores: number;
    readonly lines: number;
  } {
    const mean = (sum: number): number => Number((sum / packets).toFixed(DIGITS));
    return { loads: mean(this.#loads), stores: mean(this.#stores), lines: mean(this.#touched) };
  }
}
