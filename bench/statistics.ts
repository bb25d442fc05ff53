/** What samples say that a noisy machine cannot blur, and whether they say anything. */

/** Samples in figures, all of the samples' unit. */
export interface Summary {
  readonly samples: number;
  /** The 10th percentile: disturbed samples are slower, so it is what the work itself takes. */
  readonly p10: number;
  readonly median: number;
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
  /** Median by 10th percentile: 1 on a machine that nobody else uses. */
  readonly spread: number;
  /** The least, the nine deciles, the most. */
  readonly deciles: readonly number[];
}

/** Samples of a subject and of the reference, each in the order in which they were taken. */
export interface SamplePair {
  readonly subject: readonly number[];
  readonly reference: readonly number[];
  /** Part of the reference's time that this process had a processor for it. */
  readonly processorShare?: number;
}

/**
 * The halves of a run may disagree by so much on the ratio of 10th percentiles. That of the whole
 * run lies between theirs: it is known to half of this, which is what comparisons fail over.
 */
export const DRIFT_MAX = 0.1;
/** Half of the reference's samples taking twice what the quick ones take: too few were quick. */
export const SPREAD_MAX = 2;
/** Others may have the processor for the rest: each time they do, they take the caches along. */
export const PROCESSOR_SHARE_MIN = 0.8;
/** Halves of fewer rounds than these say nothing about noise. */
export const ROUNDS_TO_JUDGE = 4;

/** The value below which a part of the samples lies. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
}

/** Samples in ascending order. */
function ascending(samples: readonly number[]): Float64Array {
  return Float64Array.from(samples).sort();
}

/** Sums samples up; there must be one at least. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = ascending(samples);
  const p10 = percentile(sorted, 0.1);
  const median = percentile(sorted, 0.5);
  return {
    samples: sorted.length,
    p10,
    median,
    mean: sorted.reduce((sum, sample) => sum + sample, 0) / sorted.length,
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
    spread: median / p10,
    deciles: Array.from({ length: 11 }, (_, tenth) => percentile(sorted, tenth / 10)),
  };
}

/** Ratio of 10th percentiles, subject to reference: what can be compared between runs. */
export function ratioOf({ subject, reference }: SamplePair): number {
  return percentile(ascending(subject), 0.1) / percentile(ascending(reference), 0.1);
}

/** The 10th percentile of the first half by that of the second. */
function changeOf(samples: readonly number[]): number {
  const middle = samples.length >>> 1;
  const [first, second] = [samples.slice(0, middle), samples.slice(middle)];
  return percentile(ascending(first), 0.1) / percentile(ascending(second), 0.1);
}

/** Where others had the processor too often. */
function disturbance({ reference, processorShare = 1 }: SamplePair): string | undefined {
  if (processorShare < PROCESSOR_SHARE_MIN) {
    return `others had the processor for ${(100 * (1 - processorShare)).toFixed(0)} % of the time`;
  }
  const { spread } = summarize(reference);
  if (spread <= SPREAD_MAX) return undefined;
  return `the reference's median is ${spread.toFixed(2)} times its 10th percentile`;
}

/** Where halves differ too much; a change that is no number, of too few samples, is noise too. */
function drift(what: string, change: number): string | undefined {
  const part = Math.max(change, 1 / change) - 1;
  if (part <= DRIFT_MAX) return undefined;
  return `the ${what} of the run's halves differs by ${(100 * part).toFixed(0)} %`;
}

/** Why a run is too noisy to judge, in words; undefined where it is not. */
export function noiseIn(pair: SamplePair): string | undefined {
  const { subject, reference } = pair;
  return disturbance(pair) ?? drift("ratio", changeOf(subject) / changeOf(reference));
}

/** The same by the reference alone: where samples differ in what they do, so may the halves. */
export function noiseBeside(pair: SamplePair): string | undefined {
  return disturbance(pair) ?? drift("reference", changeOf(pair.reference));
}
