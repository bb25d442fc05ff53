/**
 * Routes in columns: a full table has more than a million rows, too many for an object each.
 *
 *     row                 0           1           2
 *     addresses4  u32     10.0.0.0    10.1.0.0    192.0.2.0     host order, host bits clear
 *     lengths4    u8      8           16          24
 *     targets4    u32     0           1           0             index into `targets`
 *
 * IPv6 rows have four words each in `words6`, the most significant first. Columns are longer than
 * their count: take `subarray(0, count)`. A row may repeat an earlier row's prefix; whoever
 * installs the table takes the later one. Adding may replace the arrays: do not keep them.
 * Cost: 9 bytes an IPv4 route, 21 an IPv6 route, up to twice that after growth.
 */

import { address6FromWords } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatMac } from "../net/mac.ts";
import { maskAddress, type Prefix } from "../net/prefix.ts";
import { nextHopName } from "./next-hop.ts";
import type { NextHop, RouteTarget } from "./route.ts";

/** Rows of one family: sixteen times the Internet's IPv4 table of 2025. */
const ROUTES_MAX = 16_777_216;
/** Distinct targets: sixteen times the groups that the data plane holds. */
const TARGETS_MAX = 1_048_576;
const ROWS_FIRST = 1024;

/** A row as a value. */
export interface TableRoute {
  readonly prefix: Prefix;
  readonly target: RouteTarget;
}

/** Row counts to go back to. */
export interface RouteTableMark {
  readonly count4: number;
  readonly count6: number;
}

/** The rows of one family. */
class RouteColumns {
  count = 0;
  words: Uint32Array;
  lengths = new Uint8Array(ROWS_FIRST);
  targets = new Uint32Array(ROWS_FIRST);
  readonly #wordsPerRow: number;

  constructor(wordsPerRow: number) {
    this.#wordsPerRow = wordsPerRow;
    this.words = new Uint32Array(ROWS_FIRST * wordsPerRow);
  }

  /** Adds a row whose address words are still to be set, and returns its index. */
  append(length: number, target: number): number {
    const row = this.count;
    if (row === this.lengths.length) this.#grow();
    this.lengths[row] = length;
    this.targets[row] = target;
    this.count = row + 1;
    return row;
  }

  histogram(lengthMax: number): Uint32Array {
    const counts = new Uint32Array(lengthMax + 1);
    for (let row = 0; row < this.count; row++) {
      const length = this.lengths[row] ?? 0;
      counts[length] = (counts[length] ?? 0) + 1;
    }
    return counts;
  }

  #grow(): void {
    const rows = 2 * this.lengths.length;
    if (rows > ROUTES_MAX) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `more than ${ROUTES_MAX} routes of one family`,
        hint: "split the table",
        detail: { routesMax: ROUTES_MAX },
      });
    }
    const { words, lengths, targets } = this;
    this.words = new Uint32Array(rows * this.#wordsPerRow);
    this.words.set(words);
    this.lengths = new Uint8Array(rows);
    this.lengths.set(lengths);
    this.targets = new Uint32Array(rows);
    this.targets.set(targets);
  }
}

/** Equal keys are equal next hops. */
function nextHopKey(nextHop: NextHop): string {
  const { weight, cost, site, mac, via, hopList } = nextHop;
  const key = `${nextHopName(nextHop)}*${weight}@${cost}`;
  if ((site ?? mac ?? via ?? hopList) === undefined) return key;
  return `${key} ${JSON.stringify([site, mac === undefined ? "" : formatMac(mac), via, hopList])}`;
}

/** Equal keys are equal targets; the order of next hops says nothing. */
function targetKey(target: RouteTarget): string {
  const meter = target.meter === undefined ? "" : ` ${JSON.stringify(target.meter)}`;
  if (target.kind !== "via") return `${target.kind}${target.dropsSources ? "+" : ""}${meter}`;
  return `${target.nextHops.map(nextHopKey).sort().join()}+${target.overflow ?? 0}${meter}`;
}

function upperWord(half: bigint): number {
  return Number(half >> 32n);
}

function lowerWord(half: bigint): number {
  return Number(half & 0xffffffffn);
}

/** Routes of both families and the targets that they share. */
export class RouteTable {
  readonly #rows4 = new RouteColumns(1);
  readonly #rows6 = new RouteColumns(4);
  readonly #targets: RouteTarget[] = [];
  readonly #targetIndices = new Map<string, number>();

  get count4(): number {
    return this.#rows4.count;
  }

  /** Address of each IPv4 row. */
  get addresses4(): Uint32Array {
    return this.#rows4.words;
  }

  /** Prefix length of each IPv4 row, 0 to 32. */
  get lengths4(): Uint8Array {
    return this.#rows4.lengths;
  }

  /** Index into `targets` of each IPv4 row. */
  get targets4(): Uint32Array {
    return this.#rows4.targets;
  }

  get count6(): number {
    return this.#rows6.count;
  }

  /** Address of each IPv6 row, four words. */
  get words6(): Uint32Array {
    return this.#rows6.words;
  }

  /** Prefix length of each IPv6 row, 0 to 128. */
  get lengths6(): Uint8Array {
    return this.#rows6.lengths;
  }

  /** Index into `targets` of each IPv6 row. */
  get targets6(): Uint32Array {
    return this.#rows6.targets;
  }

  /** Distinct targets. */
  get targets(): readonly RouteTarget[] {
    return this.#targets;
  }

  /** Index of `target` in `targets`, which takes it in if it has no equal there. */
  internTarget(target: RouteTarget): number {
    const key = targetKey(target);
    const known = this.#targetIndices.get(key);
    if (known !== undefined) return known;
    const index = this.#targets.length;
    if (index === TARGETS_MAX) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `more than ${TARGETS_MAX} different sets of next hops`,
        hint: "use fewer next hops",
        detail: { targetsMax: TARGETS_MAX },
      });
    }
    this.#targets.push(target);
    this.#targetIndices.set(key, index);
    return index;
  }

  /** Adds a row: host order, host bits clear, length 0 to 32, a target from `internTarget`. */
  add4(address: number, length: number, target: number): void {
    const row = this.#rows4.append(length, target);
    this.#rows4.words[row] = address;
  }

  /** Adds a row: words most significant first, host bits clear, length 0 to 128. */
  add6(w0: number, w1: number, w2: number, w3: number, length: number, target: number): void {
    const row = this.#rows6.append(length, target);
    const { words } = this.#rows6;
    words[4 * row] = w0;
    words[4 * row + 1] = w1;
    words[4 * row + 2] = w2;
    words[4 * row + 3] = w3;
  }

  /** Adds a row for a prefix of either family, with a target from `internTarget`. */
  add(prefix: Prefix, target: number): void {
    const { length } = prefix;
    if (prefix.family === 4) {
      this.add4(prefix.address, length, target);
      return;
    }
    const { high, low } = prefix;
    this.add6(upperWord(high), lowerWord(high), upperWord(low), lowerWord(low), length, target);
  }

  /** The rows as values, IPv4 first: for tables of people, and where time does not count. */
  *rows(): Generator<TableRoute> {
    for (let row = 0; row < this.count4; row++) {
      const address = { family: 4, value: this.addresses4[row] ?? 0 } as const;
      const prefix = maskAddress(address, this.lengths4[row] ?? 0);
      yield { prefix, target: this.#targetOf(this.targets4[row]) };
    }
    for (let row = 0; row < this.count6; row++) {
      const address = address6FromWords(this.words6.subarray(4 * row, 4 * row + 4));
      const prefix = maskAddress(address, this.lengths6[row] ?? 0);
      yield { prefix, target: this.#targetOf(this.targets6[row]) };
    }
  }

  #targetOf(index = 0): RouteTarget {
    const target = this.#targets[index];
    if (target === undefined) throw new RangeError(`there is no target ${index}`);
    return target;
  }

  /** Rows of each prefix length, 0 to 32: what memory planning asks for. */
  histogram4(): Uint32Array {
    return this.#rows4.histogram(32);
  }

  /** Rows of each prefix length, 0 to 128. */
  histogram6(): Uint32Array {
    return this.#rows6.histogram(128);
  }

  /** Where the table ends now. */
  mark(): RouteTableMark {
    return { count4: this.count4, count6: this.count6 };
  }

  /** Forgets the rows added since `mark`; their targets stay interned. */
  rewind(mark: RouteTableMark): void {
    this.#rows4.count = mark.count4;
    this.#rows6.count = mark.count6;
  }
}
