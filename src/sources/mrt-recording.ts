/** Recorded updates of BGP, kept until their time comes: then they change the routes of tables. */

import { formatPrefix } from "../net/prefix.ts";
import type { ChangedPrefix } from "../rib/route.ts";
import type { RecordedState, RecordedUpdate } from "./mrt.ts";
import type { MrtRib } from "./mrt-rib.ts";

const SECOND_NS = 1_000_000_000n;
const MICROSECOND_NS = 1000n;

/** Updates and changes of sessions in their order, over the RIB that they change. */
export class MrtRecording {
  readonly rib: MrtRib;
  readonly #changes: (RecordedUpdate | RecordedState)[] = [];
  /** Changes that have not happened. */
  #left = 0;

  constructor(rib: MrtRib) {
    this.rib = rib;
  }

  /** Takes the next one of a recording. */
  take(change: RecordedUpdate | RecordedState): void {
    if (this.#left === 0) this.rib.hold();
    this.#left += 1;
    this.#changes.push(change);
  }

  get count(): number {
    return this.#changes.length;
  }

  /** When a change was recorded, in nanoseconds since 1970. */
  timeNs(index: number): bigint {
    const change = this.#changes[index];
    if (change === undefined) throw new RangeError(`there is no change ${index}`);
    return BigInt(change.seconds) * SECOND_NS + BigInt(change.microseconds) * MICROSECOND_NS;
  }

  /** Lets a change happen: each does so once. */
  apply(index: number): void {
    const change = this.#changes[index];
    if (change === undefined) return;
    if (change.kind === "state") this.rib.state(change);
    else this.rib.update(change);
    this.#left -= 1;
    if (this.#left === 0) this.rib.release();
  }

  /** Prefixes that lead elsewhere since this was asked last. */
  changes(): readonly ChangedPrefix[] {
    return this.rib.changes();
  }

  /** Different prefixes that are announced: the room that they may take. */
  announced(): { readonly ipv4: number; readonly ipv6: number } {
    const seen = { 4: new Set<string>(), 6: new Set<string>() };
    for (const change of this.#changes) {
      if (change.kind === "state") continue;
      for (const { prefixes } of change.update.announced) {
        for (const { prefix } of prefixes) seen[prefix.family].add(formatPrefix(prefix));
      }
    }
    return { ipv4: seen[4].size, ipv6: seen[6].size };
  }
}
