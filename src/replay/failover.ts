/** A failover rehearsed: which flows change their next hop, and whether each had to. */

import type { Batch } from "../engine/batch.ts";
import { type FlowRecord, readFlow } from "../engine/flow-record.ts";
import { VERDICT_FORWARD } from "../engine/layout.ts";
import { formatAddress } from "../net/address.ts";
import type { BatchObserver } from "./replay.ts";

/** What an event did to the flows that were seen before and after it. */
export interface FlowMoves {
  readonly flowsSeen: number;
  readonly flowsMoved: number;
  /** Moved, though neither the old nor the new next hop was the event's target. */
  readonly flowsMovedNeedlessly: number;
}

/** Equal keys are one flow to the packet path: fragments have no ports. */
function flowKey({ source, destination, protocol, ports, isFragment }: FlowRecord): string {
  const ends = `${formatAddress(source)} ${formatAddress(destination)} ${protocol}`;
  return isFragment || ports === undefined ? ends : `${ends} ${ports.source} ${ports.destination}`;
}

/** Remembers the next hop (its adjacency) of every forwarded flow. */
export class FlowTrail implements BatchObserver {
  readonly #adjacencies = new Map<string, number>();

  observe(batch: Batch): void {
    for (let packet = 0; packet < batch.count; packet++) {
      if (batch.verdicts[packet] !== VERDICT_FORWARD) continue;
      const flow = readFlow(batch, packet);
      if (flow !== undefined) {
        this.#adjacencies.set(flowKey(flow), batch.nextHops[packet] ?? 0);
      }
    }
  }

  /** Compares with the trail of a second replay, after an event at one adjacency. */
  movesTo(after: FlowTrail, target: number): FlowMoves {
    let flowsMoved = 0;
    let flowsMovedNeedlessly = 0;
    for (const [key, before] of this.#adjacencies) {
      const now = after.#adjacencies.get(key) ?? 0;
      if (now === before) continue;
      flowsMoved += 1;
      if (before !== target && now !== target) flowsMovedNeedlessly += 1;
    }
    return { flowsSeen: this.#adjacencies.size, flowsMoved, flowsMovedNeedlessly };
  }
}
