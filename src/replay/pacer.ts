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
/** Packets whose errors are kept: the last ones. */
const ERRORS_KEPT = 65_536;
const NS_PER_MS = 1e6;

/** Longer than a pause takes. */
const PAUSE_MS = 0.005;
const PAUSE_LOADS = 100;
const PAUSE_CELL = new Int32Array(1);

/** A microsecond or so without garbage: each reading of the clock is a number on the heap. */
function pause(): void {
  for (let load = 0; load < PAUSE_LOADS; load++) Atomics.load(PAUSE_CELL, 0);
}

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
  /** When the last packet was due, and when it left. */
  #dueMs = 0;
  #leftMs = 0;
  readonly #late = new Float64Array(ERRORS_KEPT);
  readonly #gapErrors = new Float64Array(ERRORS_KEPT);
  #gaps = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /**
   * Waits until a packet's time has come; `bytes` are those of its frame. Undefined where that was
   * awake and is over: at a high rate, promises would leave more garbage than packets.
   */
  wait(timestampNs: bigint, bytes: number): Promise<void> | undefined {
    const isFirst = this.#startMs < 0;
    if (isFirst) this.#begin(timestampNs);
    if (this.#rate.kind === "top") return undefined;
    const due = this.#startMs + this.#dueOf(timestampNs, bytes);
    const ahead = due - performance.now();
    if (ahead > SLEEP_MS) return sleep(ahead - SLEEP_MS).then(() => this.#waitAwake(due, isFirst));
    this.#waitAwake(due, isFirst);
    return undefined;
  }

  #waitAwake(due: number, isFirst: boolean): void {
    let now = performance.now();
    while (now < due) {
      if (due - now > PAUSE_MS) pause();
      now = performance.now();
    }
    if (!isFirst) {
      const kept = this.#gaps++ % ERRORS_KEPT;
      this.#late[kept] = now - due;
      this.#gapErrors[kept] = Math.abs(now - this.#leftMs - (due - this.#dueMs));
    }
    this.#leftMs = now;
    this.#dueMs = due;
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
  get lateP99Ns(): number | null {
    return this.#p99Ns(this.#late);
  }

  /** What 99 of 100 gaps between packets were too long or too short by at most, likewise. */
  get gapErrorP99Ns(): number | null {
    return this.#p99Ns(this.#gapErrors);
  }

  #p99Ns(errors: Float64Array): number | null {
    const kept = Math.min(this.#gaps, ERRORS_KEPT);
    if (kept === 0) return null;
    const sorted = errors.slice(0, kept).sort();
    return Math.round((sorted[Math.ceil(kept * 0.99) - 1] ?? 0) * NS_PER_MS);
  }
}
