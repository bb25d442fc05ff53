/**
 * Which root words of a fast table differ from its prefix trie: one bit each.
 *
 * An update changes the trie at once and marks the root words that it reaches; painting takes the
 * marks away, in bounded steps. So updates of the same root word are painted once, and a short
 * prefix, which reaches thousands of them, stalls nobody. Only words between the first and the end
 * can have a bit set, so that a single update scans one word.
 */

import { Table } from "../memory/records";

/** Answer of dirtyNext when nothing is marked. */
export const DIRTY_NONE: u32 = 0xffffffff;

/** Marks root words `first` to `end - 1`. */
export function dirtyMark(table: Table, first: u32, end: u32): void {
  const firstWord = first >>> 6;
  const lastWord = (end - 1) >>> 6;
  const isEmpty = table.dirtyFirst >= table.dirtyEnd;
  if (isEmpty || firstWord < table.dirtyFirst) table.dirtyFirst = firstWord;
  if (isEmpty || lastWord >= table.dirtyEnd) table.dirtyEnd = lastWord + 1;
  for (let word = firstWord; word <= lastWord; word++) {
    let bits = ~(<u64>0);
    if (word == firstWord) bits &= ~(<u64>0) << (<u64>first & 63);
    if (word == lastWord) bits &= ~(<u64>0) >>> (<u64>-end & 63);
    const address = table.dirty + (word << 3);
    store<u64>(address, load<u64>(address) | bits);
  }
}

/** The first marked root word, or DIRTY_NONE. */
export function dirtyNext(table: Table): u32 {
  for (; table.dirtyFirst < table.dirtyEnd; table.dirtyFirst += 1) {
    const bits = load<u64>(table.dirty + (table.dirtyFirst << 3));
    if (bits != 0) return (table.dirtyFirst << 6) + <u32>ctz<u64>(bits);
  }
  return DIRTY_NONE;
}

/** The first marked root word from `from` on, or DIRTY_NONE. */
export function dirtyFrom(table: Table, from: u32): u32 {
  const first = from >>> 6;
  for (
    let word = first < table.dirtyFirst ? table.dirtyFirst : first;
    word < table.dirtyEnd;
    word++
  ) {
    let bits = load<u64>(table.dirty + (word << 3));
    if (word == first) bits &= ~(<u64>0) << (<u64>from & 63);
    if (bits != 0) return (word << 6) + <u32>ctz<u64>(bits);
  }
  return DIRTY_NONE;
}

/** Takes the mark of a root word away. */
export function dirtyClear(table: Table, index: u32): void {
  const address = table.dirty + ((index >>> 6) << 3);
  store<u64>(address, load<u64>(address) & ~((<u64>1) << (<u64>index & 63)));
}

/** Takes the marks of `count` words away, both multiples of 64. */
export function dirtyClearRange(table: Table, first: u32, count: u32): void {
  memory.fill(table.dirty + (first >>> 3), 0, count >>> 3);
}
