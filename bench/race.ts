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
  const beside: (readonly number[])[] = [];
  const taken = contenders.map((): (readonly number[])[] => []);
  const clock = new ProcessorClock();
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const isCounted = round >= 0;
    const turn = () => reference.turn(turnSeconds);
    if (isCounted) beside.push(await clock.during(turn));
    else await turn();
    for (const [lane, contender] of contenders.entries()) {
      if (signal?.aborted) return undefined;
      const samples = await contender.turn(turnSeconds);
      if (isCounted) taken[lane]?.push(samples);
    }
  }
  const { share: processorShare } = clock;
  return taken.map((turns) => ({
    subject: turns.flat(),
    reference: beside.flat(),
    processorShare,
  }));
}

/** Processor time of this process by time on the clock, while it has work all the time. */
class ProcessorClock {
  #processorMs = 0;
  #clockMs = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    const before = process.cpuUsage();
    const start = performance.now();
    const result = await work();
    this.#clockMs += performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    this.#processorMs += (user + system) / 1000;
    return result;
  }

  /** Below 1, others had the processor meanwhile. */
  get share(): number {
    return this.#processorMs / this.#clockMs;
  }
}
