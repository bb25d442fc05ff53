/**
 * Source-based remotely triggered blackholes (RFC 5635, 4): what comes from a prefix whose route is
 * such a blackhole is dropped as what goes to it is.
 */

import { formatPrefix, type Prefix } from "../net/prefix.ts";
import type { RouteTable } from "../rib/route-table.ts";
import { prefixOf } from "./route-input.ts";
import type { SourceInput } from "./source-rules.ts";

/** Rows of a table, one after the other, with their targets. */
function* rowsOf(table: RouteTable): Generator<readonly [Prefix, number]> {
  const { count4, addresses4, lengths4, targets4, count6, words6, lengths6, targets6 } = table;
  for (let row = 0; row < count4; row++) {
    const prefix = {
      family: 4,
      address: addresses4[row] ?? 0,
      length: lengths4[row] ?? 0,
    } as const;
    yield [prefix, targets4[row] ?? 0];
  }
  const half = (at: number): bigint => {
    return (BigInt(words6[at] ?? 0) << 32n) | BigInt(words6[at + 1] ?? 0);
  };
  for (let row = 0; row < count6; row++) {
    const [high, low] = [half(4 * row), half(4 * row + 2)];
    yield [{ family: 6, high, low, length: lengths6[row] ?? 0 }, targets6[row] ?? 0];
  }
}

/**
 * Rules for the sources that a table's routes drop, behind those that are `given`, which stay. A
 * later row of a prefix replaces an earlier one.
 */
export function withBlackholeSources(
  given: readonly SourceInput[],
  table: RouteTable,
): readonly SourceInput[] {
  const drops = table.targets.map(
    (target) => target.kind !== "via" && target.dropsSources === true,
  );
  if (!drops.includes(true)) return given;
  const found = new Set<string>();
  for (const [prefix, target] of rowsOf(table)) {
    if (drops[target]) found.add(formatPrefix(prefix));
    else if (found.size > 0) found.delete(formatPrefix(prefix));
  }
  for (const { prefix } of given) found.delete(formatPrefix(prefixOf(prefix)));
  return [...given, ...Array.from(found, (prefix) => ({ prefix, action: "drop" as const }))];
}
