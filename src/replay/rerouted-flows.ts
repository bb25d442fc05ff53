/** Flows whose packets go elsewhere than the ones before them, while routes change. */

import type { Batch } from "../engine/batch.ts";
import {
  FLOW_BYTES,
  FLOW_HASH,
  FLOW_SEGMENT,
  SEGMENT_FOLLOWS,
  VERDICT_FORWARD,
} from "../engine/layout.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { FlowBook } from "./flow-book.ts";
import type { BatchObserver } from "./replay.ts";

/** Counts moves as packets show them; a flow that moves twice counts twice. */
export class ReroutedFlows implements BatchObserver {
  moved = 0;
  /** Of them: the next hop that they left still serves their prefix. */
  movedNeedlessly = 0;
  /** TCP connections among them, in the middle: a SYN begins anew, and breaks none. */
  tcpBroken = 0;
  readonly #forwarder: Forwarder;
  readonly #book = new FlowBook();

  constructor(forwarder: Forwarder) {
    this.#forwarder = forwarder;
  }

  /** Packets of flows beyond those that can be followed. */
  get lostPackets(): number {
    return this.#book.lostPackets;
  }

  /** Sees the packets of a batch that were forwarded; after the tally, which hashes each flow. */
  observe(batch: Batch): void {
    for (let packet = 0; packet < batch.count; packet++) {
      if (batch.verdicts[packet] === VERDICT_FORWARD) this.#see(batch, packet);
    }
  }

  #see(batch: Batch, packet: number): void {
    const { flows } = batch;
    const start = packet * FLOW_BYTES;
    const low = flows.getUint32(start + FLOW_HASH, true);
    const high = flows.getUint32(start + FLOW_HASH + 4, true);
    const hop = batch.nextHops[packet] ?? 0;
    const group = batch.groups[packet] ?? 0;
    const known = this.#book.find(low, high);
    const cell = known < 0 ? this.#book.enter(low, high, group) : known;
    const { hops } = this.#book;
    const before = hops[cell] ?? hop;
    if (known >= 0 && before !== hop) {
      const isSegment = flows.getUint8(start + FLOW_SEGMENT) === SEGMENT_FOLLOWS;
      this.#count(before, group, isSegment);
    }
    if (cell >= 0) hops[cell] = hop;
  }

  #count(before: number, group: number, isSegment: boolean): void {
    const { nextHops } = this.#forwarder.group(group);
    const stays = nextHops.some(({ nextHop, share }) => nextHop.adjacency === before && share > 0);
    this.moved += 1;
    if (stays) this.movedNeedlessly += 1;
    if (isSegment) this.tcpBroken += 1;
  }
}
