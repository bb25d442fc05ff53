/** Flows whose packets went elsewhere than the ones before them: the first few, and how many. */

import type { Batch } from "../engine/batch.ts";
import { type FlowRecord, readFlow } from "../engine/flow-record.ts";
import { formatAddress } from "../net/address.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { SimulationFollower } from "./simulation.ts";

/** Moves that are kept to be shown. */
const MOVES_MAX = 200;

/** A packet that went another way than the one before it of its flow. */
export interface FlowMove {
  readonly atNs: bigint;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** Names of next hops. */
  readonly before: string;
  readonly now: string;
}

function end(flow: FlowRecord, which: "source" | "destination"): string {
  const address = formatAddress(flow[which]);
  if (flow.ports === undefined || flow.isFragment) return address;
  const shown = flow[which].family === 6 ? `[${address}]` : address;
  return `${shown}:${flow.ports[which]}`;
}

/** Keeps the first moves that packets show. */
export class MovedFlows implements SimulationFollower {
  readonly moves: FlowMove[] = [];
  /** Moves in all. */
  count = 0;
  readonly #forwarder: Forwarder;

  constructor(forwarder: Forwarder) {
    this.#forwarder = forwarder;
  }

  moved(batch: Batch, packet: number, before: number): void {
    this.count += 1;
    const flow = readFlow(batch, packet);
    if (flow === undefined || this.moves.length === MOVES_MAX) return;
    this.moves.push({
      atNs: batch.timestamps[packet] ?? 0n,
      source: end(flow, "source"),
      destination: end(flow, "destination"),
      protocol: flow.protocol,
      before: this.#name(before),
      now: this.#name(batch.nextHops[packet] ?? 0),
    });
  }

  #name(adjacency: number): string {
    const nextHop = this.#forwarder.nextHop(adjacency);
    return nextHop?.site ?? nextHop?.name ?? "";
  }
}
