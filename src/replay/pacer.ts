/**
 * When packets leave: at a rate, at the capture's own pace, or at once. Times are those of a clock
 * that only goes forward, and each packet's is counted from the start, so that nothing drifts.
 */

/** How fast packets leave. */
export type Rate =
  | { readonly kind: "top" }
  /** Packets a second. */
  | { readonly kind: "packets"; readonly perSecond: number }
  /** Millions of bits a second, of frames as they leave. */
  | { readonly kind: "megabits"; readonly perSecond: number }
  /** So many times as fast as the capture. */
  | { readonly kind: "capture"; readonly speed: number };

/** A sleep is no more exact than this: the rest is waited for awake. */
const SLEEP_MS = 2;
/** Gaps that are kept, for their errors: the last ones. */
const ERRORS_KEPT = 65_536;
const NS_PER_MS = 1e6;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The pace of one replay. */
export class Pacer {
  readonly #rate: Rate;
  #startMs = -1;
  /** When the next packet is due, at a rate. */
  #nextMs = 0;
  #firstNs = 0n;
  #lastNs = 0n;
  /** Capture time of loops that are over. */
  #loopedNs = 0n;
  readonly #errors = new Float64Array(ERRORS_KEPT);
  #gaps = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Waits until a packet's time has come; `bytes` are those of its frame. */
  async wait(timestampNs: bigint, bytes: number): Promise<void> {
    const isFirst = this.#startMs < 0;
    if (isFirst) this.#begin(timestampNs);
    const due = this.#startMs + this.#dueOf(timestampNs, bytes);
    if (this.#rate.kind === "top") return;
    const ahead = due - performance.now();
    if (ahead > SLEEP_MS) await sleep(ahead - SLEEP_MS);
    let now = performance.now();
    while (now < due) now = performance.now();
    if (!isFirst) this.#errors[this.#gaps++ % ERRORS_KEPT] = Math.abs(now - due);
  }

  #begin(timestampNs: bigint): void {
    this.#startMs = performance.now();
    this.#firstNs = timestampNs;
    this.#lastNs = timestampNs;
  }

  /** When a packet is due, milliseconds from the start. */
  #dueOf(timestampNs: bigint, bytes: number): number {
    const rate = this.#rate;
    if (rate.kind === "top") return 0;
    if (rate.kind === "capture") return this.#captureDue(timestampNs, rate.speed);
    const due = this.#nextMs;
    const perMs = rate.perSecond / 1000;
    this.#nextMs += rate.kind === "packets" ? 1 / perMs : (bytes * 8) / (perMs * 1e6);
    return due;
  }

  /** A capture that begins anew goes on from where it ended. */
  #captureDue(timestampNs: bigint, speed: number): number {
    if (timestampNs < this.#lastNs) {
      this.#loopedNs += this.#lastNs - this.#firstNs;
      this.#firstNs = timestampNs;
    }
    this.#lastNs = timestampNs;
    return Number(this.#loopedNs + timestampNs - this.#firstNs) / NS_PER_MS / speed;
  }

  /** Seconds since the first packet. */
  get seconds(): number {
    return this.#startMs < 0 ? 0 : (performance.now() - this.#startMs) / 1000;
  }

  /** What 99 of 100 packets were late by at most, of the last ones; null where none was paced. */
  get errorP99Ns(): number | null {
    const kept = Math.min(this.#gaps, ERRORS_KEPT);
    if (kept === 0) return null;
    const sorted = this.#errors.slice(0, kept).sort();
    return Math.round((sorted[Math.ceil(kept * 0.99) - 1] ?? 0) * NS_PER_MS);
  }
}
