/**
 * A model of Linux's resilient next-hop groups (Documentation/networking/nexthop-group-resilient,
 * net/ipv4/nexthop.c), with an idle timer of 60 s and an unbalanced timer of 0, which is never.
 *
 * Each member wants its part of the buckets, by rounding cumulative weights. Buckets of a member
 * that has gone are given at once to members with too few; a bucket of a member with too many only
 * when no packet has used it for 60 s. So nothing moves that is in use, and busy groups may stay
 * out of balance for ever.
 *
 * Held against the kernel bucket for bucket by test/system/kernel-multipath.test.ts, buckets idle.
 *
 *     buckets  adjacency each        used  time of the last packet since, each, ns
 *     owned    buckets by member     wanted  what each is due
 */

import type { ModelGroup, ModelMember } from "./model.ts";

/** The kernel takes up to 65,535; more would not change what is compared. */
const BUCKETS = 32_768;
const IDLE_NS = 60_000_000_000n;

class Resilient implements ModelGroup {
  readonly #buckets = new Uint16Array(BUCKETS);
  readonly #used = new BigInt64Array(BUCKETS).fill(-IDLE_NS);
  #wanted: ReadonlyMap<number, number> = new Map();
  readonly #owned = new Map<number, number>();
  /** When the next bucket of a member with too many may have become idle. */
  #nextUpkeepNs: bigint | undefined;

  update(members: readonly ModelMember[], nowNs: bigint): void {
    this.#wanted = wantedBuckets(members);
    this.#upkeep(nowNs);
  }

  choose(hash: number): number {
    return this.#buckets[hash % BUCKETS] ?? 0;
  }

  pass(hash: number, nowNs: bigint): void {
    if (this.#nextUpkeepNs !== undefined && nowNs >= this.#nextUpkeepNs) this.#upkeep(nowNs);
    this.#used[hash % BUCKETS] = nowNs;
  }

  /** Moves what may move to those that have too few, the last one first; plans the next time. */
  #upkeep(nowNs: bigint): void {
    const short = Array.from(this.#wanted.keys()).filter((owner) => this.#excess(owner) < 0);
    short.reverse();
    this.#nextUpkeepNs = undefined;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const owner = this.#buckets[bucket] ?? 0;
      const isKept = this.#wanted.has(owner);
      if (isKept && (short.length === 0 || this.#excess(owner) <= 0)) continue;
      const idleNs = (this.#used[bucket] ?? -IDLE_NS) + IDLE_NS;
      if (isKept && idleNs > nowNs) {
        if (idleNs < (this.#nextUpkeepNs ?? idleNs + 1n)) this.#nextUpkeepNs = idleNs;
        continue;
      }
      const [next = 0] = short;
      this.#give(bucket, next);
      if (next !== 0 && this.#excess(next) >= 0) short.shift();
    }
  }

  /** Buckets that a member has beyond those that it wants; below 0 where it has too few. */
  #excess(owner: number): number {
    return (this.#owned.get(owner) ?? 0) - (this.#wanted.get(owner) ?? 0);
  }

  #give(bucket: number, to: number): void {
    const from = this.#buckets[bucket] ?? 0;
    this.#owned.set(from, (this.#owned.get(from) ?? 0) - 1);
    this.#owned.set(to, (this.#owned.get(to) ?? 0) + 1);
    this.#buckets[bucket] = to;
    // As in the kernel: what no packet has used since it was given is idle.
    this.#used[bucket] = -IDLE_NS;
  }
}

function wantedBuckets(members: readonly ModelMember[]): ReadonlyMap<number, number> {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  let given = 0;
  return new Map(
    members.map(({ adjacency, weight }) => {
      sum += weight;
      const upTo = Math.round((BUCKETS * sum) / total);
      const wanted = upTo - given;
      given = upTo;
      return [adjacency, wanted];
    }),
  );
}

/** A resilient group. */
export function resilient(): ModelGroup {
  return new Resilient();
}
