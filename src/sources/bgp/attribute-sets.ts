/**
 * Sets of path attributes, each kept and decoded once: a table has millions of routes and a few
 * hundred thousand sets of attributes.
 *
 *     set          0        1            2
 *     starts       0        28           80           132     where its bytes start in `bytes`
 *     hashes       u32      u32          u32
 *     widths       u8       u8           u8                   bytes of an AS in its paths
 *
 * Sets are found by their bytes through a table of 2^n cells, at most half of them in use: a cell
 * holds a set's number plus 1, or 0, and stands at the hash (as FNV-1a, over words) or behind it.
 * Cost: the bytes, 17 to 25 bytes a set, and what decoding makes of it, once it is asked for.
 */

import { AnyfibError } from "../../net/errors.ts";
import { type DecodedAttributes, decodeAttributes } from "./attributes.ts";

/** Bytes of all sets: collectors' largest tables have about a fifth of it. */
const BYTES_MAX = 512 * 1024 * 1024;
/** Decoded sets that are kept: what is asked for again mostly is so soon. */
const DECODED_MAX = 4096;
const BYTES_FIRST = 64 * 1024;
const SETS_FIRST = 1024;
/** The new number of a set that was not kept. */
export const SET_FORGOTTEN = 0xffffffff;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = FNV_OFFSET ^ seed;
  let at = start;
  // Four bytes a step: a set has some fifty, and a table hundreds of thousands of sets.
  for (; at + 4 <= end; at += 4) {
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    const high = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
    hash = Math.imul(hash ^ low ^ (high << 16), FNV_PRIME);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** `values` with room for `length`. */
function grown(values: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(values);
  return larger;
}

/** Numbers sets of attributes by their bytes, from 0 on. */
export class AttributeSets {
  #count = 0;
  #bytes = new Uint8Array(BYTES_FIRST);
  #starts = new Uint32Array(SETS_FIRST + 1);
  #hashes = new Uint32Array(SETS_FIRST);
  #widths = new Uint8Array(SETS_FIRST);
  #decoded = new Map<number, DecodedAttributes>();
  #cells = new Uint32Array(2 * SETS_FIRST);
  readonly #bytesMax: number;

  /** Takes up to `bytesMax` bytes of different sets. */
  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Sets that are kept. */
  get count(): number {
    return this.#count;
  }

  /** The bytes of a set, a view until the next set is kept. */
  bytesOf(set: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[set], this.#starts[set + 1]);
  }

  /** Bytes of an AS in the paths of a set. */
  asBytesOf(set: number): 2 | 4 {
    return this.#widths[set] === 2 ? 2 : 4;
  }

  /** What a set comes to, decoded when it is asked for. */
  decoded(set: number): DecodedAttributes {
    const known = this.#decoded.get(set);
    if (known !== undefined) return known;
    const decoded = decodeAttributes(this.bytesOf(set), this.asBytesOf(set));
    if (this.#decoded.size === DECODED_MAX) this.#decoded.clear();
    this.#decoded.set(set, decoded);
    return decoded;
  }

  /**
   * The number of the set that `bytes` hold from `start` to `end`, whose paths have ASes of two
   * bytes or four; a new one is kept. `guess` may be a number that it is likely to be: a route
   * often has the attributes of its neighbour. Throws CAPACITY.
   */
  intern(bytes: Uint8Array, asBytes: 2 | 4, start = 0, end = bytes.length, guess = 0): number {
    if (this.#isLike(guess, asBytes) && this.#isSame(guess, bytes, start, end)) return guess;
    const hash = hashOf(bytes, start, end, asBytes);
    const mask = this.#cells.length - 1;
    let cell = hash & mask;
    for (let known = this.#cells[cell] ?? 0; known > 0; known = this.#cells[cell] ?? 0) {
      const set = known - 1;
      const isLike = this.#hashes[set] === hash && this.#isLike(set, asBytes);
      if (isLike && this.#isSame(set, bytes, start, end)) return set;
      cell = (cell + 1) & mask;
    }
    const set = this.#keep(bytes.subarray(start, end), hash, cell);
    this.#widths[set] = asBytes;
    if (this.#count === this.#hashes.length) this.#growSets();
    return set;
  }

  /**
   * Forgets sets, and numbers the others anew in their order: returns the new numbers by the old
   * ones, SET_FORGOTTEN for those that are gone. Cost: as that of interning what is kept.
   */
  keep(isKept: (set: number) => boolean): Uint32Array {
    const [bytes, starts, count] = [this.#bytes, this.#starts, this.#count];
    const widths = Array.from({ length: count }, (_, set) => this.asBytesOf(set));
    this.#count = 0;
    this.#bytes = new Uint8Array(BYTES_FIRST);
    this.#starts = new Uint32Array(SETS_FIRST + 1);
    this.#hashes = new Uint32Array(SETS_FIRST);
    this.#widths = new Uint8Array(SETS_FIRST);
    this.#cells = new Uint32Array(2 * SETS_FIRST);
    this.#decoded = new Map();
    const numbers = new Uint32Array(count).fill(SET_FORGOTTEN);
    for (const [set, width] of widths.entries()) {
      if (isKept(set)) numbers[set] = this.intern(bytes, width, starts[set], starts[set + 1]);
    }
    return numbers;
  }

  /** Whether a set is there, and has ASes of so many bytes. */
  #isLike(set: number, asBytes: 2 | 4): boolean {
    return set < this.#count && this.#widths[set] === asBytes;
  }

  #isSame(set: number, bytes: Uint8Array, start: number, end: number): boolean {
    const kept = this.#bytes;
    const first = this.#starts[set] ?? 0;
    if ((this.#starts[set + 1] ?? 0) - first !== end - start) return false;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== kept[first + at - start]) return false;
    }
    return true;
  }

  #keep(bytes: Uint8Array, hash: number, cell: number): number {
    const set = this.#count;
    const start = this.#starts[set] ?? 0;
    this.#makeRoom(start + bytes.length);
    this.#bytes.set(bytes, start);
    this.#starts[set + 1] = start + bytes.length;
    this.#hashes[set] = hash;
    this.#cells[cell] = set + 1;
    this.#count = set + 1;
    return set;
  }

  #makeRoom(bytes: number): void {
    if (bytes > this.#bytesMax) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `different sets of attributes take more than ${this.#bytesMax} bytes`,
        hint: "give a dump with fewer peers",
        detail: { bytesMax: this.#bytesMax, sets: this.#count },
      });
    }
    if (bytes <= this.#bytes.length) return;
    const old = this.#bytes;
    this.#bytes = new Uint8Array(Math.max(bytes, 2 * old.length));
    this.#bytes.set(old);
  }

  #growSets(): void {
    const sets = 2 * this.#hashes.length;
    this.#starts = grown(this.#starts, sets + 1);
    this.#hashes = grown(this.#hashes, sets);
    const widths = this.#widths;
    this.#widths = new Uint8Array(sets);
    this.#widths.set(widths);
    this.#cells = new Uint32Array(2 * sets);
    const mask = this.#cells.length - 1;
    for (let set = 0; set < this.#count; set++) {
      let cell = (this.#hashes[set] ?? 0) & mask;
      while ((this.#cells[cell] ?? 0) > 0) cell = (cell + 1) & mask;
      this.#cells[cell] = set + 1;
    }
  }
}
