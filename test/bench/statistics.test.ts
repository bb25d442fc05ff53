/** Figures of samples, and the line between a busy machine and one that says nothing. */

import { describe, expect, it } from "vitest";
import {
  DRIFT_MAX,
  noiseBeside,
  noiseIn,
  PROCESSOR_SHARE_MIN,
  ratioOf,
  SPREAD_MAX,
  summarize,
} from "../../bench/statistics.ts";
import { seededRandom } from "../oracle/random.ts";

const COUNT = 2000;

/** Samples that take `base`, of which a part is disturbed and takes up to four times as long. */
function samplesOf(base: number, disturbed = 0.2, seed = 1): readonly number[] {
  const random = seededRandom(seed);
  return Array.from({ length: COUNT }, () => {
    const jitter = 1 + random.below(1000) / 50_000;
    const factor = random.below(1000) < 1000 * disturbed ? 1 + random.below(3000) / 1000 : 1;
    return base * jitter * factor;
  });
}

/** The samples, with all from the half of the run on taking so many times as long. */
function drifting(samples: readonly number[], factor: number): readonly number[] {
  return samples.map((sample, index) => (index < COUNT / 2 ? sample : sample * factor));
}

describe("a summary", () => {
  it("orders what it is given", () => {
    const hundred = Array.from({ length: 101 }, (_, index) => 100 - index);
    expect(summarize(hundred)).toEqual({
      samples: 101,
      p10: 10,
      median: 50,
      mean: 50,
      p99: 99,
      max: 100,
      spread: 5,
      deciles: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    });
  });

  it("of one sample is that sample", () => {
    const { deciles, ...rest } = summarize([7]);
    expect(new Set([...deciles, rest.p10, rest.median, rest.mean, rest.p99, rest.max])).toEqual(
      new Set([7]),
    );
  });
});

describe("the ratio of 10th percentiles", () => {
  it("hardly changes while disturbances do", () => {
    const quiet = ratioOf({ subject: samplesOf(8, 0), reference: samplesOf(2, 0, 2) });
    for (const disturbed of [0.1, 0.3, 0.5, 0.7]) {
      const subject = samplesOf(8, disturbed, 3);
      const reference = samplesOf(2, disturbed, 4);
      expect(ratioOf({ subject, reference }) / quiet).toBeCloseTo(1, 1);
    }
    expect(quiet).toBeCloseTo(4, 1);
  });
});

describe("a run", () => {
  it.each([0, 0.2, 0.5])("with a part of %f disturbed is not too noisy", (disturbed) => {
    const subject = samplesOf(8, disturbed);
    const reference = samplesOf(2, disturbed, 2);
    expect(noiseIn({ subject, reference })).toBeUndefined();
  });

  it("that slows down as a whole is not too noisy", () => {
    const subject = drifting(samplesOf(8), 1.5);
    const reference = drifting(samplesOf(2, 0.2, 2), 1.5);
    expect(noiseIn({ subject, reference })).toBeUndefined();
  });

  it.each([
    ["slower", 1 + 1.5 * DRIFT_MAX],
    ["faster", 1 / (1 + 1.5 * DRIFT_MAX)],
  ])("whose subject alone gets %s is too noisy", (_, factor) => {
    const subject = drifting(samplesOf(8), factor);
    const reference = samplesOf(2, 0.2, 2);
    expect(noiseIn({ subject, reference })).toMatch(/halves differs by 1[3-7] %/);
  });

  it("whose subject drifts by less is not", () => {
    const subject = drifting(samplesOf(8), 1 + DRIFT_MAX / 2);
    expect(noiseIn({ subject, reference: samplesOf(2, 0.2, 2) })).toBeUndefined();
  });

  it("whose reference was mostly disturbed is too noisy", () => {
    const reference = samplesOf(2, 0.2, 2).map((sample, index) =>
      index % 5 === 0 ? sample : sample * SPREAD_MAX * 1.2,
    );
    expect(noiseIn({ subject: samplesOf(8), reference })).toMatch(/median is 2\.\d\d times/);
  });

  it("whose samples differ in what they do is judged by the reference alone", () => {
    const beside = (reference: readonly number[]) =>
      noiseBeside({ subject: drifting(samplesOf(8), 3), reference });
    expect(beside(samplesOf(2))).toBeUndefined();
    expect(beside(drifting(samplesOf(2), 1 + DRIFT_MAX / 2))).toBeUndefined();
    expect(beside(drifting(samplesOf(2), 1.2))).toMatch(/reference of the run's halves differs/);
    expect(beside(samplesOf(2, 0.95))).toMatch(/median is 2\.\d\d times/);
  });

  it("that had the processor for too little of its time is too noisy", () => {
    const pair = { subject: samplesOf(8), reference: samplesOf(2, 0.2, 2) };
    expect(noiseIn({ ...pair, processorShare: PROCESSOR_SHARE_MIN })).toBeUndefined();
    expect(noiseIn({ ...pair, processorShare: 1.02 })).toBeUndefined();
    const noise = "others had the processor for 30 % of the time";
    expect(noiseIn({ ...pair, processorShare: 0.7 })).toBe(noise);
    expect(noiseBeside({ ...pair, processorShare: 0.7 })).toBe(noise);
  });

  it("of one sample, which has no halves, is too noisy", () => {
    expect(noiseIn({ subject: [8], reference: [2] })).toBeDefined();
  });
});
