/** Path validation on the command line: what ASPAs say of the paths of MRT files. */

import { formatPath } from "../rib/as-path.ts";
import type { ForbiddenHop, PathState, PathVerdict } from "../rib/path-validation.ts";
import type { AttributeSets } from "../sources/mrt.ts";
import type { PathStates } from "../sources/path-states.ts";

/** A path and what was found of it, as JSON has it. */
export interface PathJson extends PathVerdict {
  readonly as_path: string;
}

const REASONS = {
  empty: "it is empty",
  neighbor: "it does not begin with the neighbor's AS",
  set: "it has a set of ASes",
} as const;

function hopText({ customer, provider }: ForbiddenHop): string {
  return `AS${customer} does not name AS${provider}`;
}

/** `path 64500 64501 invalid: AS64501 does not name AS64500`. */
export function pathText({ as_path: path, state, reason, hops }: PathJson): string {
  const known = path === "" ? "path" : `path ${path}`;
  if (reason === null) return `${known} ${state}`;
  return `${known} ${state}: ${reason === "hop" ? hops.map(hopText).join(", ") : REASONS[reason]}`;
}

/** Entries of each state. */
export class PathStateCounts implements Record<PathState, number> {
  valid = 0;
  invalid = 0;
  unknown = 0;

  /** The counts in words. */
  get summary(): string {
    return `${this.valid} paths are valid, ${this.invalid} invalid, ${this.unknown} unknown`;
  }
}

/** Tells of the paths of sets of attributes. */
export class PathTeller {
  readonly #states: PathStates;
  readonly #sets: AttributeSets;

  constructor(states: PathStates, sets: AttributeSets) {
    this.#states = states;
    this.#sets = sets;
  }

  stateOf(set: number, peer: number): PathState {
    return this.#states.of(set, peer).state;
  }

  json(set: number, peer: number): PathJson {
    const { asPath } = this.#sets.decoded(set).set;
    return { as_path: formatPath(asPath), ...this.#states.of(set, peer) };
  }
}
