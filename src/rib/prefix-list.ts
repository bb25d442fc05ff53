/**
 * Lists of prefixes with ranges of lengths, as policy writes them: `10.0.0.0/8 le 24`.
 *
 *     PREFIX              this prefix alone
 *     PREFIX le 24        it, and what is more specific up to /24
 *     PREFIX ge 17        what is more specific, from /17 on
 *     PREFIX ge 17 le 24  what is more specific, from /17 to /24
 *
 * Entries are found by their masked address, one look-up for each length that the list's prefixes
 * have: at most 33 for an IPv4 prefix and 129 for an IPv6 prefix, whatever the list has.
 */

import { maskHostBits, type PrefixCells, prefixCells } from "../net/bytes.ts";
import { parsePrefix, prefixToCells } from "../net/prefix.ts";

/** A prefix, and which lengths of those that it covers are meant. */
export interface PrefixRange {
  readonly family: 4 | 6;
  /** Masked; an IPv4 address is the first word. */
  readonly words: readonly number[];
  readonly length: number;
  readonly least: number;
  readonly most: number;
}

/** The range that a text means, or what is wrong with it. */
export function parsePrefixRange(text: string): PrefixRange | string {
  const [name = "", ...rest] = text.trim().split(/\s+/);
  const parsed = parsePrefix(name);
  if (parsed === undefined) return "write PREFIX, with ge LENGTH or le LENGTH behind it";
  const { prefix, hadHostBits } = parsed;
  if (hadHostBits) return "the prefix has host bits";
  const width = prefix.family === 4 ? 32 : 128;
  const bounds = parseBounds(rest);
  if (bounds === undefined) return "write ge LENGTH, le LENGTH, or both in this order";
  const least = bounds.ge ?? prefix.length;
  const most = bounds.le ?? (bounds.ge === undefined ? prefix.length : width);
  if (least < prefix.length || most > width || least > most) {
    return `lengths of this prefix are ${prefix.length} to ${width}, the least first`;
  }
  const cells = prefixCells();
  prefixToCells(prefix, cells);
  const words = [...cells.words.subarray(0, prefix.family === 4 ? 1 : 4)];
  return { family: prefix.family, words, length: prefix.length, least, most };
}

/** What stands behind a prefix; undefined where it is something else. */
function parseBounds(
  words: readonly string[],
): { readonly ge?: number | undefined; readonly le?: number | undefined } | undefined {
  const found = words.join(" ").match(/^(?:ge (\d{1,3}))?(?:(?:^| )le (\d{1,3}))?$/);
  if (found === null) return undefined;
  const [, ge, le] = found;
  return {
    ge: ge === undefined ? undefined : Number(ge),
    le: le === undefined ? undefined : Number(le),
  };
}

/** Whether all prefixes that one range means are meant by another. */
export function rangeCovers(outer: PrefixRange, inner: PrefixRange): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  if (inner.least < outer.least || inner.most > outer.most) return false;
  return keyOf(maskedCells(inner, outer.length)) === keyOf(maskedCells(outer, outer.length));
}

/** The address of a range as cells of another length. */
function maskedCells(range: Pick<PrefixRange, "family" | "words">, length: number): PrefixCells {
  const cells = prefixCells();
  cells.family = range.family;
  cells.length = length;
  cells.words.set(range.words);
  maskHostBits(cells);
  return cells;
}

/** Equal keys are equal addresses. */
function keyOf({ family, words }: PrefixCells): number | string {
  return family === 4 ? (words[0] ?? 0) : words.join(" ");
}

/** Lengths that are meant of the prefixes below an address. */
interface Lengths {
  readonly least: number;
  readonly most: number;
}

/** Ranges to look prefixes up in. */
export class PrefixList {
  readonly ranges: readonly PrefixRange[];
  /** Per family, the lengths of the list's prefixes, each with its addresses. */
  readonly #lengths = {
    4: new Map<number, Map<number | string, Lengths[]>>(),
    6: new Map<number, Map<number | string, Lengths[]>>(),
  };
  readonly #cells = prefixCells();

  constructor(ranges: readonly PrefixRange[]) {
    this.ranges = ranges;
    for (const range of ranges) {
      const lengths = this.#lengths[range.family];
      const addresses = lengths.get(range.length) ?? new Map<number | string, Lengths[]>();
      lengths.set(range.length, addresses);
      const key = keyOf(maskedCells(range, range.length));
      addresses.set(key, [...(addresses.get(key) ?? []), range]);
    }
  }

  /** Whether the list means a masked prefix. */
  has({ family, words, length }: PrefixCells): boolean {
    const cells = this.#cells;
    cells.family = family;
    for (const [own, addresses] of this.#lengths[family]) {
      if (own > length) continue;
      cells.words.set(words);
      cells.length = own;
      maskHostBits(cells);
      const found = addresses.get(keyOf(cells));
      if (found?.some(({ least, most }) => length >= least && length <= most)) return true;
    }
    return false;
  }

  /** Whether all that another list means is in one range of this one, range by range. */
  covers(other: PrefixList): boolean {
    return other.ranges.every((inner) => this.ranges.some((outer) => rangeCovers(outer, inner)));
  }
}
