/**
 * A multibit trie in typed arrays, equal blocks stored once: what plain JavaScript does well.
 *
 *     root        2^strides[0] entries
 *     blocks[n]   blocks of 2^strides[n] entries, one after the other
 *
 * An entry is a group id, or BLOCK and the number of a block of the next level. Blocks are shared
 * from the last level up, so that equal ones have equal entries. Cost: a read a level.
 */

import type { RouteColumns } from "../../src/engine/fib-tables.ts";

/** Marks an entry that goes on in a block of the next level. */
export const BLOCK = 0x40000000;

/** The arrays of a table: the root's, then those of each level's blocks. */
export type StrideTable = readonly Uint32Array[];

/** The routes with the shorter prefixes first: each paints over what it is more specific than. */
function rowsByLength({ count, lengths }: RouteColumns): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b,
  );
}

/** Bits of an address; none of the strides crosses a word. */
function bitsOf(words: Uint32Array, start: number, count: number): number {
  const word = words[start >>> 5] ?? 0;
  return (word << (start & 31)) >>> (32 - count);
}

/** Builds a table; `strides` are the bits of each level, none crossing a word of the address. */
export function buildStrideTable(
  family: 4 | 6,
  routes: RouteColumns,
  strides: readonly number[],
): StrideTable {
  const width = family === 4 ? 1 : 4;
  const levels: Uint32Array[][] = strides.map(() => []);
  levels[0]?.push(new Uint32Array(1 << (strides[0] ?? 0)));
  for (const row of rowsByLength(routes)) {
    paint(levels, strides, {
      words: routes.words.subarray(row * width, (row + 1) * width),
      length: routes.lengths[row] ?? 0,
      group: routes.groups[row] ?? 0,
    });
  }
  return share(levels);
}

/** A route as it is painted. */
interface Route {
  readonly words: Uint32Array;
  readonly length: number;
  readonly group: number;
}

function paint(levels: Uint32Array[][], strides: readonly number[], route: Route): void {
  let block = levels[0]?.[0] ?? new Uint32Array();
  let start = 0;
  let level = 0;
  let stride = strides[0] ?? 0;
  while (route.length > start + stride) {
    const index = bitsOf(route.words, start, stride);
    start += stride;
    level++;
    stride = strides[level] ?? 0;
    const blocks = levels[level] ?? [];
    const entry = block[index] ?? 0;
    if (entry < BLOCK) {
      block[index] = BLOCK + blocks.length;
      blocks.push(new Uint32Array(1 << stride).fill(entry));
    }
    block = blocks[(block[index] ?? 0) - BLOCK] ?? block;
  }
  const first = bitsOf(route.words, start, stride);
  block.fill(route.group, first, first + (1 << (start + stride - route.length)));
}

/** Keeps one of equal blocks, level by level from the last, and joins the rest. */
function share(levels: readonly Uint32Array[][]): StrideTable {
  const joined: Uint32Array[] = [];
  let names: readonly number[] = [];
  for (const blocks of levels.toReversed()) {
    const kept = new Map<string, number>();
    const unique: Uint32Array[] = [];
    const below = names;
    names = blocks.map((block) => {
      const entries = block.map((e) => (e < BLOCK ? e : BLOCK + (below[e - BLOCK] ?? 0)));
      const key = Buffer.from(entries.buffer).toString("latin1");
      const known = kept.get(key);
      if (known !== undefined) return known;
      kept.set(key, unique.length);
      return unique.push(entries) - 1;
    });
    joined.unshift(concatenate(unique));
  }
  return joined;
}

/** The blocks of a level, one after the other; all are equally long. */
function concatenate(blocks: readonly Uint32Array[]): Uint32Array {
  const length = blocks[0]?.length ?? 0;
  const whole = new Uint32Array(blocks.length * length);
  for (const [index, block] of blocks.entries()) whole.set(block, index * length);
  return whole;
}
