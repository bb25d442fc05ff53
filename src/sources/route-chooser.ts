/**
 * Which of a prefix's routes are used: what a policy lets in, then the decision (best-path.ts).
 * Most prefixes are decided by the steps in front of MED, which are one number of a set, found
 * once.
 */

import { type Address, formatAddress } from "../net/address.ts";
import type { PrefixCells } from "../net/bytes.ts";
import { pathOrigin } from "../rib/as-path.ts";
import type { AttributeSet } from "../rib/attributes.ts";
import { type Candidate, type DecisionOptions, decide, preferenceKey } from "../rib/best-path.ts";
import type { IgpCosts } from "../rib/igp-costs.ts";
import { bandwidthWeights } from "../rib/link-bandwidth.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import {
  type NextHopResolver,
  resolvedNextHops,
  type WeightedResolution,
} from "../rib/next-hop-resolution.ts";
import type { NextHop, RouteTarget } from "../rib/route.ts";
import { ImportedRoutes, type ImportOptions, REJECTED } from "./imported-routes.ts";
import type { AttributeSets, PeerTable, RibRecord } from "./mrt.ts";

/** How routes are chosen. */
export interface ChoiceOptions {
  /** How the best one is found. */
  readonly decision?: DecisionOptions;
  /** Peers of this AS are internal; none unless given. */
  readonly localAs?: number;
  /** What it costs to get to next hops; nothing unless given. */
  readonly igpCosts?: IgpCosts;
  /** How next hops are reached; they are neighbors, and as they are, unless given. */
  readonly resolver?: NextHopResolver;
  /** Communities that ask to drop what goes to their prefix (RFC 7999); none unless given. */
  readonly blackholes?: readonly number[];
  /** Whether packets from such a prefix are dropped, too (RFC 5635). */
  readonly dropsSources?: boolean;
  /** Which routes are let in, and as what; all as they are unless given. */
  readonly imports?: ImportOptions;
}

/** What tells how far next hops are. */
export type NextHopCosts = Pick<ChoiceOptions, "igpCosts" | "resolver">;

/** What it costs to get to a next hop; infinite where it cannot be reached. */
export function nextHopCost(nextHop: Address, { igpCosts, resolver }: NextHopCosts): number {
  const resolved = resolver === undefined ? 0 : resolver.of(nextHop)?.cost;
  if (resolved === undefined) return Number.POSITIVE_INFINITY;
  return igpCosts?.of(nextHop) ?? resolved;
}

/** A prefix's routes in columns: a record of a table has them so. */
export type RouteColumns = Pick<RibRecord, "count" | "hasPathIds"> & {
  readonly attributeSets: ArrayLike<number>;
  readonly peers: ArrayLike<number>;
  readonly pathIds: ArrayLike<number>;
  readonly times: ArrayLike<number>;
};

/** Routes of one origin that are used together. */
export interface Choice {
  readonly origin: number;
  /** The best one first. */
  readonly ids: readonly number[];
}

interface LastChoice {
  family: 4 | 6;
  readonly ids: number[];
  readonly peers: number[];
  chosen: readonly number[];
}

const KEYS_FIRST = 4096;
/** What the key of a set is before it was looked at; keys are no less than 0. */
const UNSEEN = -1;

/** Where next hops lead when they are resolved. */
function resolvedTarget(nextHops: readonly NextHop[], resolver: NextHopResolver): RouteTarget {
  const parts = nextHops.flatMap(({ address, weight }): readonly WeightedResolution[] => {
    const resolution = resolver.of(address);
    return resolution === undefined ? [] : [{ resolution, weight }];
  });
  const overflow = parts[0]?.resolution.overflow ?? 0;
  const resolved = resolvedNextHops(parts);
  return { kind: "via", nextHops: resolved, ...(overflow === 0 ? {} : { overflow }) };
}

/** Chooses among routes, told by the numbers of their sets and peers. */
export class RouteChooser {
  /** Routes of the prefix that was chosen for last that the policy did not let in. */
  rejected = 0;
  readonly #peers: PeerTable;
  readonly #decision: DecisionOptions;
  readonly #localAs: number | undefined;
  readonly #costs: NextHopCosts;
  readonly #blackholes: readonly number[];
  readonly #blackhole: RouteTarget;
  readonly #imported: ImportedRoutes;
  /** Of each id for prefixes of a family; infinite where it cannot be used. */
  readonly #keys = { 4: new Float64Array(0), 6: new Float64Array(0) };
  /** Where routes lead that are used alone, by their IPv4 next hops. */
  readonly #alone = new Map<number, RouteTarget>();
  /** What the entries of a prefix were let in as. */
  readonly #ids: number[] = [];
  /** The last prefix's routes, and which were chosen: its neighbour often has the same. */
  readonly #last: LastChoice = { family: 4, ids: [], peers: [], chosen: [] };
  /** Entries that are left, by their place in the columns. */
  readonly #left: number[] = [];

  constructor(sets: AttributeSets, peers: PeerTable, options: ChoiceOptions) {
    const { decision = {}, localAs, blackholes = [], imports = {} } = options;
    this.#peers = peers;
    this.#decision = decision;
    this.#localAs = localAs;
    this.#costs = options;
    this.#blackholes = blackholes;
    this.#blackhole = { kind: "blackhole", dropsSources: options.dropsSources ?? false };
    this.#imported = new ImportedRoutes(sets, peers, imports);
  }

  /** Ids of the routes that are used, the best one first. */
  choose(cells: PrefixCells, columns: RouteColumns): readonly number[] {
    this.rejected = this.#import(cells, columns);
    if (!this.#isLikeLast(cells.family, columns)) {
      this.#last.chosen = this.#choose(cells.family, columns);
    }
    return this.#last.chosen;
  }

  /**
   * What the prefix of the last choice leads by as the origin of one choice after the other is
   * refused: the second choice, the third, and so on, each by another origin.
   */
  alternatives({ family }: PrefixCells, columns: RouteColumns, best: number): readonly Choice[] {
    const refused = new Set([this.originOf(best)]);
    const found: Choice[] = [];
    for (;;) {
      const ids = this.#choose(family, columns, refused);
      const [first] = ids;
      if (first === undefined) return found;
      const origin = this.originOf(first);
      refused.add(origin);
      found.push({ origin, ids });
    }
  }

  /** The AS that originates the routes of an id. */
  originOf(id: number): number {
    return pathOrigin(this.setOf(id).asPath);
  }

  /** The attributes of an id. */
  setOf(id: number): AttributeSet {
    return this.#imported.of(id).set;
  }

  /** Where routes that are used together lead, the best one first; of most it is one object. */
  target(ids: readonly number[]): RouteTarget {
    const [best] = ids;
    if (best === undefined) return { kind: "via", nextHops: [] };
    const { set, weight } = this.#imported.of(best);
    const { communities, nextHop } = set;
    if (this.#blackholes.some((one) => communities.includes(one))) return this.#blackhole;
    if (ids.length > 1 || weight !== undefined || nextHop?.family !== 4) return this.#targetBy(ids);
    const known = this.#alone.get(nextHop.value);
    if (known !== undefined) return known;
    const target = this.#targetBy(ids);
    this.#alone.set(nextHop.value, target);
    return target;
  }

  #targetBy(ids: readonly number[]): RouteTarget {
    const nextHops = this.#nextHops(ids);
    const { resolver } = this.#costs;
    if (resolver === undefined) return { kind: "via", nextHops };
    return resolvedTarget(nextHops, resolver);
  }

  /** The next hops of routes, each once, by their weights. */
  #nextHops(ids: readonly number[]): readonly NextHop[] {
    const routes = ids.map((id) => this.#imported.of(id));
    const isWeighted = routes.some(({ weight }) => weight !== undefined);
    const bandwidths = bandwidthWeights(routes.map(({ set }) => set));
    const hops = new Map<string, NextHop>();
    for (const [index, { set, weight = 1 }] of routes.entries()) {
      const { nextHop: address } = set;
      if (address === undefined || hops.has(formatAddress(address))) continue;
      const own = isWeighted ? weight : (bandwidths[index] ?? 1);
      hops.set(formatAddress(address), { address, weight: own, cost: 0 });
    }
    return [...hops.values()];
  }

  /** Whether the last prefix had the same routes of the same peers; keeps them otherwise. */
  #isLikeLast(family: 4 | 6, { hasPathIds, peers }: RouteColumns): boolean {
    const ids = this.#ids;
    const last = this.#last;
    let isLike = last.family === family && last.ids.length === ids.length;
    for (let entry = 0; isLike && entry < ids.length; entry++) {
      isLike = last.ids[entry] === ids[entry] && last.peers[entry] === peers[entry];
    }
    // Path ids and times may decide, too.
    if (isLike && !hasPathIds && this.#decision.preferOldest !== true) return true;
    last.family = family;
    last.ids.length = 0;
    last.peers.length = 0;
    for (let entry = 0; entry < ids.length; entry++) {
      last.ids.push(ids[entry] ?? 0);
      last.peers.push(peers[entry] ?? 0);
    }
    return false;
  }

  /** Finds what the entries of a prefix are let in as; says how many are not. */
  #import(cells: PrefixCells, { count, attributeSets, peers }: RouteColumns): number {
    const ids = this.#ids;
    let rejected = 0;
    ids.length = 0;
    for (let entry = 0; entry < count; entry++) {
      const id = this.#imported.take(cells, attributeSets[entry] ?? 0, peers[entry] ?? 0);
      rejected += Number(id === REJECTED);
      ids.push(id);
    }
    return rejected;
  }

  /** Ids of the routes that are used, the best one first. */
  #choose(family: 4 | 6, columns: RouteColumns, refused?: ReadonlySet<number>): readonly number[] {
    const ids = this.#ids;
    const left = this.#left;
    let least = Number.POSITIVE_INFINITY;
    left.length = 0;
    for (const [entry, id] of ids.entries()) {
      if (id === REJECTED || refused?.has(this.originOf(id))) continue;
      const key = this.#keyOf(id, family);
      if (key > least || key === Number.POSITIVE_INFINITY) continue;
      if (key < least) left.length = 0;
      least = key;
      left.push(entry);
    }
    if (left.length < 2) return left.map((entry) => ids[entry] ?? 0);
    const candidates = left.map((entry) => this.#candidateOf(columns, entry));
    const { equal } = decide(candidates, this.#decision);
    return equal.map((index) => ids[left[index] ?? 0] ?? 0);
  }

  #candidateOf(columns: RouteColumns, entry: number): Candidate {
    const peer = this.#peers.peers[columns.peers[entry] ?? 0];
    if (peer === undefined) throw new RangeError(`there is no peer ${columns.peers[entry]}`);
    const { set } = this.#imported.of(this.#ids[entry] ?? 0);
    const pathId = columns.hasPathIds ? (columns.pathIds[entry] ?? 0) : 0;
    const isInternal = peer.as === this.#localAs;
    const igpCost = this.#costOf(set);
    return { set, peer, pathId, since: columns.times[entry] ?? 0, isInternal, igpCost };
  }

  #costOf({ nextHop }: AttributeSet): number {
    if (nextHop === undefined) return Number.POSITIVE_INFINITY;
    return nextHopCost(nextHop, this.#costs);
  }

  #keyOf(id: number, family: 4 | 6): number {
    const keys = this.#keys[family];
    if (id >= keys.length) {
      const larger = new Float64Array(Math.max(2 * id, KEYS_FIRST)).fill(UNSEEN);
      larger.set(keys);
      this.#keys[family] = larger;
    }
    const known = this.#keys[family][id] ?? UNSEEN;
    if (known !== UNSEEN) return known;
    const { isWhole, set } = this.#imported.of(id);
    const { nextHop, asPath } = set;
    const isHop = nextHop !== undefined && nextHopFault(nextHop, family) === undefined;
    const isReached = this.#costOf(set) !== Number.POSITIVE_INFINITY;
    const isLoop = asPath.some(({ asns }) => asns.includes(this.#localAs ?? -1));
    const isUsable = isWhole && isHop && isReached && !isLoop;
    const key = isUsable ? preferenceKey(set) : Number.POSITIVE_INFINITY;
    this.#keys[family][id] = key;
    return key;
  }
}
