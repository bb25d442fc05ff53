/**
 * Origin validation of routes against VRPs (RFC 6811), of both families.
 *
 * The VRPs of a family are rows in the order of their addresses and lengths. Each has a link to the
 * next one up: a VRP of the same prefix, or of the longest one that covers it.
 *
 *     row     0             1              2              3              4
 *     VRP     10.0.0.0/8    10.0.0.0/16    10.0.0.0/16    10.0.1.0/24    10.9.0.0/16
 *     AS      1             2              3              2              5
 *     up      none          0              1              2              0
 *
 * A route's place in the order is the last row whose address is no higher; what covers it is among
 * that row and those that its links lead up to, and from the first that does all do. The place of
 * `10.0.2.0/23` is row 3, which does not cover it; then come 2, 1 and 0.
 *
 * Invariants: rows are sorted and no VRP is there twice; links lead to lower rows.
 * Cost: 31 bytes an IPv4 VRP, 59 an IPv6 VRP, 256 KiB a family for the index. A validation is an
 * index look-up, a binary search among the VRPs of the same 16 bits (IPv6: the 16 behind the first
 * three), sixteen of them a cache line, and a step for each VRP that covers the route. A change
 * goes over all rows once.
 */

import type { PrefixCells } from "../net/bytes.ts";
import { type Prefix, prefixFromCells } from "../net/prefix.ts";
import { NO_ORIGIN } from "./as-path.ts";
import type { AsPath } from "./attributes.ts";
import { AspaTable } from "./path-validation.ts";
import { type Vrp, VrpRows } from "./vrp-rows.ts";

/** What validation says of a route (RFC 6811 section 2). */
export type OriginState = "valid" | "invalid" | "not-found";

/** A VRP as a value. */
export interface VrpValue {
  readonly prefix: Prefix;
  readonly maxLength: number;
  readonly as: number;
}

/** No row. */
const NONE = 0xffffffff;
/** Values of the 16 bits that the index looks at. */
const INDEX_VALUES = 65_536;
/** The first three bits of IPv6 addresses that are global unicast (RFC 4291 section 2.4). */
const UNICAST6 = 1;

/**
 * The origin of a route as validation sees it (RFC 6811 section 2): `own`, the AS of the router
 * that has the route, where the path is empty or ends within a confederation; NO_ORIGIN for a set.
 */
export function originOf(path: AsPath, own: number): number {
  const last = path.at(-1);
  if (last === undefined || last.kind.startsWith("confed")) return own;
  return last.kind === "sequence" ? (last.asns.at(-1) ?? own) : NO_ORIGIN;
}

/** VRPs to be announced and withdrawn together; the last that is said of a VRP counts. */
export class VrpChanges {
  readonly rows4: VrpRows = new VrpRows(1);
  readonly rows6: VrpRows = new VrpRows(4);

  get count(): number {
    return this.rows4.count + this.rows6.count;
  }

  announce(family: 4 | 6, vrp: Vrp): void {
    (family === 4 ? this.rows4 : this.rows6).add(vrp, true);
  }

  withdraw(family: 4 | 6, vrp: Vrp): void {
    (family === 4 ? this.rows4 : this.rows6).add(vrp, false);
  }
}

/** What a change came to: VRPs that are new and VRPs that were there, in their order. */
export interface VrpDifference {
  readonly rows4: VrpRows;
  readonly rows6: VrpRows;
}

/** The VRPs of one family. */
class FamilyVrps {
  readonly #width: 1 | 4;
  readonly #stride: 4 | 8;
  #rows: VrpRows;
  /** The rows once more, with their links: what a validation looks at lies together. */
  #cells = new Uint32Array(0);
  /** 32 bits of each row's address, which never fall within a value of the index. */
  #keys = new Uint32Array(0);
  /** First row whose address has at least these 16 bits. */
  readonly #index = new Uint32Array(INDEX_VALUES + 1);

  constructor(width: 1 | 4) {
    this.#width = width;
    this.#stride = width === 1 ? 4 : 8;
    this.#rows = new VrpRows(width);
  }

  get count(): number {
    return this.#rows.count;
  }

  /** Merges sorted changes; returns those that changed something. */
  apply(changes: VrpRows): VrpRows {
    const old = this.#rows;
    const merged = new VrpRows(this.#width, Math.max(old.count + changes.count, 1));
    const effective = new VrpRows(this.#width);
    let kept = 0;
    for (let change = 0; change < changes.count; change++) {
      let order = kept < old.count ? old.compare(kept, changes, change) : 1;
      while (order < 0) {
        merged.addFrom(old, kept);
        kept += 1;
        order = kept < old.count ? old.compare(kept, changes, change) : 1;
      }
      const isKnown = order === 0;
      const isAnnounced = changes.announced[change] === 1;
      if (isKnown) kept += 1;
      if (isAnnounced) merged.addFrom(changes, change);
      if (isAnnounced !== isKnown) effective.addFrom(changes, change);
    }
    for (; kept < old.count; kept++) merged.addFrom(old, kept);
    this.#rows = merged;
    this.#link();
    return effective;
  }

  /** Merges changes after all that is there was withdrawn. */
  replace(changes: VrpRows): VrpRows {
    const all = new VrpRows(this.#width, Math.max(this.count + changes.count, 1));
    for (let row = 0; row < this.count; row++) all.addFrom(this.#rows, row, 0);
    for (let row = 0; row < changes.count; row++) all.addFrom(changes, row);
    return this.apply(all.sorted());
  }

  validate(words: Uint32Array, length: number, origin: number): OriginState {
    let row = this.covering(words, length);
    if (row === NONE) return "not-found";
    if (origin === NO_ORIGIN) return "invalid";
    const cells = this.#cells;
    while (row !== NONE) {
      const at = row * this.#stride + this.#width;
      const maxLength = (cells[at] ?? 0) >>> 8;
      if (length <= maxLength && cells[at + 1] === origin) return "valid";
      row = cells[at + 2] ?? NONE;
    }
    return "invalid";
  }

  /** The first row up the links that covers a prefix, NONE without one. */
  covering(words: Uint32Array, length: number): number {
    const row = this.#place(words);
    return this.#width === 1
      ? covering4(this.#cells, row, words[0] ?? 0, length)
      : covering6(this.#cells, row, words, length);
  }

  /** The last row whose address is no higher, NONE without one. */
  #place(words: Uint32Array): number {
    const keys = this.#keys;
    const value = this.#indexOf(words);
    const key = this.#keyOf(words);
    let low = this.#index[value] ?? 0;
    let high = this.#index[value + 1] ?? 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? 0) > key) high = middle;
      else low = middle + 1;
    }
    if (this.#width === 4) return placeAmong6(this.#cells, keys, low, words);
    return low === 0 ? NONE : low - 1;
  }

  /** The next row up. */
  next(row: number): number {
    return this.#cells[row * this.#stride + this.#width + 2] ?? NONE;
  }

  value(row: number): VrpValue {
    const { words, lengths, maxLengths, asns } = this.#rows;
    const width = this.#width;
    const cells = new Uint32Array(4);
    cells.set(words.subarray(row * width, (row + 1) * width));
    const family = width === 1 ? 4 : 6;
    const prefix = prefixFromCells({ family, length: lengths[row] ?? 0, words: cells });
    return { prefix, maxLength: maxLengths[row] ?? 0, as: asns[row] ?? 0 };
  }

  #link(): void {
    const { words, lengths, maxLengths, asns, count } = this.#rows;
    const width = this.#width;
    const cells = new Uint32Array(count * this.#stride);
    this.#cells = cells;
    this.#keys = new Uint32Array(count);
    this.#index.fill(0);
    const own = new Uint32Array(width);
    for (let row = 0; row < count; row++) {
      for (let word = 0; word < width; word++) own[word] = words[row * width + word] ?? 0;
      const length = lengths[row] ?? 0;
      const before = row === 0 ? NONE : row - 1;
      const up =
        width === 1
          ? covering4(cells, before, own[0] ?? 0, length)
          : covering6(cells, before, own, length);
      this.#keys[row] = this.#keyOf(own);
      const at = row * this.#stride;
      cells.set(own, at);
      cells[at + width] = length | ((maxLengths[row] ?? 0) << 8);
      cells[at + width + 1] = asns[row] ?? 0;
      cells[at + width + 2] = up;
      const value = this.#indexOf(own);
      this.#index[value + 1] = (this.#index[value + 1] ?? 0) + 1;
    }
    for (let value = 1; value <= INDEX_VALUES; value++) {
      this.#index[value] = (this.#index[value] ?? 0) + (this.#index[value - 1] ?? 0);
    }
  }

  /** 16 bits that never fall from one row to the next. */
  #indexOf(words: Uint32Array): number {
    const word = words[0] ?? 0;
    if (this.#width === 1) return word >>> 16;
    if (word >>> 29 === UNICAST6) return (word >>> 13) & 0xffff;
    return word >>> 29 < UNICAST6 ? 0 : 0xffff;
  }

  /** An IPv4 address; of an IPv6 one the 32 bits behind those of the index, or an end's. */
  #keyOf(words: Uint32Array): number {
    const word = words[0] ?? 0;
    if (this.#width === 1) return word;
    // They share values of the index with global unicast addresses, and stand around those.
    if (word >>> 29 !== UNICAST6) return word >>> 29 < UNICAST6 ? 0 : 0xffffffff;
    return ((word << 19) | ((words[1] ?? 0) >>> 13)) >>> 0;
  }
}

/**
 * The last row before `end` whose IPv6 address is no higher; `end` is behind the last one whose key
 * is none. Few rows share a key, unless somebody wants them to: so those are searched, too.
 */
function placeAmong6(
  cells: Uint32Array,
  keys: Uint32Array,
  end: number,
  words: Uint32Array,
): number {
  if (end === 0) return NONE;
  if (!isHigher6(cells, 8 * (end - 1), words)) return end - 1;
  let low = 0;
  let high = end - 1;
  const key = keys[end - 1];
  // Neighbours of a key stand together: twice as far back each time until there is another.
  for (let step = 1; step <= high; step *= 2) {
    if (keys[high - step] === key && isHigher6(cells, 8 * (high - step), words)) continue;
    low = high - step;
    break;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isHigher6(cells, 8 * middle, words)) high = middle;
    else low = middle + 1;
  }
  return low === 0 ? NONE : low - 1;
}

/** Whether a row's IPv6 address is higher. */
function isHigher6(cells: Uint32Array, at: number, words: Uint32Array): boolean {
  for (let word = 0; word < 4; word++) {
    const own = cells[at + word] ?? 0;
    const other = words[word] ?? 0;
    if (own !== other) return own > other;
  }
  return false;
}

/** The first row that covers an IPv4 prefix, from its place up. */
function covering4(cells: Uint32Array, place: number, address: number, length: number): number {
  let row = place;
  while (row !== NONE && !covers4(cells, row, address, length)) row = cells[4 * row + 3] ?? NONE;
  return row;
}

function covers4(cells: Uint32Array, row: number, address: number, length: number): boolean {
  const own = (cells[4 * row + 1] ?? 0) & 0xff;
  if (own > length) return false;
  // Shifts take their count modulo 32, so a length of 0 is apart.
  return own === 0 || ((cells[4 * row] ?? 0) ^ address) >>> (32 - own) === 0;
}

/** The first row that covers an IPv6 prefix, from its place up. */
function covering6(cells: Uint32Array, place: number, words: Uint32Array, length: number): number {
  let row = place;
  while (row !== NONE && !covers6(cells, 8 * row, words, length)) row = cells[8 * row + 6] ?? NONE;
  return row;
}

function covers6(cells: Uint32Array, at: number, words: Uint32Array, length: number): boolean {
  const own = (cells[at + 4] ?? 0) & 0xff;
  if (own > length) return false;
  for (let word = 0; 32 * word < own; word++) {
    const difference = (cells[at + word] ?? 0) ^ (words[word] ?? 0);
    const bits = own - 32 * word;
    if (difference >>> (bits >= 32 ? 0 : 32 - bits) !== 0) return false;
  }
  return true;
}

/** The VRPs of both families, and the ASPAs of the same feed. */
export class VrpTable {
  readonly aspas = new AspaTable();
  readonly #vrps4 = new FamilyVrps(1);
  readonly #vrps6 = new FamilyVrps(4);

  get count4(): number {
    return this.#vrps4.count;
  }

  get count6(): number {
    return this.#vrps6.count;
  }

  /** Announces and withdraws VRPs; says which of them were not there, or were. */
  apply({ rows4, rows6 }: VrpChanges): VrpDifference {
    return { rows4: this.#vrps4.apply(rows4.sorted()), rows6: this.#vrps6.apply(rows6.sorted()) };
  }

  /** Withdraws all VRPs and announces others in their place; says what differs. */
  replace({ rows4, rows6 }: VrpChanges): VrpDifference {
    return { rows4: this.#vrps4.replace(rows4), rows6: this.#vrps6.replace(rows6) };
  }

  /**
   * Validates a route of a masked prefix. An origin of 0 is none, as of a path that ends in a set,
   * and no VRP allows it (RFC 6811 section 2, RFC 6907 section 7.1.3).
   */
  validate(prefix: PrefixCells, origin: number): OriginState {
    const vrps = prefix.family === 4 ? this.#vrps4 : this.#vrps6;
    return vrps.validate(prefix.words, prefix.length, origin);
  }

  /** The VRPs that cover a masked prefix, those of the longest prefix first. */
  covering({ family, words, length }: PrefixCells): readonly VrpValue[] {
    const vrps = family === 4 ? this.#vrps4 : this.#vrps6;
    const found: VrpValue[] = [];
    for (let row = vrps.covering(words, length); row !== NONE; row = vrps.next(row)) {
      found.push(vrps.value(row));
    }
    return found;
  }
}
