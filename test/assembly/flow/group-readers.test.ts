/** A reader in another thread, while a group changes: each answer is that of before or after. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { FLOW_BYTES, FLOW_FLAGS, FLOW_HASH, FLOW_HASHED } from "../../../assembly/layout.ts";
import type { GroupMember } from "../../../src/engine/group-tables.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";
import { moduleBytes } from "../../setup/modules.ts";
import { membersOf } from "./group-driver.ts";
import type { GroupReaderTask } from "./group-readers.ts";

const GROUP = 8;
const FLOWS = 512;
const SECONDS = 1;

/** States of the group: some in a table in place, some in others, one without. */
const STATES: readonly (readonly GroupMember[])[] = [
  membersOf([1, 2, 3]),
  membersOf([0, 2, 3]),
  membersOf([1, 2, 3, 4, 5, 6, 7]),
  membersOf(Array.from({ length: 20 }, (_, index) => 1 + (index % 4))),
  membersOf([5]),
  membersOf(Array.from({ length: 40 }, () => 1)),
];

it("is read while tables change, come and go", async () => {
  const engine = await createTestEngine("shared", { limits: { slotBytes: 96 * 1024 } });
  const flows = engine.plan.frames;
  const view = new DataView(engine.memory.buffer);
  const random = seededRandom(81);
  for (let i = 0; i < FLOWS; i++) {
    view.setUint8(flows + FLOW_BYTES * i + FLOW_FLAGS, FLOW_HASHED);
    view.setUint32(flows + FLOW_BYTES * i + FLOW_HASH, random.below(2 ** 32), true);
  }
  const change = (state: number): void => {
    engine.groups.change(GROUP, STATES[state % STATES.length] ?? [], { mode: "canonical" });
  };
  const expected = new SharedArrayBuffer(2 * FLOWS * STATES.length);
  const answers = new Uint16Array(expected);
  for (let state = STATES.length - 1; state >= 0; state--) {
    change(state);
    for (let i = 0; i < FLOWS; i++) {
      answers[state * FLOWS + i] = engine.exports.groupChoose(GROUP, flows + FLOW_BYTES * i);
    }
  }
  const progress = new SharedArrayBuffer(12);
  const module = new WebAssembly.Module(moduleBytes("shared"));
  const { memory } = engine;
  const task = { module, memory, group: GROUP, flows, count: FLOWS, expected, progress };
  const url = new URL("group-reader-worker.js", import.meta.url);
  const worker = new Worker(url, { workerData: task satisfies GroupReaderTask });
  await once(worker, "message");
  const report = once(worker, "message");
  const marks = new Int32Array(progress);
  const end = performance.now() + 1000 * SECONDS;
  let changes = 0;
  while (performance.now() < end) {
    changes += 1;
    Atomics.store(marks, 0, changes);
    change(changes);
    Atomics.store(marks, 1, changes);
    if (changes % 64 === 0) await new Promise(setImmediate);
  }
  Atomics.store(marks, 2, 1);
  const [{ wrong, rounds, overtaken }] = await report;
  expect(wrong).toBe(0);
  expect(changes).toBeGreaterThan(20);
  expect(rounds).toBeGreaterThan(20);
  expect(overtaken).toBeGreaterThan(5);
});
