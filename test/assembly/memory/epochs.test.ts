/** Epochs: what a reader can hold stays as it was until it leaves, and serves again after that. */

import { describe, expect, it } from "vitest";
import {
  NODE_DIRECT,
  NODE_DIRECT_BYTES,
  NODE_TABLE,
  NODE_TABLE_BYTES,
  NODE_WORD_MIN,
  NODE_WORDS,
  NODE_WORDS_LEAVES,
  STATUS_MORE,
  STATUS_OK,
} from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { seededRandom } from "../../oracle/random.ts";
import { FIB_FAMILIES, type FibFamily, prefixAddress } from "../fib/family.ts";
import { PackedProbes } from "../fib/packed-probes.ts";
import { randomAddress } from "../fib/routes.ts";
import { StepwiseUpdate } from "../fib/stepwise.ts";

const ROUTES = 500;
const ROUNDS = 5;
const WORKER = 3;
const CROWD_BITS = { 32: 16, 128: 36 };

/** The words that change in place: the root's, and in IPv6 those of tables and direct nodes. */
class Links {
  readonly #engine: Engine;
  readonly #regions = new Map<number, Uint32Array>();

  constructor(engine: Engine, family: FibFamily) {
    this.#engine = engine;
    const { root, rootBytes } = family.width === 32 ? engine.plan.table4 : engine.plan.table6;
    const words = this.#keep(root, rootBytes);
    if (family.width === 128) this.#follow(new Set(words));
  }

  /** How many regions of words there are. */
  get count(): number {
    return this.#regions.size;
  }

  /** Exchanges the words that stand there for those that stood there before. */
  swap(): void {
    for (const [start, words] of this.#regions) {
      this.#keep(start, words.byteLength);
      this.#engine.words.set(words, start / 4);
    }
  }

  #follow(words: Iterable<number>): void {
    for (const word of words) {
      const kind = word % 8;
      const node = word - kind;
      if (word < NODE_WORD_MIN || this.#regions.has(node)) continue;
      if (kind === NODE_TABLE) this.#follow(this.#keep(node, NODE_TABLE_BYTES));
      if (kind === NODE_DIRECT) this.#follow(this.#keep(node, NODE_DIRECT_BYTES));
      if (kind === NODE_WORDS) this.#follow(this.#leaves(node));
    }
  }

  /** Leaves of a node of words: as many as bits are set in its first 64. */
  #leaves(node: number): Uint32Array {
    const [low = 0, high = 0] = this.#engine.words.subarray(node / 4);
    const runs = (low.toString(2) + high.toString(2)).replaceAll("0", "").length;
    const leaves = (node + NODE_WORDS_LEAVES) / 4;
    return this.#engine.words.slice(leaves, leaves + runs);
  }

  #keep(start: number, bytes: number): Uint32Array {
    const words = this.#engine.words.slice(start / 4, (start + bytes) / 4);
    this.#regions.set(start, words);
    return words;
  }
}

describe.each(FIB_FAMILIES)("$name", (family) => {
  it("keeps the nodes that a reader may hold, until it leaves", async () => {
    const { engine, probes, answers } = await createTable(family);
    const before = family.usage(engine);
    engine.exports.epochEnter(WORKER);
    const old = new Links(engine, family);
    expect(old.count).toBeGreaterThan(family.width === 32 ? 0 : 10);
    churn(engine, family);
    expect(family.usage(engine).bytes).toBeGreaterThan(before.bytes);
    expect(probes.ask()).toEqual(answers);
    expect(answersThrough(old, probes)).toEqual(answers);
    engine.exports.epochLeave(WORKER);
    churn(engine, family);
    expect(family.usage(engine)).toEqual(before);
  });

  it("has their memory for others at once where no reader says that it reads", async () => {
    const { engine, probes, answers } = await createTable(family);
    const before = family.usage(engine);
    const old = new Links(engine, family);
    churn(engine, family);
    expect(family.usage(engine)).toEqual(before);
    expect(probes.ask()).toEqual(answers);
    expect(answersThrough(old, probes)).not.toEqual(answers);
  });
});

it("lets a reader that stays hold up the writer alone", async () => {
  const [family] = FIB_FAMILIES;
  if (family === undefined) return;
  const { engine, probes, answers } = await createTable(family);
  const usage = family.usage(engine);
  engine.exports.epochEnter(WORKER);
  // Each root word of the lower half changes: more links than the ring holds.
  const half = [{ address: 0n, length: 1, group: 4 }];
  const update = new StepwiseUpdate(engine, family, half);
  for (let call = 0; call < 3; call++) {
    expect(update.step(2 ** 30)).toEqual({ applied: 0, status: STATUS_MORE });
  }
  const between = probes.ask().slice();
  expect(between.every((group, index) => group === 4 || group === answers[index])).toBe(true);
  engine.exports.epochLeave(WORKER);
  expect(update.step(2 ** 30)).toEqual({ applied: 1, status: STATUS_OK });
  expect(update.groups).toEqual([0]);
  family.update(engine, [{ address: 0n, length: 1, group: 0 }]);
  expect(probes.ask()).toEqual(answers);
  expect(family.usage(engine)).toEqual(usage);
});

/** A table over shared memory that holds some routes, and the answers for an address of each. */
async function createTable(family: FibFamily) {
  const engine = await createTestEngine("shared", { limits: { workers: 4 } });
  const routes = randomRoutes(family);
  family.update(engine, routes);
  const probes = new PackedProbes(
    engine,
    family,
    routes.map(({ address }) => address),
  );
  return { engine, probes, answers: probes.ask().slice() };
}

/** Gives all routes other groups, again and again, and then their own. */
function churn(engine: Engine, family: FibFamily): void {
  for (let round = ROUNDS; round >= 0; round--) {
    for (const route of randomRoutes(family)) {
      const group = 1 + ((route.group - 1 + 997 * round) % 65535);
      expect(family.update(engine, [{ ...route, group }]).applied).toBe(1);
    }
  }
}

/** What a reader that took these links is told; undefined where what it reads makes no sense. */
function answersThrough(links: Links, probes: PackedProbes): Uint32Array | undefined {
  links.swap();
  try {
    return probes.ask().slice();
  } catch {
    return undefined;
  } finally {
    links.swap();
  }
}

/** The same routes at every call: some anywhere, some crowded into a few bits of the address. */
function randomRoutes({ width }: FibFamily): readonly OracleRoute[] {
  const random = seededRandom(width);
  return Array.from({ length: ROUTES }, (_, index) => {
    const length = 14 + random.below(Math.min(width - 14, 50));
    const anywhere = prefixAddress(randomAddress(random, width), length, width);
    const isCrowded = index % 2 === 0 && length > CROWD_BITS[width];
    const head = isCrowded ? prefixAddress(anywhere, CROWD_BITS[width], width) : 0n;
    return { address: anywhere - head, length, group: 1 + index };
  });
}
