/**
 * Contenders take turns with the reference, in rounds of one run.
 *
 *     round      1                    2                    3
 *     turns      ref  ours  rival     ref  ours  rival     ref  ours  rival      50 ms each
 *     or short   r o r o r o r o      r o r o r o r o      r o r o r o r o       6 ms each
 *
 * A turn is held against the reference's turn just before it: what a neighbour does to the machine
 * lasts longer than both, and slows both. The shorter turns are, the more it is the same.
 */

import type { Contender } from "./contender.ts";
import type { SamplePair, TurnPair } from "./statistics.ts";

/** How long contenders run. */
export interface RaceOptions {
  /** Turns of each that count. */
  readonly rounds: number;
  /** Ends the race after the turn at hand. */
  readonly signal?: AbortSignal;
  readonly turnSeconds?: number;
  /** Parts of a round, in each of which all take a turn of so much less time: 1 unless said. */
  readonly parts?: number;
}

/** Rounds unless said. */
export const DEFAULT_ROUNDS = 12;

const TURN_SECONDS = 0.05;
/** Rounds before these, in which V8 compiles: whole ones, and not counted. */
const WARM_UP_ROUNDS = 2;

/**
 * Lets all take turns. Returns the samples of each contender beside those of the reference, in
 * their order; undefined where the signal came.
 */
export async function race(
  contenders: readonly Contender[],
  reference: Contender,
  { rounds, signal, turnSeconds = TURN_SECONDS, parts = 1 }: RaceOptions,
): Promise<readonly SamplePair[] | undefined> {
  const taken = contenders.map((): TurnPair[] => []);
  const all = { processorMs: 0, clockMs: 0 };
  for (let part = -WARM_UP_ROUNDS; part < rounds * parts; part++) {
    const isCounted = part >= 0;
    const seconds = isCounted ? turnSeconds / parts : turnSeconds;
    const beside = await during(() => reference.turn(seconds));
    if (isCounted) {
      all.processorMs += beside.processorMs;
      all.clockMs += beside.clockMs;
    }
    for (const [lane, contender] of contenders.entries()) {
      if (signal?.aborted) return undefined;
      const own = await during(() => contender.turn(seconds));
      const processorShare = Math.min(shareOf(beside), shareOf(own));
      const turn = { subject: own.samples, reference: beside.samples, processorShare };
      if (isCounted) taken[lane]?.push(turn);
    }
  }
  const processorShare = shareOf(all);
  return taken.map((turns) => ({ turns, processorShare }));
}

/** Processor time of this process, in all its threads, and time on the clock. */
interface Times {
  readonly processorMs: number;
  readonly clockMs: number;
}

/** Below 1, others had the processor while this process had work all the time. */
function shareOf({ processorMs, clockMs }: Times): number {
  return processorMs / clockMs;
}

async function during(turn: () => Promise<readonly number[]>) {
  const before = process.cpuUsage();
  const start = performance.now();
  const samples = await turn();
  const clockMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { samples, clockMs, processorMs: (user + system) / 1000 };
}
