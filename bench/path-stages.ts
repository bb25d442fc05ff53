/**
 * The stages of forwarding, timed apart: the same calls in the same order as forwardBatch has them,
 * with the clock read around one of them. Reading it costs about 0.2 ns of a packet.
 */

import type { Contender } from "./contender.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import { PACKETS } from "./packets.ts";
import type { PathSetup } from "./path-setup.ts";

/** In their order. */
export const PATH_STAGES = ["arrive", "look up", "resolve", "leave", "count"] as const;
export type PathStage = (typeof PATH_STAGES)[number];

const WORKER = 0;
const MS = 1e3;
const NS_PER_MS = 1e6;

/** Forwards packets, and times one stage of it. */
export function stageContender(
  { engine, packets }: PathSetup,
  family: 4 | 6,
  timed: PathStage,
): Contender {
  const { exports, batch } = engine;
  const count = batch.offsets.length;
  const stages: Readonly<Record<PathStage, () => void>> = {
    arrive: () => exports.batchArrive(WORKER, count),
    "look up": () => exports.batchLookUp(WORKER),
    resolve: () => exports.batchResolve(WORKER),
    leave: () => exports.batchLeave(WORKER, count),
    count: () => exports.batchTotal(WORKER, count),
  };
  const order = PATH_STAGES.map((stage) => ({ run: stages[stage], isTimed: stage === timed }));
  let spent = 0;
  const process = (): void => {
    for (const { run, isTimed } of order) {
      if (!isTimed) run();
      else {
        const start = performance.now();
        run();
        spent += performance.now() - start;
      }
    }
  };
  return {
    name: SUBJECT,
    details: fibDetails(engine, family),
    turn: async (seconds) => {
      const samples: number[] = [];
      const end = performance.now() + seconds * MS;
      while (performance.now() < end) {
        spent = 0;
        packets.forward(process);
        samples.push((spent * NS_PER_MS) / PACKETS);
      }
      return samples;
    },
    digest: async () => JSON.stringify(engine.counters.read()),
    close: async () => {},
  };
}
