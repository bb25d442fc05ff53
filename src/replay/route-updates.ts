/**
 * Recorded updates of BGP on the time of a capture: before each packet, those that are due change
 * the routes, together; what they come to is installed as one transaction.
 */

import type { Batch } from "../engine/batch.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatPrefix } from "../net/prefix.ts";
import type { ChangedPrefix } from "../rib/route.ts";
import type { BlackholeSources } from "../router/blackhole-sources.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { Timeline } from "./replay.ts";

/** Changes of routes in the order of their time. */
export interface RouteRecording {
  readonly count: number;
  /** When a change was recorded, in nanoseconds since 1970. */
  timeNs(index: number): bigint;
  /** Lets a change happen. */
  apply(index: number): void;
  /** Prefixes that lead elsewhere since this was asked last. */
  changes(): readonly ChangedPrefix[];
}

/**
 * Whose time counts. `capture`: the first update is due at the capture's first packet, the others
 * as much later as they were recorded; `mrt`: updates are due at the time of their record.
 */
export type UpdateClock = "capture" | "mrt";

/** What updates did. */
export interface UpdateCounts {
  /** Messages and changes of sessions that were due by the capture's end, and the others. */
  readonly applied: number;
  readonly left: number;
  /** Prefixes that came to lead elsewhere, one after another. */
  readonly routesChanged: number;
  /** Of the routes at the end: there was no room for them in the tables. */
  readonly notInstalled: number;
  readonly commits: number;
  readonly longestCommitMicroseconds: number;
}

/** Installs changes; those that there is no room for are named, and the others are installed. */
export class RouteInstaller {
  /** Prefixes whose route is not in the tables, for want of room. */
  readonly notInstalled = new Set<string>();
  routesChanged = 0;
  commits = 0;
  longestCommitMicroseconds = 0;
  readonly #forwarder: Forwarder;
  readonly #blackholes: BlackholeSources | undefined;

  /** With `blackholes`, rules for sources follow the routes that drop them. */
  constructor(forwarder: Forwarder, blackholes?: BlackholeSources) {
    this.#forwarder = forwarder;
    this.#blackholes = blackholes;
  }

  /** Throws CAPACITY for more sources than there are meters. */
  install(changes: readonly ChangedPrefix[]): void {
    this.routesChanged += changes.length;
    this.#commit(changes);
    const blackholes = this.#blackholes;
    if (blackholes?.follow(changes)) this.#forwarder.sources.replace(blackholes.rules);
  }

  /** Where not all have room, each half is tried: a few of many are found by few commits. */
  #commit(changes: readonly ChangedPrefix[]): void {
    if (changes.length === 0) return;
    const transaction = this.#forwarder.transaction();
    for (const { prefix, target } of changes) transaction.route(prefix, target);
    try {
      const { microseconds } = transaction.commit();
      this.commits += 1;
      this.longestCommitMicroseconds = Math.max(this.longestCommitMicroseconds, microseconds);
      for (const { prefix } of changes) this.notInstalled.delete(formatPrefix(prefix));
    } catch (error) {
      if (!(error instanceof AnyfibError) || error.code !== "CAPACITY") throw error;
      const [first] = changes;
      if (changes.length > 1) {
        const half = changes.length >> 1;
        this.#commit(changes.slice(0, half));
        this.#commit(changes.slice(half));
      } else if (first !== undefined) this.#refuse(first);
    }
  }

  /** What was there before may not go on: the prefix leads nowhere, not to the wrong place. */
  #refuse({ prefix }: ChangedPrefix): void {
    this.notInstalled.add(formatPrefix(prefix));
    this.#forwarder.transaction().route(prefix, undefined).commit();
  }
}

/** What happens when, and what follows it. */
export interface RouteUpdatesOptions {
  readonly recording: RouteRecording;
  readonly clock: UpdateClock;
  readonly blackholes?: BlackholeSources;
}

/** Lets updates happen. */
export class RouteUpdates implements Timeline {
  readonly #installer: RouteInstaller;
  readonly #recording: RouteRecording;
  readonly #clock: UpdateClock;
  #next = 0;
  /** What is added to the time of a record to have that of the capture. */
  #shiftNs: bigint | undefined;

  constructor(forwarder: Forwarder, { recording, clock, blackholes }: RouteUpdatesOptions) {
    this.#installer = new RouteInstaller(forwarder, blackholes);
    this.#recording = recording;
    this.#clock = clock;
  }

  get counts(): UpdateCounts {
    const { routesChanged, notInstalled, commits, longestCommitMicroseconds } = this.#installer;
    return {
      applied: this.#next,
      left: this.#recording.count - this.#next,
      routesChanged,
      notInstalled: notInstalled.size,
      commits,
      longestCommitMicroseconds,
    };
  }

  advance({ timestamps, count }: Batch): number {
    const now = timestamps[0] ?? 0n;
    this.#shiftNs ??= this.#shift(now);
    for (let due = this.#due; due !== undefined && due <= now; due = this.#due) this.#apply();
    this.#installer.install(this.#recording.changes());
    const due = this.#due;
    if (due === undefined) return count;
    for (let packet = 1; packet < count; packet++) {
      if ((timestamps[packet] ?? 0n) >= due) return packet;
    }
    return count;
  }

  /** What is due after the last packet is left: nothing would show what it does. */
  end(): void {}

  /** When the next one is due; undefined where none is left. */
  get #due(): bigint | undefined {
    if (this.#next === this.#recording.count) return undefined;
    return this.#recording.timeNs(this.#next) + (this.#shiftNs ?? 0n);
  }

  #shift(startNs: bigint): bigint {
    if (this.#clock === "mrt" || this.#recording.count === 0) return 0n;
    return startNs - this.#recording.timeNs(0);
  }

  #apply(): void {
    this.#recording.apply(this.#next);
    this.#next += 1;
  }
}
