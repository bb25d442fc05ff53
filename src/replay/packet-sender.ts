/** Sends forwarded packets, each at its time. */

import type { Batch } from "../engine/batch.ts";
import { VERDICT_FORWARD } from "../engine/layout.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { Pacer } from "./pacer.ts";
import type { BatchObserver } from "./replay.ts";

/** Takes frames; false where it could not. */
export interface FrameSink {
  send(frame: Uint8Array): boolean;
}

/** What was sent: frames. */
export interface SentReport {
  readonly packets: number;
  readonly bytes: number;
  /** Those that the kernel took not. */
  readonly failed: number;
  readonly seconds: number;
  /** What was asked for; null at top speed and at the capture's pace. */
  readonly rated_packets_per_second: number | null;
  readonly rated_megabits_per_second: number | null;
  readonly achieved_packets_per_second: number;
  readonly achieved_megabits_per_second: number;
  /** What 99 of 100 packets were late by at most; null at top speed. */
  readonly late_p99_ns: number | null;
  /** What 99 of 100 gaps between packets were off by at most; null likewise. */
  readonly gap_error_p99_ns: number | null;
}

/** Sees every batch; without a sink it paces alone. */
export class PacketSender implements BatchObserver {
  readonly #forwarder: Forwarder;
  readonly #pacer: Pacer;
  readonly #sink: FrameSink;
  readonly #seconds: number;
  #packets = 0;
  #bytes = 0;
  #failed = 0;
  #endedSeconds = 0;

  /** `seconds` after the first packet nothing is sent any more. */
  constructor(forwarder: Forwarder, pacer: Pacer, sink: FrameSink, seconds: number) {
    this.#forwarder = forwarder;
    this.#pacer = pacer;
    this.#sink = sink;
    this.#seconds = seconds;
  }

  /** Whether its time is over. */
  get isOver(): boolean {
    return this.#pacer.seconds >= this.#seconds;
  }

  async observe(batch: Batch): Promise<void> {
    const { leaving, copies } = this.#forwarder.engine;
    for (let packet = 0; packet < batch.count && !this.isOver; packet++) {
      if (batch.verdicts[packet] !== VERDICT_FORWARD) continue;
      const timestampNs = batch.timestamps[packet] ?? 0n;
      for (const { bytes } of leaving.frames(packet)) {
        const sleep = this.#pacer.wait(timestampNs, bytes.length);
        if (sleep !== undefined) await sleep;
        this.#send(bytes);
      }
      for (const { bytes } of copies.of(packet)) {
        const sleep = this.#pacer.wait(timestampNs, bytes.length);
        if (sleep !== undefined) await sleep;
        this.#send(bytes);
      }
    }
    this.#endedSeconds = this.#pacer.seconds;
  }

  #send(frame: Uint8Array): void {
    if (!this.#sink.send(frame)) {
      this.#failed += 1;
      return;
    }
    this.#packets += 1;
    this.#bytes += frame.length;
  }

  /** What was sent, and how it compares with what was asked for. */
  report(rated: { readonly packets: number | null; readonly megabits: number | null }): SentReport {
    const seconds = this.#endedSeconds;
    const perSecond = (amount: number): number => (seconds === 0 ? 0 : amount / seconds);
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      failed: this.#failed,
      seconds,
      rated_packets_per_second: rated.packets,
      rated_megabits_per_second: rated.megabits,
      achieved_packets_per_second: perSecond(this.#packets),
      achieved_megabits_per_second: perSecond((this.#bytes * 8) / 1e6),
      late_p99_ns: this.#pacer.lateP99Ns,
      gap_error_p99_ns: this.#pacer.gapErrorP99Ns,
    };
  }
}
