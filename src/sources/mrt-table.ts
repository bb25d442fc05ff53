/**
 * MRT files as routing tables: of each prefix the entry that a router would take (best-path.ts),
 * and with multipath those that are as good.
 *
 * A record of TABLE_DUMP_V2 has all entries of its prefix and becomes a row at once. Those of
 * TABLE_DUMP and of updates come one by one: their prefixes are kept with what each peer says of
 * them, and become rows at the end.
 */

import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { type Prefix, prefixFromCells, prefixToCells } from "../net/prefix.ts";
import type { OriginTable } from "../rib/origins.ts";
import type { RouteTarget } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";
import {
  AttributeSets,
  type DamagedRecord,
  endsSession,
  PeerTable,
  type RecordedState,
  type RecordedUpdate,
  type RibRecord,
  readMrt,
} from "./mrt.ts";
import { type ChoiceOptions, RouteChooser, type RouteColumns } from "./route-chooser.ts";

/** What an MRT file is read into. */
export interface MrtTableOptions extends ChoiceOptions {
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
    takeState: (state) => builder.state(state),
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
  /** How many sessions of its peer had ended before: it goes with the next one. */
  readonly session: number;
}

/** Turns records into rows. */
class RowBuilder {
  readonly sets = new AttributeSets();
  readonly peers = new PeerTable();
  routes = 0;
  unreachable = 0;
  rejected = 0;
  readonly #table: RouteTable;
  readonly #origins: OriginTable | undefined;
  readonly #chooser: RouteChooser;
  readonly #known = new Map<string, Known>();
  /** Sessions of each peer that have ended. */
  readonly #ended = new Map<number, number>();
  /** Index of each target in the table: many ids lead to one. */
  readonly #indices = new Map<RouteTarget, number>();
  /** Target of the ids that are used together; of one alone, by its number. */
  readonly #targets = {
    4: new Map<string | number, number>(),
    6: new Map<string | number, number>(),
  };

  constructor(options: MrtTableOptions) {
    this.#table = options.table;
    this.#origins = options.origins;
    this.#chooser = new RouteChooser(this.sets, this.peers, options);
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

  /** A session that ends takes its routes with it. */
  state(state: RecordedState): void {
    if (endsSession(state)) this.#ended.set(state.peer, this.#sessionOf(state.peer) + 1);
  }

  /** Adds the rows of what came one by one. */
  finish(): void {
    const cells = prefixCells();
    for (const { prefix, entries } of this.#known.values()) {
      const all = [...entries.values()].filter((one) => one.session === this.#sessionOf(one.peer));
      if (all.length === 0) continue;
      prefixToCells(prefix, cells);
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

  #sessionOf(peer: number): number {
    return this.#ended.get(peer) ?? 0;
  }

  #take(prefix: Prefix, entry: Omit<Entry, "session">): void {
    const session = this.#sessionOf(entry.peer);
    this.#entriesOf(prefix).set(`${entry.peer} ${entry.pathId}`, { ...entry, session });
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

  #addRow(cells: PrefixCells, columns: RouteColumns): void {
    const chosen = this.#chooser.choose(cells, columns);
    const [best] = chosen;
    if (best === undefined) {
      if (this.#chooser.rejected > 0) this.rejected += 1;
      else this.unreachable += 1;
      return;
    }
    this.#table.add(prefixFromCells(cells), this.#targetOf(chosen, cells.family));
    if (this.#origins !== undefined) this.#setOrigin(this.#origins, cells, columns, best);
    this.routes += 1;
  }

  #setOrigin(origins: OriginTable, cells: PrefixCells, columns: RouteColumns, best: number): void {
    const choices = origins.keepsAlternatives
      ? this.#chooser.alternatives(cells, columns, best)
      : [];
    const alternatives = choices.map(({ origin, ids }) => {
      return { as: origin, target: this.#targetOf(ids, cells.family) };
    });
    origins.set(cells, this.#chooser.originOf(best), alternatives);
  }

  #targetOf(ids: readonly number[], family: 4 | 6): number {
    const key = ids.length === 1 ? (ids[0] ?? 0) : ids.join(" ");
    const known = this.#targets[family].get(key);
    if (known !== undefined) return known;
    const target = this.#chooser.target(ids);
    const index = this.#indices.get(target) ?? this.#table.internTarget(target);
    this.#indices.set(target, index);
    this.#targets[family].set(key, index);
    return index;
  }
}
