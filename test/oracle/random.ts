/** Seeded random numbers: the same seed gives the same sequence, on every machine. */

/** A source of random numbers: each call gives the next. */
export interface Random {
  /** A whole number from 0 to below `limit`, which is at most 2^32. */
  below(limit: number): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

/** Marsaglia's xorshift128 (2003): plain, fast, and good enough to pick test cases. */
export function seededRandom(seed: number): Random {
  const state = Uint32Array.of(123456789, 362436069, 521288629, seed >>> 0);
  const next = (): number => {
    const [x = 0, y = 0, z = 0, w = 0] = state;
    const mixed = x ^ (x << 11);
    state.set([y, z, w, w ^ (w >>> 19) ^ mixed ^ (mixed >>> 8)]);
    return state[3] ?? 0;
  };
  for (let warmUp = 0; warmUp < 16; warmUp++) next();
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return { below, bytes: (count) => Uint8Array.from({ length: count }, () => below(256)) };
}

/** A copy of `items` in a random order. */
export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = seededRandom(seed);
  const keyed = items.map((item) => ({ item, key: random.below(2 ** 32) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
