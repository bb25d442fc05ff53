/** The capture of `run --capture`: what was dropped, each packet with its reason as a comment. */

import { dropReasonName } from "../engine/drop-reasons.ts";
import { PcapngWriter } from "../io/pcapng-writer.ts";
import { openSink } from "../node/open.ts";
import type { DroppedPacket, LoopLink } from "../router/loop-messages.ts";

/** Packets that wait to be written; more are counted and not kept. */
const WAITING_MAX = 65_536;

/** A file that grows while the router runs. Made by `open`. */
export class DropCapture {
  written = 0;
  /** Packets that were dropped too fast to be kept. */
  lost = 0;
  readonly #writer: PcapngWriter;
  readonly #interfaces: ReadonlyMap<number, number>;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(writer: PcapngWriter, links: readonly LoopLink[]) {
    this.#writer = writer;
    this.#interfaces = new Map(
      links.map(({ number, name }) => [number, writer.addInterface(name)]),
    );
  }

  /** Throws FILE where it cannot be written. */
  static async open(file: string, links: readonly LoopLink[]): Promise<DropCapture> {
    return new DropCapture(new PcapngWriter(await openSink(file)), links);
  }

  /** Takes packets; they are written in the order they came. */
  take(packets: readonly DroppedPacket[], lost: number): void {
    const room = Math.max(WAITING_MAX - this.#waiting, 0);
    this.lost += lost + Math.max(packets.length - room, 0);
    const kept = packets.slice(0, room);
    this.#waiting += kept.length;
    this.#last = this.#last.then(() => this.#write(kept));
  }

  /** Writes the rest. Throws what writing threw. */
  async finish(): Promise<void> {
    await this.#last;
    await this.#writer.finish();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(packets: readonly DroppedPacket[]): Promise<void> {
    try {
      for (const { input, frame, timestampNs, reason } of packets) {
        if (this.#failure !== undefined) return;
        const id = this.#interfaces.get(input) ?? 0;
        const comment = dropReasonName(reason);
        await this.#writer.write(frame, { timestampNs, interface: id, comment });
        this.written += 1;
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#waiting -= packets.length;
    }
  }
}
