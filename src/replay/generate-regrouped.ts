/** Gives the prefixes of a table that is there already generated groups. */

import { prefixFromCells } from "../net/prefix.ts";
import type { RouteTable } from "../rib/route-table.ts";
import {
  nextHops,
  type PrefixRows,
  routeLines,
  type TableGroups,
  wholeGroups,
} from "./generate-lines.ts";

/** The rows of one family. */
interface Columns {
  readonly family: 4 | 6;
  readonly count: number;
  /** Words of a row's address. */
  readonly width: 1 | 4;
  readonly words: Uint32Array;
  readonly lengths: Uint8Array;
}

/** The rows of a family in the order of a table: by address, then by length, each prefix once. */
function orderedRows({ family, count, width, words, lengths }: Columns): PrefixRows {
  const compare = (a: number, b: number): number => {
    for (let word = 0; word < width; word++) {
      const difference = (words[a * width + word] ?? 0) - (words[b * width + word] ?? 0);
      if (difference !== 0) return difference;
    }
    return (lengths[a] ?? 0) - (lengths[b] ?? 0);
  };
  const rows = Uint32Array.from({ length: count }, (_, row) => row)
    .sort(compare)
    .filter((row, index, all) => index === 0 || compare(all[index - 1] ?? 0, row) !== 0);
  return {
    family,
    count: rows.length,
    prefix: (index) => {
      const row = rows[index] ?? 0;
      const address = words.subarray(row * width, (row + 1) * width);
      return prefixFromCells({ family, length: lengths[row] ?? 0, words: address });
    },
  };
}

/**
 * The lines of a text table, `PREFIX NEXTHOP`, many in a piece: the prefixes of `table`, each once,
 * in the order of their addresses, IPv4 first. Each group is a next hop. Throws USAGE for a number
 * out of range.
 */
export function regroupTable(table: RouteTable, options: TableGroups = {}): Generator<string> {
  return tableLines(table, wholeGroups(options));
}

function* tableLines(table: RouteTable, options: Required<TableGroups>): Generator<string> {
  const { groups, seed } = options;
  const { count4, addresses4, lengths4, count6, words6, lengths6 } = table;
  const families = [
    orderedRows({ family: 4, count: count4, width: 1, words: addresses4, lengths: lengths4 }),
    orderedRows({ family: 6, count: count6, width: 4, words: words6, lengths: lengths6 }),
  ];
  const counts = families.map(({ family, count }) => `${count} IPv${family}`).join(" and ");
  yield `# ${counts} routes, ${groups} next hops, seed ${seed}\n`;
  for (const rows of families) yield* routeLines(rows, nextHops(rows.family, groups), options);
}
