/**
 * IPv6 table, read side: groups of packed addresses, and the matched prefix for tools.
 *
 *   bits 0-15      16-25            26-31           32-47 (then 48-63, …)
 *   root word --> table of words --> node of words --> line: up to 16 runs compared at once
 *      |              |                  |        \--> node of words --> line, …
 *    cell: group    group              group      \--> long: up to 16 runs of whole addresses
 *
 * Real tables are dense from /29 to /48: there, one cache line of first values and groups answers
 * for a whole /32 of up to 16 runs. Nodes are each stored once (nodes.ts, shared-nodes-update.ts);
 * the tables change in place, word by word (fib6-root-update.ts).
 *
 * A round of addresses goes through stage by stage. Each stage takes a list of answers under way,
 * follows one word of each, and appends those that lead further to the lists of later stages by
 * storing always and counting only if so: no branch depends on an address, so none is mispredicted.
 * What ends by /26 costs two loads; the rest goes on, at most 17 nodes of words and one of runs for
 * routes of /128 among many. An answer under way stands in `groups`, and an address lies at four
 * times its answer's place plus a distance, so a list entry is one u32.
 * Sources: compaction instead of branches as in vectorised databases; Asai and Ohara, Poptrie
 * (SIGCOMM 2015), for the counted runs; lines compared at once as in B+-trees on SIMD.
 */

import {
  ENGINE_REFERENCE,
  FRAMES_MAX,
  LISTS_DEEPER,
  LISTS_LINES,
  LISTS_LINES_END,
  LISTS_REST,
  LISTS_REST_END,
  LISTS_ROUND,
  LISTS_WORDS,
  NODE_KIND_MASK,
  NODE_LONG,
  NODE_WORD_MIN,
  NODE_WORDS,
  NODE_WORDS_LEAVES,
} from "../layout";
import { headerLists, headerTable6 } from "../memory/header";
import { defaultFill } from "./default-route";
import { nodeAddress, nodeKind, nodeLineGroup, nodeLongGroup, nodeWord } from "./nodes";
import { keyValue, trieMatchLength } from "./prefix-trie";
import { reference6LookupBatch, referenceMatchLength } from "./reference";

/** Bits before the first window of 16 that lines compare. */
export const WINDOW6_FIRST_BITS: u32 = 32;

/** Six bits of the address from bit 26, 32 or 38 on: 16 times a byte, plus a shift of the two there. */
const BITS_26: u32 = 3 * 16 + 8;
const BITS_32: u32 = 4 * 16 + 10;
const BITS_38: u32 = 4 * 16 + 4;

/**
 * As fib4LookupBatch, for addresses of 16 bytes; the lists of `worker` are used, so that several
 * may look up at a time.
 */
export function fib6LookupBatch(addresses: u32, groups: u32, count: u32, worker: u32): void {
  const table = headerTable6();
  if (table.engine == ENGINE_REFERENCE) {
    reference6LookupBatch(table, addresses, groups, count);
    return;
  }
  const lists = headerLists(worker);
  for (let start: u32 = 0; start < count; start += LISTS_ROUND) {
    const left = count - start;
    const round = select<u32>(left, LISTS_ROUND, left < LISTS_ROUND);
    roundLookup(table.root, lists, addresses + (start << 4), groups + (start << 2), round);
    defaultFill(groups + (start << 2), round, table.defaultGroup);
  }
}

/** Looks up to LISTS_ROUND addresses up; 0 where nothing longer than /0 matches. */
function roundLookup(root: u32, lists: u32, addresses: u32, groups: u32, count: u32): void {
  const distance = addresses - (groups << 2);
  store<u32>(lists, lists + LISTS_LINES, LISTS_LINES_END);
  store<u32>(lists, lists + LISTS_REST, LISTS_REST_END);
  const words = lists + LISTS_WORDS;
  const deeper = lists + LISTS_DEEPER;
  let end = rootStage(root, distance, groups, count, words);
  if (end == words) return;
  end = wordsStage(lists, distance, words, end, deeper, BITS_26);
  end = wordsStage(lists, distance, deeper, end, words, BITS_32);
  end = wordsStage(lists, distance, words, end, deeper, BITS_38);
  linesStage(lists, distance);
  restStage(distance, deeper, end, 44);
  restStage(distance, lists + LISTS_REST, load<u32>(lists, LISTS_REST_END), 0);
}

/** Follows the root and the tables; returns the end of the list of those that lead further. */
function rootStage(root: u32, distance: u32, groups: u32, count: u32, list: u32): u32 {
  let end = list;
  const last = groups + (count << 2);
  for (let out = groups; out < last; out += 4) {
    // Bytes 0 to 3 of the address, the first lowest.
    const bytes = load<u32>((out << 2) + distance);
    const word = load<u32>(root + ((bytes & 0xffff) << 2));
    // Four times bits 16 to 25 where the word leads to a table (an odd kind), 0 for a cell.
    const offset = ((bytes >>> 12) & 0xff0) | ((bytes >>> 28) & 0xc);
    const next = load<u32>((word & ~NODE_KIND_MASK) + (offset & (0 - (word & 1))));
    store<u32>(out, next);
    store<u32>(end, out);
    end += (<u32>(next >= NODE_WORD_MIN)) << 2;
  }
  return end;
}

/**
 * Follows nodes of words for the answers of a list, by six bits of the address (`place`: BITS_…).
 * Appends to the lists of lines and of the rest, and makes
 * the list of those that lead to further nodes of words; returns its end.
 */
function wordsStage(lists: u32, distance: u32, list: u32, end: u32, next: u32, place: u32): u32 {
  const byte = place >>> 4;
  const shift = place & 15;
  let lines = load<u32>(lists, LISTS_LINES_END);
  let rest = load<u32>(lists, LISTS_REST_END);
  let further = next;
  for (let entry = list; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const pair = <u32>load<u16>((out << 2) + distance + byte);
    const value = ((pair << 8) | (pair >>> 8)) >>> shift;
    const node = load<u32>(out) - NODE_WORDS;
    const runs = <u32>popcnt<u64>(load<u64>(node) << ~(<u64>value));
    const word = load<u32>(node + (runs << 2), NODE_WORDS_LEAVES - 4);
    store<u32>(out, word);
    const isNode = <u32>(word >= NODE_WORD_MIN);
    store<u32>(lines, out);
    lines += (isNode & (word >>> 2)) << 2;
    store<u32>(rest, out);
    rest += (isNode & (word >>> 1)) << 2;
    store<u32>(further, out);
    further += (isNode & ~(word >>> 1) & ~(word >>> 2)) << 2;
  }
  store<u32>(lists, lines, LISTS_LINES_END);
  store<u32>(lists, rest, LISTS_REST_END);
  return further;
}

/** Answers what leads to lines of bits 32 to 47. */
function linesStage(lists: u32, distance: u32): void {
  const end = load<u32>(lists, LISTS_LINES_END);
  for (let entry = lists + LISTS_LINES; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const pair = <u32>load<u16>((out << 2) + distance, 4);
    store<u32>(out, nodeLineGroup(load<u32>(out), (pair << 8) | (pair >>> 8)));
  }
}

/** Answers what is left, one address after the other, from a place `from` bits into it. */
function restStage(distance: u32, list: u32, end: u32, from: u32): void {
  for (let entry = list; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const address = (out << 2) + distance;
    const high = bswap<u64>(load<u64>(address));
    const low = bswap<u64>(load<u64>(address, 8));
    store<u32>(out, wordGroup(load<u32>(out), high, low, from));
  }
}

/** Group of an address below a word that stands for its bits from `from` on. */
function wordGroup(word: u32, high: u64, low: u64, from: u32): u32 {
  let next = word;
  let bits = from;
  for (let level: u32 = 0; level < FRAMES_MAX && next >= NODE_WORD_MIN; level++) {
    const kind = nodeKind(next);
    if (kind == NODE_LONG) return nodeLongGroup(nodeAddress(next), high, low);
    if (kind != NODE_WORDS) {
      const window = bits & ~15;
      return nodeLineGroup(next, keyValue(high, low, window, window + 16));
    }
    const to = split6End(bits);
    next = nodeWord(nodeAddress(next), keyValue(high, low, bits, to));
    bits = to;
  }
  return next;
}

/** Bits of the address that the node of words of a region of `from` bits ends with. */
export function split6End(from: u32): u32 {
  if (from < WINDOW6_FIRST_BITS) return WINDOW6_FIRST_BITS;
  const left = 16 - (from & 15);
  return from + (left < 6 ? left : 6);
}

/** Length of the prefix that an address (two u64, host order) matches, or MATCH_NONE. */
export function fib6MatchLength(high: u64, low: u64): u32 {
  const table = headerTable6();
  if (table.engine == ENGINE_REFERENCE) return referenceMatchLength(table, high, low);
  return trieMatchLength(table, high, low);
}

/** As fib6MatchLength for the 16 bytes in network order at `address`: i64 arguments cost twice. */
export function fib6MatchLengthAt(address: u32): u32 {
  return fib6MatchLength(bswap<u64>(load<u64>(address)), bswap<u64>(load<u64>(address, 8)));
}
