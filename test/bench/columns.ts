/** Routes for the tests of the benchmark, written as prefixes. */

import type { RouteColumns } from "../../src/engine/fib-tables.ts";
import { parsePrefix } from "../../src/net/prefix.ts";

/** Words of a prefix's address, most significant first. */
function wordsOf(text: string): { readonly words: readonly number[]; readonly length: number } {
  const prefix = parsePrefix(text)?.prefix;
  if (prefix === undefined) throw new Error(`${text} is no prefix`);
  const { length } = prefix;
  if (prefix.family === 4) return { words: [prefix.address], length };
  const { high, low } = prefix;
  const words = [high >> 32n, high, low >> 32n, low].map((half) =>
    Number(BigInt.asUintN(32, half)),
  );
  return { words, length };
}

/** Columns of prefixes of one family in the order of addresses; groups are 8, 9 and so on. */
export function columnsOf(prefixes: readonly string[]): RouteColumns {
  const rows = prefixes.map(wordsOf);
  return {
    count: rows.length,
    words: Uint32Array.from(rows.flatMap(({ words }) => words)),
    lengths: Uint8Array.from(rows, ({ length }) => length),
    groups: Uint32Array.from(rows, (_, index) => 8 + index),
  };
}
