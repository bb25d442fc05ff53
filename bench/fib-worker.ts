/** A thread that looks its stream up, a turn a message: started by fib-workers.ts. */

import { parentPort, workerData } from "node:worker_threads";
import { instantiateModule } from "../src/engine/instantiate.ts";
import { CALL_LOOKUPS, FibCalls } from "./fib-calls.ts";
import type { TurnRequest, WorkerStart } from "./fib-workers.ts";
import { timedTurn } from "./timing.ts";

// cast: fib-workers.ts starts this file and nothing else does.
const { module, memory, place, ready } = workerData as WorkerStart;
const calls = new FibCalls(await instantiateModule(module, memory), place);
const counter = new Int32Array(ready);
const work = { call: () => calls.call(CALL_LOOKUPS), operations: CALL_LOOKUPS };

parentPort?.on("message", ({ seconds, start }: TurnRequest) => {
  Atomics.add(counter, 0, 1);
  // All begin at one time; the others are as good as here, so nobody sleeps.
  while (Atomics.load(counter, 0) < start);
  parentPort?.postMessage(timedTurn(work, seconds));
});
