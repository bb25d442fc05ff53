/** Path validation: examples by hand, and a model that tries every shape that a path may have. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AsPath, PathSegment } from "../../src/rib/attributes.ts";
import {
  AspaTable,
  type PathDirection,
  type PathState,
  validatePath,
} from "../../src/rib/path-validation.ts";

type Providers = readonly (readonly [number, readonly number[]])[];

function tableOf(aspas: Providers): AspaTable {
  const table = new AspaTable();
  for (const [customer, providers] of aspas) table.add(customer, providers);
  return table;
}

const sequence = (...asns: readonly number[]): AsPath => [{ kind: "sequence", asns }];

/**
 *       10 ------ 20          tier 1, peers
 *      /  \      /  \
 *    30    40  50    60       60 attests nothing
 *    |      \ /      |
 *    70     80       90       80 has two providers
 */
const ASPAS = tableOf([
  [10, [0]],
  [20, [0]],
  [30, [10]],
  [40, [10]],
  [50, [20]],
  [70, [30]],
  [80, [40, 50]],
  [90, [60]],
]);

describe("validatePath", () => {
  it.each<[string, PathDirection, readonly number[], PathState]>([
    ["from a customer that originates", "upstream", [80], "valid"],
    ["up two hops", "upstream", [10, 40, 80], "valid"],
    ["prepends count once", "upstream", [10, 10, 40, 80, 80, 80], "valid"],
    ["from a peer whose customer it is", "upstream", [20, 50, 80], "valid"],
    ["a leak of a customer to its other provider", "upstream", [80, 50, 20], "invalid"],
    ["two peers in a row", "upstream", [20, 10, 30], "invalid"],
    ["an AS that attests nothing", "upstream", [20, 60, 90], "unknown"],
    ["it does not hide what is forbidden further up", "upstream", [10, 20, 60, 90], "invalid"],
    ["from a provider that originates", "downstream", [10], "valid"],
    ["two ASes are always as they should be", "downstream", [70, 80], "valid"],
    ["down two hops", "downstream", [70, 30, 10], "valid"],
    ["up, sideways, down", "downstream", [70, 30, 10, 20, 50, 80], "valid"],
    ["up, and down again", "downstream", [30, 10, 40, 80], "valid"],
    ["a valley", "downstream", [20, 50, 80, 40, 10], "invalid"],
    ["a leak between peers", "downstream", [30, 10, 20, 40, 80], "invalid"],
    ["up where nobody attests", "downstream", [30, 10, 20, 60, 90], "unknown"],
    ["nobody known at all", "downstream", [1, 2, 3], "unknown"],
  ])("%s", (_, direction, path, state) => {
    const sender = { neighbor: path[0], direction };
    expect(validatePath(ASPAS, sequence(...path), sender).state).toBe(state);
  });

  it.each<[PathDirection, readonly number[], readonly (readonly [number, number])[]]>([
    ["upstream", [80, 50, 20], [[20, 50]]],
    [
      "downstream",
      [20, 50, 80, 40, 10],
      [
        [10, 40],
        [20, 50],
      ],
    ],
  ])("names the hops that end the ramps: %s %j", (direction, path, hops) => {
    expect(validatePath(ASPAS, sequence(...path), { neighbor: path[0], direction })).toEqual({
      state: "invalid",
      reason: "hop",
      hops: hops.map(([customer, provider]) => ({ customer, provider })),
    });
  });

  const set: PathSegment = { kind: "set", asns: [80] };
  const confederation: PathSegment = { kind: "confed_sequence", asns: [65_001, 65_002] };
  it.each<[string, AsPath, number | undefined, PathDirection, string]>([
    ["a set", [...sequence(40), set], 40, "upstream", "invalid set"],
    ["a set alone", [set], 80, "downstream", "invalid set"],
    ["nothing", [], 80, "downstream", "invalid empty"],
    ["nothing but a confederation", [confederation], 80, "upstream", "invalid empty"],
    ["nothing, of the own AS", [], undefined, "downstream", "valid null"],
    ["another neighbor", sequence(40, 80), 50, "downstream", "invalid neighbor"],
    ["a route server that is not in it", sequence(40, 80), 50, "upstream", "valid null"],
    ["an internal peer", sequence(40, 80), undefined, "downstream", "valid null"],
    [
      "a confederation in front",
      [confederation, ...sequence(40, 80)],
      40,
      "upstream",
      "valid null",
    ],
  ])("%s", (_, path, neighbor, direction, found) => {
    const { state, reason } = validatePath(ASPAS, path, { neighbor, direction });
    expect(`${state} ${reason}`).toBe(found);
  });
});

describe("AspaTable", () => {
  it("merges what a customer says more than once; AS 0 is no provider", () => {
    const table = tableOf([
      [1, [2]],
      [1, [3, 0]],
      [4, [0]],
      [5, []],
    ]);
    expect(table.customers).toBe(3);
    const asked = [2, 3, 0].map((provider) => table.authorizes(1, provider));
    expect(asked).toEqual([true, true, false]);
    expect([table.authorizes(4, 0), table.authorizes(5, 1)]).toEqual([false, false]);
    expect(table.authorizes(6, 1)).toBeUndefined();
  });
});

/**
 * Whether a path of some ASes, the origin first, can be split into hops up, at most one sideways
 * where it came from a provider, and hops down, such that all hops up and down are `allowed`.
 */
function isShaped(
  ases: readonly number[],
  direction: PathDirection,
  allowed: (customer: number, provider: number) => boolean,
): boolean {
  const last = ases.length - 1;
  const isUp = (hop: number): boolean => allowed(ases[hop] ?? 0, ases[hop + 1] ?? 0);
  const isDown = (hop: number): boolean => allowed(ases[hop + 1] ?? 0, ases[hop] ?? 0);
  const hops = Array.from({ length: Math.max(last, 0) }, (_, hop) => hop);
  if (direction === "upstream") return hops.every(isUp);
  for (let top = 0; top <= last; top++) {
    for (const sideways of [0, 1]) {
      const down = hops.slice(top + sideways);
      if (hops.slice(0, top).every(isUp) && down.every(isDown)) return true;
    }
  }
  return false;
}

function modelState(
  aspas: ReadonlyMap<number, ReadonlySet<number>>,
  path: readonly number[],
  direction: PathDirection,
): PathState {
  const ases = path.filter((as, at) => as !== path[at - 1]).toReversed();
  const may = (customer: number, provider: number) => aspas.get(customer)?.has(provider) ?? true;
  const does = (customer: number, provider: number) => aspas.get(customer)?.has(provider) ?? false;
  if (!isShaped(ases, direction, may)) return "invalid";
  return isShaped(ases, direction, does) ? "valid" : "unknown";
}

it("is what trying every shape finds", () => {
  const as = fc.integer({ min: 1, max: 5 });
  const providers = fc.array(fc.tuple(as, fc.array(as, { maxLength: 4 })), { maxLength: 6 });
  const path = fc.array(as, { minLength: 1, maxLength: 9 });
  const direction = fc.constantFrom<PathDirection>("upstream", "downstream");
  const counts = { valid: 0, invalid: 0, unknown: 0 };
  const check = fc.property(providers, path, direction, (aspas, asns, from) => {
    const known = new Map<number, Set<number>>();
    for (const [customer, named] of aspas) {
      known.set(customer, new Set([...(known.get(customer) ?? []), ...named]));
    }
    const sender = { neighbor: asns[0], direction: from };
    const { state } = validatePath(tableOf(aspas), sequence(...asns), sender);
    expect(state).toBe(modelState(known, asns, from));
    counts[state] += 1;
  });
  fc.assert(check, { numRuns: 20_000, seed: 7 });
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(1000);
});
