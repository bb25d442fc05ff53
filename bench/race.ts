/**
 * Contenders take turns with the reference, in rounds of one run.
 *
 *     round      1                    2                    3
 *     turns      ref  ours  rival     ref  ours  rival     ref  ours  rival      50 ms each
 *
 * The machine slows all of them alike, so the ratio of 10th percentiles is what can be compared
 * between runs: it holds to a few percent where means double.
 */

import type { Contender } from "./contender.ts";
import type { SamplePair } from "./statistics.ts";

/** How long contenders run. */
export interface RaceOptions {
  /** Turns of each that count. */
  readonly rounds: number;
  /** Ends the race after the turn at hand. */
  readonly signal?: AbortSignal;
  readonly turnSeconds?: number;
}

/** Rounds unless said. */
export const DEFAULT_ROUNDS = 12;

const TURN_SECONDS = 0.05;
/** Rounds before these, in which V8 compiles: not counted. */
const WARM_UP_ROUNDS = 2;

/**
 * Lets all take turns. Returns the samples of each contender beside those of the reference, in
 * their order; undefined where the signal came.
 */
export async function race(
  contenders: readonly Contender[],
  reference: Contender,
  { rounds, signal, turnSeconds = TURN_SECONDS }: RaceOptions,
): Promise<readonly SamplePair[] | undefined> {
  const all = [reference, ...contenders];
  const samples = all.map((): (readonly number[])[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [lane, contender] of all.entries()) {
      if (signal?.aborted) return undefined;
      const taken = await contender.turn(turnSeconds);
      if (round >= 0) samples[lane]?.push(taken);
    }
  }
  const [besides = [], ...subjects] = samples.map((turns) => turns.flat());
  return subjects.map((subject) => ({ subject, reference: besides }));
}
