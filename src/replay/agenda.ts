/** The events of a simulation on the time of a capture: each happens right before its packet. */

import type { Batch } from "../engine/batch.ts";
import type { SimulationEvent } from "./event.ts";
import type { Timeline } from "./replay.ts";
import type { Simulation } from "./simulation.ts";

const NS_PER_SECOND = 1e9;

/**
 * Hands events to a simulation. One at a time in seconds happens before the first packet that was
 * captured then or later, counted from the capture's first packet; one at a packet before that
 * packet. Of several that are due at once, those that were given first happen first.
 */
export class Agenda implements Timeline {
  readonly #simulation: Simulation;
  #pending: readonly SimulationEvent[];
  #startNs: bigint | undefined;
  #lastNs = 0n;

  constructor(simulation: Simulation, events: readonly SimulationEvent[]) {
    this.#simulation = simulation;
    this.#pending = events;
  }

  advance(batch: Batch, first: number): number {
    this.#startNs ??= batch.timestamps[0] ?? 0n;
    let count = batch.count;
    const due: SimulationEvent[] = [];
    for (const event of this.#pending) {
      const packet = this.#packetOf(event, batch, first);
      if (packet === 0) due.push(event);
      else if (packet < count) count = packet;
    }
    this.#pending = this.#pending.filter((event) => !due.includes(event));
    const now = this.#seconds(batch.timestamps[0] ?? 0n);
    for (const event of due) {
      const { time } = event;
      this.#simulation.happen(event, time.kind === "seconds" ? time.seconds : now);
    }
    this.#lastNs = batch.timestamps[count - 1] ?? 0n;
    return count;
  }

  end(): void {
    for (const event of this.#pending) {
      const { time } = event;
      const seconds = time.kind === "seconds" ? time.seconds : this.#seconds(this.#lastNs);
      this.#simulation.happen(event, seconds, true);
    }
    this.#pending = [];
  }

  /** Seconds of capture time of a timestamp. */
  #seconds(timestampNs: bigint): number {
    return Number(timestampNs - (this.#startNs ?? timestampNs)) / NS_PER_SECOND;
  }

  /** Index of the packet of the batch before which an event happens; its count for none of them. */
  #packetOf({ time }: SimulationEvent, { timestamps, count }: Batch, first: number): number {
    if (time.kind === "packet") return Math.min(Math.max(time.packet - first, 0), count);
    const dueNs = (this.#startNs ?? 0n) + BigInt(Math.round(time.seconds * NS_PER_SECOND));
    for (let packet = 0; packet < count; packet++) {
      if ((timestamps[packet] ?? 0n) >= dueNs) return packet;
    }
    return count;
  }
}
