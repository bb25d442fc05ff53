/**
 * The flows of a simulation under other algorithms: the same hashes, the same events, the same
 * counts, on models of how the others choose a next hop.
 *
 * A model's group begins with the group's first packet. Its flows move at an event, when its table
 * changes, and some (resilient) between events, when a packet finds its bucket given away: those
 * count for the event before. Cost: a book of flows for each model.
 */

import type { Batch } from "../engine/batch.ts";
import {
  FLOW_BYTES,
  FLOW_HASH,
  FLOW_SEGMENT,
  SEGMENT_FOLLOWS,
  VERDICT_FORWARD,
} from "../engine/layout.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { ServingMember } from "../router/member-set.ts";
import { FLOW_LOST, FlowBook } from "./flow-book.ts";
import { hashThreshold } from "./models/hash-threshold.ts";
import { maglev } from "./models/maglev.ts";
import type { Model, ModelGroup, ModelMember } from "./models/model.ts";
import { modulo } from "./models/modulo.ts";
import { resilient } from "./models/resilient.ts";
import type { BatchObserver } from "./replay.ts";
import { downOf, type EventOutcome, type SimulationFollower } from "./simulation.ts";

const MODELS = {
  maglev,
  modulo,
  "hash-threshold": hashThreshold,
  resilient,
} as const satisfies Readonly<Record<string, Model>>;

/** Which algorithms there are models of. */
export type ModelName = keyof typeof MODELS;

/** Names of all models. */
export const MODEL_NAMES: readonly string[] = Object.keys(MODELS);

/** Whether a model has that name. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(MODELS, name);
}

/** What one event did under an algorithm, counted as a simulation counts. */
export interface ModelCounts {
  flows_moved: number;
  flows_moved_needlessly: number;
  tcp_established_broken: number;
  /** Flows of the next hop that has most for its weight, per flow that it was due: 1 is even. */
  readonly most_over_target: number;
}

/** Weights of members of two tiers, when shares are made whole numbers. */
const SHARE_UNITS = 2 ** 16;

function modelMembers(serving: readonly ServingMember[]): readonly ModelMember[] {
  const isOneTier = serving.every(({ cost }) => cost === serving[0]?.cost);
  return serving.map(({ nextHop, weight, share }) => ({
    adjacency: nextHop.adjacency,
    name: nextHop.name,
    weight: isOneTier ? weight : Math.max(1, Math.round(share * SHARE_UNITS)),
  }));
}

/** The largest part of its due that any next hop has; 0 where none is due anything. */
function mostOverTarget(
  shares: Iterable<{ readonly share: number; readonly target: number }>,
): number {
  let most = 0;
  for (const { share, target } of shares) if (target > 0) most = Math.max(most, share / target);
  return most;
}

/** An event as its later packets are judged by. */
interface Judged {
  readonly counts: ModelCounts;
  readonly target: number;
}

/** A batch's packet, as models need it. */
interface SeenPacket {
  readonly low: number;
  readonly high: number;
  readonly group: number;
  readonly segment: number;
  readonly nowNs: bigint;
}

/** The flows of a simulation under one algorithm. */
class ModelFlows {
  readonly name: ModelName;
  readonly #forwarder: Forwarder;
  readonly #groups = new Map<number, ModelGroup>();
  readonly #book = new FlowBook();
  readonly #judged: Judged[] = [];

  constructor(name: ModelName, forwarder: Forwarder) {
    this.name = name;
    this.#forwarder = forwarder;
  }

  get events(): readonly ModelCounts[] {
    return this.#judged.map(({ counts }) => counts);
  }

  see({ low, high, group, segment, nowNs }: SeenPacket): void {
    const model = this.#group(group, nowNs);
    model.pass?.(low, nowNs);
    const hop = model.choose(low);
    const book = this.#book;
    let cell = book.find(low, high);
    if (cell < 0) cell = book.enter(low, high, group);
    else if (book.hops[cell] !== hop) this.#count(cell, hop, segment);
    if (cell < 0) return;
    book.hops[cell] = hop;
    book.events[cell] = 0;
    book.judged[cell] = 1;
  }

  happened(outcome: EventOutcome, nowNs: bigint): void {
    const before = this.#choices();
    for (const [id, model] of this.#groups) {
      model.update(modelMembers(this.#forwarder.group(id).nextHops), nowNs);
    }
    const after = this.#choices();
    this.#book.lose(downOf(this.#forwarder));
    const judged: Judged = {
      counts: {
        flows_moved: 0,
        flows_moved_needlessly: 0,
        tcp_established_broken: 0,
        most_over_target: mostOverTarget(this.#shares(after, outcome)),
      },
      target: this.#forwarder.find(outcome.event.target).adjacency,
    };
    this.#judged.push(judged);
    for (let cell = 0; cell < after.length; cell++) {
      if (before[cell] === after[cell]) continue;
      this.#book.events[cell] = this.#judged.length;
      countMove(judged, before[cell] ?? 0, after[cell] ?? 0);
    }
  }

  /** A packet goes elsewhere than the one before it: by an event, or by time after one. */
  #count(cell: number, hop: number, segment: number): void {
    const { events, hops, judged: marks } = this.#book;
    const event = events[cell] ?? 0;
    const judged = event === 0 ? this.#judged.at(-1) : this.#judged[event - 1];
    if (judged === undefined) return;
    const before = hops[cell] ?? 0;
    if (event === 0) countMove(judged, before, hop);
    if (segment === SEGMENT_FOLLOWS && marks[cell] !== FLOW_LOST) {
      judged.counts.tcp_established_broken += 1;
    }
  }

  #group(id: number, nowNs: bigint): ModelGroup {
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    const made = MODELS[this.name]();
    made.update(modelMembers(this.#forwarder.group(id).nextHops), nowNs);
    this.#groups.set(id, made);
    return made;
  }

  #choices(): Uint16Array {
    const { groups, hashLows } = this.#book;
    return groups.map((id, cell) => this.#groups.get(id)?.choose(hashLows[cell] ?? 0) ?? 0);
  }

  *#shares(
    choices: Uint16Array,
    { shares }: EventOutcome,
  ): Generator<{ readonly share: number; readonly target: number }> {
    const flows = new Map<number, number>();
    for (const hop of choices) flows.set(hop, (flows.get(hop) ?? 0) + 1);
    const seen = Math.max(this.#book.count, 1);
    for (const { adjacency, targetAfter } of shares) {
      yield { share: (flows.get(adjacency) ?? 0) / seen, target: targetAfter };
    }
  }
}

function countMove({ counts, target }: Judged, before: number, now: number): void {
  counts.flows_moved += 1;
  if (before !== target && now !== target) counts.flows_moved_needlessly += 1;
}

/** One algorithm's events, and their sums. */
export interface ModelRow {
  /** `anyfib`, or the model's name. */
  readonly algorithm: string;
  readonly flows_moved: number;
  readonly flows_moved_needlessly: number;
  readonly tcp_established_broken: number;
  /** Of the worst event. */
  readonly most_over_target: number;
  readonly events: readonly ModelCounts[];
}

function modelRow(algorithm: string, events: readonly ModelCounts[]): ModelRow {
  const sum = (pick: (counts: ModelCounts) => number): number =>
    events.reduce((total, counts) => total + pick(counts), 0);
  return {
    algorithm,
    flows_moved: sum((counts) => counts.flows_moved),
    flows_moved_needlessly: sum((counts) => counts.flows_moved_needlessly),
    tcp_established_broken: sum((counts) => counts.tcp_established_broken),
    most_over_target: events.reduce((most, one) => Math.max(most, one.most_over_target), 0),
    events,
  };
}

function ourCounts(outcome: EventOutcome): ModelCounts {
  const shares = outcome.shares.map(({ after, targetAfter }) => {
    return { share: after, target: targetAfter };
  });
  return {
    flows_moved: outcome.flowsMoved,
    flows_moved_needlessly: outcome.flowsMovedNeedlessly,
    tcp_established_broken: outcome.tcpBroken,
    most_over_target: mostOverTarget(shares),
  };
}

/** Lets models see what a simulation sees: an observer after it, and a follower of it. */
export class Comparison implements BatchObserver, SimulationFollower {
  readonly #models: readonly ModelFlows[];
  #nowNs = 0n;

  constructor(forwarder: Forwarder, names: readonly ModelName[]) {
    this.#models = names.map((name) => new ModelFlows(name, forwarder));
  }

  observe(batch: Batch): void {
    const { flows } = batch;
    for (let packet = 0; packet < batch.count; packet++) {
      if (batch.verdicts[packet] !== VERDICT_FORWARD) continue;
      const start = packet * FLOW_BYTES;
      this.#nowNs = batch.timestamps[packet] ?? 0n;
      const seen = {
        low: flows.getUint32(start + FLOW_HASH, true),
        high: flows.getUint32(start + FLOW_HASH + 4, true),
        group: batch.groups[packet] ?? 0,
        segment: flows.getUint8(start + FLOW_SEGMENT),
        nowNs: this.#nowNs,
      };
      for (const model of this.#models) model.see(seen);
    }
  }

  happened(outcome: EventOutcome): void {
    for (const model of this.#models) model.happened(outcome, this.#nowNs);
  }

  /** Our own row first, from the simulation's outcomes; then those of the models. */
  rows(outcomes: readonly EventOutcome[]): readonly ModelRow[] {
    const ours = modelRow("anyfib", outcomes.map(ourCounts));
    return [ours, ...this.#models.map(({ name, events }) => modelRow(name, events))];
  }
}
