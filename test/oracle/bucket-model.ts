/** A token bucket by definition, in exact fractions of a token. */

/** A bucket of so many tokens that fills at a rate. */
export class BucketModel {
  readonly #rate: bigint;
  readonly #most: bigint;
  #tokens: bigint;
  #at = 0n;

  constructor(rate: number, burst: number) {
    this.#rate = BigInt(rate);
    this.#most = BigInt(burst) * 1_000_000_000n;
    this.#tokens = this.#most;
  }

  /** Whether a packet of so many units passes at that time. */
  pass(atNs: bigint, units: number): boolean {
    if (atNs > this.#at) {
      this.#tokens += (atNs - this.#at) * this.#rate;
      if (this.#tokens > this.#most) this.#tokens = this.#most;
      this.#at = atNs;
    }
    const wanted = BigInt(units) * 1_000_000_000n;
    if (this.#tokens < wanted) return false;
    this.#tokens -= wanted;
    return true;
  }
}
