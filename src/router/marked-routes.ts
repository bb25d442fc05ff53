/** Routes that are counted or limited: which group is whose, and what became of their packets. */

import type { Engine } from "../engine/engine.ts";
import type { MeterCounts } from "../engine/meters.ts";
import { AnyfibError } from "../net/errors.ts";
import type { RouteMeter } from "../rib/route.ts";
import type { RouteMark } from "./member-set.ts";
import { GROUP_OF_KIND } from "./route-kinds.ts";

/** A marked route and what it saw. */
export interface MarkedRouteCounters extends MeterCounts {
  readonly prefix: string;
  readonly action: RouteMeter["kind"];
}

/** A marked route: while it changes its group, it has both. */
interface MarkedRoute {
  readonly number: number;
  meter: RouteMeter;
  readonly groups: Set<number>;
}

/** The marked routes of a forwarder. */
export class MarkedRoutes {
  readonly #engine: Engine;
  readonly #byPrefix = new Map<string, MarkedRoute>();
  readonly #byGroup = new Map<number, MarkedRoute>();
  readonly #free: number[] = [];
  #next = 1;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * A group is that of a marked route now, or of none. Counts go on while the route has a group.
   * Throws CAPACITY for more than limit routeMeters, with everything as it was.
   */
  follow(group: number, mark: RouteMark | undefined): void {
    const before = this.#byGroup.get(group);
    if (before === undefined && mark === undefined) return;
    const route = mark && this.#routeOf(mark.meter);
    const kind = mark?.kind === undefined ? 0 : GROUP_OF_KIND[mark.kind];
    this.#engine.routeMeters.mark(group, { meter: route?.number ?? 0, kind });
    if (route === undefined) this.#byGroup.delete(group);
    else {
      route.groups.add(group);
      this.#byGroup.set(group, route);
    }
    if (before !== undefined && before !== route) this.#leave(before, group);
  }

  /** What each saw, in the order in which they became known. */
  counters(): readonly MarkedRouteCounters[] {
    return Array.from(this.#byPrefix, ([prefix, { number, meter }]) => ({
      prefix,
      action: meter.kind,
      ...this.#engine.routeMeters.meters.read(number),
    }));
  }

  /** What is done with packets of a group: for tools. */
  of(group: number): RouteMeter | undefined {
    return this.#byGroup.get(group)?.meter;
  }

  /** Sets all counts to 0. */
  reset(): void {
    for (const { number } of this.#byPrefix.values()) this.#engine.routeMeters.meters.reset(number);
  }

  #routeOf(meter: RouteMeter): MarkedRoute {
    const { meters } = this.#engine.routeMeters;
    const known = this.#byPrefix.get(meter.prefix);
    if (known !== undefined) {
      if (JSON.stringify(known.meter) !== JSON.stringify(meter)) meters.set(known.number, meter);
      known.meter = meter;
      return known;
    }
    const route = { number: this.#takeNumber(), meter, groups: new Set<number>() };
    meters.reset(route.number);
    meters.set(route.number, meter);
    this.#byPrefix.set(meter.prefix, route);
    return route;
  }

  #leave(route: MarkedRoute, group: number): void {
    route.groups.delete(group);
    if (route.groups.size > 0) return;
    this.#byPrefix.delete(route.meter.prefix);
    this.#free.push(route.number);
  }

  #takeNumber(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const { routeMeters } = this.#engine.plan.limits;
    if (this.#next <= routeMeters) return this.#next++;
    throw new AnyfibError({
      code: "CAPACITY",
      what: `more than ${routeMeters} routes that are counted or limited`,
      hint: "raise limit routeMeters",
      detail: { routeMeters },
    });
  }
}
