/** A reader in a thread of its own: asks where flows go, again and again, and judges answers. */

import { parentPort, workerData } from "node:worker_threads";

/** @type {import("./group-readers.ts").GroupReaderTask} */
const task = workerData;
const { memory, flows, count, group } = task;
const env = { memory, abort: () => undefined, cover: () => undefined };
const exports = /** @type {import("../../../src/engine/exports.ts").EngineExports} */ (
  /** @type {unknown} */ (new WebAssembly.Instance(task.module, { env }).exports)
);
const expected = new Uint16Array(task.expected);
const stateCount = expected.length / count;
const [started, finished, stopped] = [0, 1, 2];
const progress = new Int32Array(task.progress);
const answers = new Uint16Array(count);
const report = { rounds: 0, overtaken: 0, wrong: 0 };
parentPort?.postMessage("ready");
while (Atomics.load(progress, stopped) === 0) {
  const from = Atomics.load(progress, finished);
  exports.epochEnter(0);
  for (let i = 0; i < count; i++) answers[i] = exports.groupChoose(group, flows + 64 * i);
  exports.epochLeave(0);
  const to = Atomics.load(progress, started);
  report.rounds += 1;
  if (to !== from) report.overtaken += 1;
  judge(from, Math.min(to, from + stateCount - 1));
}
parentPort?.postMessage(report);

/**
 * Counts answers of none of the states that the group went through meanwhile.
 * @param {number} from changes that were over before
 * @param {number} to changes that had begun after
 */
function judge(from, to) {
  for (let i = 0; i < count; i++) {
    let state = from;
    while (state <= to && expected[(state % stateCount) * count + i] !== answers[i]) state++;
    if (state > to) report.wrong += 1;
  }
}
