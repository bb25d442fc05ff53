/** Writes the ICMP errors that the router would send, with the times of the packets they answer. */

import type { Batch } from "../engine/batch.ts";
import type { CaptureWriter } from "../io/capture-writer.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { BatchObserver } from "./replay.ts";

/** Sees every batch. */
export class ReplyWriter implements BatchObserver {
  readonly #forwarder: Forwarder;
  readonly #writer: CaptureWriter;

  constructor(forwarder: Forwarder, writer: CaptureWriter) {
    this.#forwarder = forwarder;
    this.#writer = writer;
  }

  async observe(batch: Batch): Promise<void> {
    for (const { frame, packet } of this.#forwarder.engine.replies.list()) {
      const timestampNs = batch.timestamps[packet] ?? 0n;
      const written = this.#writer.write(frame, { timestampNs });
      if (written !== undefined) await written;
    }
  }
}
