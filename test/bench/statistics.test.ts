/** Figures of samples, and the line between a busy machine and one that says nothing. */

import { describe, expect, it } from "vitest";
import {
  DRIFT_MAX,
  noiseBeside,
  noiseIn,
  PROCESSOR_SHARE_MIN,
  ratioOf,
  type SamplePair,
  SCATTER_MAX,
  SPREAD_MAX,
  subjectOf,
  summarize,
  TURN_SHARE_MIN,
} from "../../bench/statistics.ts";
import { seededRandom } from "../oracle/random.ts";

const COUNT = 2000;
/** Samples of a turn. */
const TURN = 50;

/** Samples that take `base`, of which a part is disturbed and takes up to four times as long. */
function samplesOf(base: number, disturbed = 0.2, seed = 1): readonly number[] {
  const random = seededRandom(seed);
  return Array.from({ length: COUNT }, () => {
    const jitter = 1 + random.below(1000) / 50_000;
    const factor = random.below(1000) < 1000 * disturbed ? 1 + random.below(3000) / 1000 : 1;
    return base * jitter * factor;
  });
}

/** Samples of both, cut into turns. */
function turnsOf(subject: readonly number[], reference: readonly number[]): SamplePair {
  const cut = (samples: readonly number[], turn: number) =>
    samples.slice(turn * TURN, (turn + 1) * TURN);
  const turns = Array.from({ length: COUNT / TURN }, (_, turn) => ({
    subject: cut(subject, turn),
    reference: cut(reference, turn),
  }));
  return { turns };
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
    const quiet = ratioOf(turnsOf(samplesOf(8, 0), samplesOf(2, 0, 2)));
    for (const disturbed of [0.1, 0.3, 0.5, 0.7]) {
      const pair = turnsOf(samplesOf(8, disturbed, 3), samplesOf(2, disturbed, 4));
      expect(ratioOf(pair) / quiet).toBeCloseTo(1, 1);
    }
    expect(quiet).toBeCloseTo(4, 1);
  });

  it("does not change where a neighbour slows some turns of both", () => {
    const slowed = (samples: readonly number[]) =>
      samples.map((sample, index) => (Math.floor(index / TURN) % 3 === 0 ? 1.7 * sample : sample));
    const [subject, reference] = [samplesOf(8), samplesOf(2, 0.2, 2)];
    const pair = turnsOf(slowed(subject), slowed(reference));
    expect(ratioOf(pair)).toBeCloseTo(ratioOf(turnsOf(subject, reference)), 9);
    expect(noiseIn(pair)).toBeUndefined();
    expect(subjectOf(pair)).toEqual(slowed(subject));
  });

  it("leaves out turns in which others ran, unless hardly any are left", () => {
    const { turns } = turnsOf(samplesOf(8), samplesOf(2, 0.2, 2));
    const ratioWith = (disturbed: number) =>
      ratioOf({
        turns: turns.map((turn, index) =>
          index < disturbed
            ? { subject: [80], reference: [2], processorShare: TURN_SHARE_MIN - 0.01 }
            : { ...turn, processorShare: TURN_SHARE_MIN },
        ),
      });
    expect(ratioWith(24)).toBeCloseTo(4, 1);
    expect(ratioWith(25)).toBeCloseTo(40, 1);
  });
});

describe("a run", () => {
  it.each([0, 0.2, 0.5])("with a part of %f disturbed is not too noisy", (disturbed) => {
    const pair = turnsOf(samplesOf(8, disturbed), samplesOf(2, disturbed, 2));
    expect(noiseIn(pair)).toBeUndefined();
  });

  it("that slows down as a whole is not too noisy", () => {
    const pair = turnsOf(drifting(samplesOf(8), 1.5), drifting(samplesOf(2, 0.2, 2), 1.5));
    expect(noiseIn(pair)).toBeUndefined();
  });

  it.each([
    ["slower", 1 + 2 * DRIFT_MAX],
    ["faster", 1 / (1 + 2 * DRIFT_MAX)],
  ])("whose subject alone gets %s is too noisy", (_, factor) => {
    const pair = turnsOf(drifting(samplesOf(8), factor), samplesOf(2, 0.2, 2));
    expect(noiseIn(pair)).toMatch(/halves differs by (9|10|11) %/);
  });

  it("whose subject drifts by less is not", () => {
    const subject = drifting(samplesOf(8), 1 + DRIFT_MAX / 2);
    expect(noiseIn(turnsOf(subject, samplesOf(2, 0.2, 2)))).toBeUndefined();
  });

  it("whose turns differ by more than their median can be known to is too noisy", () => {
    // Of 40 turns a quarter or less are quick: quartiles differ by `part`, medians by less.
    const scattered = (part: number) =>
      samplesOf(8, 0).map((sample, index) => sample * (1 + part * (Math.floor(index / TURN) % 2)));
    const noiseOf = (part: number) => noiseIn(turnsOf(scattered(part), samplesOf(2, 0, 2)));
    const most = (SCATTER_MAX * Math.sqrt(COUNT / TURN)) / 1.57;
    expect(noiseOf(0.8 * most)).toBeUndefined();
    expect(noiseOf(1.3 * most)).toMatch(/the ratio is known to [23]\.\d % only/);
  });

  it("whose samples differ in what they do is judged by the reference alone", () => {
    const beside = (reference: readonly number[]) =>
      noiseBeside(turnsOf(drifting(samplesOf(8), 3), reference));
    expect(beside(samplesOf(2))).toBeUndefined();
    expect(beside(drifting(samplesOf(2), 1 + DRIFT_MAX))).toBeUndefined();
    expect(beside(drifting(samplesOf(2), 1.2))).toMatch(/reference of the run's halves differs/);
    const slow = samplesOf(2, 0.2, 2).map((sample, index) =>
      index % 5 === 0 ? sample : sample * SPREAD_MAX * 1.2,
    );
    expect(beside(slow)).toMatch(/median is 2\.\d\d times/);
  });

  it("that had the processor for too little of its time is too noisy", () => {
    const pair = turnsOf(samplesOf(8), samplesOf(2, 0.2, 2));
    expect(noiseIn({ ...pair, processorShare: PROCESSOR_SHARE_MIN })).toBeUndefined();
    expect(noiseIn({ ...pair, processorShare: 1.02 })).toBeUndefined();
    const noise = "others had the processor for 30 % of the time";
    expect(noiseIn({ ...pair, processorShare: 0.7 })).toBe(noise);
    expect(noiseBeside({ ...pair, processorShare: 0.7 })).toBe(noise);
  });

  it("of one sample, which has no halves, is too noisy", () => {
    expect(noiseIn({ turns: [{ subject: [8], reference: [2] }] })).toBeDefined();
  });
});
