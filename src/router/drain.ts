/**
 * Drains: next hops that give up their slots at once and keep the connections that they have until
 * their time is over. A function of the clock that it is told, and of nothing else.
 */

/** Seconds for which a next hop that drains keeps its connections, unless said. */
export const DEFAULT_DRAIN_TIME = 300;

/** Which adjacencies drain, and since when. */
export class Drains {
  readonly #seconds: number;
  readonly #since = new Map<number, number>();

  constructor(seconds: number = DEFAULT_DRAIN_TIME) {
    this.#seconds = seconds;
  }

  /** An adjacency begins to drain; one that drains already keeps its time. */
  begin(adjacency: number, clock: number): void {
    if (!this.#since.has(adjacency)) this.#since.set(adjacency, clock);
  }

  /** An adjacency does not drain any more. */
  end(adjacency: number): void {
    this.#since.delete(adjacency);
  }

  /**
   * Adjacencies whose time is over, in the order in which they began; they end. A drain from
   * before the clock was first set (0) begins now.
   */
  expire(clock: number): readonly number[] {
    const over: number[] = [];
    for (const [adjacency, since] of this.#since) {
      if (since === 0) this.#since.set(adjacency, clock);
      else if (clock - since >= this.#seconds) over.push(adjacency);
    }
    for (const adjacency of over) this.end(adjacency);
    return over;
  }
}
