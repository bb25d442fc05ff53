/** How many slots each next hop is due: Webster's quotas, held against their definition. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestEngine } from "../../engine/test-engine.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { GroupDriver, membersOf, quotasDue } from "./group-driver.ts";

const GROUP = 8;
const WEIGHT_MAX = 65535;

/** Weights that differ little, much, or not at all. */
const anyWeight = fc.oneof(
  fc.constant(1),
  fc.integer({ min: 1, max: 16 }),
  fc.integer({ min: 1, max: WEIGHT_MAX }),
);
const anyWeights = fc.array(anyWeight, { minLength: 2, maxLength: 70 });

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("gives any weights the slots that Webster's method does", async () => {
    const engine = await createTestEngine(target);
    const property = fc.property(anyWeights, (weights) => {
      const group = new GroupDriver(engine, GROUP);
      group.set(membersOf(weights));
      expect(group.slotCount).toBe(slotsDue(weights.length));
      expect(group.quotas()).toEqual(quotasDue(engine, group.members, group.slotCount));
      group.set([]);
    });
    fc.assert(property, { seed: 31, numRuns: 30 });
  });

  it.each([2, 16, 17, 32, 33, 201])("gives %i next hops a table that fits them", async (count) => {
    const engine = await createTestEngine(target);
    const group = new GroupDriver(engine, GROUP);
    const weights = Array.from({ length: count }, (_, index) => 1 + (index % 16));
    const { slots } = group.set(membersOf(weights));
    expect(slots).toBe(slotsDue(count));
    expect(group.quotas().reduce((sum, quota) => sum + quota)).toBe(slots);
    expect(group.quotas()).toEqual(quotasDue(engine, group.members, slots));
  });

  it("leaves a next hop without a slot whose weight is worth less than half a one", async () => {
    const engine = await createTestEngine(target);
    const group = new GroupDriver(engine, GROUP);
    group.set(membersOf([WEIGHT_MAX, 1, WEIGHT_MAX, 32]));
    expect(group.quotas()).toEqual([512, 0, 512, 0]);
    group.set(membersOf([WEIGHT_MAX, 1, WEIGHT_MAX, 65]));
    expect(group.quotas().toSorted((a, b) => a - b)).toEqual([0, 1, 511, 512]);
  });
});

it("gives none of 64 next hops 0.001 of the mean more than its due, in 65,536 slots", async () => {
  const engine = await createTestEngine("release", { limits: { slotBytes: 2 ** 23 } });
  const slots = 65_536;
  const anyWeights = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 64, maxLength: 64 });
  const property = fc.property(anyWeights, (weights) => {
    engine.groups.change(GROUP, membersOf(weights), { slotsLeast: slots });
    const held = new Float64Array(weights.length + 1);
    for (const slot of engine.groups.slots(GROUP) ?? []) held[slot] = (held[slot] ?? 0) + 1;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const excess = weights.map((weight, i) => (held[i + 1] ?? 0) - (weight * slots) / total);
    expect(Math.max(...excess) / (slots / weights.length)).toBeLessThan(0.001);
    engine.groups.remove(GROUP);
  });
  fc.assert(property, { seed: 32, numRuns: 30 });
});

describe("largest share of the slots over the share that the weights say", () => {
  // Rounding makes the excess: a weight of 1 among 64 of 1 to 16 is due 7.5 slots and gets 8.
  it.each([
    { what: "64 equal weights", weights: Array.from({ length: 64 }, () => 5), ratio: 1 },
    { what: "64 weights of 1 to 16", weights: weightsTo16(64), ratio: 1.0625 },
    { what: "201 weights of 1 to 16", weights: weightsTo16(201), ratio: 1.0236 },
  ])("is $ratio for $what", async ({ weights, ratio }) => {
    const engine = await createTestEngine("release");
    const group = new GroupDriver(engine, GROUP);
    group.set(membersOf(weights));
    const total = weights.reduce((sum, weight) => sum + weight);
    const excesses = group
      .quotas()
      .map((quota, index) => quota / group.slotCount / ((weights[index] ?? 0) / total));
    expect(Math.max(...excesses)).toBeCloseTo(ratio, 4);
  });
});

function weightsTo16(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => 1 + (index % 16));
}

/** The smallest power of two of at least 1,024 slots, and of 64 for each next hop. */
function slotsDue(nextHops: number): number {
  return Math.max(1024, 2 ** Math.ceil(Math.log2(64 * nextHops)));
}

it("gives as many next hops as there can be their slots in the largest table", async () => {
  const nextHops = 65535;
  const engine = await createTestEngine("release", { limits: { nextHops } });
  const group = new GroupDriver(engine, GROUP);
  group.set(membersOf(Array.from({ length: nextHops }, () => 7)));
  expect(group.slotCount).toBe(131072);
  // 131,072 = 2 * 65,535 + 2: ties go to the lower identities.
  const quotas = group.quotas();
  expect(quotas.filter((quota) => quota === 3)).toHaveLength(2);
  expect(quotas.filter((quota) => quota === 2)).toHaveLength(nextHops - 2);
  expect(group.set(group.members).moved).toBe(0);
  expect(group.quotas()).toEqual(quotas);
});
