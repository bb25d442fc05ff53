/** Engines for tests: any build of the module, over limits that keep a test's memory small. */

import { Engine, type EngineOptions } from "../../src/engine/engine.ts";
import type { EngineKeys } from "../../src/engine/hash.ts";
import type { Limits } from "../../src/engine/memory-plan.ts";
import { type ModuleTarget, moduleBytes } from "../setup/modules.ts";

/** Limits of a test that says nothing else. */
export const TEST_LIMITS: Limits = {
  routes4: 4096,
  routes6: 4096,
  groups: 1024,
  nextHops: 1024,
  slotBytes: 16 * 1024 * 1024,
  previousOwners: 1,
  tableSlots: 2 ** 17,
  pins: 1000,
  meters: 0,
  routeMeters: 0,
  frameBytes: 1024 * 1024,
  ringBytes: 0,
  workers: 1,
};

/** What a test chooses of an engine. */
export type TestEngineOptions = Omit<EngineOptions, "module" | "shared">;

/** An engine over one build of the module. */
export function createTestEngine(
  target: ModuleTarget,
  options: TestEngineOptions = {},
): Promise<Engine> {
  return Engine.create({
    ...options,
    module: moduleBytes(target),
    limits: { ...TEST_LIMITS, ...options.limits },
    shared: target === "shared",
  });
}

/** Keys of an engine whose flow hash alone matters. */
export function testKeys(flow: Uint8Array): EngineKeys {
  return { flow, score: new Uint8Array(16) };
}
