/** Who originates a prefix, by the exact prefix: what BGP tables know besides next hops. */

import type { PrefixCells } from "../net/bytes.ts";
import { formatPrefix, type Prefix, prefixFromCells } from "../net/prefix.ts";

/** An address and a length in one number below 2^38: IPv4 prefixes need no text each. */
function key4(address: number, length: number): number {
  return address * 64 + length;
}

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

/** Origin ASes of prefixes. */
export class OriginTable {
  readonly keepsAlternatives: boolean;
  readonly #origins4 = new Map<number, number>();
  readonly #origins6 = new Map<string, number>();
  /** By the texts of prefixes: few have several origins. */
  readonly #alternatives = new Map<string, readonly OriginAlternative[]>();

  constructor({ keepsAlternatives = false }: OriginTableOptions = {}) {
    this.keepsAlternatives = keepsAlternatives;
  }

  /** Whether no prefix has one. */
  get isEmpty(): boolean {
    return this.#origins4.size === 0 && this.#origins6.size === 0;
  }

  /** Sets the origin of a masked prefix, and what steps in for it, the best one first. */
  set(cells: PrefixCells, as: number, alternatives: readonly OriginAlternative[] = []): void {
    if (cells.family === 4) this.#origins4.set(key4(cells.words[0] ?? 0, cells.length), as);
    else this.#origins6.set(formatPrefix(prefixFromCells(cells)), as);
    if (alternatives.length === 0 && this.#alternatives.size === 0) return;
    const text = formatPrefix(prefixFromCells(cells));
    if (alternatives.length > 0) this.#alternatives.set(text, alternatives);
    else this.#alternatives.delete(text);
  }

  /** Forgets the origin of a prefix, whose route comes from elsewhere by now. */
  forget(prefix: Prefix): void {
    if (prefix.family === 4) this.#origins4.delete(key4(prefix.address, prefix.length));
    else this.#origins6.delete(formatPrefix(prefix));
    if (this.#alternatives.size > 0) this.#alternatives.delete(formatPrefix(prefix));
  }

  /** The origin of a prefix; undefined where it is not known. */
  get(prefix: Prefix): number | undefined {
    if (prefix.family === 4) return this.#origins4.get(key4(prefix.address, prefix.length));
    return this.#origins6.get(formatPrefix(prefix));
  }

  /** What steps in for a prefix's route, the best one first. */
  alternatives(prefix: Prefix): readonly OriginAlternative[] {
    if (this.#alternatives.size === 0) return [];
    return this.#alternatives.get(formatPrefix(prefix)) ?? [];
  }
}
