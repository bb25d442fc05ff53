/**
 * Validated ROA payloads (VRPs, RFC 6811 section 2) of one family in columns: announced, withdrawn.
 *
 *     row               0              1
 *     words       u32   10.0.0.0       10.0.0.0          IPv6: four words, upper first
 *     lengths     u8    8              8
 *     maxLengths  u8    16             24
 *     asns        u32   64500          64501
 *     announced   u8    1              0                 0: the row takes a VRP away
 *
 * Cost: 11 bytes an IPv4 row, 23 an IPv6 row, up to twice that after growth; sorting many goes
 * over the rows 7 times for IPv4, 13 times for IPv6, whatever their order.
 */

import { AnyfibError } from "../net/errors.ts";

/** Rows of one family: sixteen times the VRPs of 2025. */
const ROWS_MAX = 16_777_216;
const ROWS_FIRST = 256;
/** Fewer rows are compared: a radix sort goes over its digits whatever there is to sort. */
const RADIX_ROWS_MIN = 4096;
/** Values of half a word, which a pass of the sort looks at. */
const DIGITS = 65_536;

/** Rows of one family. Columns are longer than `count`; adding may replace them. */
export class VrpRows {
  readonly width: 1 | 4;
  count = 0;
  words: Uint32Array;
  lengths: Uint8Array;
  maxLengths: Uint8Array;
  asns: Uint32Array;
  announced: Uint8Array;

  /** `width`: words of an address. */
  constructor(width: 1 | 4, room = ROWS_FIRST) {
    this.width = width;
    this.words = new Uint32Array(room * width);
    this.lengths = new Uint8Array(room);
    this.maxLengths = new Uint8Array(room);
    this.asns = new Uint32Array(room);
    this.announced = new Uint8Array(room);
  }

  /** Adds a row of a masked prefix. Throws CAPACITY where there are too many. */
  add(vrp: Vrp, isAnnounced: boolean): void {
    const row = this.#append();
    for (let word = 0; word < this.width; word++) {
      this.words[row * this.width + word] = vrp.words[word] ?? 0;
    }
    this.lengths[row] = vrp.length;
    this.maxLengths[row] = vrp.maxLength;
    this.asns[row] = vrp.as;
    this.announced[row] = isAnnounced ? 1 : 0;
  }

  /** Adds a row of other rows, announced as it is there unless said. */
  addFrom(rows: VrpRows, from: number, announced = rows.announced[from] ?? 0): void {
    const row = this.#append();
    for (let word = 0; word < this.width; word++) {
      this.words[row * this.width + word] = rows.words[from * this.width + word] ?? 0;
    }
    this.lengths[row] = rows.lengths[from] ?? 0;
    this.maxLengths[row] = rows.maxLengths[from] ?? 0;
    this.asns[row] = rows.asns[from] ?? 0;
    this.announced[row] = announced;
  }

  /** Below 0 where a row stands before one of other rows, 0 where both are the same VRP. */
  compare(row: number, others: VrpRows, other: number): number {
    const { width } = this;
    for (let word = 0; word < width; word++) {
      const order =
        (this.words[row * width + word] ?? 0) - (others.words[other * width + word] ?? 0);
      if (order !== 0) return order;
    }
    return (
      (this.lengths[row] ?? 0) - (others.lengths[other] ?? 0) ||
      (this.maxLengths[row] ?? 0) - (others.maxLengths[other] ?? 0) ||
      (this.asns[row] ?? 0) - (others.asns[other] ?? 0)
    );
  }

  /** The rows by address, length, greatest length and AS; of the same VRP, the row added last. */
  sorted(): VrpRows {
    const order = this.#order();
    const sorted = new VrpRows(this.width, Math.max(this.count, 1));
    for (let place = 0; place < this.count; place++) {
      const row = order[place] ?? 0;
      const next = order[place + 1];
      if (next === undefined || this.compare(row, this, next) !== 0) sorted.addFrom(this, row);
    }
    return sorted;
  }

  #append(): number {
    if (this.count === this.lengths.length) this.#grow();
    this.count += 1;
    return this.count - 1;
  }

  #grow(): void {
    const rows = 2 * this.lengths.length;
    if (rows > ROWS_MAX) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `more than ${ROWS_MAX / 2} VRPs of one family`,
        hint: "give fewer",
        detail: { rowsMax: ROWS_MAX },
      });
    }
    this.words = grown32(this.words);
    this.lengths = grown8(this.lengths);
    this.maxLengths = grown8(this.maxLengths);
    this.asns = grown32(this.asns);
    this.announced = grown8(this.announced);
  }

  /** Rows in their order: of many, a radix sort, the least significant half of a word first. */
  #order(): Uint32Array {
    let order: Uint32Array = new Uint32Array(this.count);
    for (let row = 0; row < this.count; row++) order[row] = row;
    // Both keep equal rows in their order.
    if (this.count < RADIX_ROWS_MIN) return order.sort((a, b) => this.compare(a, this, b) || a - b);
    order = pass(order, { values: this.asns, stride: 1, word: 0, shift: 0 });
    order = pass(order, { values: this.asns, stride: 1, word: 0, shift: 16 });
    order = pass(order, { values: this.maxLengths, stride: 1, word: 0, shift: 0 });
    order = pass(order, { values: this.lengths, stride: 1, word: 0, shift: 0 });
    for (let word = this.width - 1; word >= 0; word--) {
      order = pass(order, { values: this.words, stride: this.width, word, shift: 0 });
      order = pass(order, { values: this.words, stride: this.width, word, shift: 16 });
    }
    return order;
  }
}

/** A VRP: a masked prefix as words of its family, how long its routes may be, and whose. */
export interface Vrp {
  readonly words: Uint32Array;
  readonly length: number;
  readonly maxLength: number;
  readonly as: number;
}

/** What a pass of the sort looks at: 16 bits of a word of each row. */
interface Digit {
  readonly values: Uint32Array | Uint8Array;
  readonly stride: number;
  readonly word: number;
  readonly shift: number;
}

function pass(order: Uint32Array, { values, stride, word, shift }: Digit): Uint32Array {
  const starts = new Uint32Array(DIGITS + 1);
  for (const row of order) {
    const digit = ((values[row * stride + word] ?? 0) >>> shift) & 0xffff;
    starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
  }
  for (let digit = 1; digit < DIGITS; digit++) {
    starts[digit] = (starts[digit] ?? 0) + (starts[digit - 1] ?? 0);
  }
  const sorted = new Uint32Array(order.length);
  for (const row of order) {
    const digit = ((values[row * stride + word] ?? 0) >>> shift) & 0xffff;
    const place = starts[digit] ?? 0;
    sorted[place] = row;
    starts[digit] = place + 1;
  }
  return sorted;
}

function grown32(column: Uint32Array): Uint32Array {
  const more = new Uint32Array(2 * column.length);
  more.set(column);
  return more;
}

function grown8(column: Uint8Array): Uint8Array {
  const more = new Uint8Array(2 * column.length);
  more.set(column);
  return more;
}
