/** What every flow tally must hold to, exact or estimated. */

import { expect } from "vitest";
import { FLOWS_EXACT_MAX } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { ModuleTarget } from "../../setup/modules.ts";
import { createTestRouter, GROUP, NEXT_HOPS } from "../test-router.ts";
import { sendFlows } from "./flow-source.ts";

/** Counts the most flows that are counted exactly, then one more, then up to `flows`. */
export async function expectExactThenEstimated(target: ModuleTarget, flows: number): Promise<void> {
  const engine = await createTestRouter(target);
  const { tally } = engine;
  sendFlows(engine, 0, FLOWS_EXACT_MAX);
  sendFlows(engine, 0, 1000);
  expect({ flows: tally.flows, isEstimated: tally.isEstimated }).toEqual({
    flows: FLOWS_EXACT_MAX,
    isEstimated: false,
  });
  expectAdjacenciesAddUp(engine);
  expectShares(engine);
  sendFlows(engine, FLOWS_EXACT_MAX, 1);
  expect(tally.isEstimated).toBe(true);
  expectNear(tally.flows, FLOWS_EXACT_MAX + 1, 0.01);
  expectAdjacenciesAddUp(engine);
  sendFlows(engine, FLOWS_EXACT_MAX + 1, flows - FLOWS_EXACT_MAX - 1);
  expectNear(tally.flows, flows, 0.01);
  const estimate = tally.flows;
  // Flows that were seen before change nothing, in the sample or not.
  sendFlows(engine, 0, 10_000);
  expect(tally.flows).toBe(estimate);
  expectAdjacenciesAddUp(engine);
  expectShares(engine);
}

/** The flows of the next hops are the flows of all: none of these is dropped. */
function expectAdjacenciesAddUp({ tally }: Engine): void {
  const flows = NEXT_HOPS.reduce((sum, nextHop) => sum + tally.adjacency(nextHop), 0);
  expect(flows).toBe(tally.flows);
  expect(tally.adjacency(0)).toBe(0);
}

/** Each next hop has the share of the flows that it has of the slots. */
function expectShares(engine: Engine): void {
  const table = engine.groups.slots(GROUP.table) ?? new Uint16Array();
  for (const nextHop of NEXT_HOPS) {
    const share = table.filter((adjacency) => adjacency === nextHop).length / table.length;
    expectNear(engine.tally.adjacency(nextHop), engine.tally.flows * share, 0.02);
  }
}

function expectNear(actual: number, wanted: number, tolerance: number): void {
  expect(Math.abs(actual / wanted - 1)).toBeLessThan(tolerance);
}
