/**
 * How the next hops of BGP routes are reached: over a link, by way of a site, or by the route with
 * the longest prefix that covers them (RFC 4271 sections 5.1.3 and 9.1.2.1). One step is taken: a
 * resolving route's own next hops are neighbors, as the kernel wants gateways to be.
 *
 *     next hop of a BGP route     resolving route             leads to
 *     10.255.0.7                  10.255.0.0/24 -> A, B       A and B, by their weights
 *     10.0.0.9                    10.0.0.0/24 (link)          10.0.0.9 itself
 *     10.0.0.1                    10.0.0.1/32 (own address)   nowhere: the route cannot be used
 *
 * Cost: a look for each prefix length that occurs, once for each next hop.
 */

import { type Address, formatAddress } from "../net/address.ts";
import { formatPrefix, maskAddress, type Prefix } from "../net/prefix.ts";
import { nextHopName } from "./next-hop.ts";
import type { NextHop, RouteTarget } from "./route.ts";

/** Largest weight of a next hop. */
const WEIGHT_MAX = 65_535;

/** A route that next hops are reached by. */
export interface ResolvingRoute {
  readonly prefix: Prefix;
  /** `link`: what it covers is a neighbor; next hops under a kind without any are not reached. */
  readonly leads: "link" | RouteTarget;
}

/** How a next hop is reached. */
export interface Resolution {
  /** The resolving route's prefix, as text. */
  readonly prefix: string;
  /** Lowest cost of its next hops: how far it is. */
  readonly cost: number;
  readonly nextHops: readonly NextHop[];
  /** Part of the flows that the next tier takes while the nearest one serves. */
  readonly overflow: number;
}

/** A next hop of a BGP route that was resolved, by its weight beside the others. */
export interface WeightedResolution {
  readonly resolution: Resolution;
  readonly weight: number;
}

/** Resolves next hops by routes that do not change. */
export class NextHopResolver {
  readonly #routes = new Map<string, ResolvingRoute>();
  /** Prefix lengths that occur, the longest first. */
  readonly #lengths: Readonly<Record<4 | 6, readonly number[]>>;
  readonly #known = new Map<string, Resolution | undefined>();

  /** Of several routes for a prefix the last one counts. */
  constructor(routes: Iterable<ResolvingRoute>) {
    const lengths = { 4: new Set<number>(), 6: new Set<number>() };
    for (const route of routes) {
      this.#routes.set(formatPrefix(route.prefix), route);
      lengths[route.prefix.family].add(route.prefix.length);
    }
    const sorted = (family: 4 | 6) => [...lengths[family]].sort((a, b) => b - a);
    this.#lengths = { 4: sorted(4), 6: sorted(6) };
  }

  /** How an address is reached; undefined where it is not. */
  of(address: Address): Resolution | undefined {
    const key = formatAddress(address);
    if (this.#known.has(key)) return this.#known.get(key);
    const found = this.#find(address);
    this.#known.set(key, found);
    return found;
  }

  #find(address: Address): Resolution | undefined {
    for (const length of this.#lengths[address.family]) {
      const prefix = formatPrefix(maskAddress(address, length));
      const route = this.#routes.get(prefix);
      if (route !== undefined) return resolutionOf(address, prefix, route.leads);
    }
    return undefined;
  }
}

function resolutionOf(
  address: Address,
  prefix: string,
  leads: ResolvingRoute["leads"],
): Resolution | undefined {
  if (leads === "link") {
    return { prefix, cost: 0, nextHops: [{ address, weight: 1, cost: 0 }], overflow: 0 };
  }
  if (leads.kind !== "via") return undefined;
  const { nextHops, overflow = 0 } = leads;
  return { prefix, cost: Math.min(...nextHops.map(({ cost }) => cost)), nextHops, overflow };
}

/**
 * The next hops of routes that are used together, each once: what a route's next hop takes of the
 * flows goes to those that it is reached by, in each tier by their weights. Routes that are equal
 * by other costs are taken for as near as the nearest of them, so that none loses its part.
 */
export function resolvedNextHops(parts: readonly WeightedResolution[]): readonly NextHop[] {
  const [first] = parts;
  if (first === undefined) return [];
  if (parts.length === 1) return first.resolution.nextHops;
  const level = levelled(parts);
  const all = level.flatMap(({ resolution }) => resolution.nextHops);
  const costs = new Set(all.map(({ cost }) => cost));
  return [...costs].flatMap((cost) => tierNextHops(level, cost));
}

/** The parts with all nearest tiers at the same cost, and each next hop in its nearest tier. */
function levelled(parts: readonly WeightedResolution[]): readonly WeightedResolution[] {
  const least = Math.min(...parts.map(({ resolution }) => resolution.cost));
  const shifted = parts.map(({ resolution: { cost: own, nextHops, ...rest }, weight }) => {
    const nearer = nextHops.map((hop) => ({ ...hop, cost: hop.cost - own + least }));
    return { resolution: { ...rest, cost: least, nextHops: nearer }, weight };
  });
  const nearest = new Map<string, number>();
  for (const hop of shifted.flatMap(({ resolution }) => resolution.nextHops)) {
    const name = nextHopName(hop);
    nearest.set(name, Math.min(nearest.get(name) ?? hop.cost, hop.cost));
  }
  return shifted.map(({ resolution, weight }) => {
    const own = resolution.nextHops.filter((hop) => nearest.get(nextHopName(hop)) === hop.cost);
    return { resolution: { ...resolution, nextHops: own }, weight };
  });
}

/** The next hops of a tier. */
function tierNextHops(parts: readonly WeightedResolution[], cost: number): readonly NextHop[] {
  const shares = new Map<string, { readonly hop: NextHop; share: number }>();
  for (const { resolution, weight } of parts) {
    const whole = tierWeight(resolution, cost);
    for (const hop of resolution.nextHops.filter((one) => one.cost === cost)) {
      const share = whole === 0 ? 0 : (weight * hop.weight) / whole;
      const known = shares.get(nextHopName(hop));
      if (known === undefined) shares.set(nextHopName(hop), { hop, share });
      else known.share += share;
    }
  }
  const hops = [...shares.values()];
  const weights = wholeWeights(
    hops.map(({ share }) => share),
    parts.map(({ resolution }) => tierWeight(resolution, cost)),
  );
  return hops.map(({ hop }, index) => ({ ...hop, weight: weights[index] ?? 0 }));
}

/** The weight of all next hops of a tier. */
function tierWeight({ nextHops }: Resolution, cost: number): number {
  return nextHops.reduce((sum, hop) => (hop.cost === cost ? sum + hop.weight : sum), 0);
}

/** Shares of known denominators as the smallest weights, or as close as large ones come. */
function wholeWeights(shares: readonly number[], denominators: readonly number[]): number[] {
  const scale = denominators.reduce((all, one) => (one === 0 ? all : leastMultiple(all, one)), 1);
  const exact = shares.map((share) => Math.round(share * scale));
  const divisor = exact.reduce(greatestDivisor, 0) || 1;
  const weights = exact.map((weight) => weight / divisor);
  const most = Math.max(...weights);
  if (most <= WEIGHT_MAX) return weights;
  const fits = (share: number): number => Math.max(Math.round((share / most) * WEIGHT_MAX), 1);
  return weights.map((weight) => (weight === 0 ? 0 : fits(weight)));
}

function greatestDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}

/** Least common multiple, as long as numbers are exact; beyond that any large number does. */
function leastMultiple(a: number, b: number): number {
  return Math.min((a / greatestDivisor(a, b)) * b, 2 ** 40);
}
