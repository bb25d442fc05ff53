/** The models against what their descriptions promise. */

import { describe, expect, it } from "vitest";
import { hashThreshold } from "../../../src/replay/models/hash-threshold.ts";
import { maglev } from "../../../src/replay/models/maglev.ts";
import type { Model, ModelMember } from "../../../src/replay/models/model.ts";
import { modulo } from "../../../src/replay/models/modulo.ts";
import { resilient } from "../../../src/replay/models/resilient.ts";
import { seededRandom } from "../../oracle/random.ts";

const SECOND = 1_000_000_000n;
const NOW = 1_700_000_000n * SECOND;
const random = seededRandom(7);
const HASHES = Array.from({ length: 20_000 }, () => random.below(2 ** 32));

function members(weights: readonly number[]): readonly ModelMember[] {
  return weights.flatMap((weight, index) =>
    weight === 0 ? [] : { adjacency: index + 1, name: `10.0.0.${index + 1}`, weight },
  );
}

/** Flows that move, and those that neither leave nor reach `target`, from one set to another. */
function moves(model: Model, from: readonly number[], to: readonly number[], target: number) {
  const group = model();
  group.update(members(from), NOW);
  const before = HASHES.map((hash) => group.choose(hash));
  group.update(members(to), NOW);
  const pairs = HASHES.map((hash, index) => [before[index], group.choose(hash)]);
  const moved = pairs.filter(([old, now]) => old !== now);
  const needless = moved.filter(([old, now]) => old !== target && now !== target);
  return { moved: moved.length / HASHES.length, needless: needless.length / HASHES.length };
}

describe.each<readonly [string, Model]>([
  ["modulo", modulo],
  ["hash-threshold", hashThreshold],
  ["maglev", maglev],
  ["resilient", resilient],
])("%s", (_name, model) => {
  it("gives flows by weight, and none where there are no members", () => {
    const group = model();
    expect(group.choose(5)).toBe(0);
    group.update(members([1, 3, 4]), NOW);
    for (const [index, due] of [1, 3, 4].entries()) {
      const got = HASHES.filter((hash) => group.choose(hash) === index + 1).length;
      expect(got / HASHES.length).toBeCloseTo(due / 8, 1.5);
    }
    group.update([], NOW);
    expect(HASHES.every((hash) => group.choose(hash) === 0)).toBe(true);
  });

  it("leaves a member that is lost no flow", () => {
    const group = model();
    group.update(members([1, 1, 1]), NOW);
    group.update(members([1, 0, 1]), NOW);
    expect(HASHES.some((hash) => group.choose(hash) === 2)).toBe(false);
  });
});

describe("losing one of eight", () => {
  const [eight, seven] = [Array(8).fill(1), [1, 1, 1, 0, 1, 1, 1, 1]];

  it("moves seven eighths of all flows under modulo", () => {
    expect(moves(modulo, eight, seven, 4).moved).toBeCloseTo(7 / 8, 1.5);
  });

  // RFC 2992, section 3: between a quarter and a half of all flows.
  it("moves between a quarter and a half under hash-threshold", () => {
    const { moved, needless } = moves(hashThreshold, eight, seven, 4);
    expect(moved).toBeGreaterThan(0.25);
    expect(moved).toBeLessThan(0.5);
    expect(needless).toBeGreaterThan(0.1);
  });

  it("moves few needlessly under Maglev, but some", () => {
    const { needless } = moves(maglev, eight, seven, 4);
    expect(needless).toBeGreaterThan(0);
    expect(needless).toBeLessThan(0.02);
  });

  it("moves none needlessly in a resilient group", () => {
    const { moved, needless } = moves(resilient, eight, seven, 4);
    expect(needless).toBe(0);
    expect(moved).toBeCloseTo(1 / 8, 1.5);
  });
});

describe("Maglev", () => {
  it("has tables that follow from the set alone", () => {
    const [one, other] = [maglev(), maglev()];
    one.update(members([1, 2, 3, 4]), NOW);
    other.update(members([1, 2, 3, 0]), NOW);
    other.update(members([1, 2, 3, 4]).toReversed(), NOW);
    expect(HASHES.every((hash) => one.choose(hash) === other.choose(hash))).toBe(true);
  });
});

describe("a resilient group", () => {
  it("leaves buckets in use where they are until they were idle for 60 s", () => {
    const group = resilient();
    group.update(members([1, 1, 0]), NOW);
    const own = HASHES.slice(0, 100);
    for (const hash of HASHES) group.pass?.(hash, NOW);
    const before = own.map((hash) => group.choose(hash));
    group.update(members([1, 1, 8]), NOW + SECOND);
    expect(own.map((hash) => group.choose(hash))).toEqual(before);
    const [busy = 0, ...idle] = own;
    for (let second = 2n; second < 70n; second++) group.pass?.(busy, NOW + second * SECOND);
    expect(group.choose(busy)).toBe(before[0]);
    expect(idle.filter((hash) => group.choose(hash) === 3).length).toBeGreaterThan(0);
  });
});
