/**
 * The routes of all peers by prefix, as table dumps fill them and updates change them, and which
 * prefixes lead elsewhere since that was asked for last.
 *
 * Several updates of a prefix between two questions are one change, or none where the last takes
 * back what the others did. A prefix without routes is forgotten, and so are sets of attributes
 * that no route has, once they are as many as the others, unless a recording names them.
 * Cost: an update is a look into the map and one at the prefix's routes; a question, the decision
 * for each prefix that was touched.
 */

import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { type Prefix, prefixFromCells, prefixToCells } from "../net/prefix.ts";
import { nextHopName } from "../rib/next-hop.ts";
import type { ChangedPrefix, RouteTarget } from "../rib/route.ts";
import {
  AttributeSets,
  endsSession,
  PeerTable,
  type RecordedState,
  type RecordedUpdate,
  type RibRecord,
} from "./mrt.ts";
import { type ChoiceOptions, RouteChooser } from "./route-chooser.ts";
import { SetUses } from "./set-uses.ts";

interface Entry {
  /** Its number changes where others are forgotten. */
  set: number;
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

/** Sets that no route has are not worth the work of forgetting them while they are so few. */
const SPARE_SETS = 4096;
/** Where a prefix led that led nowhere. */
const NOWHERE = "";

/** Routes that change. */
export class MrtRib {
  readonly sets = new AttributeSets();
  readonly peers = new PeerTable();
  readonly #options: ChoiceOptions;
  #chooser: RouteChooser;
  /** Routes that have a set. */
  readonly #uses = new SetUses();
  /** Recordings that name sets. */
  #holds = 0;
  readonly #known = new Map<string, Known>();
  readonly #touched = new Set<Known>();
  readonly #cells = prefixCells();
  #routes = 0;

  constructor(options: ChoiceOptions = {}) {
    this.#options = options;
    this.#chooser = new RouteChooser(this.sets, this.peers, options);
  }

  /** Whether routes may drop what comes from their prefix. */
  get dropsSources(): boolean {
    const { dropsSources = false, blackholes = [] } = this.#options;
    return dropsSources && blackholes.length > 0;
  }

  /** Sets of attributes that routes have. */
  get setsInUse(): number {
    return this.#uses.count;
  }

  /** Sets keep their numbers until they are released as often. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
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
  state(state: Pick<RecordedState, "peer" | "before" | "after">): void {
    if (!endsSession(state)) return;
    const { peer } = state;
    for (const known of this.#known.values()) {
      const { entries } = known;
      const kept = entries.filter((entry) => entry.peer !== peer);
      if (kept.length === entries.length) continue;
      this.#routes -= entries.length - kept.length;
      for (const { peer: from, set } of entries) if (from === peer) this.#uses.release(set);
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
    if (this.#holds === 0 && this.sets.count > 2 * this.#uses.count + SPARE_SETS) this.tidy();
    return changes;
  }

  /** Forgets sets that no route has. Nobody may know numbers of sets from before. */
  tidy(): void {
    const numbers = this.sets.keep((set) => this.#uses.has(set));
    for (const { entries } of this.#known.values()) {
      for (const entry of entries) entry.set = numbers[entry.set] ?? 0;
    }
    this.#uses.renumber(numbers);
    // It knows sets by their numbers.
    this.#chooser = new RouteChooser(this.sets, this.peers, this.#options);
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
    const before = entries[at];
    this.#uses.retain(entry.set);
    if (before === undefined) {
      entries.push(entry);
      this.#routes += 1;
    } else {
      this.#uses.release(before.set);
      entries[at] = entry;
    }
    this.#touched.add(known);
  }

  #withdraw(prefix: Prefix, peer: number, pathId: number): void {
    const known = this.#known.get(keyOf(prefix));
    const at = known === undefined ? -1 : indexOf(known.entries, peer, pathId);
    const entry = known?.entries[at];
    if (known === undefined || entry === undefined) return;
    this.#uses.release(entry.set);
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

/** The same for the same next hops, tiers and weights, whatever their order. */
function textOf(target: RouteTarget): string {
  if (target.kind !== "via") return target.kind;
  const nextHops = target.nextHops.map((nextHop) => {
    return `${nextHopName(nextHop)} ${nextHop.weight}@${nextHop.cost}`;
  });
  return `${nextHops.sort().join(",")} ${target.overflow ?? 0}`;
}
