/** Snapshots taken of a forwarder's tables, and put back. */

import type { Engine } from "../engine/engine.ts";
import type { RouteColumns } from "../engine/fib-tables.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatPrefix, maskAddress, parsePrefix } from "../net/prefix.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { FibSync } from "./fib-sync.ts";
import type { Agreement, Groups } from "./groups.ts";
import type { KeysInForce } from "./key-rotation.ts";
import { checkKeyChange } from "./keys.ts";
import { type MemberSet, type RouteMark, servingOf, setOfMembers } from "./member-set.ts";
import type { KnownNextHop, NextHops } from "./next-hops.ts";
import {
  parseSnapshot,
  type Snapshot,
  type SnapshotContent,
  type SnapshotGroup,
  snapshotDigest,
} from "./snapshot.ts";

/** What a snapshot is taken of. */
export interface SnapshotParts {
  readonly engine: Engine;
  readonly nextHops: NextHops;
  readonly groups: Groups;
  readonly fib: FibSync;
  readonly agreement: Agreement;
  readonly keys: KeysInForce;
}

/** A prefix's route and the group that it is to lead to. */
interface Assignment {
  readonly prefix: string;
  readonly id: number;
}

function fault(what: string): AnyfibError {
  return new AnyfibError({
    code: "SNAPSHOT",
    what,
    hint: "restore it into a forwarder with the same routes",
  });
}

function rowPrefix({ words, lengths }: RouteColumns, family: 4 | 6, row: number): string {
  const length = lengths[row] ?? 0;
  if (family === 4) return formatPrefix(maskAddress({ family, value: words[row] ?? 0 }, length));
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words.subarray(4 * row, 4 * row + 4);
  const half = (upper: number, lower: number): bigint => (BigInt(upper) << 32n) | BigInt(lower);
  return formatPrefix({ family, high: half(w0, w1), low: half(w2, w3), length });
}

/** Rows that lead to given groups; targets of the table are their ids. */
function assignedTable(assignments: readonly Assignment[]): RouteTable {
  const table = new RouteTable();
  for (const { prefix, id } of assignments) {
    const parsed = parsePrefix(prefix);
    if (parsed === undefined) throw fault(`${JSON.stringify(prefix)} is no prefix`);
    table.add(parsed.prefix, id);
  }
  return table;
}

/** Takes and restores snapshots of one forwarder. */
export class Snapshots {
  readonly #parts: SnapshotParts;
  /** Groups that are kept while a snapshot is restored, each with one user more than it has. */
  readonly #held = new Set<number>();

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  /** The tables as they are, `number` events after the start. Throws USAGE for engine reference. */
  take(number: number): Snapshot {
    const content = this.#content();
    return { anyfib_snapshot: 1, number, digest: snapshotDigest(content), ...content };
  }

  /** The digest that a snapshot would have. */
  digest(): string {
    return snapshotDigest(this.#content());
  }

  /**
   * Makes the tables what a snapshot holds, which nobody vouches for; returns its number. Throws
   * SNAPSHOT, with everything as it was, where it does not fit the routes; CONFIG where it was
   * taken under another key, which is not the former one.
   */
  restore(value: unknown): number {
    const snapshot = parseSnapshot(value);
    const { nextHops, groups } = this.#parts;
    if (snapshot.agreement !== this.#parts.agreement) {
      throw fault(`a snapshot of ${snapshot.agreement} tables, not ${this.#parts.agreement} ones`);
    }
    checkKeyChange(snapshot.key_id, this.#parts.keys.id, this.#parts.keys.formerId);
    const known = [...nextHops.everyOne()];
    const saved = groups.save(known.map(({ adjacency }) => adjacency));
    // Held, so that going back finds them.
    for (const id of saved.keys()) {
      this.#held.add(id);
      groups.retain(id, 1);
    }
    try {
      this.#apply(snapshot);
    } catch (error) {
      for (const { adjacency, state, weight } of known) nextHops.set(adjacency, { state, weight });
      groups.restore(saved);
      throw error;
    } finally {
      this.#held.clear();
      for (const id of saved.keys()) groups.release(id);
    }
    return snapshot.number;
  }

  #content(): SnapshotContent {
    const { nextHops, agreement, keys } = this.#parts;
    const listed = this.#listedGroups();
    const prefixes = this.#prefixesOf(listed);
    const hops = [...nextHops.all()];
    const places = new Int32Array(nextHops.count + 1).fill(-1);
    for (const [place, { adjacency }] of hops.entries()) places[adjacency] = place;
    return {
      key_id: keys.id,
      agreement,
      next_hops: hops.map(({ name, state, weight = null }) => ({ next_hop: name, state, weight })),
      groups: this.#ids().map((id) => this.#groupContent(id, places, prefixes.get(id) ?? null)),
    };
  }

  /** Groups that a prefix leads to. */
  #ids(): readonly number[] {
    const { groups } = this.#parts;
    // A marked route without next hops has nothing to be agreed on.
    const isShown = (id: number): boolean => groups.set(id)?.mark?.kind === undefined;
    const ids = groups.ids().filter(isShown);
    return ids.filter((id) => groups.users(id) > (this.#held.has(id) ? 1 : 0));
  }

  /** `places`: where each adjacency's next hop stands in the list. */
  #groupContent(id: number, places: Int32Array, prefixes: string[] | null): SnapshotGroup {
    const { engine, groups } = this.#parts;
    const slots = engine.groups.slots(id);
    const placeOf = (adjacency: number): number => places[adjacency] ?? -1;
    return {
      members: groups.members(id).map(({ adjacency, weight, cost }) => ({
        next_hop: placeOf(adjacency),
        weight,
        cost,
      })),
      overflow: groups.set(id)?.overflow ?? 0,
      ...this.#markedContent(id),
      slots: slots === undefined ? null : Array.from(slots, placeOf),
      prefixes: this.#markOf(id) === undefined ? prefixes : null,
    };
  }

  /** The prefix of a marked route: its group is its own, and no mark is part of a snapshot. */
  #markedContent(id: number): Pick<SnapshotGroup, "marked"> {
    const mark = this.#markOf(id);
    return mark === undefined ? {} : { marked: mark.meter.prefix };
  }

  #markOf(id: number): RouteMark | undefined {
    return this.#parts.groups.set(id)?.mark;
  }

  /** Groups whose prefixes must be told: all of a set but the one with the most users. */
  #listedGroups(): ReadonlySet<number> {
    const { groups } = this.#parts;
    const main = new Map<string, number>();
    const ids = this.#ids();
    for (const id of ids) {
      const key = groups.set(id)?.key ?? "";
      const most = main.get(key);
      if (most === undefined || groups.users(id) > groups.users(most)) main.set(key, id);
    }
    const mains = new Set(main.values());
    return new Set(ids.filter((id) => !mains.has(id)));
  }

  #prefixesOf(listed: ReadonlySet<number>): ReadonlyMap<number, string[]> {
    const prefixes = new Map<number, string[]>();
    for (const id of listed) prefixes.set(id, []);
    if (listed.size === 0) return prefixes;
    const { tables } = this.#parts.engine;
    for (const [family, parts] of [
      [4, tables.routes4()] as const,
      [6, tables.routes6()] as const,
    ]) {
      for (const columns of parts) {
        for (const [row, id] of columns.groups.entries()) {
          prefixes.get(id)?.push(rowPrefix(columns, family, row));
        }
      }
    }
    return prefixes;
  }

  #apply(snapshot: Snapshot): void {
    const { nextHops, groups } = this.#parts;
    const hops = snapshot.next_hops.map(({ next_hop }) => this.#known(next_hop));
    for (const [at, { state, weight }] of snapshot.next_hops.entries()) {
      nextHops.set(hops[at]?.adjacency ?? 0, { state, weight: weight ?? undefined });
    }
    groups.refresh(hops.map(({ adjacency }) => adjacency));
    const adopted: number[] = [];
    try {
      const assignments = snapshot.groups.flatMap((group) => this.#load(group, hops, adopted));
      this.#assign(assignments, snapshot);
    } finally {
      for (const id of adopted) groups.drop(id);
    }
  }

  #known(name: string): KnownNextHop {
    for (const known of this.#parts.nextHops.everyOne()) if (known.name === name) return known;
    throw fault(`no route has the next hop ${JSON.stringify(name)}`);
  }

  /** Loads one group's slots; returns the prefixes that are to lead to it. */
  #load(
    group: SnapshotGroup,
    hops: readonly KnownNextHop[],
    adopted: number[],
  ): readonly Assignment[] {
    const { groups } = this.#parts;
    const set = this.#setOf(group, hops, this.#markNamed(group.marked));
    const slots =
      group.slots === null
        ? undefined
        : Uint16Array.from(group.slots, (hop) => hops[hop]?.adjacency ?? 0);
    this.#checkServing(set, slots);
    if (group.prefixes !== null) {
      const id = groups.adopt(set, slots);
      adopted.push(id);
      return group.prefixes.map((prefix) => ({ prefix, id }));
    }
    const [main, ...others] = groups.ofSet(set);
    if (main === undefined) throw fault("no route has the next hops of a group");
    const id = others.reduce((a, b) => (groups.users(b) > groups.users(a) ? b : a), main);
    groups.load(id, slots);
    return [];
  }

  /** The mark of the route of that prefix, as it is now; undefined for none. */
  #markNamed(prefix: string | undefined): RouteMark | undefined {
    if (prefix === undefined) return undefined;
    const marks = this.#parts.groups.ids().map((id) => this.#markOf(id));
    const mark = marks.find((one) => one?.meter.prefix === prefix && one.kind === undefined);
    if (mark !== undefined) return mark;
    throw fault(`no route of ${JSON.stringify(prefix)} is counted or limited`);
  }

  #setOf(
    { members, overflow }: SnapshotGroup,
    hops: readonly KnownNextHop[],
    mark: RouteMark | undefined,
  ): MemberSet {
    const known = members.flatMap(({ next_hop, weight, cost }) => {
      const hop = hops[next_hop];
      return hop === undefined ? [] : [{ ...hop, weight, cost }];
    });
    return setOfMembers(known, overflow, mark);
  }

  /** No slot may lead to a next hop that does not serve. */
  #checkServing(set: MemberSet, slots: Uint16Array | undefined): void {
    const members = servingOf(set, this.#parts.nextHops);
    const serving = new Set(members.map(({ nextHop }) => nextHop.adjacency));
    if (slots?.every((adjacency) => serving.has(adjacency)) ?? true) return;
    throw fault("a slot leads to a next hop that does not serve");
  }

  /** Leads prefixes to groups, and back where the digest then is not the snapshot's. */
  #assign(assignments: readonly Assignment[], { key_id, digest }: Snapshot): void {
    const { fib, groups } = this.#parts;
    const table = assignedTable(assignments);
    const before = fib.assign(table, (had, id) => {
      if (groups.set(had)?.key === groups.set(id)?.key) return;
      throw fault("a prefix of a group has other next hops");
    });
    if (snapshotDigest({ ...this.#content(), key_id }) === digest) return;
    fib.assign(before, () => undefined);
    throw fault("the routes are not those that the snapshot was taken with");
  }
}
