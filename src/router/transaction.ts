/** Changes that take effect together: of routes, and of the state and weight of next hops. */

import { AnyfibError } from "../net/errors.ts";
import type { Prefix } from "../net/prefix.ts";
import type { RouteTarget } from "../rib/route.ts";
import { RouteTable } from "../rib/route-table.ts";
import { changedRoutes } from "./changed-routes.ts";
import { type FibSync, WITHDRAWN } from "./fib-sync.ts";
import type { Groups, SavedGroups } from "./groups.ts";
import type { KnownNextHop, NextHops } from "./next-hops.ts";
import { addRoute, prefixOf, type RouteInput } from "./route-input.ts";

/** What a transaction works on. */
export interface TransactionParts {
  readonly nextHops: NextHops;
  readonly groups: Groups;
  readonly fib: FibSync;
  /** Called when a transaction has been committed. */
  readonly onCommit: () => void;
}

/** What a commit did. */
export interface CommitReport {
  /** Routes added, replaced or withdrawn. */
  readonly routes: number;
  /** Flows that changed their next hop, per million, of those in the groups that were changed. */
  readonly flowsPerMillionMoved: number;
  readonly microseconds: number;
}

/** What is changed of a next hop; the rest stays as it is when the transaction is committed. */
type NextHopChange = Partial<Pick<KnownNextHop, "state" | "weight">>;

/** What a commit that fails goes back to. */
interface Before {
  readonly nextHopCount: number;
  readonly changed: readonly KnownNextHop[];
  readonly groups: SavedGroups;
}

function mean(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum + part, 0) / Math.max(parts.length, 1);
}

/**
 * Collects changes; nothing happens before `commit`, and then all of it or nothing. Where two say
 * something of one prefix or next hop, the later holds. Disposing of a transaction that was not
 * committed drops it.
 */
export class Transaction implements Disposable {
  readonly #parts: TransactionParts;
  readonly #routes = new RouteTable();
  readonly #changes = new Map<number, NextHopChange>();
  #isOpen = true;

  constructor(parts: TransactionParts) {
    this.#parts = parts;
  }

  /** Adds a route, or replaces the one that its prefix has. */
  add(route: RouteInput): this {
    addRoute(this.#routes, route);
    return this;
  }

  /** Gives a prefix its target, or, without one, withdraws it. */
  route(prefix: Prefix, target: RouteTarget | undefined): this {
    this.#routes.add(prefix, this.#routes.internTarget(target ?? WITHDRAWN));
    return this;
  }

  /** Makes the routes of `before` those of `after`; prefixes of neither stay as they are. */
  replace(before: RouteTable, after: RouteTable): this {
    for (const { prefix, target } of changedRoutes(before, after)) {
      this.#routes.add(prefix, this.#routes.internTarget(target));
    }
    return this;
  }

  /** Withdraws a prefix. */
  withdraw(prefix: string): this {
    this.#routes.add(prefixOf(prefix), this.#routes.internTarget(WITHDRAWN));
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
    const before = this.#before();
    try {
      const changed = this.#applyChanges();
      const { routes, moved } = this.#parts.fib.install(this.#routes);
      this.#parts.nextHops.settle();
      this.#parts.onCommit();
      return {
        routes,
        flowsPerMillionMoved: 1e6 * mean([...changed, ...moved]),
        microseconds: Math.round((performance.now() - start) * 1000),
      };
    } catch (error) {
      this.#goBack(before);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
  }

  #change(name: string, change: NextHopChange): this {
    const { adjacency } = this.#parts.nextHops.find(name);
    this.#changes.set(adjacency, { ...this.#changes.get(adjacency), ...change });
    return this;
  }

  #before(): Before {
    const { nextHops, groups } = this.#parts;
    const adjacencies = [...this.#changes.keys()];
    return {
      nextHopCount: nextHops.count,
      changed: adjacencies.flatMap((adjacency) => nextHops.at(adjacency) ?? []),
      groups: groups.save(adjacencies),
    };
  }

  /** Applies the changes of next hops together; the part of its flows that each group moved. */
  #applyChanges(): readonly number[] {
    const { nextHops, groups } = this.#parts;
    for (const [adjacency, change] of this.#changes) nextHops.set(adjacency, change);
    return groups.refresh(this.#changes.keys());
  }

  #goBack({ nextHopCount, changed, groups: saved }: Before): void {
    const { nextHops, groups } = this.#parts;
    for (const { adjacency, state, weight } of changed) nextHops.set(adjacency, { state, weight });
    groups.restore(saved);
    nextHops.rewind(nextHopCount);
    nextHops.settle();
  }
}
