/** Seeded random numbers in integers alone: the same seed gives the same numbers everywhere. */

/** Numbers to throw away after seeding, until all bits of the seed have spread. */
const WARM_UP = 12;

/** Spreads a u32 over all 32 bits; a bijection (the last step of MurmurHash3). */
export function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The generator sfc32 of PractRand, seeded as there: three words of state and a counter. */
export class Random {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /** A seed is a whole number; seeds that differ by a multiple of 2^64 are one. */
  constructor(seed: number) {
    this.#b = seed >>> 0;
    this.#c = Math.floor(seed / 2 ** 32) >>> 0;
    for (let step = 0; step < WARM_UP; step++) this.u32();
  }

  /** The next u32. */
  u32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** A whole number from 0 to `limit` - 1; each is as likely, but for one part in 2^32 / limit. */
  below(limit: number): number {
    return Math.floor((this.u32() / 2 ** 32) * limit);
  }
}
