/** Long random sequences of updates on a table, held against the reference engine on the way. */

import { expect } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { type Random, seededRandom } from "../../oracle/random.ts";
import type { ModuleTarget } from "../../setup/modules.ts";
import { boundaryAddresses, type FibFamily, inverseRoutes, prefixAddress } from "./family.ts";
import { randomAddress } from "./routes.ts";

/** How long a sequence is. */
export interface OperationsOptions {
  readonly family: FibFamily;
  readonly target: ModuleTarget;
  readonly seed: number;
  /** Routes inserted, replaced and withdrawn, in batches of any size. */
  readonly operations: number;
  /** How often answers are compared, evenly spread. */
  readonly checkpoints: number;
}

/** Addresses whose first bits many routes share: crowded, sparse, and at both ends. */
const BASES: readonly bigint[] = [
  0n,
  0x20010db8_00000000_00000000_00000000n,
  0x20010db8_12345678_00000000_00000000n,
  0xffffffff_ffffffff_ffffffff_ffffffffn,
];
/** Routes held at most, so that withdrawals keep pace. */
const ROUTES_MAX = 12_000;
/** Lengths that reach so many words that they are drawn seldom. */
const SHORT_BITS = { 32: 10, 128: 15 };
const PROBED_ROUTES = 120;
const REPORTED_MAX = 10;

/** Does the operations and compares; then takes all of them back, which must leave nothing. */
export async function expectSameAnswers(options: OperationsOptions): Promise<void> {
  const { family, target, seed, operations, checkpoints } = options;
  const limits = { routes4: 2 * ROUTES_MAX, routes6: 2 * ROUTES_MAX };
  const subject = await createTestEngine(target, { limits });
  const reference = await createTestEngine("release", { limits, engine: "reference" });
  const unused = family.usage(subject);
  const random = seededRandom(seed);
  const sequence = new Sequence(family, random);
  const undo: (readonly OracleRoute[])[] = [];
  let done = 0;
  for (let checkpoint = 1; checkpoint <= checkpoints; checkpoint++) {
    const end = (operations * checkpoint) / checkpoints;
    const touched: OracleRoute[] = [];
    while (done < end) {
      const batch = sequence.next();
      const { applied, before } = family.update(subject, batch);
      expect(applied).toBe(batch.length);
      expect(before).toEqual(family.update(reference, batch).before);
      undo.push(inverseRoutes(batch, before));
      touched.push(...batch.slice(0, PROBED_ROUTES));
      done += batch.length;
    }
    const probes = probesFor(family, random, [...touched, ...sequence.some(PROBED_ROUTES)]);
    const where = `seed ${seed}, after ${done} operations`;
    expect(differences(family, subject, reference, probes), where).toEqual([]);
    expect(family.usage(subject).routes).toBe(family.usage(reference).routes);
  }
  for (const batch of undo.reverse()) family.update(subject, batch);
  expect(family.usage(subject)).toEqual(unused);
}

/** Where two engines differ on `probes`. */
function differences(
  family: FibFamily,
  subject: Engine,
  reference: Engine,
  probes: readonly bigint[],
): readonly string[] {
  const found = family.lookup(subject, probes);
  const wanted = family.lookup(reference, probes);
  const wrong = probes.flatMap((probe, index) => {
    const [own, other] = [subject, reference].map((engine) => family.matchLength(engine, probe));
    if (found[index] === wanted[index] && own === other) return [];
    const answers = `${found[index]} of /${own} found, ${wanted[index]} of /${other} wanted`;
    return [`${probe.toString(16)}: ${answers}`];
  });
  return wrong.slice(0, REPORTED_MAX);
}

/** The edges of some routes, and an address inside each and anywhere. */
function probesFor(family: FibFamily, random: Random, routes: readonly OracleRoute[]) {
  return routes.flatMap((route) => {
    const anywhere = randomAddress(random, family.width);
    const hostMask = (1n << BigInt(family.width - route.length)) - 1n;
    const inside = route.address | (anywhere & hostMask);
    return [...boundaryAddresses(route, family.width), inside, anywhere];
  });
}

/** Draws batches of updates: new prefixes, others that are held, and some that are not. */
class Sequence {
  readonly #family: FibFamily;
  readonly #random: Random;
  readonly #held: OracleRoute[] = [];

  constructor(family: FibFamily, random: Random) {
    this.#family = family;
    this.#random = random;
  }

  /** The next batch: one update mostly, a few at times, and seldom more than are painted singly. */
  next(): readonly OracleRoute[] {
    const size = this.#random.below(400);
    const count = size === 0 ? 1500 : size < 40 ? 2 + this.#random.below(40) : 1;
    return Array.from({ length: count }, () => this.#update());
  }

  /** Some prefixes that are held, or were. */
  some(count: number): readonly OracleRoute[] {
    return Array.from({ length: count }, () => this.#any() ?? this.#fresh());
  }

  #update(): OracleRoute {
    const kind = this.#random.below(10);
    const isFull = this.#held.length >= ROUTES_MAX;
    if (kind < 5 && !isFull) {
      const route = this.#fresh();
      this.#held.push(route);
      return route;
    }
    if (kind < 7) return { ...(this.#any() ?? this.#fresh()), group: this.#group() };
    const [route] = this.#held.splice(this.#random.below(this.#held.length), 1);
    return { ...(route ?? this.#fresh()), group: 0 };
  }

  #any(): OracleRoute | undefined {
    return this.#held[this.#random.below(this.#held.length)];
  }

  /** A prefix that shares some bits with a base, so that prefixes cover and crowd each other. */
  #fresh(): OracleRoute {
    const { width } = this.#family;
    const isShort = this.#random.below(300) === 0;
    const least = isShort ? 0 : SHORT_BITS[width];
    const length = least + this.#random.below((isShort ? SHORT_BITS[width] : width + 1) - least);
    const base = (BASES[this.#random.below(BASES.length)] ?? 0n) >> BigInt(128 - width);
    const own = (1n << BigInt(width - this.#random.below(width))) - 1n;
    const address = (base & ~own) | (randomAddress(this.#random, width) & own);
    return { address: prefixAddress(address, length, width), length, group: this.#group() };
  }

  /** Few groups mostly, so that neighbours have the same. */
  #group(): number {
    return 1 + this.#random.below(this.#random.below(3) === 0 ? 65535 : 6);
  }
}
