/**
 * The routes of all peers by prefix, as table dumps fill them and updates change them, and which
 * prefixes lead elsewhere since that was asked for last.
 *
 * Several updates of a prefix between two questions are one change, or none where the last takes
 * back what the others did. A prefix without routes is forgotten.
 * Cost: an update is a look into the map and one at the prefix's routes; a question, the decision
 * for each prefix that was touched.
 */

import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { type Prefix, prefixFromCells, prefixToCells } from "../net/prefix.ts";
import { nextHopName } from "../rib/next-hop.ts";
import type { ChangedPrefix, RouteTarget } from "../rib/route.ts";
import {
  AttributeSets,
  PeerTable,
  type RecordedState,
  type RecordedUpdate,
  type RibRecord,
} from "./mrt.ts";
import { type ChoiceOptions, RouteChooser } from "./route-chooser.ts";

interface Entry {
  readonly set: number;
  readonly peer: number;
  readonly pathId: number;
  /** Seconds since 1970. */
  readonly since: number;
}

interface Known {
  readonly prefix: Prefix;
  readonly entries: Entry[];
  /** Where it led when that was told: its next hops and weights. */
  told: string;
}

/** The state of a session in which routes are exchanged (RFC 4271 section 8.2.2). */
const ESTABLISHED = 6;
/** Where a prefix led that led nowhere. */
const NOWHERE = "";

/** Routes that change. */
export class MrtRib {
  readonly sets = new AttributeSets();
  readonly peers = new PeerTable();
  readonly #chooser: RouteChooser;
  readonly #known = new Map<string, Known>();
  readonly #touched = new Set<Known>();
  readonly #cells = prefixCells();
  #routes = 0;

  constructor(options: ChoiceOptions = {}) {
    this.#chooser = new RouteChooser(this.sets, this.peers, options);
  }

  /** Prefixes that have a route. */
  get prefixes(): number {
    return this.#known.size;
  }

  /** Routes of all peers. */
  get routes(): number {
    return this.#routes;
  }

  /** Takes a record of a table dump. */
  rib(record: RibRecord): void {
    const known = this.#of(prefixFromCells(record.prefix));
    for (let entry = 0; entry < record.count; entry++) {
      const pathId = record.hasPathIds ? (record.pathIds[entry] ?? 0) : 0;
      const [peer = 0, set = 0] = [record.peers[entry], record.attributeSets[entry]];
      this.#announce(known, { set, peer, pathId, since: record.times[entry] ?? 0 });
    }
  }

  /** Takes an UPDATE. Routes with malformed attributes count as withdrawn (RFC 7606). */
  update({ peer, seconds, update }: RecordedUpdate): void {
    for (const { isMulticast, prefixes } of [...update.withdrawn, ...update.revoked]) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) this.#withdraw(prefix, peer, pathId);
    }
    for (const { isMulticast, prefixes, set } of update.announced) {
      if (isMulticast) continue;
      for (const { prefix, pathId } of prefixes) {
        this.#announce(this.#of(prefix), { set, peer, pathId, since: seconds });
      }
    }
  }

  /** Takes a change of a session's state: one that ends takes the peer's routes with it. */
  state({ peer, before, after }: Pick<RecordedState, "peer" | "before" | "after">): void {
    if (before !== ESTABLISHED || after === ESTABLISHED) return;
    for (const known of this.#known.values()) {
      const { entries } = known;
      const kept = entries.filter((entry) => entry.peer !== peer);
      if (kept.length === entries.length) continue;
      this.#routes -= entries.length - kept.length;
      entries.splice(0, entries.length, ...kept);
      this.#touched.add(known);
    }
  }

  /** Prefixes that lead elsewhere than when this was asked last, in the order they were touched. */
  changes(): readonly ChangedPrefix[] {
    const changes: ChangedPrefix[] = [];
    for (const known of this.#touched) {
      const target = this.#targetOf(known);
      const told = target === undefined ? NOWHERE : textOf(target);
      if (told !== known.told) changes.push({ prefix: known.prefix, target });
      known.told = told;
      if (known.entries.length === 0) this.#known.delete(keyOf(known.prefix));
    }
    this.#touched.clear();
    return changes;
  }

  /** Where each prefix leads now, found anew: what `changes` came to. */
  *targets(): Generator<ChangedPrefix> {
    for (const known of this.#known.values()) {
      yield { prefix: known.prefix, target: this.#targetOf(known) };
    }
  }

  #announce(known: Known, entry: Entry): void {
    const { entries } = known;
    const at = indexOf(entries, entry.peer, entry.pathId);
    if (at < 0) {
      entries.push(entry);
      this.#routes += 1;
    } else entries[at] = entry;
    this.#touched.add(known);
  }

  #withdraw(prefix: Prefix, peer: number, pathId: number): void {
    const known = this.#known.get(keyOf(prefix));
    const at = known === undefined ? -1 : indexOf(known.entries, peer, pathId);
    if (known === undefined || at < 0) return;
    known.entries.splice(at, 1);
    this.#routes -= 1;
    this.#touched.add(known);
  }

  #targetOf({ prefix, entries }: Known): RouteTarget | undefined {
    const cells: PrefixCells = this.#cells;
    prefixToCells(prefix, cells);
    const ids = this.#chooser.choose(cells, {
      count: entries.length,
      hasPathIds: true,
      attributeSets: entries.map(({ set }) => set),
      peers: entries.map(({ peer }) => peer),
      pathIds: entries.map(({ pathId }) => pathId),
      times: entries.map(({ since }) => since),
    });
    if (ids.length === 0) return undefined;
    return this.#chooser.target(ids);
  }

  #of(prefix: Prefix): Known {
    const key = keyOf(prefix);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const added: Known = { prefix, entries: [], told: NOWHERE };
    this.#known.set(key, added);
    return added;
  }
}

function indexOf(entries: readonly Entry[], peer: number, pathId: number): number {
  return entries.findIndex((entry) => entry.peer === peer && entry.pathId === pathId);
}

function keyOf(prefix: Prefix): string {
  return prefix.family === 4
    ? `${prefix.address}/${prefix.length}`
    : `${prefix.high}:${prefix.low}/${prefix.length}`;
}

/** The same for the same next hops and weights, whatever their order. */
function textOf(target: RouteTarget): string {
  if (target.kind !== "via") return target.kind;
  return target.nextHops
    .map((nextHop) => `${nextHopName(nextHop)} ${nextHop.weight}`)
    .sort()
    .join(",");
}
