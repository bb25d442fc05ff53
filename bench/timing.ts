/**
 * Times calls in this process: the benchmark library runs them, each of them is a sample.
 *
 * The library spends milliseconds between its own samples, in which caches and branch predictors
 * forget what they knew of a table: lookups then took up to four times as long. So it makes one
 * sample of a whole turn, and the calls in it are timed one by one.
 */

import Benchmark from "benchmark";

/** What is timed. */
export interface TimedWork {
  /**
   * The call. One of 100 to 300 µs gives the best samples: shorter than a time slice of the kernel,
   * so that most are disturbed by nothing.
   */
  readonly call: () => void;
  /** Operations that one call does. */
  readonly operations: number;
  /** Runs before every call, and is not timed. */
  readonly beforeCall?: (() => void) | undefined;
}

/** Less than any turn takes: the library's one sample is enough. */
const NO_SECONDS = 1e-9;

// The library would rather paste a function's source into its loop, where it has no closure.
Benchmark.support.decompilation = false;

/** Nanoseconds an operation of every call that one turn of about `seconds` makes. */
export function timedTurn(work: TimedWork, seconds: number): readonly number[] {
  const { call, operations, beforeCall } = work;
  const samples: number[] = [];
  const fn = (): void => {
    beforeCall?.();
    const start = performance.now();
    call();
    samples.push(((performance.now() - start) * 1e6) / operations);
  };
  // It finds out how often to call by calling, and calls that often again where that fell short.
  const minTime = seconds / 2;
  const bench = new Benchmark({ fn, minTime, maxTime: NO_SECONDS, minSamples: 1 });
  bench.run();
  // cast: what a call threw; the library's types leave it out.
  const { error } = bench as Benchmark & { readonly error?: unknown };
  if (error !== undefined) throw error;
  return samples;
}
