/** Updates in bounded steps: each answer is that of before the batch, and then that of after it. */

import { beforeAll, describe, expect, it } from "vitest";
import { STATUS_MORE, STATUS_OK } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle, type OracleRoute } from "../../oracle/lpm.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES, type FibFamily, prefixAddress } from "./family.ts";
import { PackedProbes } from "./packed-probes.ts";
import { randomAddress } from "./routes.ts";
import { StepwiseUpdate } from "./stepwise.ts";

/** The first bits of all routes, and how many they are. */
const SPACE = 0x20010000_00000000_00000000_00000000n;
const SPACE_BITS = { 32: 8, 128: 16 };
/** Address bits of the words in there that are painted as one; outside, those of root words. */
const WORD_BITS = { 32: 18, 128: 26 };
const ROUTES = 300;
const BATCH = 60;
const GROUP = 60_000;

/**
 * Lengths of prefixes that are given a group, and how much work a step may do: a word takes a unit
 * at least, so no more words than that.
 */
const CASES = [
  { length: 0, budget: 1 },
  { length: 1, budget: 8000 },
  { length: 8, budget: 50 },
  { length: 13, budget: 5 },
  { length: 17, budget: 1 },
  { length: 20, budget: 1 },
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  describe.each(FIB_FAMILIES)("$name", (family) => {
    const routes = routesInSpace(family);
    const addresses = addressesOfWords(family);
    let engine: Engine;
    let probes: PackedProbes;
    beforeAll(async () => {
      engine = await createTestEngine(target);
      family.update(engine, routes);
      probes = new PackedProbes(engine, family, addresses);
    });

    it.each(CASES)("paints a /$length, $budget units of work a step", ({ length, budget }) => {
      const address = prefixAddress(SPACE >> BigInt(128 - family.width), length, family.width);
      const usage = family.usage(engine);
      for (const group of [GROUP, GROUP + 1, 0]) {
        const batch = [{ address, length, group }];
        const after = answersOf(family, [...routes, ...batch], addresses);
        expect(stepThrough(engine, family, batch, budget, probes, after)).toEqual(RIGHT);
      }
      expect(family.usage(engine)).toEqual(usage);
    });

    it("paints a batch of many prefixes, a few units of work a step", () => {
      const usage = family.usage(engine);
      const held = routes.slice(0, BATCH);
      const changed = held.map((route, index) => ({ ...route, group: (index % 3) * 1000 }));
      for (const batch of [changed, [...held].reverse()]) {
        const after = answersOf(family, [...routes, ...batch], addresses);
        expect(stepThrough(engine, family, batch, 7, probes, after)).toEqual(RIGHT);
      }
      expect(family.usage(engine)).toEqual(usage);
    });
  });
});

/** What stepThrough finds where all is right. */
const RIGHT = { applied: true, neither: 0, back: 0, tooMany: 0 };

/**
 * Applies a batch step by step, and counts what is wrong: answers that are neither those of before
 * nor those of after, answers that go back, and steps that changed more than they may.
 */
function stepThrough(
  engine: Engine,
  family: FibFamily,
  batch: readonly OracleRoute[],
  budget: number,
  probes: PackedProbes,
  after: Uint32Array,
) {
  const faults = { neither: 0, back: 0, tooMany: 0 };
  const before = probes.ask().slice();
  let last = before;
  const update = new StepwiseUpdate(engine, family, batch);
  const most = budget + uncounted(family, batch);
  for (;;) {
    const { applied, status } = update.step(budget);
    const now = probes.ask().slice();
    let changes = 0;
    for (const [index, group] of now.entries()) {
      if (group === last[index]) continue;
      changes += 1;
      if (group === before[index]) faults.back += 1;
      else if (group !== after[index]) faults.neither += 1;
    }
    if (changes > most) faults.tooMany += 1;
    last = now;
    if (status === STATUS_MORE) continue;
    faults.neither += now.reduce((sum, group, index) => sum + Number(group !== after[index]), 0);
    return { applied: status === STATUS_OK && applied === batch.length, ...faults };
  }
}

/** Words that a step may change beyond its budget: a default route reaches all answers at once. */
function uncounted({ width }: FibFamily, batch: readonly OracleRoute[]): number {
  if (batch.some(({ length }) => length === 0)) return Number.POSITIVE_INFINITY;
  // What lies in one word is painted as it comes.
  return batch.filter(({ length }) => length > WORD_BITS[width]).length;
}

/** Routes of many lengths, all longer than the space's, and none at its start: those are cases. */
function routesInSpace({ width }: FibFamily): readonly OracleRoute[] {
  const random = seededRandom(width);
  const bits = SPACE_BITS[width];
  const routes = new Map<string, OracleRoute>();
  for (let group = 1; group <= ROUTES; group++) {
    const length = bits + 1 + random.below(Math.min(width - bits, 50));
    const address = prefixAddress(inSpace(randomAddress(random, width), width), length, width);
    if (address === inSpace(0n, width)) continue;
    routes.set(`${address}/${length}`, { address, length, group });
  }
  return [...routes.values()];
}

/** An address in each word of the space, and in a word of each eight bits elsewhere. */
function addressesOfWords({ width }: FibFamily): readonly bigint[] {
  const random = seededRandom(width + 1);
  const words = 2 ** (WORD_BITS[width] - SPACE_BITS[width]);
  const inside = Array.from({ length: words }, (_, word) => {
    const behind = inSpace(randomAddress(random, width), width) % (1n << shiftOf(width, WORD_BITS));
    return (inSpace(0n, width) | (BigInt(word) << shiftOf(width, WORD_BITS))) + behind;
  });
  const elsewhere = Array.from({ length: 256 }, (_, first) => BigInt(first) << BigInt(width - 8));
  const isElsewhere = (address: bigint) => inSpace(address, width) !== address;
  return [...inside, ...elsewhere.filter(isElsewhere)];
}

/** The address in the space that ends with the bits of another. */
function inSpace(address: bigint, width: FibFamily["width"]): bigint {
  const space = prefixAddress(SPACE >> BigInt(128 - width), SPACE_BITS[width], width);
  return space | (address & ((1n << shiftOf(width, SPACE_BITS)) - 1n));
}

function shiftOf(width: FibFamily["width"], bits: typeof SPACE_BITS): bigint {
  return BigInt(width - bits[width]);
}

function answersOf(
  family: FibFamily,
  routes: readonly OracleRoute[],
  addresses: readonly bigint[],
): Uint32Array {
  const oracle = new LpmOracle(family.width);
  for (const route of routes) oracle.exchange(route);
  return Uint32Array.from(addresses, (address) => oracle.match(address)?.group ?? 0);
}
