/** Who originates a prefix, by the exact prefix: what BGP tables know besides next hops. */

import type { PrefixCells } from "../net/bytes.ts";
import { formatPrefix, type Prefix, prefixFromCells } from "../net/prefix.ts";

/** An address and a length in one number below 2^38: IPv4 prefixes need no text each. */
function key4(address: number, length: number): number {
  return address * 64 + length;
}

const ROWS_FIRST = 1024;

/** Where a prefix leads by the routes of other origins, once those before it are refused. */
export interface OriginAlternative {
  readonly as: number;
  /** Number of a target, in the table that has the prefix. */
  readonly target: number;
}

/** What is kept of origins besides themselves. */
export interface OriginTableOptions {
  /** Whether routes of other origins are kept: those that step in where the best is invalid. */
  readonly keepsAlternatives?: boolean;
}

/** Numbers in the order in which they came, with twice the room whenever it is used up. */
class Column {
  count = 0;
  #values = new Float64Array(ROWS_FIRST);

  add(value: number): void {
    if (this.count === this.#values.length) {
      const larger = new Float64Array(2 * this.count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.count] = value;
    this.count += 1;
  }

  at(row: number): number {
    return this.#values[row] ?? 0;
  }
}

/**
 * Origin ASes of prefixes. A table of BGP sets a million of them, of which few are asked for or
 * none: those of IPv4 are noted as they come, and put in order when the first is asked for.
 */
export class OriginTable {
  readonly keepsAlternatives: boolean;
  readonly #origins4 = new Map<number, number>();
  /** What was noted since: keys and ASes. */
  #noted = { keys: new Column(), origins: new Column() };
  readonly #origins6 = new Map<string, number>();
  /** By the texts of prefixes: few have several origins. */
  readonly #alternatives = new Map<string, readonly OriginAlternative[]>();

  constructor({ keepsAlternatives = false }: OriginTableOptions = {}) {
    this.keepsAlternatives = keepsAlternatives;
  }

  /** Whether no prefix has one. */
  get isEmpty(): boolean {
    const { keys } = this.#noted;
    return keys.count === 0 && this.#origins4.size === 0 && this.#origins6.size === 0;
  }

  /** Sets the origin of a masked prefix, and what steps in for it, the best one first. */
  set(cells: PrefixCells, as: number, alternatives: readonly OriginAlternative[] = []): void {
    if (cells.family === 4) {
      this.#noted.keys.add(key4(cells.words[0] ?? 0, cells.length));
      this.#noted.origins.add(as);
    } else this.#origins6.set(formatPrefix(prefixFromCells(cells)), as);
    if (alternatives.length === 0 && this.#alternatives.size === 0) return;
    const text = formatPrefix(prefixFromCells(cells));
    if (alternatives.length > 0) this.#alternatives.set(text, alternatives);
    else this.#alternatives.delete(text);
  }

  /** Forgets the origin of a prefix, whose route comes from elsewhere by now. */
  forget(prefix: Prefix): void {
    if (prefix.family === 4) this.#ordered4().delete(key4(prefix.address, prefix.length));
    else this.#origins6.delete(formatPrefix(prefix));
    if (this.#alternatives.size > 0) this.#alternatives.delete(formatPrefix(prefix));
  }

  /** The origin of a prefix; undefined where it is not known. */
  get(prefix: Prefix): number | undefined {
    if (prefix.family === 4) return this.#ordered4().get(key4(prefix.address, prefix.length));
    return this.#origins6.get(formatPrefix(prefix));
  }

  #ordered4(): Map<number, number> {
    const { keys, origins } = this.#noted;
    if (keys.count === 0) return this.#origins4;
    for (let row = 0; row < keys.count; row++) this.#origins4.set(keys.at(row), origins.at(row));
    this.#noted = { keys: new Column(), origins: new Column() };
    return this.#origins4;
  }

  /** What steps in for a prefix's route, the best one first. */
  alternatives(prefix: Prefix): readonly OriginAlternative[] {
    if (this.#alternatives.size === 0) return [];
    return this.#alternatives.get(formatPrefix(prefix)) ?? [];
  }
}
