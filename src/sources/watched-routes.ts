/** Of dumps, the routes for some prefixes and parts of them, as tables and updates leave them. */

import { maskHostBits, type PrefixCells, prefixCells } from "../net/bytes.ts";
import { formatPrefix, type Prefix, prefixFromCells, prefixToCells } from "../net/prefix.ts";
import type { Candidate } from "../rib/best-path.ts";
import { asesOf } from "../rib/catchment.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import type { AttributeSets, PeerTable, RecordedUpdate, RibRecord } from "./mrt.ts";

/** Routes of a prefix, by peer and path identifier. */
export interface PrefixRoutes {
  readonly prefix: string;
  /** The watched prefix that it is, or is a part of. */
  readonly watched: string;
  readonly family: 4 | 6;
  /** Candidates of each peer. */
  readonly peers: ReadonlyMap<number, readonly Candidate[]>;
}

interface Entry {
  readonly set: number;
  readonly peer: number;
  readonly pathId: number;
  readonly since: number;
}

/** Routes that are kept; updates change them in their order. */
export class WatchedRoutes {
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;
  /** Names of the watched prefixes, by cells. */
  readonly #watched = new Map<string, string>();
  /** Their lengths, the longest first. */
  readonly #lengths: { readonly 4: readonly number[]; readonly 6: readonly number[] };
  readonly #routes = new Map<
    string,
    { readonly family: 4 | 6; readonly watched: string; readonly entries: Map<string, Entry> }
  >();
  readonly #cells = prefixCells();

  constructor(sets: AttributeSets, peers: PeerTable, watched: readonly Prefix[]) {
    this.#sets = sets;
    this.#peers = peers;
    for (const prefix of watched) {
      prefixToCells(prefix, this.#cells);
      this.#watched.set(keyOf(this.#cells), formatPrefix(prefix));
    }
    const lengths = (family: 4 | 6): readonly number[] => {
      const own = watched.filter((prefix) => prefix.family === family);
      return [...new Set(own.map(({ length }) => length))].sort((a, b) => b - a);
    };
    this.#lengths = { 4: lengths(4), 6: lengths(6) };
  }

  rib(record: RibRecord): void {
    const watched = this.#watchedOf(record.prefix);
    if (watched === undefined) return;
    const entries = this.#entriesOf(prefixFromCells(record.prefix), watched);
    for (let entry = 0; entry < record.count; entry++) {
      const pathId = record.hasPathIds ? (record.pathIds[entry] ?? 0) : 0;
      const [peer = 0, set = 0] = [record.peers[entry], record.attributeSets[entry]];
      entries.set(`${peer} ${pathId}`, { set, peer, pathId, since: record.times[entry] ?? 0 });
    }
  }

  update({ peer, seconds, update: { withdrawn, announced, revoked } }: RecordedUpdate): void {
    for (const { isMulticast, prefixes } of [...withdrawn, ...revoked]) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) {
        this.#routes.get(formatPrefix(prefix))?.entries.delete(`${peer} ${pathId}`);
      }
    }
    for (const { isMulticast, prefixes, set } of announced) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) {
        prefixToCells(prefix, this.#cells);
        const watched = this.#watchedOf(this.#cells);
        if (watched === undefined) continue;
        const entry = { set, peer, pathId, since: seconds };
        this.#entriesOf(prefix, watched).set(`${peer} ${pathId}`, entry);
      }
    }
  }

  /** What is left, the prefixes in the order they came. */
  *routes(): Generator<PrefixRoutes> {
    for (const [prefix, { family, watched, entries }] of this.#routes) {
      const peers = new Map<number, Candidate[]>();
      for (const entry of entries.values()) {
        const own = peers.get(entry.peer) ?? [];
        peers.set(entry.peer, own);
        own.push(this.#candidate(entry, family));
      }
      yield { prefix, watched, family, peers };
    }
  }

  #candidate({ set: number, peer: from, pathId, since }: Entry, family: 4 | 6): Candidate {
    const peer = this.#peers.peers[from];
    if (peer === undefined) throw new RangeError(`there is no peer ${from}`);
    const { kind, set } = this.#sets.decoded(number);
    const { nextHop } = set;
    const isHop = nextHop !== undefined && nextHopFault(nextHop, family) === undefined;
    const igpCost = kind === "set" && isHop ? 0 : Number.POSITIVE_INFINITY;
    return { set, peer, pathId, since, isInternal: false, igpCost };
  }

  #entriesOf(prefix: Prefix, watched: string): Map<string, Entry> {
    const name = formatPrefix(prefix);
    const known = this.#routes.get(name);
    if (known !== undefined) return known.entries;
    const entries = new Map<string, Entry>();
    this.#routes.set(name, { family: prefix.family, watched, entries });
    return entries;
  }

  /** The longest watched prefix that holds a prefix. */
  #watchedOf({ family, length, words }: PrefixCells): string | undefined {
    for (const wanted of this.#lengths[family]) {
      if (wanted > length) continue;
      const cells = this.#cells;
      cells.family = family;
      cells.length = wanted;
      cells.words.set(words);
      maskHostBits(cells);
      const name = this.#watched.get(keyOf(cells));
      if (name !== undefined) return name;
    }
    return undefined;
  }
}

function keyOf({ family, length, words }: PrefixCells): string {
  const head = `${family} ${length} ${words[0]}`;
  return family === 4 ? head : `${head} ${words[1]} ${words[2]} ${words[3]}`;
}

/** Links between ASes: those that stand beside each other on a path. */
export class AsLinks {
  readonly links = new Map<number, Set<number>>();
  readonly #sets: AttributeSets;
  readonly #seen = new Set<number>();

  constructor(sets: AttributeSets) {
    this.#sets = sets;
  }

  rib({ count, attributeSets }: RibRecord): void {
    for (let entry = 0; entry < count; entry++) this.#add(attributeSets[entry] ?? 0);
  }

  update({ update: { announced } }: RecordedUpdate): void {
    for (const { set } of announced) this.#add(set);
  }

  #add(number: number): void {
    if (this.#seen.has(number)) return;
    this.#seen.add(number);
    const ases = asesOf(this.#sets.decoded(number).set);
    for (const [place, as] of ases.entries()) {
      const next = ases[place + 1];
      if (next === undefined) continue;
      this.#of(as).add(next);
      this.#of(next).add(as);
    }
  }

  #of(as: number): Set<number> {
    const known = this.links.get(as) ?? new Set<number>();
    this.links.set(as, known);
    return known;
  }
}
