/** How long does the packet path take to find the group of an address? */

import { Random } from "../src/replay/random.ts";
import { type GeneratedForwarder, generatedForwarder } from "./generated-forwarder.ts";
import { report, type Subject } from "./harness.ts";

/** Addresses of one call, and of the pool that calls walk through: no predictor learns it. */
const CALL = 2048;
const POOL = 65_536;
/** A miss shares its first bits with a route, so that the search does not end at the root. */
const SHARED_BITS = { 4: 16, 6: 32 } as const;

/** An address in a random route, as words in host order; only `shared` of its bits are kept. */
function randomAddress(
  { routes }: GeneratedForwarder,
  family: 4 | 6,
  random: Random,
  shared = 128,
): readonly number[] {
  const row = random.below(family === 4 ? routes.count4 : routes.count6);
  const width = family === 4 ? 1 : 4;
  const words = family === 4 ? routes.addresses4 : routes.words6;
  const length = (family === 4 ? routes.lengths4 : routes.lengths6)[row] ?? 0;
  return Array.from({ length: width }, (_, word) => {
    const bits = Math.min(Math.max(Math.min(length, shared) - 32 * word, 0), 32);
    const mask = bits === 32 ? 0 : 0xffffffff >>> bits;
    return ((words[row * width + word] ?? 0) & ~mask) | (random.u32() & mask);
  });
}

/** Where the module takes addresses from and leaves groups; the work of one call. */
class Lookup {
  readonly #forwarder: GeneratedForwarder["forwarder"];
  readonly #family: 4 | 6;
  readonly #addresses: number;
  readonly #groups: number;
  #next = 0;

  constructor({ forwarder }: GeneratedForwarder, family: 4 | 6) {
    this.#forwarder = forwarder;
    this.#family = family;
    this.#addresses = forwarder.engine.plan.scratch;
    this.#groups = this.#addresses + POOL * this.#addressBytes;
  }

  get #addressBytes(): number {
    return this.#family === 4 ? 4 : 16;
  }

  /** Writes an address into the pool, in network order. */
  put(index: number, words: readonly number[]): void {
    const { buffer } = this.#forwarder.engine.memory;
    const view = new DataView(buffer, this.#addresses + index * this.#addressBytes);
    for (const [word, value] of words.entries()) view.setUint32(4 * word, value);
  }

  /** Looks the next addresses up. */
  call(count = CALL): void {
    const { exports } = this.#forwarder.engine;
    const start = this.#addresses + this.#next * this.#addressBytes;
    if (this.#family === 4) exports.fib4LookupBatch(start, this.#groups, count);
    else exports.fib6LookupBatch(start, this.#groups, count);
    this.#next = (this.#next + count) % POOL;
  }

  /** Whether the pool's first address has a route. */
  hasRoute(): boolean {
    this.#next = 0;
    this.call(1);
    this.#next = 0;
    return this.#forwarder.engine.words[this.#groups / 4] !== 0;
  }
}

/** Fills the pool with addresses that match, or with addresses that do not, and looks them up. */
function fill(generated: GeneratedForwarder, family: 4 | 6, matches: boolean): Lookup {
  const lookup = new Lookup(generated, family);
  const random = new Random(1);
  // From the last: the first is where each candidate is tried.
  for (let index = POOL - 1; index >= 0; ) {
    const words = randomAddress(generated, family, random, matches ? 128 : SHARED_BITS[family]);
    lookup.put(0, words);
    if (lookup.hasRoute() !== matches) continue;
    lookup.put(index, words);
    index--;
  }
  return lookup;
}

function subjects(generated: GeneratedForwarder): readonly Subject[] {
  const { usage4, usage6 } = generated.forwarder.engine.tables;
  return ([4, 6] as const).flatMap((family) =>
    [true, false].map((matches) => ({
      name: "fib-lookup",
      family,
      table: generated.table,
      pattern: matches ? "prefix" : "miss",
      memoryBytes: (family === 4 ? usage4 : usage6).bytes,
      operations: CALL,
      prepare: () => {
        const lookup = fill(generated, family, matches);
        return () => lookup.call();
      },
    })),
  );
}

report(subjects(await generatedForwarder({ routes: 200_000, routes6: 50_000 })));
