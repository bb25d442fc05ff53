/**
 * MRT files as routing tables: of each prefix the entry that a router would take first, by local
 * preference, length of the path, origin, MED and the order of peers.
 *
 * A record of TABLE_DUMP_V2 has all entries of its prefix and becomes a row at once. Those of
 * TABLE_DUMP and of updates come one by one: their prefixes are kept with what each peer says of
 * them, and become rows at the end.
 */

import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { type Prefix, prefixFromCells, prefixToCells } from "../net/prefix.ts";
import { pathLength, pathOrigin } from "../rib/as-path.ts";
import type { AttributeSet } from "../rib/attributes.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import type { OriginTable } from "../rib/origins.ts";
import type { RouteTable } from "../rib/route-table.ts";
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
}

/** What an MRT file gave. */
export interface MrtTableResult {
  readonly routes: number;
  /** Prefixes of which no entry has a next hop that packets can be sent to. */
  readonly unreachable: number;
}

/** Preferred when local preference is absent (as routers do). */
const LOCAL_PREFERENCE = 100;
const ORIGIN_ORDER = { igp: 0, egp: 1, incomplete: 2 } as const;
/** A next hop without an equal beside it. */
const ALONE = { weight: 1, cost: 0 } as const;

/**
 * Adds the rows of an MRT stream to a table. Throws TABLE_SYNTAX, CAPACITY and what `chunks`
 * throws; the caller then drops the rows that were added.
 */
export async function readMrtTable(
  chunks: AsyncIterable<Uint8Array>,
  { name, table, origins, onDamaged }: MrtTableOptions,
): Promise<MrtTableResult> {
  const builder = new RowBuilder(table, origins);
  await readMrt(chunks, {
    name,
    attributeSets: builder.sets,
    peers: new PeerTable(),
    takeRib: (record) => builder.rib(record),
    takeUpdate: (update) => builder.update(update),
    ...(onDamaged === undefined ? {} : { onDamaged }),
  });
  builder.finish();
  return { routes: builder.routes, unreachable: builder.unreachable };
}

/** What peers say of a prefix: the set of each. */
interface Candidates {
  readonly prefix: Prefix;
  readonly sets: Map<string, number>;
}

/** Turns records into rows. */
class RowBuilder {
  readonly sets = new AttributeSets();
  routes = 0;
  unreachable = 0;
  readonly #table: RouteTable;
  readonly #origins: OriginTable | undefined;
  readonly #candidates = new Map<string, Candidates>();
  /** Target of the next hop of each set, -1 where it cannot be one; IPv4 and IPv6 prefixes. */
  readonly #targets = { 4: new Map<number, number>(), 6: new Map<number, number>() };

  constructor(table: RouteTable, origins: OriginTable | undefined) {
    this.#table = table;
    this.#origins = origins;
  }

  rib({ version, prefix, count, peers, pathIds, hasPathIds, attributeSets }: RibRecord): void {
    if (version === 2) {
      this.#addRow(prefix, attributeSets.subarray(0, count));
      return;
    }
    const candidates = this.#candidatesOf(prefixFromCells(prefix));
    for (let entry = 0; entry < count; entry++) {
      const id = hasPathIds ? (pathIds[entry] ?? 0) : 0;
      candidates.set(`${peers[entry]} ${id}`, attributeSets[entry] ?? 0);
    }
  }

  update({ peer, update: { withdrawn, announced, revoked } }: RecordedUpdate): void {
    for (const { isMulticast, prefixes } of [...withdrawn, ...revoked]) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) {
        this.#candidatesOf(prefix).delete(`${peer} ${pathId}`);
      }
    }
    for (const { isMulticast, prefixes, set } of announced) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) {
        this.#candidatesOf(prefix).set(`${peer} ${pathId}`, set);
      }
    }
  }

  /** Adds the rows of what came one by one. */
  finish(): void {
    const cells = prefixCells();
    for (const { prefix, sets } of this.#candidates.values()) {
      if (sets.size === 0) continue;
      prefixToCells(prefix, cells);
      this.#addRow(cells, [...sets.values()]);
    }
  }

  #candidatesOf(prefix: Prefix): Map<string, number> {
    const key =
      prefix.family === 4
        ? `${prefix.address}/${prefix.length}`
        : `${prefix.high}:${prefix.low}/${prefix.length}`;
    const known = this.#candidates.get(key);
    if (known !== undefined) return known.sets;
    const sets = new Map<string, number>();
    this.#candidates.set(key, { prefix, sets });
    return sets;
  }

  #addRow(cells: PrefixCells, candidates: Iterable<number>): void {
    let best: AttributeSet | undefined;
    let target = -1;
    for (const number of candidates) {
      const { kind, set } = this.sets.decoded(number);
      if (kind !== "set" || (best !== undefined && !isBetter(set, best))) continue;
      const hop = this.#targetOf(number, set, cells.family);
      if (hop < 0) continue;
      best = set;
      target = hop;
    }
    if (best === undefined) {
      this.unreachable += 1;
      return;
    }
    this.#table.add(prefixFromCells(cells), target);
    this.#origins?.set(cells, pathOrigin(best.asPath));
    this.routes += 1;
  }

  #targetOf(number: number, { nextHop }: AttributeSet, family: 4 | 6): number {
    const known = this.#targets[family].get(number);
    if (known !== undefined) return known;
    const isHop = nextHop !== undefined && nextHopFault(nextHop, family) === undefined;
    const target = isHop
      ? this.#table.internTarget({ kind: "via", nextHops: [{ address: nextHop, ...ALONE }] })
      : -1;
    this.#targets[family].set(number, target);
    return target;
  }
}

function isBetter(a: AttributeSet, b: AttributeSet): boolean {
  const preference = (set: AttributeSet): number => set.localPreference ?? LOCAL_PREFERENCE;
  if (preference(a) !== preference(b)) return preference(a) > preference(b);
  const lengths = pathLength(a.asPath) - pathLength(b.asPath);
  if (lengths !== 0) return lengths < 0;
  const origins = ORIGIN_ORDER[a.origin] - ORIGIN_ORDER[b.origin];
  if (origins !== 0) return origins < 0;
  return (a.med ?? 0) < (b.med ?? 0);
}
