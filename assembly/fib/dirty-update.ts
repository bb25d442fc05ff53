/**
 * Which regions of a fast table differ from its prefix trie.
 *
 *   some    one bit a part of 1,024 regions: regions in it are marked
 *   whole   one bit a part: all of it is marked, whatever its regions say
 *   marks   one bit a region
 *
 * An update changes the trie at once and marks the regions that it reaches; painting takes the
 * marks away, in bounded steps. So updates of the same region are painted once, and a short prefix
 * stalls nobody: a /1 of IPv6 reaches 33 million regions, but marks 32,768 parts. Only words of
 * parts between the first and the end can have a bit set.
 */

import { Table } from "../memory/records";

/** Answer of dirtyNext when nothing is marked. */
export const DIRTY_NONE: u32 = 0xffffffff;

/** Bits of a region inside its part. */
const PART_BITS: u32 = 10;
/** Bytes of the marks of a part. */
const PART_BYTES: u32 = 128;

/** Bytes of one bit for each part. */
function partsBytes(table: Table): u32 {
  return 1 << (table.regionBits - PART_BITS - 3);
}

/** Address of the word of `some` for parts; that of `whole` is partsBytes behind it. */
function someWord(table: Table, word: u32): u32 {
  return table.dirty + (word << 3);
}

/** First of the marks of a part. */
function partMarks(table: Table, part: u32): u32 {
  return table.dirty + (partsBytes(table) << 1) + part * PART_BYTES;
}

/** Sets bits `first` to `end - 1` of u64 words. */
function bitsSet(words: u32, first: u32, end: u32): void {
  const lastWord = (end - 1) >>> 6;
  for (let word = first >>> 6; word <= lastWord; word++) {
    let bits = ~(<u64>0);
    if (word == first >>> 6) bits &= ~(<u64>0) << (<u64>first & 63);
    if (word == lastWord) bits &= ~(<u64>0) >>> (<u64>-end & 63);
    const address = words + (word << 3);
    store<u64>(address, load<u64>(address) | bits);
  }
}

/** Marks so many regions from `first` on: those of one prefix, so a part of a part, or parts. */
export function dirtyMark(table: Table, first: u32, regions: u32): void {
  const part = first >>> PART_BITS;
  const end = (first + regions - 1) >>> PART_BITS;
  const isEmpty = table.dirtyFirst >= table.dirtyEnd;
  if (isEmpty || part >>> 6 < table.dirtyFirst) table.dirtyFirst = part >>> 6;
  if (isEmpty || end >>> 6 >= table.dirtyEnd) table.dirtyEnd = (end >>> 6) + 1;
  if (regions >>> PART_BITS != 0) {
    bitsSet(table.dirty + partsBytes(table), part, end + 1);
    return;
  }
  bitsSet(table.dirty, part, part + 1);
  const inside = first & ((1 << PART_BITS) - 1);
  bitsSet(partMarks(table, part), inside, inside + regions);
}

/** Whether any region is marked, as far as is known without looking. */
export function isDirty(table: Table): bool {
  return table.dirtyFirst < table.dirtyEnd;
}

/** The first marked region from `from` on, or DIRTY_NONE. */
export function dirtyNext(table: Table, from: u32): u32 {
  const first = from >>> PART_BITS;
  let word = first >>> 6;
  if (word < table.dirtyFirst) word = table.dirtyFirst;
  for (; word < table.dirtyEnd; word++) {
    const some = someWord(table, word);
    let parts = load<u64>(some) | load<u64>(some + partsBytes(table));
    if (word == first >>> 6) parts &= ~(<u64>0) << (<u64>first & 63);
    for (; parts != 0; parts &= parts - 1) {
      const part = (word << 6) + <u32>ctz<u64>(parts);
      const region = partNext(table, part, part == first ? from : part << PART_BITS);
      if (region != DIRTY_NONE) return region;
    }
  }
  return DIRTY_NONE;
}

/** The first marked region of a part from `from` on; without any in it, the part's own bit goes. */
function partNext(table: Table, part: u32, from: u32): u32 {
  const marks = partMarks(table, part);
  const mask = (<u64>1) << (<u64>part & 63);
  const some = someWord(table, part >>> 6);
  const whole = some + partsBytes(table);
  if ((load<u64>(whole) & mask) != 0) {
    memory.fill(marks, 0xff, PART_BYTES);
    store<u64>(some, load<u64>(some) | mask);
    store<u64>(whole, load<u64>(whole) & ~mask);
  }
  const inside = from & ((1 << PART_BITS) - 1);
  for (let word = inside >>> 6; word < PART_BYTES / 8; word++) {
    let bits = load<u64>(marks + (word << 3));
    if (word == inside >>> 6) bits &= ~(<u64>0) << (<u64>inside & 63);
    if (bits != 0) return (part << PART_BITS) + (word << 6) + <u32>ctz<u64>(bits);
  }
  let left: u64 = 0;
  for (let offset: u32 = 0; offset < PART_BYTES; offset += 8) left |= load<u64>(marks + offset);
  if (left == 0) store<u64>(some, load<u64>(some) & ~mask);
  return DIRTY_NONE;
}

/** Takes the mark of a region away. */
export function dirtyClear(table: Table, region: u32): void {
  const marks = partMarks(table, region >>> PART_BITS);
  const address = marks + (((region >>> 6) & (PART_BYTES / 8 - 1)) << 3);
  store<u64>(address, load<u64>(address) & ~((<u64>1) << (<u64>region & 63)));
}

/** Takes the marks of all regions of a region's part away. */
export function dirtyClearPart(table: Table, region: u32): void {
  const part = region >>> PART_BITS;
  const mask = ~((<u64>1) << (<u64>part & 63));
  const some = someWord(table, part >>> 6);
  if (((load<u64>(some) | load<u64>(some + partsBytes(table))) & ~mask) == 0) return;
  memory.fill(partMarks(table, part), 0, PART_BYTES);
  store<u64>(some, load<u64>(some) & mask);
  store<u64>(some + partsBytes(table), load<u64>(some + partsBytes(table)) & mask);
}

/** Says that nothing is marked, where dirtyNext found nothing from 0 on. */
export function dirtyEnd(table: Table): void {
  table.dirtyFirst = 0;
  table.dirtyEnd = 0;
}
