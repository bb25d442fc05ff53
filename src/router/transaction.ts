/** Changes that take effect together: of routes, and of the state and weight of next hops. */

import type { GroupChange } from "../engine/engine.ts";
import { AnyfibError } from "../net/errors.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { FibSync } from "./fib-sync.ts";
import type { Groups } from "./groups.ts";
import type { KnownNextHop, NextHopState, NextHops } from "./next-hops.ts";
import { addRoute, type RouteInput } from "./route-input.ts";

/** What a transaction works on. */
export interface TransactionParts {
  readonly nextHops: NextHops;
  readonly groups: Groups;
  readonly fib: FibSync;
}

/** What a commit did. */
export interface CommitReport {
  /** Routes added, replaced or withdrawn. */
  readonly routes: number;
  /** Flows that changed their next hop, per million, of those in the groups that were changed. */
  readonly flowsPerMillionMoved: number;
  readonly microseconds: number;
}

interface NextHopChange {
  readonly nextHop: KnownNextHop;
  readonly state: NextHopState;
  readonly weight: number | undefined;
}

/**
 * Collects changes; nothing happens before `commit`, and then all of it or nothing. Disposing of a
 * transaction that was not committed drops it.
 */
export class Transaction implements Disposable {
  readonly #parts: TransactionParts;
  readonly #added = new RouteTable();
  readonly #withdrawn = new RouteTable();
  readonly #changes = new Map<number, NextHopChange>();
  #isOpen = true;

  constructor(parts: TransactionParts) {
    this.#parts = parts;
  }

  /** Adds a route, or replaces the one that its prefix has. */
  add(route: RouteInput): this {
    addRoute(this.#added, route);
    return this;
  }

  /** Withdraws a prefix. */
  withdraw(prefix: string): this {
    // The kind is not looked at: a withdrawal takes away whatever the prefix has.
    addRoute(this.#withdrawn, { prefix, kind: "blackhole" });
    return this;
  }

  /** The next hop (an address or a site's name) serves again. */
  up(nextHop: string): this {
    return this.#change(nextHop, { state: "up" });
  }

  /** The next hop is dead: its flows go to the others, and no other flow moves. */
  down(nextHop: string): this {
    return this.#change(nextHop, { state: "down" });
  }

  /** The next hop leaves in good order: it gets no new flows. */
  drain(nextHop: string): this {
    return this.#change(nextHop, { state: "drain" });
  }

  /** Gives a next hop a weight (0 to 65,535) in every set that it is in. */
  weight(nextHop: string, weight: number): this {
    return this.#change(nextHop, { weight });
  }

  /** Makes it so. Throws CAPACITY, with everything as it was, where a table is full. */
  commit(): CommitReport {
    if (!this.#isOpen) {
      throw new AnyfibError({
        code: "USAGE",
        what: "the transaction has ended",
        hint: "begin a new one",
      });
    }
    this.#isOpen = false;
    const start = performance.now();
    const change = this.#applyChanges();
    let withdrawn: number;
    try {
      this.#parts.fib.install(this.#added);
      withdrawn = this.#parts.fib.withdraw(this.#withdrawn);
    } catch (error) {
      this.#revertChanges();
      throw error;
    }
    return {
      routes: this.#added.count4 + this.#added.count6 + withdrawn,
      flowsPerMillionMoved: change.slots === 0 ? 0 : (1e6 * change.moved) / change.slots,
      microseconds: Math.round((performance.now() - start) * 1000),
    };
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
  }

  #change(name: string, change: Partial<Omit<NextHopChange, "nextHop">>): this {
    const nextHop = this.#parts.nextHops.find(name);
    const { state, weight } = this.#changes.get(nextHop.adjacency) ?? nextHop;
    this.#changes.set(nextHop.adjacency, { nextHop, state, weight, ...change });
    return this;
  }

  #applyChanges(): GroupChange {
    let moved = 0;
    let slots = 0;
    const { nextHops, groups } = this.#parts;
    try {
      for (const [adjacency, { state, weight }] of this.#changes) {
        nextHops.set(adjacency, { state, weight });
        const change = groups.refresh(adjacency);
        moved += change.moved;
        slots += change.slots;
      }
    } catch (error) {
      this.#revertChanges();
      throw error;
    }
    return { moved, slots };
  }

  #revertChanges(): void {
    const { nextHops, groups } = this.#parts;
    for (const [adjacency, { nextHop }] of this.#changes) {
      nextHops.set(adjacency, nextHop);
      groups.refresh(adjacency);
    }
  }
}
