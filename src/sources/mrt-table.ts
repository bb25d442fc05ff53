/**
 * MRT files as routing tables: of each prefix the entry that a router would take (best-path.ts),
 * and with multipath those that are as good.
 *
 * A record of TABLE_DUMP_V2 has all entries of its prefix and becomes a row at once. Those of
 * TABLE_DUMP and of updates come one by one: their prefixes are kept with what each peer says of
 * them, and become rows at the end.
 */

import { formatAddress } from "../net/address.ts";
import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { type Prefix, prefixFromCells, prefixToCells } from "../net/prefix.ts";
import { pathOrigin } from "../rib/as-path.ts";
import { type Candidate, type DecisionOptions, decide, preferenceKey } from "../rib/best-path.ts";
import { bandwidthWeights } from "../rib/link-bandwidth.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import type { OriginTable } from "../rib/origins.ts";
import type { NextHop } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";
import { ImportedRoutes, type ImportOptions, REJECTED } from "./imported-routes.ts";
import {
  AttributeSets,
  type DamagedRecord,
  PeerTable,
  type RecordedUpdate,
  type RibRecord,
  readMrt,
} from "./mrt.ts";

/** What an MRT file is read into. */
export interface MrtTableOptions {
  /** The file, as messages name it. */
  readonly name: string;
  readonly table: RouteTable;
  /** Takes the origins of prefixes. */
  readonly origins?: OriginTable;
  readonly onDamaged?: (record: DamagedRecord) => void;
  /** How the best entry is found. */
  readonly decision?: DecisionOptions;
  /** Peers of this AS are internal; none unless given. */
  readonly localAs?: number;
  /** Which routes are let in, and as what; all as they are unless given. */
  readonly imports?: ImportOptions;
}

/** What an MRT file gave. */
export interface MrtTableResult {
  readonly routes: number;
  /** Prefixes of which no entry has a next hop that packets can be sent to. */
  readonly unreachable: number;
  /** Prefixes of which the policy let no such entry in. */
  readonly rejected: number;
}

/**
 * Adds the rows of an MRT stream to a table. Throws TABLE_SYNTAX, CAPACITY and what `chunks`
 * throws; the caller then drops the rows that were added.
 */
export async function readMrtTable(
  chunks: AsyncIterable<Uint8Array>,
  options: MrtTableOptions,
): Promise<MrtTableResult> {
  const { name, onDamaged } = options;
  const builder = new RowBuilder(options);
  await readMrt(chunks, {
    name,
    attributeSets: builder.sets,
    peers: builder.peers,
    takeRib: (record) => builder.rib(record),
    takeUpdate: (update) => builder.update(update),
    ...(onDamaged === undefined ? {} : { onDamaged }),
  });
  builder.finish();
  const { routes, unreachable, rejected } = builder;
  return { routes, unreachable, rejected };
}

/** What peers say of a prefix: the set of each, by peer and path identifier. */
interface Known {
  readonly prefix: Prefix;
  readonly entries: Map<string, Entry>;
}

/** One of a prefix's routes. */
interface Entry {
  readonly set: number;
  readonly peer: number;
  readonly pathId: number;
  /** Seconds since 1970. */
  readonly since: number;
}

/** A prefix's routes in columns: a record of a table has them so. */
type Columns = Pick<RibRecord, "count" | "hasPathIds"> & {
  readonly attributeSets: ArrayLike<number>;
  readonly peers: ArrayLike<number>;
  readonly pathIds: ArrayLike<number>;
  readonly times: ArrayLike<number>;
};

const KEYS_FIRST = 4096;
/** What the key of a set is before it was looked at; keys are no less than 0. */
const UNSEEN = -1;

/** Turns records into rows. */
class RowBuilder {
  readonly sets = new AttributeSets();
  readonly peers = new PeerTable();
  routes = 0;
  unreachable = 0;
  rejected = 0;
  readonly #table: RouteTable;
  readonly #origins: OriginTable | undefined;
  readonly #decision: DecisionOptions;
  readonly #localAs: number | undefined;
  readonly #imported: ImportedRoutes;
  readonly #known = new Map<string, Known>();
  /** Of each id for prefixes of a family; infinite where it cannot be used. */
  readonly #keys = { 4: new Float64Array(0), 6: new Float64Array(0) };
  /** Target of the ids that are used together; of one alone, by its number. */
  readonly #targets = {
    4: new Map<string | number, number>(),
    6: new Map<string | number, number>(),
  };
  /** What the entries of a prefix were let in as. */
  readonly #ids: number[] = [];
  /** Entries that are left, by their place in the columns. */
  readonly #left: number[] = [];

  constructor({ table, origins, decision = {}, localAs, imports = {} }: MrtTableOptions) {
    this.#table = table;
    this.#origins = origins;
    this.#decision = decision;
    this.#localAs = localAs;
    this.#imported = new ImportedRoutes(this.sets, this.peers, imports);
  }

  rib(record: RibRecord): void {
    if (record.version === 2) {
      this.#addRow(record.prefix, record);
      return;
    }
    const { prefix, count, peers, attributeSets, times } = record;
    for (let entry = 0; entry < count; entry++) {
      const [peer = 0, since = 0] = [peers[entry], times[entry]];
      const pathId = record.hasPathIds ? (record.pathIds[entry] ?? 0) : 0;
      this.#take(prefixFromCells(prefix), { set: attributeSets[entry] ?? 0, peer, pathId, since });
    }
  }

  update({ peer, seconds, update: { withdrawn, announced, revoked } }: RecordedUpdate): void {
    for (const { isMulticast, prefixes } of [...withdrawn, ...revoked]) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) {
        this.#entriesOf(prefix).delete(`${peer} ${pathId}`);
      }
    }
    for (const { isMulticast, prefixes, set } of announced) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) {
        this.#take(prefix, { set, peer, pathId, since: seconds });
      }
    }
  }

  /** Adds the rows of what came one by one. */
  finish(): void {
    const cells = prefixCells();
    for (const { prefix, entries } of this.#known.values()) {
      if (entries.size === 0) continue;
      prefixToCells(prefix, cells);
      const all = [...entries.values()];
      this.#addRow(cells, {
        count: all.length,
        hasPathIds: true,
        attributeSets: all.map(({ set }) => set),
        peers: all.map(({ peer }) => peer),
        pathIds: all.map(({ pathId }) => pathId),
        times: all.map(({ since }) => since),
      });
    }
  }

  #take(prefix: Prefix, entry: Entry): void {
    this.#entriesOf(prefix).set(`${entry.peer} ${entry.pathId}`, entry);
  }

  #entriesOf(prefix: Prefix): Map<string, Entry> {
    const key =
      prefix.family === 4
        ? `${prefix.address}/${prefix.length}`
        : `${prefix.high}:${prefix.low}/${prefix.length}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known.entries;
    const entries = new Map<string, Entry>();
    this.#known.set(key, { prefix, entries });
    return entries;
  }

  #addRow(cells: PrefixCells, columns: Columns): void {
    const rejected = this.#import(cells, columns);
    const chosen = this.#choose(cells.family, columns);
    const [best] = chosen;
    if (best === undefined) {
      if (rejected > 0) this.rejected += 1;
      else this.unreachable += 1;
      return;
    }
    this.#table.add(prefixFromCells(cells), this.#targetOf(chosen, cells.family));
    this.#origins?.set(cells, pathOrigin(this.#imported.of(best).set.asPath));
    this.routes += 1;
  }

  /** Finds what the entries of a prefix are let in as; says how many are not. */
  #import(cells: PrefixCells, { count, attributeSets, peers }: Columns): number {
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
  #choose(family: 4 | 6, columns: Columns): readonly number[] {
    const ids = this.#ids;
    const left = this.#left;
    let least = Number.POSITIVE_INFINITY;
    left.length = 0;
    for (const [entry, id] of ids.entries()) {
      if (id === REJECTED) continue;
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

  #candidateOf(columns: Columns, entry: number): Candidate {
    const peer = this.peers.peers[columns.peers[entry] ?? 0];
    if (peer === undefined) throw new RangeError(`there is no peer ${columns.peers[entry]}`);
    const { set } = this.#imported.of(this.#ids[entry] ?? 0);
    const pathId = columns.hasPathIds ? (columns.pathIds[entry] ?? 0) : 0;
    const isInternal = peer.as === this.#localAs;
    return { set, peer, pathId, since: columns.times[entry] ?? 0, isInternal, igpCost: 0 };
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
    const isLoop = asPath.some(({ asns }) => asns.includes(this.#localAs ?? -1));
    const key = isWhole && isHop && !isLoop ? preferenceKey(set) : Number.POSITIVE_INFINITY;
    this.#keys[family][id] = key;
    return key;
  }

  #targetOf(ids: readonly number[], family: 4 | 6): number {
    const key = ids.length === 1 ? (ids[0] ?? 0) : ids.join(" ");
    const known = this.#targets[family].get(key);
    if (known !== undefined) return known;
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
    const target = this.#table.internTarget({ kind: "via", nextHops: [...hops.values()] });
    this.#targets[family].set(key, target);
    return target;
  }
}
