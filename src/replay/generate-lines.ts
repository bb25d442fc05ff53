/** Writes generated routes as lines of a text table: a prefix, and the next hops of its group. */

import { formatAddress } from "../net/address.ts";
import { formatPrefix, type Prefix } from "../net/prefix.ts";
import { clusteredGroups, type FamilyRuns, randomGroups } from "./generate-groups.ts";
import { checkCount } from "./generate-options.ts";

/** How the prefixes of a table are given groups. */
export interface TableGroups {
  /** Groups of each family, of which some may stay without a prefix; 16 unless said. */
  readonly groups?: number;
  /** Same seed, same groups; 1 unless said. */
  readonly seed?: number;
  /** In runs, as origin ASes cluster them, unless said; or drawn for each prefix. */
  readonly placement?: "clustered" | "random";
  /** The runs of clustered groups; drawn unless said. */
  readonly runs?: FamilyRuns;
}

/** Next hops are numbered through 172.16.0.0/12 and fd00:ffff::/32: there are as many at most. */
const GROUPS_MAX = 2 ** 20 - 1;
const LINES_PER_CHUNK = 4096;
/** Next hops of the largest set. */
const NEXT_HOPS_MAX = 4;
/** Every third set gives its first next hop twice the weight. */
const WEIGHTED_EVERY = 3;

/** The options with their defaults. Throws USAGE for a number out of range. */
export function wholeGroups(options: TableGroups): Required<TableGroups> {
  const { groups = 16, seed = 1, placement = "clustered", runs = {} } = options;
  checkCount("groups", groups, 1, GROUPS_MAX);
  checkCount("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  return { groups, seed, placement, runs };
}

/** The text of a next hop of each group: private addresses (RFC 1918, RFC 4193). */
export function nextHops(family: 4 | 6, groups: number): readonly string[] {
  return Array.from({ length: groups }, (_, group) =>
    family === 4
      ? formatAddress({ family, value: 0xac100001 + group })
      : formatAddress({ family, high: 0xfd00ffff_0000_0000n, low: BigInt(group + 1) }),
  );
}

/** The text of a set of each group: up to four next hops, from the group's own on in a ring. */
export function nextHopSets(family: 4 | 6, groups: number): readonly string[] {
  const hops = nextHops(family, groups);
  return hops.map((_, first) => {
    const size = Math.min(1 + (first % NEXT_HOPS_MAX), groups);
    const members = Array.from({ length: size }, (_, i) => hops[(first + i) % groups]);
    const isWeighted = size > 1 && first % WEIGHTED_EVERY === 0;
    return isWeighted ? members.join().replace(",", "*2,") : members.join();
  });
}

/** Prefixes of a family in the order of a table. */
export interface PrefixRows {
  readonly family: 4 | 6;
  readonly count: number;
  prefix(row: number): Prefix;
}

/** The lines of a family's prefixes, many in a piece; `texts` has what each group stands for. */
export function* routeLines(
  rows: PrefixRows,
  texts: readonly string[],
  { groups, seed, placement, runs }: Required<TableGroups>,
): Generator<string> {
  const { [rows.family]: familyRuns } = runs;
  const ids =
    placement === "random"
      ? randomGroups(rows.count, { groups, seed })
      : clusteredGroups(rows.count, { groups, seed, ...(familyRuns && { runs: familyRuns }) });
  for (let start = 0; start < rows.count; start += LINES_PER_CHUNK) {
    let lines = "";
    const end = Math.min(start + LINES_PER_CHUNK, rows.count);
    for (let row = start; row < end; row++) {
      lines += `${formatPrefix(rows.prefix(row))} ${texts[ids[row] ?? 0]}\n`;
    }
    yield lines;
  }
}
