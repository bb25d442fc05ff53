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

/** What a subject and the reference took, one turn just after the other. */
export interface TurnPair {
  readonly subject: readonly number[];
  readonly reference: readonly number[];
  /** Part of the turn that this process had a processor for: of both turns the lesser. */
  readonly processorShare?: number;
}

/** Turns of a subject and of the reference, in the order in which they were taken. */
export interface SamplePair {
  readonly turns: readonly TurnPair[];
  /** Part of the reference's time that this process had a processor for it. */
  readonly processorShare?: number;
}

/**
 * The halves of a run may disagree by so much on the ratio: that of the whole run lies between
 * theirs, so that it is known to half of this.
 */
export const DRIFT_MAX = 0.05;
/** So far from the ratio may the true one lie by what the turns scatter. */
export const SCATTER_MAX = 0.025;
/** Of updates: half of the reference's samples taking twice what the quick ones take. */
export const SPREAD_MAX = 2;
/** Others may have the processor for the rest: each time they do, they take the caches along. */
export const PROCESSOR_SHARE_MIN = 0.8;
/** Turns in which others had it for more do not count. */
export const TURN_SHARE_MIN = 0.9;
/** As many turns say more than all do. */
const QUIET_TURNS_MIN = 16;
/** Halves of fewer rounds than these say nothing about noise. */
export const ROUNDS_TO_JUDGE = 4;
/** Quartiles of normal values, in which 19 of 20 medians lie: 1.57 / sqrt(n) (McGill 1978). */
const MEDIAN_SCATTER = 1.57;

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

/** All samples of a subject, in order. */
export function subjectOf({ turns }: SamplePair): readonly number[] {
  return turns.flatMap(({ subject }) => subject);
}

function p10Of(samples: readonly number[]): number {
  return percentile(ascending(samples), 0.1);
}

/** The turns in which nobody else ran; all of them where that leaves too few. */
function countedTurns({ turns }: SamplePair): readonly TurnPair[] {
  const quiet = turns.filter(({ processorShare = 1 }) => processorShare >= TURN_SHARE_MIN);
  return quiet.length >= QUIET_TURNS_MIN ? quiet : turns;
}

/** Ratio of 10th percentiles of each turn that counts. */
function turnRatios(pair: SamplePair): readonly number[] {
  return countedTurns(pair).map(({ subject, reference }) => p10Of(subject) / p10Of(reference));
}

function medianOf(values: readonly number[]): number {
  return percentile(ascending(values), 0.5);
}

/**
 * Ratio of 10th percentiles, subject to reference: the median of the turns' own, since what
 * disturbs a turn disturbs the turn beside it. It can be compared between runs.
 */
export function ratioOf(pair: SamplePair): number {
  return medianOf(turnRatios(pair));
}

/** A figure of the first half by that of the second. */
function changeOf<T>(values: readonly T[], figure: (half: readonly T[]) => number): number {
  const middle = values.length >>> 1;
  return figure(values.slice(0, middle)) / figure(values.slice(middle));
}

/** Where others had the processor too often. */
function disturbance({ processorShare = 1 }: SamplePair): string | undefined {
  if (processorShare >= PROCESSOR_SHARE_MIN) return undefined;
  return `others had the processor for ${(100 * (1 - processorShare)).toFixed(0)} % of the time`;
}

/** Where halves differ too much; a change that is no number, of too few samples, is noise too. */
function drift(what: string, change: number, most: number): string | undefined {
  const part = Math.max(change, 1 / change) - 1;
  if (part <= most) return undefined;
  return `the ${what} of the run's halves differs by ${(100 * part).toFixed(0)} %`;
}

/** Where the turns differ so much that their median says too little. */
function scatter(ratios: readonly number[]): string | undefined {
  const sorted = ascending(ratios);
  const quartiles = percentile(sorted, 0.75) - percentile(sorted, 0.25);
  const part = (MEDIAN_SCATTER * quartiles) / Math.sqrt(ratios.length) / percentile(sorted, 0.5);
  if (part <= SCATTER_MAX) return undefined;
  return `the ratio is known to ${(100 * part).toFixed(1)} % only`;
}

/** Why a run is too noisy to judge, in words; undefined where it is not. */
export function noiseIn(pair: SamplePair): string | undefined {
  const ratios = turnRatios(pair);
  return (
    disturbance(pair) ?? drift("ratio", changeOf(ratios, medianOf), DRIFT_MAX) ?? scatter(ratios)
  );
}

/** The same by the reference alone: where samples differ in what they do, so may the turns. */
export function noiseBeside(pair: SamplePair): string | undefined {
  const reference = pair.turns.flatMap((turn) => turn.reference);
  const { spread } = summarize(reference);
  if (spread > SPREAD_MAX) {
    return `the reference's median is ${spread.toFixed(2)} times its 10th percentile`;
  }
  return disturbance(pair) ?? drift("reference", changeOf(reference, p10Of), 2 * DRIFT_MAX);
}
