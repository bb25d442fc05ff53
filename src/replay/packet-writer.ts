/** Writes forwarded packets as they leave: one capture for all, or one for each next hop. */

import type { Batch } from "../engine/batch.ts";
import { VERDICT_FORWARD } from "../engine/layout.ts";
import type { CaptureWriter } from "../io/capture-writer.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { KnownNextHop } from "../router/next-hops.ts";
import type { BatchObserver } from "./replay.ts";
import { type VerdictRow, verdictRow } from "./verdicts.ts";

/** Where the packets of a next hop go. */
export interface PacketOutlet {
  readonly writer: CaptureWriter;
  /** Interface in the writer's capture. */
  readonly interface: number;
}

/** Gives every next hop its outlet; called once for each, when its first packet leaves. */
export type OutletOf = (nextHop: KnownNextHop) => PacketOutlet | Promise<PacketOutlet>;

/** What Wireshark filters on: `frame.comment contains "slot=17"`. */
function commentOf(row: VerdictRow): string {
  const { verdict, prefix, slot, reason } = row;
  return `verdict=${verdict} prefix=${prefix} slot=${slot ?? "none"} reason=${reason ?? "none"}`;
}

/** Number of the packet in its capture. */
function copyComment(batch: Batch, packet: number): string {
  return `verdict=copy packet=${batch.numbers[packet] ?? 0}`;
}

/** Sees every batch and writes what was forwarded, with the original timestamps. */
export class PacketWriter implements BatchObserver {
  readonly #forwarder: Forwarder;
  readonly #outletOf: OutletOf;
  readonly #withComments: boolean;
  readonly #outlets = new Map<number, PacketOutlet>();

  /** `withComments` for captures that can hold them: pcapng. */
  constructor(forwarder: Forwarder, outletOf: OutletOf, withComments: boolean) {
    this.#forwarder = forwarder;
    this.#outletOf = outletOf;
    this.#withComments = withComments;
  }

  async observe(batch: Batch): Promise<void> {
    if (this.#withComments) this.#forwarder.engine.prefixLengths();
    for (let packet = 0; packet < batch.count; packet++) {
      if (batch.verdicts[packet] !== VERDICT_FORWARD) continue;
      const outlet = await this.#outlet(batch.nextHops[packet] ?? 0);
      if (outlet === undefined) continue;
      const comment = this.#comment(batch, packet);
      for (const { bytes, originalLength } of this.#forwarder.engine.leaving.frames(packet)) {
        const written = outlet.writer.write(bytes, {
          timestampNs: batch.timestamps[packet] ?? 0n,
          originalLength,
          interface: outlet.interface,
          ...comment,
        });
        if (written !== undefined) await written;
      }
      await this.#writeCopies(batch, packet);
    }
  }

  async #writeCopies(batch: Batch, packet: number): Promise<void> {
    for (const copy of this.#forwarder.engine.copies.of(packet)) {
      // Frames are made in one place: an outlet that opens may take its time.
      const bytes = copy.bytes.slice();
      const outlet = await this.#outlet(copy.nextHop);
      if (outlet === undefined) continue;
      const written = outlet.writer.write(bytes, {
        timestampNs: batch.timestamps[packet] ?? 0n,
        originalLength: copy.originalLength,
        interface: outlet.interface,
        ...(this.#withComments ? { comment: copyComment(batch, packet) } : {}),
      });
      if (written !== undefined) await written;
    }
  }

  #comment(batch: Batch, packet: number): { readonly comment?: string } {
    if (!this.#withComments) return {};
    return { comment: commentOf(verdictRow(this.#forwarder, batch, packet)) };
  }

  async #outlet(adjacency: number): Promise<PacketOutlet | undefined> {
    const known = this.#outlets.get(adjacency);
    if (known !== undefined) return known;
    const nextHop = this.#forwarder.nextHop(adjacency);
    if (nextHop === undefined) return undefined;
    const outlet = await this.#outletOf(nextHop);
    this.#outlets.set(adjacency, outlet);
    return outlet;
  }
}
