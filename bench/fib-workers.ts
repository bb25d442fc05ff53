/** Lookups in several threads at once, over one shared table. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Contender } from "./contender.ts";
import type { StreamPlace } from "./fib-calls.ts";
import { answersOf, type FibSetup, fibDetails, SUBJECT } from "./fib-contender.ts";
import { AnswerDigest } from "./rivals/exchange.ts";

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly place: StreamPlace;
  /** One i32: how often a worker stood ready for a turn. */
  readonly ready: SharedArrayBuffer;
}

/** What a worker is asked for. */
export interface TurnRequest {
  readonly seconds: number;
  /** The turn begins when so many have stood ready. */
  readonly start: number;
}

/** The compiled fib-worker.ts: Node starts no TypeScript. */
const WORKER = new URL("./fib-worker.js", import.meta.url);

/**
 * Starts a worker for each place. A sample joins one of each worker, taken at about one time: the
 * nanoseconds in which all of them together do a lookup.
 */
export async function workersContender(setup: FibSetup): Promise<Contender> {
  const { engine, module, places } = setup;
  const { memory } = engine;
  const ready = new SharedArrayBuffer(4);
  const workers = places.map((place) => {
    const workerData: WorkerStart = { module, memory, place, ready };
    return new Worker(WORKER, { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, "online")));
  const family = places[0]?.family ?? 4;
  let start = 0;
  return {
    name: SUBJECT,
    details: fibDetails(engine, family),
    turn: async (seconds) => {
      start += workers.length;
      const request: TurnRequest = { seconds, start };
      const answers = workers.map((worker) => once(worker, "message"));
      for (const worker of workers) worker.postMessage(request);
      const taken = await Promise.all(answers);
      // cast: fib-worker.ts posts samples and nothing else.
      return joined(taken.map(([samples]) => samples as readonly number[]));
    },
    digest: async () => new AnswerDigest().add(answersOf(setup)).toString(),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Samples of all workers together: their rates add up. */
export function joined(taken: readonly (readonly number[])[]): readonly number[] {
  const count = Math.min(...taken.map(({ length }) => length));
  return Array.from({ length: count }, (_, index) => {
    const rate = taken.reduce((sum, samples) => sum + 1 / (samples[index] ?? Infinity), 0);
    return 1 / rate;
  });
}
