/** Random announcements and withdrawals, and what they moved: no slot but the target's. */

import { expect } from "vitest";
import { GROUPS_RESERVED } from "../../assembly/layout.ts";
import type { NextHop } from "../../src/rib/route.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { WITHDRAWN } from "../../src/router/fib-sync.ts";
import { type Random, seededRandom } from "../oracle/random.ts";
import { nextHop, type RouterParts, routerParts } from "./router-rig.ts";

/** How many of each. */
export interface LineageSize {
  readonly seed: number;
  readonly events: number;
  readonly prefixes: number;
  readonly nextHops: number;
}

/** Weights by next hop, of one prefix; empty where it is withdrawn. */
type Weights = ReadonlyMap<number, number>;

/** The address of prefix `index`, a /24. */
function addressOf(index: number): number {
  return ((198 << 24) | (18 << 16) | (index << 8)) >>> 0;
}

function hopOf(index: number): NextHop {
  return nextHop(`10.0.${index >> 8}.${1 + (index & 255)}`);
}

function groupIds({ engine }: RouterParts, prefixes: number): Uint32Array {
  return engine.tables.lookup4(Uint32Array.from({ length: prefixes }, (_, i) => addressOf(i)));
}

/** Owner of each slot of a prefix's table, of one where it has none. */
function ownersOf({ engine, groups }: RouterParts, id: number): Uint16Array {
  const [only] = groups.serving(id);
  return engine.groups.slots(id)?.slice() ?? Uint16Array.of(only?.nextHop.adjacency ?? 0);
}

/** Slots, of as many as the larger table has, that went between two others than the target. */
function needlessMoves(before: Uint16Array, after: Uint16Array, target: number): number {
  const slots = Math.max(before.length, after.length);
  let needless = 0;
  for (let slot = 0; slot < slots; slot++) {
    const old = before[slot % before.length];
    const now = after[slot % after.length];
    if (old !== now && old !== target && now !== target && old !== 0) needless += 1;
  }
  return needless;
}

/** The weights of a prefix after a hop was added, taken away, or given another weight. */
function changed(weights: Weights, hop: number, random: Random): Weights {
  const next = new Map(weights);
  if (weights.has(hop) && random.below(2) === 0) next.delete(hop);
  else next.set(hop, 1 + random.below(16));
  return next;
}

/** Installs the new weights of some prefixes as one table. */
function announce({ fib }: RouterParts, changes: ReadonlyMap<number, Weights>): void {
  const table = new RouteTable();
  for (const [prefix, weights] of changes) {
    const nextHops = Array.from(weights, ([hop, weight]) => ({ ...hopOf(hop), weight }));
    const target = nextHops.length === 0 ? WITHDRAWN : ({ kind: "via", nextHops } as const);
    table.add4(addressOf(prefix), 24, table.internTarget(target));
  }
  fib.install(table);
}

/** Takes a next hop down, up, or to another weight everywhere. */
function changeState({ nextHops, groups }: RouterParts, hop: number, random: Random): number {
  const { adjacency, state } = nextHops.intern(hopOf(hop));
  const weight = random.below(3) === 0 ? 1 + random.below(16) : undefined;
  const next = state === "up" && random.below(2) === 0 ? "down" : "up";
  nextHops.set(adjacency, { state: next, weight });
  groups.refresh([adjacency]);
  return adjacency;
}

/** Runs random events on random prefixes: after each, nothing moved but to and from its target. */
export async function expectNoNeedlessMove(size: LineageSize): Promise<RouterParts> {
  const random = seededRandom(size.seed);
  const parts = await routerParts({ slotBytes: 64 * 1024 * 1024, groups: 4096 });
  const weights: Weights[] = Array.from({ length: size.prefixes }, () => new Map());
  for (let event = 0; event < size.events; event++) {
    const ids = groupIds(parts, size.prefixes);
    const before = Array.from(ids, (id) => ownersOf(parts, id));
    const hop = random.below(size.nextHops);
    let target = parts.nextHops.intern(hopOf(hop)).adjacency;
    if (random.below(5) === 0) target = changeState(parts, hop, random);
    else {
      const first = random.below(size.prefixes);
      const count = 1 + random.below(size.prefixes);
      const changes = new Map<number, Weights>();
      for (let i = first; i < Math.min(first + count, size.prefixes); i++) {
        const next = changed(weights[i] ?? new Map(), hop, random);
        weights[i] = next;
        changes.set(i, next);
      }
      announce(parts, changes);
    }
    const after = groupIds(parts, size.prefixes);
    for (const [prefix, old] of before.entries()) {
      if ((ids[prefix] ?? 0) < GROUPS_RESERVED) continue;
      const now = ownersOf(parts, after[prefix] ?? 0);
      const needless = needlessMoves(old, now, target);
      if (needless > 0) expect({ event, prefix, needless }).toEqual({ event, prefix, needless: 0 });
    }
  }
  return parts;
}
