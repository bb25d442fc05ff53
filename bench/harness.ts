/**
 * Measures subjects beside a loop that never changes, and prints what a noisy machine cannot blur.
 *
 * The machine slows subject and reference alike, so they take turns and the ratio of their 10th
 * percentiles is what can be compared between runs: it holds to a few percent where means double.
 */

import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import Benchmark from "benchmark";
import Table from "cli-table3";

/** What is measured. */
export interface Subject {
  readonly name: string;
  readonly family: 4 | 6;
  /** What the routes are. */
  readonly table: string;
  /** What the addresses or packets are. */
  readonly pattern: string;
  /** Bytes of the table that the work reads. */
  readonly memoryBytes: number;
  /** Operations that one call does; a call should take 100 to 300 µs. */
  readonly operations: number;
  /** Makes everything ready, right before it is measured; returns the call. */
  readonly prepare: () => () => void;
}

/** A result; field names and units are those that `anyfib bench --json` documents. */
interface Row {
  readonly name: string;
  readonly family: string;
  readonly table: string;
  readonly pattern: string;
  readonly million_per_second: number;
  /** The median. */
  readonly ns_per_operation: number;
  readonly p10_ns: number;
  readonly median_ns: number;
  readonly samples: number;
  readonly memory_bytes: number;
  /** Ratio of 10th percentiles, subject to reference: how many reference steps it costs. */
  readonly ratio_to_reference: number;
}

/** Turns that subject and reference take. */
const ROUNDS = 12;
const TURN_SECONDS = 0.05;
/** Turns before these, in which V8 compiles: not counted. */
const WARM_UP_ROUNDS = 2;
/** Shorter than a time slice of the kernel: most samples are disturbed by nothing. */
const SAMPLE_SECONDS = 0.0002;

const REFERENCE_STEPS = 65_536;
const REFERENCE_WORDS = 4096;

// The library would rather paste a function's source into its loop, where it has no closure.
Benchmark.support.decompilation = false;

/**
 * The reference: a walk of dependent reads through 16 KiB, which no neighbour's use of the larger
 * caches disturbs. Frozen: published ratios refer to it.
 */
function referenceLoop(): () => number {
  const words = Uint32Array.from({ length: REFERENCE_WORDS }, (_, i) => Math.imul(i, 0x9e3779b1));
  return () => {
    let state = 1;
    for (let step = 0; step < REFERENCE_STEPS; step++) {
      state = (Math.imul(state, 0x343fd) + 0x269ec3 + (words[state >>> 20] ?? 0)) | 0;
    }
    return state;
  };
}

/** Nanoseconds an operation of every sample that one turn takes. */
function turn(run: () => void, operations: number): readonly number[] {
  const bench = new Benchmark({ fn: run, minTime: SAMPLE_SECONDS, maxTime: TURN_SECONDS });
  bench.run();
  const { error, stats } = bench as Benchmark & { readonly error?: unknown };
  if (error !== undefined) throw error;
  return stats.sample.map((seconds) => (seconds * 1e9) / operations);
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
}

function measure(subject: Subject, reference: () => void): Row {
  const run = subject.prepare();
  const subjectNs: number[] = [];
  const referenceNs: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const ours = turn(run, subject.operations);
    const theirs = turn(reference, REFERENCE_STEPS);
    if (round < 0) continue;
    subjectNs.push(...ours);
    referenceNs.push(...theirs);
  }
  subjectNs.sort((a, b) => a - b);
  referenceNs.sort((a, b) => a - b);
  const p10 = percentile(subjectNs, 0.1);
  const median = percentile(subjectNs, 0.5);
  return {
    name: subject.name,
    family: `ipv${subject.family}`,
    table: subject.table,
    pattern: subject.pattern,
    million_per_second: 1000 / median,
    ns_per_operation: median,
    p10_ns: p10,
    median_ns: median,
    samples: subjectNs.length,
    memory_bytes: subject.memoryBytes,
    ratio_to_reference: p10 / percentile(referenceNs, 0.1),
  };
}

function commit(): string | null {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return null; // An installed package has no history.
  }
}

function text(rows: readonly Row[]): string {
  const table = new Table({
    head: ["", "family", "pattern", "M/s", "p10 ns", "median ns", "samples", "MB", "ratio"],
    colAligns: ["left", "left", "left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push([
      row.name,
      row.family,
      row.pattern,
      row.million_per_second.toFixed(1),
      row.p10_ns.toFixed(2),
      row.median_ns.toFixed(2),
      row.samples,
      (row.memory_bytes / 1e6).toFixed(1),
      row.ratio_to_reference.toFixed(2),
    ]);
  }
  const tables = new Set(rows.map(({ table: name }) => name));
  return `${table}\ntable: ${[...tables].join("; ")}\n`;
}

/** Measures all subjects and prints them: a table, or with `--json` among the arguments JSON. */
export function report(subjects: readonly Subject[]): void {
  const loop = referenceLoop();
  const reference = (): void => void loop();
  const rows = subjects.map((subject) => measure(subject, reference));
  if (!process.argv.includes("--json")) {
    process.stdout.write(text(rows));
    return;
  }
  const { node, v8 } = process.versions;
  const machine = { cpu: cpus()[0]?.model ?? "unknown", node, v8 };
  process.stdout.write(`${JSON.stringify({ rows, machine, commit: commit() }, null, 2)}\n`);
}
