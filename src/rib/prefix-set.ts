/**
 * A set of prefixes of both families, to count those that differ.
 *
 *     cell    word 0 | ... | length + 1        an IPv4 prefix has one word, an IPv6 prefix four
 *
 * Each family is a list while prefixes come in the order of their addresses, as most tables have
 * them; then a table of 2^n cells, at most half of them in use, where a length of 0 is no prefix.
 * Cost: 10 to 40 bytes for each IPv4 prefix, 34 to 136 for each IPv6 prefix.
 */

import type { PrefixCells } from "../net/bytes.ts";

const CELLS_FIRST = 1024;
/** A step of growth moves every prefix: few steps cost less than the room that they leave. */
const GROWTH = 4;

/** Prefixes of one family. */
class FamilyPrefixes {
  count = 0;
  readonly #width: number;
  #words: Uint32Array;
  #lengths = new Uint8Array(CELLS_FIRST);
  /** In a list so far, since each prefix stood behind the one before it. */
  #isList = true;

  constructor(width: number) {
    this.#width = width;
    this.#words = new Uint32Array(CELLS_FIRST * width);
  }

  add(words: Uint32Array, length: number): boolean {
    if (this.#isList) {
      const order = this.count === 0 ? 1 : this.#compareWithLast(words, length);
      if (order > 0) {
        this.#append(words, length);
        return true;
      }
      if (order === 0) return false;
      this.#isList = false;
      this.#rebuild(this.count);
    }
    const cell = this.#find(words, 0, length);
    if (this.#lengths[cell] !== 0) return false;
    this.#put(cell, words, 0, length);
    this.count += 1;
    if (2 * this.count > this.#lengths.length) this.#rebuild(this.#lengths.length);
    return true;
  }

  /** Above 0 where a prefix stands behind the last of the list, 0 where it is that. */
  #compareWithLast(words: Uint32Array, length: number): number {
    const width = this.#width;
    const last = (this.count - 1) * width;
    for (let word = 0; word < width; word++) {
      const order = (words[word] ?? 0) - (this.#words[last + word] ?? 0);
      if (order !== 0) return order;
    }
    return length + 1 - (this.#lengths[this.count - 1] ?? 0);
  }

  #append(words: Uint32Array, length: number): void {
    if (this.count === this.#lengths.length) {
      const [oldWords, oldLengths] = [this.#words, this.#lengths];
      this.#words = new Uint32Array(2 * oldWords.length);
      this.#words.set(oldWords);
      this.#lengths = new Uint8Array(2 * oldLengths.length);
      this.#lengths.set(oldLengths);
    }
    this.#put(this.count, words, 0, length);
    this.count += 1;
  }

  #put(cell: number, words: Uint32Array, start: number, length: number): void {
    const width = this.#width;
    for (let word = 0; word < width; word++) {
      this.#words[cell * width + word] = words[start + word] ?? 0;
    }
    this.#lengths[cell] = length + 1;
  }

  #find(words: Uint32Array, start: number, length: number): number {
    const width = this.#width;
    let hash = length;
    for (let word = 0; word < width; word++) {
      hash = Math.imul(hash ^ (words[start + word] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const mask = this.#lengths.length - 1;
    let cell = hash & mask;
    while (this.#lengths[cell] !== 0 && !this.#holds(cell, words, start, length)) {
      cell = (cell + 1) & mask;
    }
    return cell;
  }

  #holds(cell: number, words: Uint32Array, start: number, length: number): boolean {
    if (this.#lengths[cell] !== length + 1) return false;
    const width = this.#width;
    for (let word = 0; word < width; word++) {
      if (this.#words[cell * width + word] !== words[start + word]) return false;
    }
    return true;
  }

  /** Puts what the first `used` cells hold into a table with more of them. */
  #rebuild(used: number): void {
    const words = this.#words;
    const lengths = this.#lengths;
    const width = this.#width;
    this.#words = new Uint32Array(GROWTH * words.length);
    this.#lengths = new Uint8Array(GROWTH * lengths.length);
    for (let cell = 0; cell < used; cell++) {
      const length = (lengths[cell] ?? 0) - 1;
      if (length < 0) continue;
      this.#put(this.#find(words, cell * width, length), words, cell * width, length);
    }
  }
}

/** Prefixes of both families. */
export class PrefixSet {
  readonly #prefixes4 = new FamilyPrefixes(1);
  readonly #prefixes6 = new FamilyPrefixes(4);

  get count4(): number {
    return this.#prefixes4.count;
  }

  get count6(): number {
    return this.#prefixes6.count;
  }

  /** Adds a masked prefix; false if it is known. */
  add({ family, words, length }: PrefixCells): boolean {
    return (family === 4 ? this.#prefixes4 : this.#prefixes6).add(words, length);
  }
}
