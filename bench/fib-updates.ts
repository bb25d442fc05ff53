/** Lookups in a thread of their own, beside a writer that updates the table at a steady pace. */

import { setTimeout as sleep } from "node:timers/promises";
import { applyRoutes } from "./bench-engine.ts";
import { batchesOf, ChurnWalk, drawnChurn } from "./churn.ts";
import type { Contender } from "./contender.ts";
import type { FibSetup } from "./fib-contender.ts";
import { workersContender } from "./fib-workers.ts";
import type { FamilyTable } from "./tables.ts";

/** Updates a second. */
export const PACE = 10_000;
/** Updates of a batch: one comes due every millisecond. */
const BATCH_UPDATES = 10;
/** A writer that fell behind catches up by so many batches at once. */
const BATCHES_MAX = 100;

/** Routes that the updates bring along. */
export function updatesRoom(table: FamilyTable): number {
  return drawnChurn(table).columns.count;
}

/**
 * One worker looks up; this thread applies updates drawn from the table meanwhile. Closing takes
 * them back, and throws where the answers are not what they were.
 */
export async function updatedContender(setup: FibSetup, table: FamilyTable): Promise<Contender> {
  const reader = await workersContender(setup);
  const before = await reader.digest();
  const writer = new PacedWriter(setup, table);
  return {
    ...reader,
    turn: async (seconds) => {
      const taken = reader.turn(seconds);
      await writer.writeUntil(taken);
      return taken;
    },
    close: async () => {
      writer.takeBack();
      const after = await reader.digest();
      await reader.close();
      if (after !== before) throw new Error(`answers were ${before}, and are ${after}`);
    },
  };
}

/** Applies drawn updates there and back. */
class PacedWriter {
  readonly #setup: FibSetup;
  readonly #family: 4 | 6;
  readonly #walk: ChurnWalk;

  constructor(setup: FibSetup, table: FamilyTable) {
    this.#setup = setup;
    this.#family = table.family;
    this.#walk = new ChurnWalk(batchesOf(drawnChurn(table).columns, BATCH_UPDATES));
  }

  /** Applies what comes due until `end`. */
  async writeUntil(end: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = end.finally(() => {
      isOver = true;
    });
    const start = performance.now();
    let applied = 0;
    while (!isOver) {
      const due = ((performance.now() - start) / 1000) * (PACE / BATCH_UPDATES);
      const most = applied + BATCHES_MAX;
      for (; applied < Math.min(due, most); applied++) this.#apply();
      await sleep(1);
    }
    await over;
  }

  /** Takes back what stands. */
  takeBack(): void {
    this.#walk.turnBack();
    while (!this.#walk.isAtStart) this.#apply();
  }

  #apply(): void {
    const batch = this.#walk.take();
    if (batch !== undefined) applyRoutes(this.#setup.engine, this.#family, batch.columns);
  }
}
