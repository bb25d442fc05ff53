/**
 * The kinds of node that fast tables are made of, and how a value finds its leaf in each.
 *
 * A node says for each value of some bits of the address what follows: a group, or another node.
 * Equal neighbours are one run. Where bits are counted, bit v of `runs` is set where value v begins
 * a run, so the leaf of v is the one whose index is the number of bits set at or below v, minus 1:
 *
 *   NODE_GROUPS   0 | runs u64 | group u16 …            6 bits, 10 to 136 bytes
 *   NODE_WORDS    0 | runs u64 | word u32 …             6 bits, 12 to 264 bytes
 *
 * 10.64.0.0/18 with 10.64.8.0/21 (values 8 to 15) in group 9 and the rest in group 8 has runs of
 * 0x10101 and the leaves 8, 9, 8; value 20 has three set bits at or below it: leaf 2, group 8.
 * Where runs are few, they are compared: the first value of each, the least of them first, and then
 * their groups. What is not used is the largest value with the last group, so that all are alike:
 *
 *   NODE_LINE8    0 | first u16 x 8  | 16 group u16 x 8      16 bits, half a cache line
 *   NODE_LINE16   0 | first u16 x 16 | 32 group u16 x 16     16 bits, a cache line
 *   NODE_LONG     0 | first 2 x u64 x 16 | 256 group u16 x 16       a whole IPv6 address
 *
 * Where runs are many, NODE_DIRECT is a word for each value of eight bits, and NODE_TABLE of ten;
 * NODE_CELL is one group. Nodes end in zeros to a multiple of 8 bytes. A word is a group, or an
 * address plus the kind of the node there.
 */

import {
  NODE_CELL,
  NODE_CELL_BYTES,
  NODE_DIRECT,
  NODE_DIRECT_BYTES,
  NODE_GROUPS_LEAVES,
  NODE_KIND_MASK,
  NODE_LINE8,
  NODE_LINE8_BYTES,
  NODE_LINE16,
  NODE_LINE16_BYTES,
  NODE_LINE16_LEAVES,
  NODE_LONG,
  NODE_LONG_BYTES,
  NODE_LONG_LEAVES,
  NODE_RUNS_MAX,
  NODE_TABLE,
  NODE_TABLE_BYTES,
  NODE_WORDS,
  NODE_WORDS_LEAVES,
} from "../layout";

/** Address of the node that a word leads to. */
export function nodeAddress(word: u32): u32 {
  return word & ~NODE_KIND_MASK;
}

/** Kind of the node that a word leads to. */
export function nodeKind(word: u32): u32 {
  return word & NODE_KIND_MASK;
}

/** Runs that begin at or below a value (its lowest 6 bits), of 64 values: 1 to 64. */
export function runsTo(runs: u64, value: u32): u32 {
  // Shifts count modulo 64, so ~value leaves the bits from 0 to value at the top.
  return <u32>popcnt<u64>(runs << (~value & 63));
}

/** Group of a value of 6 bits in a NODE_GROUPS. */
export function nodeGroup(node: u32, value: u32): u32 {
  return load<u16>(node + (runsTo(load<u64>(node), value) << 1), NODE_GROUPS_LEAVES - 2);
}

/** Word of a value of 6 bits in a NODE_WORDS. */
export function nodeWord(node: u32, value: u32): u32 {
  return load<u32>(node + (runsTo(load<u64>(node), value) << 2), NODE_WORDS_LEAVES - 4);
}

/** Group of a value of 16 bits in the NODE_LINE8 or NODE_LINE16 that a word leads to. */
export function nodeLineGroup(word: u32, value: u32): u32 {
  const node = nodeAddress(word);
  const key = i16x8.splat(<i16>value);
  const left = i16x8.le_u(v128.load(node), key);
  const right = i16x8.le_u(v128.load(node, 16), key);
  const below = <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(left, right));
  // The smaller node has 8 values, and its groups where the larger one has the other 8.
  const half = (word & 1) ^ 1;
  const runs = <u32>popcnt<u32>(below & (0xffff >>> (half << 3)));
  return load<u16>(node - (half << 4) + (runs << 1), NODE_LINE16_LEAVES - 2);
}

/** Group of an address in a NODE_LONG: the last run that begins at or below it. */
export function nodeLongGroup(node: u32, high: u64, low: u64): u32 {
  let run: u32 = 0;
  for (let step = NODE_RUNS_MAX >>> 1; step != 0; step >>>= 1) {
    const first = node + ((run + step) << 4);
    const firstHigh = load<u64>(first);
    const isBelow = firstHigh < high || (firstHigh == high && load<u64>(first, 8) <= low);
    run += select<u32>(step, 0, isBelow);
  }
  return load<u16>(node + (run << 1), NODE_LONG_LEAVES);
}

/** First link of the node that a word leads to. */
export function nodeLinks(word: u32): u32 {
  return nodeAddress(word) + (nodeKind(word) == NODE_WORDS ? NODE_WORDS_LEAVES : 0);
}

/** Bytes of the links of the node that a word leads to. */
export function nodeLinksBytes(word: u32): u32 {
  const kind = nodeKind(word);
  if (kind == NODE_WORDS) return (<u32>popcnt<u64>(load<u64>(nodeAddress(word)))) << 2;
  if (kind == NODE_DIRECT) return NODE_DIRECT_BYTES;
  return kind == NODE_TABLE ? NODE_TABLE_BYTES : 0;
}

/** Bytes of the node that a word leads to. */
export function nodeBytes(word: u32): u32 {
  const kind = nodeKind(word);
  if (kind == NODE_LINE16) return NODE_LINE16_BYTES;
  if (kind == NODE_LINE8) return NODE_LINE8_BYTES;
  if (kind == NODE_LONG) return NODE_LONG_BYTES;
  if (kind == NODE_CELL) return NODE_CELL_BYTES;
  if (kind == NODE_DIRECT) return NODE_DIRECT_BYTES;
  if (kind == NODE_TABLE) return NODE_TABLE_BYTES;
  const leaves = <u32>popcnt<u64>(load<u64>(nodeAddress(word)));
  if (kind == NODE_WORDS) return NODE_WORDS_LEAVES + (leaves << 2);
  return NODE_GROUPS_LEAVES + (leaves << 1);
}
