/** A reader in a thread of its own: asks the same addresses again and again, and judges answers. */

import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";

/** @typedef {import("./readers.ts").ReaderTask} ReaderTask */
/** @typedef {import("./readers.ts").ReaderReport} ReaderReport */

/** Wrong answers that are reported whole. */
const REPORTED_MAX = 10;

/** @type {ReaderTask} */
const task = workerData;
const { memory, worker, family, addresses, groups, count, holdsOn } = task;
const env = { memory, abort: () => undefined, cover: () => undefined };
const exports = /** @type {import("../../../src/engine/exports.ts").EngineExports} */ (
  /** @type {unknown} */ (new WebAssembly.Instance(task.module, { env }).exports)
);
const answers = new Uint32Array(memory.buffer, groups, count);
const expected = new Uint16Array(task.expected);
const stateCount = expected.length / count;
const [started, finished, stopped] = [0, 1, 2];
const progress = new Int32Array(task.progress);

/** @type {ReaderReport} */
const report = { batches: 0, overtaken: 0, wrong: 0, samples: [], longestMs: 0 };
parentPort?.postMessage("ready");
while (Atomics.load(progress, stopped) === 0) {
  const from = Atomics.load(progress, finished);
  const begin = performance.now();
  const isRead = read();
  report.longestMs = Math.max(report.longestMs, performance.now() - begin);
  const to = Atomics.load(progress, started);
  report.batches += 1;
  if (to !== from) report.overtaken += 1;
  if (isRead) judge(from, to);
  else report.wrong += 1;
}
parentPort?.postMessage(report);

/** Looks all addresses up; false where what it read made no sense. */
function read() {
  if (holdsOn) exports.epochEnter(worker);
  try {
    if (family === 4) exports.fib4LookupBatch(addresses, groups, count);
    else exports.fib6LookupBatch(addresses, groups, count, worker);
  } catch {
    return false;
  }
  if (holdsOn) exports.epochLeave(worker);
  return true;
}

/**
 * Counts answers of none of the states that the table went through meanwhile.
 * @param {number} from updates that were over before
 * @param {number} to updates that had begun after
 */
function judge(from, to) {
  const last = Math.min(to, from + stateCount - 1);
  for (let index = 0; index < count; index++) {
    const found = answers[index] ?? 0;
    let state = from;
    while (state <= last && expected[(state % stateCount) * count + index] !== found) state++;
    if (state <= last) continue;
    report.wrong += 1;
    if (report.samples.length < REPORTED_MAX) {
      const wanted = expected[(from % stateCount) * count + index] ?? 0;
      report.samples.push({ index, from, to, wanted, found });
    }
  }
}
