/** What the kernel has no room for is offered again a little later, but not for ever. */

import type { Engine } from "../engine/engine.ts";

/** A queue that is full empties at the speed of its link: to ask more often wins nothing. */
const RETRY_MS = 0.1;
/** What waits longer is stale, as its interface is down or has no link: no burst of it later. */
const STALE_MS = 100;

/** Frames of a port that wait for the kernel. */
export class SendRetry {
  readonly #engine: Engine;
  readonly #number: number;
  #failedAt = 0;
  /** When it first failed; 0 while it does not. */
  #since = 0;

  constructor(engine: Engine, number: number) {
    this.#engine = engine;
    this.#number = number;
  }

  /** Whether it is time to offer again what waits. */
  get isDue(): boolean {
    return this.#since !== 0 && performance.now() - this.#failedAt >= RETRY_MS;
  }

  /** Takes note whether the kernel took all; what it has not taken for long is given up. */
  note(isAllTaken: boolean): void {
    if (isAllTaken) {
      this.#since = 0;
      return;
    }
    this.#failedAt = performance.now();
    if (this.#since === 0) this.#since = this.#failedAt;
    if (this.#failedAt - this.#since < STALE_MS) return;
    this.#engine.exports.ringDiscard(this.#number);
    this.#since = 0;
  }
}
