/** Slot tables by their definition: scores, quotas, the stable matching, and the guided change. */

import { websterQuotas } from "./webster.ts";

/** A next hop as a table knows it. */
export interface TableHop {
  readonly adjacency: number;
  readonly identity: bigint;
  readonly weight: number;
  /** Whether the change is about it. */
  readonly isTarget: boolean;
}

/** A hop with what a step gives it at most. */
interface RoomyHop {
  readonly hop: TableHop;
  readonly room: number;
}

interface Pair {
  readonly place: number;
  readonly slot: number;
  readonly cost: bigint;
  readonly weight: bigint;
}

const MASK = (1n << 64n) - 1n;
const GAMMA = 0x9e3779b97f4a7c15n;
const ONE = 1n << 30n;

/** SplitMix64 with the identity for a seed, at the slot's position; then -log2, 26 bits behind. */
export function scoreCost(identity: bigint, slot: number): bigint {
  let draw = (identity + BigInt(slot + 1) * GAMMA) & MASK;
  draw = ((draw ^ (draw >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  draw = ((draw ^ (draw >> 27n)) * 0x94d049bb133111ebn) & MASK;
  draw = (draw ^ (draw >> 31n)) | 2n;
  const zeros = BigInt(64 - draw.toString(2).length);
  const f = ((draw << (zeros + 1n)) & MASK) >> 34n;
  const p2 = 161348511n - ((f * 48641844n) >> 30n);
  const p1 = 288712201n - ((f * p2) >> 30n);
  const p0 = 474864304n - ((f * p1) >> 30n);
  return (zeros << 26n) + (((ONE - f) * (ONE - ((f * p0) >> 30n))) >> 34n) + 1n;
}

/** By score, then in the order of identities, then by slot. */
function byScore(a: Pair, b: Pair): number {
  const left = a.cost * b.weight;
  const right = b.cost * a.weight;
  if (left !== right) return left < right ? -1 : 1;
  return a.place - b.place || a.slot - b.slot;
}

/** The stable matching: the nearest pair first, while the slot is free and the hop has room. */
function matched(hops: readonly RoomyHop[], slots: readonly number[]): ReadonlyMap<number, number> {
  const pairs = hops.flatMap(({ hop: { identity, weight }, room }, place) =>
    room === 0
      ? []
      : slots.map((slot): Pair => {
          return { place, slot, cost: scoreCost(identity, slot), weight: BigInt(weight) };
        }),
  );
  const rooms = hops.map(({ room }) => room);
  const owners = new Map<number, number>();
  for (const { place, slot } of pairs.sort(byScore)) {
    const room = rooms[place] ?? 0;
    if (room === 0 || owners.has(slot)) continue;
    rooms[place] = room - 1;
    owners.set(slot, hops[place]?.hop.adjacency ?? 0);
  }
  return owners;
}

/** In the order of identities. */
function sorted(hops: readonly TableHop[]): readonly TableHop[] {
  return hops.toSorted((a, b) => (a.identity < b.identity ? -1 : 1));
}

/** The table that a set of hops alone gives. */
export function canonicalTable(hops: readonly TableHop[], slots: number): Uint16Array {
  const order = sorted(hops);
  const quotas = websterQuotas(
    order.map(({ weight }) => weight),
    slots,
  );
  const roomy = order.map((hop, place) => ({ hop, room: quotas[place] ?? 0 }));
  const all = Array.from({ length: slots }, (_, slot) => slot);
  const owners = matched(roomy, all);
  return Uint16Array.from(all, (slot) => owners.get(slot) ?? 0);
}

function heldBy(hops: readonly TableHop[], table: Uint16Array): number[] {
  return hops.map(({ adjacency }) => table.filter((slot) => slot === adjacency).length);
}

/** Exact quotas, but no slot from one hop to another that the change is not about. */
function guidedQuotas(
  hops: readonly TableHop[],
  held: readonly number[],
  slots: number,
): readonly number[] {
  const quotas = [
    ...websterQuotas(
      hops.map(({ weight }) => weight),
      slots,
    ),
  ];
  const others = [...hops.keys()].filter((place) => hops[place]?.isTarget !== true);
  const sum = (list: readonly number[]): number =>
    others.reduce((total, place) => total + (list[place] ?? 0), 0);
  const due = sum(quotas);
  const isLoss = due <= sum(held);
  for (const place of others) {
    const least = Math.min(quotas[place] ?? 0, held[place] ?? 0);
    quotas[place] = isLoss ? least : (held[place] ?? 0);
  }
  for (let left = due - sum(quotas); left > 0; left--) {
    const roomy = others.filter((place) => !isLoss || (quotas[place] ?? 0) < (held[place] ?? 0));
    const priority = (place: number): number =>
      (hops[place]?.weight ?? 0) / (2 * (quotas[place] ?? 0) + 1);
    const best = roomy.reduce((a, b) => (priority(b) > priority(a) ? b : a));
    quotas[best] = (quotas[best] ?? 0) + 1;
  }
  return quotas;
}

/** A table after a guided change to these hops. */
export function guidedTable(before: Uint16Array, members: readonly TableHop[]): Uint16Array {
  const hops = sorted(members);
  const table = before.slice();
  const held = heldBy(hops, table);
  const quotas = guidedQuotas(hops, held, table.length);
  const known = new Set(hops.map(({ adjacency }) => adjacency));
  const orphans = [...table.keys()].filter((slot) => !known.has(table[slot] ?? 0));
  const roomy = hops.map((hop, place) => {
    return { hop, room: Math.max(0, (quotas[place] ?? 0) - (held[place] ?? 0)) };
  });
  for (const [slot, adjacency] of matched(roomy, orphans)) table[slot] = adjacency;
  moveSurplus(table, hops, quotas);
  return table;
}

/** Slots above quota, by the ratio of the receiver's score and the owner's. */
function moveSurplus(
  table: Uint16Array,
  hops: readonly TableHop[],
  quotas: readonly number[],
): void {
  const held = heldBy(hops, table);
  const costs = hops.map(({ identity }) => [...table.keys()].map((s) => scoreCost(identity, s)));
  const pairOf = (place: number, slot: number): Pair => {
    const weight = BigInt(hops[place]?.weight ?? 0);
    return { place, slot, cost: costs[place]?.[slot] ?? 0n, weight };
  };
  for (;;) {
    const has = (place: number): number => (held[place] ?? 0) - (quotas[place] ?? 0);
    const open = [...hops.keys()].filter((place) => has(place) < 0);
    if (open.length === 0) return;
    const ofAdjacency = new Map(hops.map(({ adjacency }, place) => [adjacency, place]));
    let best: { ratio: number; slot: number; from: number; to: number } | undefined;
    for (const [slot, adjacency] of table.entries()) {
      const from = ofAdjacency.get(adjacency) ?? 0;
      if (has(from) <= 0) continue;
      const own = pairOf(from, slot);
      const near = open
        .map((place) => pairOf(place, slot))
        .reduce((a, b) => (byScore(b, a) < 0 ? b : a));
      const ratio = Number(near.cost * own.weight) / Number(own.cost * near.weight);
      if (best === undefined || ratio < best.ratio) best = { ratio, slot, from, to: near.place };
    }
    if (best === undefined) return;
    table[best.slot] = hops[best.to]?.adjacency ?? 0;
    held[best.from] = (held[best.from] ?? 0) - 1;
    held[best.to] = (held[best.to] ?? 0) + 1;
  }
}
