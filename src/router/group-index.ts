/** Groups found by id, by the key of their set, and by the next hops that are in it. */

import type { MemberSet } from "./member-set.ts";

/** A group as the router keeps it. */
export interface Group {
  readonly id: number;
  set: MemberSet;
  /** Prefixes that lead here. */
  users: number;
  /** Its table is the one that its set alone gives. */
  isCanonical: boolean;
  /** Cost of the tier that serves; undefined where none does. */
  tier: number | undefined;
}

function addTo<K>(index: Map<K, Set<Group>>, key: K, group: Group): void {
  const groups = index.get(key) ?? new Set();
  index.set(key, groups.add(group));
}

/** Whether the key has no group any more. */
function removeFrom<K>(index: Map<K, Set<Group>>, key: K, group: Group): boolean {
  const groups = index.get(key);
  groups?.delete(group);
  return groups?.size === 0 && index.delete(key);
}

/** Who is told whether any group has a next hop. */
interface UseWatcher {
  used(adjacency: number): void;
  unused(adjacency: number): void;
}

/** All groups in use. */
export class GroupIndex {
  readonly #byId = new Map<number, Group>();
  readonly #byKey = new Map<string, Set<Group>>();
  readonly #ofAdjacency = new Map<number, Set<Group>>();
  readonly #watcher: UseWatcher;

  constructor(watcher: UseWatcher) {
    this.#watcher = watcher;
  }

  add(group: Group): void {
    this.#byId.set(group.id, group);
    this.#addSet(group);
  }

  remove(group: Group): void {
    this.#byId.delete(group.id);
    this.#removeSet(group);
  }

  /** Gives a group another set. */
  move(group: Group, set: MemberSet): void {
    this.#removeSet(group);
    group.set = set;
    this.#addSet(group);
  }

  at(id: number): Group | undefined {
    return this.#byId.get(id);
  }

  /** Groups of one set: they differ in lineage. */
  withKey(key: string): Iterable<Group> {
    return this.#byKey.get(key) ?? [];
  }

  /** Groups with any of these next hops, each once. */
  using(adjacencies: Iterable<number>): ReadonlySet<Group> {
    const groups = new Set<Group>();
    for (const adjacency of adjacencies) {
      for (const group of this.#ofAdjacency.get(adjacency) ?? []) groups.add(group);
    }
    return groups;
  }

  all(): Iterable<Group> {
    return this.#byId.values();
  }

  #addSet(group: Group): void {
    addTo(this.#byKey, group.set.key, group);
    for (const { adjacency } of group.set.members) {
      if (!this.#ofAdjacency.has(adjacency)) this.#watcher.used(adjacency);
      addTo(this.#ofAdjacency, adjacency, group);
    }
  }

  #removeSet(group: Group): void {
    removeFrom(this.#byKey, group.set.key, group);
    for (const { adjacency } of group.set.members) {
      if (removeFrom(this.#ofAdjacency, adjacency, group)) this.#watcher.unused(adjacency);
    }
  }
}
