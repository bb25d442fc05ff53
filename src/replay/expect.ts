/** A report held against a golden one. */

/** One place where two reports differ. */
export interface Difference {
  /** As in `next_hops[0].packets`. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Fields that say how fast it went and where it came from, not what happened. */
const IGNORED: ReadonlySet<string> = new Set([
  "file",
  "seconds",
  "read_seconds",
  "forwarding_seconds",
  "forwarding_ns_per_packet",
  "packets_per_second",
]);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Differences of `actual` from what `expected` says. Fields that only `actual` has are newer than
 * the golden report and no difference; timing and file names are ignored.
 */
export function reportDifferences(
  expected: unknown,
  actual: unknown,
  path = "",
): readonly Difference[] {
  if (isRecord(expected) && isRecord(actual)) {
    return Object.entries(expected)
      .filter(([field]) => !IGNORED.has(field))
      .flatMap(([field, value]) => {
        const inner = path === "" ? field : `${path}.${field}`;
        return reportDifferences(value, actual[field], inner);
      });
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    const pairs: readonly unknown[] = expected;
    return pairs.flatMap((value, i) => reportDifferences(value, actual[i], `${path}[${i}]`));
  }
  return Object.is(expected, actual) ? [] : [{ path, expected, actual }];
}
