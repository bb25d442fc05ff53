/**
 * An adversary who knows the function, not its secret. He may see the next hop of 4,096 flows of
 * his choice; then he names other flows that are all meant for one next hop.
 *
 * Each attack uses a weakness that a function may have; none is told which it is up against.
 */

import type { FlowTuple } from "../../../src/engine/flow-record.ts";
import { type Random, seededRandom } from "../../oracle/random.ts";
import { flowWords } from "../../oracle/weak-hashes.ts";
import { flow4 } from "./flows.ts";

/** Tells the next hop, 0 to 7, of each flow. */
export type Oracle = (flows: readonly FlowTuple[]) => ArrayLike<number>;

/** Names flows for next hop TARGET, having asked the oracle. */
export type Attack = (oracle: Oracle, publicHash: Oracle) => readonly FlowTuple[];

export const NEXT_HOPS = 8;
export const TARGET = 3;
/** Flows whose next hop is seen, and flows that are named. */
export const SEEN = 4096;
export const NAMED = 100_000;

const DESTINATION = 0xc6336407;
const PORTS = { source: 40_000, destination: 443 };
const SOURCE = 0xc6120000;
/** Bits of a flow that are free to choose: its source's and its source port's. */
const FREE_BITS = 48;

/** A flow by its free bits. */
function flowOf(source: number, port: number): FlowTuple {
  return flow4(source, DESTINATION, { ...PORTS, source: port });
}

function drawn(random: Random): FlowTuple {
  return flowOf(random.below(2 ** 32), random.below(65_536));
}

/** Flows that `isMeant` picks of those that `make` gives for 0, 1, 2, … */
function named(
  make: (index: number) => FlowTuple,
  isMeant: (flow: FlowTuple, index: number) => boolean,
): readonly FlowTuple[] {
  const flows: FlowTuple[] = [];
  for (let index = 0; flows.length < NAMED; index++) {
    const flow = make(index);
    if (isMeant(flow, index)) flows.push(flow);
  }
  return flows;
}

/** Other flows of those that went where he wants: what lies nearby may go the same way. */
export const neighbours: Attack = (oracle) => {
  const random = seededRandom(71);
  const asked = Array.from({ length: SEEN }, (_, i) =>
    flowOf(SOURCE + 1024 * i, 2 * random.below(32_768)),
  );
  const hops = oracle(asked);
  const hits = asked.filter((_, i) => hops[i] === TARGET);
  return named(
    (index) => {
      const hit = hits[index % hits.length];
      const [source, , ports] = flowWords(hit ?? drawn(random));
      // Never the same: sources that were asked about have even ports.
      return flowOf(source + Math.floor(index / hits.length), (ports >>> 16) | 1);
    },
    () => true,
  );
};

/** Hashes under a secret may differ from those under another in a way that is always the same. */
export const dictionary: Attack = (oracle, publicHash) => {
  const random = seededRandom(72);
  const asked = Array.from({ length: SEEN }, () => drawn(random));
  const [hops, keys] = [oracle(asked), publicHash(asked)];
  const votes = new Map<number, Float64Array>();
  for (let i = 0; i < SEEN; i++) {
    const key = keys[i] ?? 0;
    const vote = votes.get(key) ?? new Float64Array(NEXT_HOPS);
    vote[hops[i] ?? 0] = (vote[hops[i] ?? 0] ?? 0) + 1;
    votes.set(key, vote);
  }
  const share = (key: number): number => {
    const vote = votes.get(key) ?? new Float64Array(NEXT_HOPS);
    const total = vote.reduce((sum, one) => sum + one, 0);
    return total === 0 ? 0 : (vote[TARGET] ?? 0) / total;
  };
  const sorted = [...votes.keys()].toSorted((a, b) => share(b) - share(a));
  const best = new Set(sorted.slice(0, sorted.length / NEXT_HOPS));
  const flows: FlowTuple[] = [];
  while (flows.length < NAMED) {
    const some = Array.from({ length: NAMED }, () => drawn(random));
    const found = publicHash(some);
    flows.push(...some.filter((_, i) => best.has(found[i] ?? Number.NaN)));
  }
  return flows.slice(0, NAMED);
};

/** Bits of the next hop may be sums, modulo 2, of bits of the flow: each is learnt by one flip. */
export const affine: Attack = (oracle) => {
  const random = seededRandom(73);
  const flip = (bit: number): FlowTuple =>
    bit < 32 ? flowOf((SOURCE ^ (1 << bit)) >>> 0, 0) : flowOf(SOURCE, 1 << (bit - 32));
  const asked = [flowOf(SOURCE, 0), ...Array.from({ length: FREE_BITS }, (_, bit) => flip(bit))];
  const [base = 0, ...flipped] = Array.from(oracle(asked));
  const isMeant = (flow: FlowTuple): boolean => {
    const [source, , ports] = flowWords(flow);
    const [low, high] = [source ^ SOURCE, ports >>> 16];
    let hop = base;
    for (const [bit, other] of flipped.entries()) {
      if (((bit < 32 ? low >>> bit : high >>> (bit - 32)) & 1) === 1) hop ^= base ^ other;
    }
    return hop === TARGET;
  };
  return named(() => drawn(random), isMeant);
};

/** Sources one by one may walk around a circle of eight arcs at one pace. */
export const pace: Attack = (oracle) => {
  const random = seededRandom(74);
  const stages = Array.from({ length: STAGES + 1 }, (_, stage) => {
    // All of the first steps, then some of twice as many: the farther, the more exact the pace.
    const steps = Array.from({ length: stage === 0 ? FIRST_STEPS : STEPS_SEEN }, (_, i) =>
      stage === 0 ? i : (FIRST_STEPS << (stage - 1)) + random.below(FIRST_STEPS << (stage - 1)),
    );
    return { steps, hops: oracle(steps.map((step) => flowOf(SOURCE + step, 0))) };
  });
  let walks = firstWalks();
  for (let stage = 0; stage <= STAGES; stage++) {
    const known = stages.slice(0, stage + 1);
    const agreement = (walk: Walk): number =>
      known.reduce((sum, { steps, hops }) => {
        return sum + steps.filter((step, i) => arcOf(walk, step) === hops[i]).length;
      }, 0);
    const ranked = walks.map((walk) => ({ walk, agrees: agreement(walk) }));
    const kept = ranked.toSorted((a, b) => b.agrees - a.agrees).slice(0, WALKS_KEPT);
    walks = kept.map(({ walk }) => walk);
    if (stage < STAGES) walks = walks.flatMap((walk) => nearbyWalks(walk, FIRST_STEPS << stage));
  }
  const [walk = { start: 0, pace: 0 }] = walks;
  const asked = new Set(stages.flatMap(({ steps }) => steps));
  return named(
    (step) => flowOf(SOURCE + step, 0),
    (_, step) => !asked.has(step) && arcOf(walk, step) === TARGET,
  );
};

const FIRST_STEPS = 64;
/** Doublings of the first steps, and steps seen of each: fewer than SEEN in all. */
const STAGES = 15;
const STEPS_SEEN = 256;
const WALKS_KEPT = 4;

/** Where step 0 is on the circle, and how far each goes, in turns. */
interface Walk {
  readonly start: number;
  readonly pace: number;
}

function arcOf({ start, pace }: Walk, step: number): number {
  const place = start + step * pace;
  return Math.floor((place - Math.floor(place)) * NEXT_HOPS);
}

/** Walks all around, so close that one goes with the first steps. */
function firstWalks(): readonly Walk[] {
  const paces = 16 * FIRST_STEPS;
  return Array.from({ length: 16 * paces }, (_, i) => {
    return { start: (i % 16) / 16, pace: Math.floor(i / 16) / paces };
  });
}

/** Walks that go with the first `steps` steps of one, and so close that one goes twice as far. */
function nearbyWalks({ start, pace }: Walk, steps: number): readonly Walk[] {
  return Array.from({ length: 5 * 13 }, (_, i) => ({
    start: start + ((i % 5) - 2) / 64,
    pace: pace + (Math.floor(i / 5) - 6) / 48 / steps,
  }));
}
