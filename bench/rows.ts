/** Results: a row a measurement, with the names and units that docs/BENCHMARKS.md gives. */

import type { ContenderDetails } from "./contender.ts";
import {
  noiseBeside,
  noiseIn,
  ROUNDS_TO_JUDGE,
  ratioOf,
  type SamplePair,
  subjectOf,
  summarize,
} from "./statistics.ts";

/** What tells a row from others: comparisons match rows by these. */
export interface RowLabels {
  /** What is done, or who does it: "fib-lookup", "DPDK rte_fib 2-byte AVX512". */
  readonly name: string;
  readonly family: "ipv4" | "ipv6" | "both";
  /** What the routes are. */
  readonly table: string;
  /** What the addresses, packets or updates are. */
  readonly pattern: string;
  /** Distinct groups, or as many as were asked for, and where they come from. */
  readonly groups?: number;
  readonly groups_placement?: "table" | "clustered" | "random";
  /** Threads that share the table; unless said, the thread of the measurement has it alone. */
  readonly workers?: number;
  /** Updates a second that another thread made meanwhile: none unless said. */
  readonly updates_per_second?: number;
  /** Whether caches were emptied before each call: "warm" unless said. */
  readonly caches?: "warm" | "cold";
}

/** A result. */
export interface Row extends RowLabels {
  /** From the median. */
  readonly million_per_second: number;
  /** The median. */
  readonly ns_per_operation: number;
  readonly p10_ns: number;
  readonly median_ns: number;
  /** Of single operations, where each was timed alone. */
  readonly mean_ns?: number;
  readonly p99_ns?: number;
  readonly max_ns?: number;
  /** Longest time in which an update left no room for packets, in the quickest run of each. */
  readonly stall_max_ns?: number;
  /** Of the slots of a group: the most that a next hop has, by what its weight is due. */
  readonly slot_max_mean?: number;
  /** Part of a group's slots that an event moves between next hops that it is not about. */
  readonly needless_moves?: number;
  readonly samples: number;
  /** The least, the nine deciles, the most. */
  readonly deciles_ns: readonly number[];
  /** Median by 10th percentile. */
  readonly spread: number;
  /** Ratio of 10th percentiles, subject to reference: the median of those of the turns. */
  readonly ratio_to_reference: number;
  /** What the reference is: ratios to different ones compare with nothing. */
  readonly reference: string;
  /** Part of the reference's time that the process had a processor for it. */
  readonly processor_share?: number;
  /** Why there is no verdict; null where there is one. */
  readonly noisy: string | null;
  readonly prefixes?: number;
  /** Bytes of the table that the work reads. */
  readonly memory_bytes: number;
  readonly bytes_per_prefix?: number;
  /** Bytes of a table's entry, and of an answer. */
  readonly entry_bytes?: number;
  readonly output_bytes?: number;
  readonly huge_pages?: boolean;
  readonly note?: string;
}

/** A row, and the samples that it sums up. */
export interface MeasuredRow {
  readonly row: Row;
  readonly samples: readonly number[];
}

/** What is known of a measurement besides its samples. */
export interface RowFacts {
  readonly labels: RowLabels;
  readonly details: ContenderDetails;
  /** The name of the reference. */
  readonly reference: string;
  readonly prefixes?: number;
  /** Whether every operation was timed alone. */
  readonly isEach?: boolean;
  /** Whether samples differ in what they do. */
  readonly isUneven?: boolean;
  readonly rounds: number;
}

/** Sums a measurement up. */
export function measuredRow(facts: RowFacts, pair: SamplePair): MeasuredRow {
  const { labels, details, reference, prefixes, isEach = false, isUneven = false, rounds } = facts;
  const all = subjectOf(pair);
  const { p10, median, mean, p99, max, samples, deciles, spread } = summarize(all);
  const noise = isUneven ? noiseBeside(pair) : noiseIn(pair);
  const row = {
    ...labels,
    million_per_second: 1000 / median,
    ns_per_operation: median,
    p10_ns: p10,
    median_ns: median,
    ...(isEach && { mean_ns: mean, p99_ns: p99, max_ns: max }),
    samples,
    deciles_ns: deciles,
    spread,
    ratio_to_reference: ratioOf(pair),
    reference,
    ...(pair.processorShare !== undefined && { processor_share: pair.processorShare }),
    noisy: rounds < ROUNDS_TO_JUDGE ? null : (noise ?? null),
    ...(prefixes !== undefined && { prefixes }),
    memory_bytes: details.memoryBytes,
    ...(prefixes && { bytes_per_prefix: details.memoryBytes / prefixes }),
    entry_bytes: details.entryBytes,
    output_bytes: details.outputBytes,
    huge_pages: details.hugePages,
    note: details.note,
  };
  return { row, samples: all };
}

/** The row in words, for messages. */
export function rowName(row: RowLabels): string {
  const { name, family, table, pattern, groups, groups_placement, workers, caches } = row;
  const { updates_per_second: updates } = row;
  const details = [
    groups === undefined ? "" : `${groups} groups (${groups_placement ?? "table"})`,
    workers === undefined ? "" : `${workers} worker${workers === 1 ? "" : "s"}`,
    updates === undefined ? "" : `${updates} updates a second`,
    caches ?? "",
  ];
  return [name, family, table, pattern, ...details].filter((text) => text !== "").join(", ");
}

/** The labels in one text: equal texts are rows of one measurement. */
export function rowKey(row: RowLabels): string {
  const { name, family, table, pattern, groups = 0, groups_placement = "table" } = row;
  const { workers = 0, updates_per_second = 0, caches = "warm" } = row;
  const work = [name, family, table, pattern, groups, groups_placement];
  return [...work, workers, updates_per_second, caches].join(" | ");
}
