/**
 * The fair JavaScript baseline: tables like ours in typed arrays, read by plain loops.
 *
 * IPv4 takes 18 bits, then 6, then 8. The root holds where a block starts, and what is shorter than
 * /18 has a block of its own, so that only addresses behind /25 and longer take a branch. IPv6
 * takes 16 bits, then a byte a level. Entries have 2 bytes while groups and blocks fit into 15 bits
 * each, else 4. The best of what was tried: DIR-24-8 and 16-8-8 reach about half of it for IPv4.
 */

import { BURST, type Rival, type RivalInput } from "./rival.ts";
import { BLOCK, buildStrideTable } from "./stride-table.ts";

/** Entries, those from `block` on naming a block. */
interface Entries {
  readonly values: Uint16Array | Uint32Array;
  readonly block: number;
}

/** What a family's table adds to the rival. */
type Table = Pick<Rival, "addresses" | "memoryBytes" | "entryBytes" | "lookup">;

const BLOCK_NARROW = 0x8000;

/** The arrays with entries of 2 bytes where all of them fit. */
function narrowed(arrays: readonly Uint32Array[]): readonly Entries[] {
  const isNarrow = arrays.every((values) =>
    values.every((e) => (e < BLOCK ? e : e - BLOCK) < BLOCK_NARROW),
  );
  if (!isNarrow) return arrays.map((values) => ({ values, block: BLOCK }));
  return arrays.map((values) => ({
    values: Uint16Array.from(values, (e) => (e < BLOCK ? e : e - BLOCK + BLOCK_NARROW)),
    block: BLOCK_NARROW,
  }));
}

/** Makes each root entry the start of a block of 64, adding blocks for the groups in it. */
function withBlocksOnly(
  root: Uint32Array,
  blocks: Uint32Array,
): { readonly starts: Uint32Array; readonly blocks: Uint32Array } {
  const groups = [...new Set(root.filter((entry) => entry < BLOCK))];
  const starts = new Map(groups.map((group, n) => [group, blocks.length + 64 * n]));
  const all = new Uint32Array(blocks.length + 64 * groups.length);
  all.set(blocks);
  for (const [group, start] of starts) all.fill(group, start, start + 64);
  return {
    starts: root.map((e) => (e < BLOCK ? (starts.get(e) ?? 0) : (e - BLOCK) * 64)),
    blocks: all,
  };
}

function table4({ routes, stream }: RivalInput, answers: Uint32Array): Table {
  const [root, below, last] = buildStrideTable(4, routes, [18, 6, 8]);
  if (root === undefined || below === undefined || last === undefined) throw new Error("no levels");
  const { starts, blocks } = withBlocksOnly(root, below);
  const [middle, tail] = narrowed([blocks, last]);
  if (middle === undefined || tail === undefined) throw new Error("no levels");
  const addresses = new Uint32Array(stream.buffer, stream.byteOffset, stream.length / 4);
  const burst = (first: number, count: number): void => {
    const { values, block } = middle;
    const ends = tail.values;
    for (let i = 0; i < count; i++) {
      const word = addresses[first + i] ?? 0; // Network order: the first byte is the lowest.
      const top = ((word & 255) << 16) | (word & 0xff00) | ((word >>> 16) & 255);
      let entry = values[(starts[top >>> 6] ?? 0) + (top & 63)] ?? 0;
      if (entry >= block) entry = ends[((entry - block) << 8) | (word >>> 24)] ?? 0;
      answers[i] = entry;
    }
  };
  return {
    addresses: "in network order",
    memoryBytes: starts.byteLength + middle.values.byteLength + tail.values.byteLength,
    entryBytes: middle.values.BYTES_PER_ELEMENT,
    lookup: inBursts(burst),
  };
}

/** The levels behind the root in one array, so that a lookup walks bytes and nothing else. */
function joinLevels(levels: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(levels.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const level of levels) {
    const next = (start + level.length) / 256;
    joined.set(
      level.map((e) => (e < BLOCK ? e : e + next)),
      start,
    );
    start += level.length;
  }
  return joined;
}

function table6({ routes, stream }: RivalInput, answers: Uint32Array): Table {
  const strides = [16, ...Array.from({ length: 14 }, () => 8)];
  const [root, ...levels] = buildStrideTable(6, routes, strides);
  const [top, rest] = narrowed([root ?? new Uint32Array(), joinLevels(levels)]);
  if (top === undefined || rest === undefined) throw new Error("no levels");
  const burst = (first: number, count: number): void => {
    const { values, block } = rest;
    const roots = top.values;
    for (let i = 0; i < count; i++) {
      let byte = (first + i) * 16;
      let entry = roots[((stream[byte] ?? 0) << 8) | (stream[byte + 1] ?? 0)] ?? 0;
      byte += 2;
      while (entry >= block) entry = values[((entry - block) << 8) | (stream[byte++] ?? 0)] ?? 0;
      answers[i] = entry;
    }
  };
  return {
    addresses: "in network order",
    memoryBytes: top.values.byteLength + rest.values.byteLength,
    entryBytes: top.values.BYTES_PER_ELEMENT,
    lookup: inBursts(burst),
  };
}

function inBursts(burst: (first: number, count: number) => void): Rival["lookup"] {
  return (first, count) => {
    const end = first + count;
    for (let at = first; at < end; at += BURST) burst(at, Math.min(BURST, end - at));
  };
}

/** The baseline over a table of either family. */
export function plainJs(input: RivalInput): Rival {
  const answers = new Uint32Array(BURST);
  return {
    name: "plain JavaScript, typed arrays",
    library: `Node ${process.versions.node}`,
    answer: "group",
    count: input.stream.length / (input.family === 4 ? 4 : 16),
    answers,
    ...(input.family === 4 ? table4(input, answers) : table6(input, answers)),
  };
}
