/** Who originates a prefix, by the exact prefix: what BGP tables know besides next hops. */

import type { PrefixCells } from "../net/bytes.ts";
import { formatPrefix, type Prefix, prefixFromCells } from "../net/prefix.ts";

/** An address and a length in one number below 2^38: IPv4 prefixes need no text each. */
function key4(address: number, length: number): number {
  return address * 64 + length;
}

/** Origin ASes of prefixes. */
export class OriginTable {
  readonly #origins4 = new Map<number, number>();
  readonly #origins6 = new Map<string, number>();

  /** Whether no prefix has one. */
  get isEmpty(): boolean {
    return this.#origins4.size === 0 && this.#origins6.size === 0;
  }

  /** Sets the origin of a masked prefix. */
  set(cells: PrefixCells, as: number): void {
    if (cells.family === 4) this.#origins4.set(key4(cells.words[0] ?? 0, cells.length), as);
    else this.#origins6.set(formatPrefix(prefixFromCells(cells)), as);
  }

  /** Forgets the origin of a prefix, whose route comes from elsewhere by now. */
  forget(prefix: Prefix): void {
    if (prefix.family === 4) this.#origins4.delete(key4(prefix.address, prefix.length));
    else this.#origins6.delete(formatPrefix(prefix));
  }

  /** The origin of a prefix; undefined where it is not known. */
  get(prefix: Prefix): number | undefined {
    if (prefix.family === 4) return this.#origins4.get(key4(prefix.address, prefix.length));
    return this.#origins6.get(formatPrefix(prefix));
  }
}
