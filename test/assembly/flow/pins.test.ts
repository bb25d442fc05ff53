/** Pins: held against their rules in plain words, and against floods of either kind. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { PinModel } from "../../oracle/pin-model.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { sendFrame, sendFrames } from "../packet-rig.ts";
import { createTestRouter, GROUP, NEXT_HOPS } from "../test-router.ts";
import { membersOf } from "./group-driver.ts";
import { connectionFrame, SlotRig } from "./pin-rig.ts";

const WINDOW = 300;
const STATES = ["up", "up", "up", "drain", "down"] as const;
const SEGMENTS = ["opens", "follows", "follows", "none"] as const;

const range = (count: number, first = 1): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** Where a packet of each of these connections goes. */
function goes(engine: Engine, ports: readonly number[], segment: "opens" | "follows"): number[] {
  const frames = ports.map((port) => connectionFrame(port, segment));
  return sendFrames(engine, frames).map(({ nextHop }) => nextHop);
}

/** A router whose slots all went from next hop 1 to next hop 2 at second 1000. */
async function changedRouter(pins: number, target = MODULE_TARGETS[0]): Promise<Engine> {
  if (target === undefined) throw new Error("there are builds");
  const engine = await createTestRouter(target, {
    limits: { pins, previousOwners: 1 },
    pinWindow: WINDOW,
  });
  engine.setClock(1000);
  new SlotRig(engine).fill({ current: 2, changedAt: 1000, first: 1, owners: [1] });
  return engine;
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it.each([0, 1, 3])("chooses as the rules say, with %i previous owners", async (owners) => {
    const random = seededRandom(701 + owners);
    const limits = { pins: 10, previousOwners: owners };
    const engine = await createTestRouter(target, { limits, pinWindow: WINDOW });
    const rig = new SlotRig(engine);
    const model = new PinModel(limits.pins, WINDOW);
    const anyNextHop = (): number => NEXT_HOPS[random.below(NEXT_HOPS.length)] ?? 1;
    for (let step = 0; step < 2000; step++) {
      if (random.below(40) === 0) model.clock += 1 + random.below(random.below(5) ? 20 : 400);
      engine.setClock(model.clock);
      if (random.below(100) === 0) {
        const state = STATES[random.below(STATES.length)] ?? "up";
        const nextHop = anyNextHop();
        model.states.set(nextHop, state);
        engine.writeAdjacencyState(nextHop, state);
      }
      if (random.below(100) === 0) {
        const former = Array.from({ length: owners }, () => random.below(4));
        const changedAt = random.below(6) === 0 ? 0 : Math.max(0, model.clock - random.below(200));
        const first = owners === 0 ? 0 : random.below(4);
        rig.fill({ current: anyNextHop(), changedAt, first, owners: former });
      }
      const segment = SEGMENTS[random.below(SEGMENTS.length)] ?? "none";
      const family = random.below(2) === 0 ? 4 : 6;
      const frame = connectionFrame(1 + random.below(16), segment, family);
      const { nextHop, slot = 0, hash = 0n } = sendFrame(engine, frame);
      expect({ step, nextHop }).toEqual({
        step,
        nextHop: model.choose(rig.read(slot), hash, segment),
      });
    }
    expect(engine.pins.read()).toEqual(model.counts);
    const { pinned, reused, refused, turned } = model.counts;
    expect(Math.min(pinned, reused, owners === 0 ? 1 : refused, turned)).toBeGreaterThan(0);
  });
});

it("loses no pin and moves no flow in a flood of forged segments", async () => {
  const engine = await changedRouter(100);
  const begun = range(40);
  expect(new Set(goes(engine, begun, "opens"))).toEqual(new Set([2]));
  const counts = engine.pins.read();
  expect(new Set(goes(engine, range(2000, 1000), "follows"))).toEqual(new Set([1]));
  expect(engine.pins.read()).toEqual({ ...counts, stayed: 2000 });
  expect(new Set(goes(engine, begun, "follows"))).toEqual(new Set([2]));
});

it("keeps connections where they are in a flood of openings", async () => {
  const engine = await changedRouter(100);
  const begun = range(20);
  goes(engine, begun, "opens");
  goes(engine, begun, "follows");
  goes(engine, range(2000, 1000), "opens");
  const { pinned, refused, turned } = engine.pins.read();
  expect({ pinned, refused, turned }).toEqual({ pinned: 100, refused: 1920, turned: 0 });
  expect(new Set(goes(engine, begun, "follows"))).toEqual(new Set([2]));
  expect(new Set(goes(engine, range(500, 40_000), "follows"))).toEqual(new Set([1]));
});

it("gives a next hop that drains no connection, even where no pin is free", async () => {
  const engine = await changedRouter(5);
  engine.writeAdjacencyState(1, "drain");
  expect(new Set(goes(engine, range(500), "opens"))).toEqual(new Set([2]));
  expect(engine.pins.read()).toMatchObject({ pinned: 5, refused: 0, turned: 495 });
  expect(new Set(goes(engine, range(500, 1000), "follows"))).toEqual(new Set([1]));
});

it("frees pins of openings that nobody followed, and only these", async () => {
  const engine = await changedRouter(5);
  goes(engine, range(5), "opens");
  goes(engine, [1], "follows");
  engine.setClock(1029);
  goes(engine, [6], "opens");
  engine.setClock(1030);
  goes(engine, range(5, 7), "opens");
  expect(engine.pins.read()).toMatchObject({ pinned: 9, reused: 4, refused: 2 });
  expect(goes(engine, [1], "follows")).toEqual([2]);
});

it("keeps connections where they are through more changes than a slot keeps owners", async () => {
  const limits = { pins: 1000, previousOwners: 1 };
  const engine = await createTestRouter("release", { limits, pinWindow: WINDOW });
  const change = (second: number, ...weights: readonly number[]): void => {
    engine.setClock(second);
    engine.groups.change(GROUP.table, membersOf(weights));
  };
  change(1000, 1, 1, 0);
  const ports = range(200);
  const before = goes(engine, ports, "opens");
  for (const [step, weights] of [
    [1, 1, 1],
    [1, 0, 1],
    [0, 1, 1],
    [1, 1, 1],
    [1, 2, 3],
  ].entries()) {
    change(1010 + step, ...weights);
    expect(goes(engine, ports, "follows")).toEqual(before);
  }
});

it("leads all flows to the current owner once the window is closed, and without one", async () => {
  const engine = await changedRouter(5);
  engine.setClock(1299);
  expect(goes(engine, [1], "follows")).toEqual([1]);
  engine.setClock(1300);
  expect(goes(engine, [1], "follows")).toEqual([2]);
  const unpinned = await createTestRouter("release", { pinWindow: 0 });
  unpinned.setClock(1000);
  new SlotRig(unpinned).fill({ current: 2, changedAt: 1000, first: 1, owners: [1] });
  expect(goes(unpinned, [1], "follows")).toEqual([2]);
});

it("never sets its clock back", async () => {
  const engine = await createTestRouter("release");
  for (const seconds of [5, 4.9, 0, -1]) engine.setClock(seconds);
  expect(engine.clock).toBe(5);
  engine.setClock(2 ** 40);
  expect(engine.clock).toBe(2 ** 32 - 1);
});
