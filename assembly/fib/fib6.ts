/**
 * IPv6 table, read side: groups of packed addresses, and the matched prefix for tools.
 *
 *   bits 0-15      16-25            26-31           32-47 (then 48-63, …)
 *   root word --> table of words --> node of words --> line: up to 16 runs compared at once
 *      |              |                  |        \--> direct node of 8 bits --> line, …
 *    cell: group    group              group      \--> long: up to 16 runs of whole addresses
 *
 * Real tables are dense from /29 to /48: there, one cache line of first values and groups answers
 * for a whole /32 of up to 16 runs; crowded ones have a word for each of their /40s. Nodes of runs
 * are each stored once (nodes.ts, shared-nodes-update.ts); tables and direct nodes change in place,
 * word by word (fib6-root-update.ts, fib6-region-update.ts).
 *
 * A round of addresses goes through stage by stage. Each stage takes a list of answers under way,
 * follows one word of each, and appends those that lead further to the lists of later stages, by
 * storing always and counting only if so: no branch depends on an address, so none is mispredicted.
 * What a worker answered lately stands in front of the table (answers.ts).
 * What ends by /26 costs two loads; the rest goes on, at most 14 nodes for routes of /128 among
 * many. An answer under way stands in `groups`, and its address lies at four times the answer's
 * place plus a distance, so a list entry is one u32.
 * Sources: compaction instead of branches as in vectorised databases; Asai and Ohara, Poptrie
 * (SIGCOMM 2015), for the counted runs; lines compared at once as in B+-trees on SIMD.
 */

import {
  ANSWERS_MISSES,
  ENGINE_REFERENCE,
  LISTS_DEEPER,
  LISTS_LINES,
  LISTS_LINES_END,
  LISTS_NODES,
  LISTS_REST,
  LISTS_REST_END,
  LISTS_ROUND,
  NODE_DIRECT,
  NODE_KIND_MASK,
  NODE_LONG,
  NODE_WORD_MIN,
  NODE_WORDS,
  NODE_WORDS_LEAVES,
} from "../layout";
import { headerLists, headerSources6, headerTable6 } from "../memory/header";
import { Table } from "../memory/records";
import { answersKeep, answersPause, answersStamp, answersTake } from "./answers";
import { defaultFill } from "./default-route";
import { nodeAddress, nodeKind, nodeLineGroup, nodeLongGroup } from "./nodes";
import { keyValue, trieMatchLength } from "./prefix-trie";
import { reference6LookupBatch, referenceMatchLength } from "./reference";

const ADDRESS6_BITS: u32 = 128;

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
    const out = groups + (start << 2);
    if (answersPause(lists)) roundLookup(table.root, lists, addresses + (start << 4), out, round);
    else recentLookup(table, lists, addresses + (start << 4), out, round);
    defaultFill(out, round, table.defaultGroup);
  }
}

/**
 * As fib6LookupBatch in the table of source prefixes: stores meters. Recent answers are those of
 * the other table, and stay so.
 */
export function sources6LookupBatch(addresses: u32, meters: u32, count: u32, worker: u32): void {
  const table = headerSources6();
  if (table.engine == ENGINE_REFERENCE) {
    reference6LookupBatch(table, addresses, meters, count);
    return;
  }
  const lists = headerLists(worker);
  for (let start: u32 = 0; start < count; start += LISTS_ROUND) {
    const left = count - start;
    const round = select<u32>(left, LISTS_ROUND, left < LISTS_ROUND);
    const out = meters + (start << 2);
    roundLookup(table.root, lists, addresses + (start << 4), out, round);
    defaultFill(out, round, table.defaultGroup);
  }
}

/** Looks up to LISTS_ROUND addresses up; 0 where nothing longer than /0 matches. */
function roundLookup(root: u32, lists: u32, addresses: u32, groups: u32, count: u32): void {
  const distance = addresses - (groups << 2);
  const end = rootStage(root, distance, groups, count, lists + LISTS_NODES);
  if (end == lists + LISTS_NODES) return;
  nodeStages(lists, distance, end);
  restStage(lists, distance);
}

/** As roundLookup, with recent answers where there are, and with new ones kept. */
function recentLookup(table: Table, lists: u32, addresses: u32, groups: u32, count: u32): void {
  const distance = addresses - (groups << 2);
  const stamp = answersStamp(table, lists);
  const end = answersTake(lists, distance, groups, count, stamp);
  const nodes = missesRootStage(table.root, distance, lists, end);
  nodeStages(lists, distance, nodes);
  answersKeep(lists, distance, end, stamp);
  restStage(lists, distance);
}

/** Follows all nodes up to bit 48 from the list LISTS_NODES, and leaves LISTS_REST. */
function nodeStages(lists: u32, distance: u32, nodesEnd: u32): void {
  store<u32>(lists, lists + LISTS_LINES, LISTS_LINES_END);
  store<u32>(lists, lists + LISTS_REST, LISTS_REST_END);
  const nodes = lists + LISTS_NODES;
  const deeper = lists + LISTS_DEEPER;
  let end = wordsStage(lists, distance, nodes, nodesEnd);
  end = directStage(lists, distance, deeper, end);
  lastDirectStage(lists, distance, nodes, end);
  linesStage(lists, distance);
}

/** Follows the root and the tables; returns the end of the list of those that lead further. */
function rootStage(root: u32, distance: u32, groups: u32, count: u32, list: u32): u32 {
  let end = list;
  const last = groups + (count << 2);
  for (let out = groups; out < last; out += 4) {
    const next = rootWord(root, (out << 2) + distance);
    store<u32>(out, next);
    store<u32>(end, out);
    end += nodeFour(next) & 4;
  }
  return end;
}

/** As rootStage for the answers of a list alone; that of those that lead further is LISTS_NODES. */
function missesRootStage(root: u32, distance: u32, lists: u32, missesEnd: u32): u32 {
  let end = lists + LISTS_NODES;
  for (let entry = lists + ANSWERS_MISSES; entry < missesEnd; entry += 4) {
    const out = load<u32>(entry);
    const next = rootWord(root, (out << 2) + distance);
    store<u32>(out, next);
    store<u32>(end, out);
    end += nodeFour(next) & 4;
  }
  return end;
}

/** The word of the first 26 bits of an address. */
function rootWord(root: u32, address: u32): u32 {
  // Bytes 0 to 3 of the address, the first lowest.
  const bytes = load<u32>(address);
  const word = load<u32>(root + ((bytes & 0xffff) << 2));
  // Four times bits 16 to 25 where the word leads to a table (an odd kind), 0 for a cell.
  const offset = ((bytes >>> 12) & 0xff0) | ((bytes >>> 28) & 0xc);
  return load<u32>((word & ~NODE_KIND_MASK) + (offset & (0 - (word & 1))));
}

/** Bit 2 is set if a word leads to a node: those stand below 2^31, and groups below 2^16. */
function nodeFour(word: u32): u32 {
  return (NODE_WORD_MIN - 1 - word) >>> 29;
}

/**
 * Follows nodes of words for the answers of a list, by bits 26 to 31. Appends those that lead to
 * lines, whose kind has bit 2, to their list, and makes the list of the others; returns its end.
 */
function wordsStage(lists: u32, distance: u32, list: u32, end: u32): u32 {
  let lines = load<u32>(lists, LISTS_LINES_END);
  let further = lists + LISTS_DEEPER;
  for (let entry = list; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const value = <u64>load<u8>((out << 2) + distance, 3);
    const node = load<u32>(out) - NODE_WORDS;
    const runs = <u32>popcnt<u64>(load<u64>(node) << ~value);
    const word = load<u32>(node + (runs << 2), NODE_WORDS_LEAVES - 4);
    const four = nodeFour(word) & 4;
    store<u32>(out, word);
    store<u32>(lines, out);
    lines += four & word;
    store<u32>(further, out);
    further += four & ~word;
  }
  store<u32>(lists, lines, LISTS_LINES_END);
  return further;
}

/** As wordsStage for direct nodes, by bits 32 to 39; long nodes, which are rare, go to the rest. */
function directStage(lists: u32, distance: u32, list: u32, end: u32): u32 {
  let lines = load<u32>(lists, LISTS_LINES_END);
  let further = lists + LISTS_NODES;
  for (let entry = list; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const node = load<u32>(out);
    if (nodeKind(node) != NODE_DIRECT) {
      restAppend(lists, out);
      continue;
    }
    const value = <u32>load<u8>((out << 2) + distance, 4);
    const word = load<u32>(node - NODE_DIRECT + (value << 2));
    const four = nodeFour(word) & 4;
    store<u32>(out, word);
    store<u32>(lines, out);
    lines += four & word;
    store<u32>(further, out);
    further += four & ~word;
  }
  store<u32>(lists, lines, LISTS_LINES_END);
  return further;
}

/** Follows direct nodes by bits 40 to 47; what leads further is appended to the rest. */
function lastDirectStage(lists: u32, distance: u32, list: u32, end: u32): void {
  for (let entry = list; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const node = load<u32>(out);
    if (nodeKind(node) != NODE_DIRECT) {
      restAppend(lists, out);
      continue;
    }
    const value = <u32>load<u8>((out << 2) + distance, 5);
    const word = load<u32>(node - NODE_DIRECT + (value << 2));
    store<u32>(out, word);
    if (word >= NODE_WORD_MIN) restAppend(lists, out);
  }
}

function restAppend(lists: u32, out: u32): void {
  const end = load<u32>(lists, LISTS_REST_END);
  store<u32>(end, out);
  store<u32>(lists, end + 4, LISTS_REST_END);
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

/** Answers what is left, one address after the other: long nodes, and all from bit 48 on. */
function restStage(lists: u32, distance: u32): void {
  const end = load<u32>(lists, LISTS_REST_END);
  for (let entry = lists + LISTS_REST; entry < end; entry += 4) {
    const out = load<u32>(entry);
    const address = (out << 2) + distance;
    const high = bswap<u64>(load<u64>(address));
    const low = bswap<u64>(load<u64>(address, 8));
    store<u32>(out, wordGroup(load<u32>(out), high, low));
  }
}

/** Group of an address below a long node, or below any other of bit 48 and on. */
function wordGroup(word: u32, high: u64, low: u64): u32 {
  let next = word;
  for (let bits: u32 = 48; bits < ADDRESS6_BITS && next >= NODE_WORD_MIN; bits += 8) {
    const kind = nodeKind(next);
    if (kind == NODE_LONG) return nodeLongGroup(nodeAddress(next), high, low);
    if (kind != NODE_DIRECT) {
      const window = bits & ~15;
      return nodeLineGroup(next, keyValue(high, low, window, window + 16));
    }
    next = load<u32>(nodeAddress(next) + (keyValue(high, low, bits, bits + 8) << 2));
  }
  return next;
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
