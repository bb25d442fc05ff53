/**
 * A simulation: events that happen while a capture is replayed, and what each did to the flows.
 *
 * Two measures, because a capture shows only some of what would happen:
 *  - by the tables, at the moment of the event: of all flows seen so far, which ones go elsewhere
 *    from now on (`flowsMoved`), needlessly (neither their old nor their new next hop was the
 *    target), to another tier, or stay with their old next hop because they are pinned;
 *  - by the packets: TCP flows with packets before and after an event whose next hop changed while
 *    the old one was up (`tcpBroken`). A SYN begins a connection anew, so it breaks none.
 */

import type { Batch } from "../engine/batch.ts";
import {
  FLOW_BYTES,
  FLOW_HASH,
  FLOW_SEGMENT,
  SEGMENT_FOLLOWS,
  VERDICT_FORWARD,
} from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { applyEvent, type SimulationEvent } from "./event.ts";
import { FLOW_LOST, FlowBook } from "./flow-book.ts";
import { type FlowChoices, flowChoices } from "./flow-choices.ts";
import type { FlowHashes, KeyRehearsal } from "./key-rehearsal.ts";
import type { BatchObserver } from "./replay.ts";

/** Events that a simulation takes: their numbers are u16. */
const EVENTS_MAX = 1000;

/** One next hop's part of the flows seen, right before and right after an event. */
export interface ShareChange {
  readonly adjacency: number;
  readonly before: number;
  readonly after: number;
  /** The parts that its weights entitled it to. */
  readonly targetBefore: number;
  readonly targetAfter: number;
}

/** What an event did. */
export interface EventOutcome {
  readonly event: SimulationEvent;
  /** Seconds of capture time at which it happened. */
  readonly atSeconds: number;
  /** The capture ended before its time. */
  readonly isAfterEnd: boolean;
  readonly flowsSeen: number;
  readonly flowsMoved: number;
  readonly flowsMovedNeedlessly: number;
  /** Of those that moved: to a next hop of another tier. */
  readonly flowsTierChanged: number;
  /** What the change of the tables took. */
  readonly microseconds: number;
  /** Flows whose slot the event gave away and whose packets still go where they went: pins. */
  flowsKept: number;
  /** As flowsKept, counted on as packets come. */
  tcpBroken: number;
  readonly shares: readonly ShareChange[];
}

/** Learns of what a simulation does, at once. */
export interface SimulationFollower {
  /** An event has happened: the forwarder's tables are those after it. */
  happened?(outcome: EventOutcome): void;
  /** A packet of the batch went to another next hop than the one before it of its flow. */
  moved?(batch: Batch, packet: number, before: number): void;
}

/** Follows the flows of a replay through events. */
export class Simulation implements BatchObserver {
  readonly #forwarder: Forwarder;
  readonly #book = new FlowBook();
  readonly #outcomes: EventOutcome[] = [];
  readonly #followers: readonly SimulationFollower[];
  readonly #rehearsal: KeyRehearsal | undefined;

  constructor(
    forwarder: Forwarder,
    followers: readonly SimulationFollower[] = [],
    rehearsal?: KeyRehearsal,
  ) {
    this.#forwarder = forwarder;
    this.#followers = followers;
    this.#rehearsal = rehearsal;
  }

  /** What has happened so far. */
  get outcomes(): readonly EventOutcome[] {
    return this.#outcomes;
  }

  /** Packets of flows beyond those that can be followed. */
  get lostPackets(): number {
    return this.#book.lostPackets;
  }

  /** Sees the packets of a batch that were forwarded; after the tally, which hashes each flow. */
  observe(batch: Batch): void {
    this.#rehearsal?.hash();
    for (let packet = 0; packet < batch.count; packet++) {
      if (batch.verdicts[packet] !== VERDICT_FORWARD) continue;
      this.#see(batch, packet);
    }
  }

  /** Lets an event happen, and counts what it does. Throws USAGE where it cannot be. */
  happen(event: SimulationEvent, atSeconds: number, isAfterEnd = false): EventOutcome {
    if (this.#outcomes.length === EVENTS_MAX) throw tooMany();
    const { action } = event;
    const target = action.kind === "key" ? undefined : this.#forwarder.find(event.target).adjacency;
    const before = flowChoices(this.#forwarder, this.#book);
    const microseconds =
      action.kind === "key"
        ? this.#rotate()
        : applyEvent(this.#forwarder, action, event.target).microseconds;
    const after = flowChoices(this.#forwarder, this.#book);
    const moves = this.#countMoves(before, after, target);
    this.#book.lose(downOf(this.#forwarder));
    const outcome: EventOutcome = {
      event: action.kind === "key" ? { ...event, target: this.#forwarder.keyId } : event,
      atSeconds,
      isAfterEnd,
      flowsSeen: this.#book.count,
      ...moves,
      microseconds,
      flowsKept: 0,
      tcpBroken: 0,
      shares: this.#shares(before, after),
    };
    this.#outcomes.push(outcome);
    for (const follower of this.#followers) follower.happened?.(outcome);
    return outcome;
  }

  /** Puts the key to come in force; returns how long it took. */
  #rotate(): number {
    const start = performance.now();
    if (this.#rehearsal === undefined || this.#rehearsal.isDone) throw noKey();
    this.#rehearsal.rotate();
    this.#book.turn();
    return (performance.now() - start) * 1000;
  }

  /** A packet, known by its hash under the first key. */
  #see(batch: Batch, packet: number): void {
    const rehearsal = this.#rehearsal;
    if (rehearsal === undefined) {
      const start = packet * FLOW_BYTES + FLOW_HASH;
      const low = batch.flows.getUint32(start, true);
      this.#follow(batch, packet, {
        low,
        high: batch.flows.getUint32(start + 4, true),
        fresh: low,
      });
    } else if (rehearsal.isKnown(batch, packet)) {
      this.#follow(batch, packet, rehearsal.hashes(batch, packet));
    } else this.#book.skip();
  }

  #follow(batch: Batch, packet: number, { low, high, fresh }: FlowHashes): void {
    const { flows } = batch;
    const start = packet * FLOW_BYTES;
    const segment = flows.getUint8(start + FLOW_SEGMENT);
    const hop = batch.nextHops[packet] ?? 0;
    const book = this.#book;
    let cell = book.find(low, high);
    if (cell < 0) cell = book.enter(low, high, batch.groups[packet] ?? 0, fresh);
    else if (book.hops[cell] === hop) this.#countKept(batch, packet, cell);
    else {
      const before = book.hops[cell] ?? 0;
      if (segment === SEGMENT_FOLLOWS) this.#countBroken(cell);
      for (const follower of this.#followers) follower.moved?.(batch, packet, before);
    }
    if (cell < 0) return;
    book.hops[cell] = hop;
    book.judged[cell] = 1;
  }

  /** The first packet after an event that changed its flow's way goes where the last one went. */
  #countKept(batch: Batch, packet: number, cell: number): void {
    const { events, judged } = this.#book;
    if (judged[cell] !== 0) return;
    const slots = this.#forwarder.engine.groups.slots(batch.groups[packet] ?? 0);
    const owner = slots?.[batch.slots[packet] ?? 0];
    const outcome = this.#outcomes[(events[cell] ?? 0) - 1];
    if (outcome === undefined || owner === undefined || owner === batch.nextHops[packet]) return;
    outcome.flowsKept += 1;
  }

  /** A connection's packet goes elsewhere: by the event that changed its flow's way. */
  #countBroken(cell: number): void {
    const { events, judged } = this.#book;
    const outcome = this.#outcomes[(events[cell] ?? 0) - 1];
    if (outcome !== undefined && judged[cell] !== FLOW_LOST) outcome.tcpBroken += 1;
  }

  #countMoves(
    before: FlowChoices,
    after: FlowChoices,
    target: number | undefined,
  ): Pick<EventOutcome, "flowsMoved" | "flowsMovedNeedlessly" | "flowsTierChanged"> {
    const { groups, events, judged } = this.#book;
    const number = this.#outcomes.length + 1;
    let flowsMoved = 0;
    let flowsMovedNeedlessly = 0;
    let flowsTierChanged = 0;
    for (let cell = 0; cell < after.hops.length; cell++) {
      const old = before.hops[cell];
      const now = after.hops[cell];
      if (old === now) continue;
      events[cell] = number;
      if (judged[cell] !== FLOW_LOST) judged[cell] = 0;
      flowsMoved += 1;
      if (target !== undefined && old !== target && now !== target) flowsMovedNeedlessly += 1;
      const group = groups[cell] ?? 0;
      if (before.tiers.get(group) !== after.tiers.get(group)) flowsTierChanged += 1;
    }
    return { flowsMoved, flowsMovedNeedlessly, flowsTierChanged };
  }

  #shares(before: FlowChoices, after: FlowChoices): readonly ShareChange[] {
    const seen = Math.max(this.#book.count, 1);
    return this.#forwarder.nextHops().map(({ adjacency }) => ({
      adjacency,
      before: (before.flows.get(adjacency) ?? 0) / seen,
      after: (after.flows.get(adjacency) ?? 0) / seen,
      targetBefore: (before.due.get(adjacency) ?? 0) / seen,
      targetAfter: (after.due.get(adjacency) ?? 0) / seen,
    }));
  }
}

/** Adjacencies that are down. */
export function downOf(forwarder: Forwarder): ReadonlySet<number> {
  const down = forwarder.nextHops().filter(({ state }) => state === "down");
  return new Set(down.map(({ adjacency }) => adjacency));
}

function noKey(): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what: "the key happens twice, or none was prepared",
    where: "--event",
    hint: "let one key follow the one in force",
  });
}

function tooMany(): AnyfibError {
  return new AnyfibError({
    code: "CAPACITY",
    what: `more than ${EVENTS_MAX} events`,
    where: "--event",
    hint: "simulate them in parts",
  });
}
