/** Mutated packets through a router and through its model. */

import { expect } from "vitest";
import type { Counters } from "../../../src/engine/counters.ts";
import { testKeys } from "../../engine/test-engine.ts";
import { forwardModel, type ModelOutcome, type RouterModel } from "../../oracle/forward-model.ts";
import { seededRandom } from "../../oracle/random.ts";
import type { ModuleTarget } from "../../setup/modules.ts";
import { TUNNELS } from "../packet/tunnels.ts";
import { sendFrames } from "../packet-rig.ts";
import { modelInOutcome, outcomeInModel, routerModel } from "../router-model.ts";
import { createTestRouter } from "../test-router.ts";
import { type MutatedFrame, mutatedFrame, noisyFrame } from "./mutations.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => 255 - index * 7);
/** Frames at a time: what was sent last can still be told when one differs. */
const PART = 500;

/** Sends `count` mutated packets; every outcome is the model's, byte by byte. */
export async function expectModelOutcomes(
  target: ModuleTarget,
  seed: number,
  count: number,
): Promise<void> {
  const engine = await createTestRouter(target, { keys: testKeys(KEY) });
  const router = routerModel(engine, KEY);
  const random = seededRandom(seed);
  for (let sent = 0; sent < count; sent += PART) {
    const frames = Array.from({ length: Math.min(PART, count - sent) }, () => mutatedFrame(random));
    const outcomes = sendFrames(
      engine,
      frames.map(({ frame }) => frame),
    ).map(outcomeInModel);
    const wanted = frames.map((frame) => modelInOutcome(outcomeOf(router, frame)));
    expect(outcomes).toEqual(wanted);
  }
  expectConserved(engine.counters.read(), count);
}

/** Sends `count` frames of noise, with all steering on: nothing traps, each is accounted for. */
export async function expectNoiseAccountedFor(
  target: ModuleTarget,
  seed: number,
  count: number,
): Promise<void> {
  const engine = await createTestRouter(target, { keys: testKeys(KEY) });
  engine.steering.set({ fragments: "track", inner: TUNNELS });
  const random = seededRandom(seed);
  const frames = Array.from({ length: count }, () => noisyFrame(random));
  sendFrames(engine, frames);
  while (engine.steering.release(true) > 0) engine.process();
  expectConserved(engine.counters.read(), count);
}

/** Every packet that came in went out, up, or into one of the drop reasons. */
export function expectConserved(counters: Counters, received: number): void {
  const { forwarded, punted, dropped, drops, families } = counters;
  const sumOfDrops = Object.values(drops).reduce((sum, count) => sum + count, 0);
  expect(counters.received).toBe(received);
  expect(forwarded + punted + dropped).toBe(received);
  expect(sumOfDrops).toBe(dropped);
  expect(families.ipv4 + families.ipv6 + families.other).toBe(received);
}

function outcomeOf(
  router: RouterModel,
  { frame, family, headerBytes }: MutatedFrame,
): ModelOutcome {
  const { bytes, originalLength = 0 } = frame;
  return forwardModel(router, family, {
    bytes: bytes.subarray(headerBytes),
    originalLength: Math.max(originalLength, bytes.length) - headerBytes,
  });
}
