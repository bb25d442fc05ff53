/** Long lives of groups: random single events, and what each of them moved. */

import type { Engine } from "../../../src/engine/engine.ts";
import type { Random } from "../../oracle/random.ts";
import { GroupDriver, movesBetween } from "./group-driver.ts";
import { firstMembers, type MemberBounds, nextEvent } from "./group-events.ts";

/** What the events of a group's life came to. */
export interface LifeTally {
  readonly events: number;
  /** Events at which the table grew. */
  readonly growths: number;
  /** Slots that moved between two next hops that the event was not about. */
  readonly needless: number;
  /** Events whose report of moved slots was not what moved. */
  readonly misreported: number;
}

/** A group starts anew after so many events: its table never shrinks. */
const EVENTS_A_LIFE = 100;

/** Lets groups of `bounds` live through `events` events in all. */
export function liveThrough(
  engine: Engine,
  random: Random,
  events: number,
  bounds: MemberBounds,
): LifeTally {
  const tally = { events, growths: 0, needless: 0, misreported: 0 };
  const group = new GroupDriver(engine, 8);
  for (let event = 0; event < events; event++) {
    if (event % EVENTS_A_LIFE === 0) startAnew(group, random, bounds);
    const held = group.slots();
    const { members, changed } = nextEvent(group.members, random, bounds);
    const report = group.set(members);
    if (report.slots !== held.length) tally.growths += 1;
    const before = repeated(held, report.slots);
    const { moved, needless } = movesBetween(before, group.slots(), changed);
    tally.needless += needless;
    if (report.moved !== moved) tally.misreported += 1;
  }
  group.set([]);
  return tally;
}

function startAnew(group: GroupDriver, random: Random, bounds: MemberBounds): void {
  group.set([]);
  group.set(firstMembers(random, bounds));
}

/** A table as a larger one repeats it. */
export function repeated(slots: Uint16Array, count: number): Uint16Array {
  return Uint16Array.from({ length: count }, (_, slot) => slots[slot % slots.length] ?? 0);
}
