/** Writes a verdict row for every packet. */

import type { Batch } from "../engine/batch.ts";
import type { ByteSink } from "../io/port.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { BatchObserver } from "./replay.ts";
import { VERDICT_CSV_HEADER, verdictCsv, verdictNdjson, verdictRow } from "./verdicts.ts";

/** Forms of a verdict file. */
export type VerdictFormat = "ndjson" | "csv";

/** Sees every batch and writes its rows to a sink, one write a batch. */
export class VerdictWriter implements BatchObserver {
  readonly #forwarder: Forwarder;
  readonly #sink: ByteSink;
  readonly #format: VerdictFormat;
  readonly #encoder = new TextEncoder();
  #pending: string;

  constructor(forwarder: Forwarder, sink: ByteSink, format: VerdictFormat) {
    this.#forwarder = forwarder;
    this.#sink = sink;
    this.#format = format;
    this.#pending = format === "csv" ? VERDICT_CSV_HEADER : "";
  }

  async observe(batch: Batch): Promise<void> {
    this.#forwarder.engine.prefixLengths();
    const line = this.#format === "csv" ? verdictCsv : verdictNdjson;
    let text = this.#pending;
    for (let packet = 0; packet < batch.count; packet++) {
      text += line(verdictRow(this.#forwarder, batch, packet));
    }
    this.#pending = "";
    await this.#sink.write(this.#encoder.encode(text));
  }

  /** Writes what is left: of an empty capture, the header. */
  async finish(): Promise<void> {
    await this.#sink.write(this.#encoder.encode(this.#pending));
    this.#pending = "";
  }
}
