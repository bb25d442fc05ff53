/**
 * Source-based remotely triggered blackholes (RFC 5635, 4): what comes from a prefix whose route is
 * such a blackhole is dropped as what goes to it is.
 */

import { formatPrefix, type Prefix } from "../net/prefix.ts";
import type { ChangedPrefix, RouteTarget } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";
import { prefixOf } from "./route-input.ts";
import type { SourceInput } from "./source-rules.ts";

function dropsSources(target: RouteTarget | undefined): boolean {
  return target !== undefined && target.kind !== "via" && target.dropsSources === true;
}

/** Rules for the sources that routes drop, behind rules that are given, which go first. */
export class BlackholeSources {
  readonly #given: readonly SourceInput[];
  readonly #givenPrefixes: ReadonlySet<string>;
  readonly #found = new Set<string>();

  /** A later row of a prefix replaces an earlier one. */
  constructor(given: readonly SourceInput[], table: RouteTable) {
    this.#given = given;
    this.#givenPrefixes = new Set(given.map(({ prefix }) => formatPrefix(prefixOf(prefix))));
    if (!table.targets.some(dropsSources)) return;
    for (const { prefix, target } of table.rows()) this.#set(prefix, dropsSources(target));
  }

  /** All rules. */
  get rules(): readonly SourceInput[] {
    const found = Array.from(this.#found, (prefix) => ({ prefix, action: "drop" as const }));
    return found.length === 0 ? this.#given : [...this.#given, ...found];
  }

  /** Follows changes of routes; tells whether the rules are others now. */
  follow(changes: readonly ChangedPrefix[]): boolean {
    let isOther = false;
    for (const { prefix, target } of changes) {
      if (this.#set(prefix, dropsSources(target))) isOther = true;
    }
    return isOther;
  }

  #set(prefix: Prefix, isDropped: boolean): boolean {
    // Most routes drop nothing, and have no need of a text.
    if (!isDropped && this.#found.size === 0) return false;
    const text = formatPrefix(prefix);
    if (!isDropped) return this.#found.delete(text);
    if (this.#givenPrefixes.has(text) || this.#found.has(text)) return false;
    this.#found.add(text);
    return true;
  }
}
