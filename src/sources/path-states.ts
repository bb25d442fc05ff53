/** Path validation of routes of MRT files, by their sets of attributes and their peers. */

import {
  type AspaTable,
  type PathDirection,
  type PathVerdict,
  validatePath,
} from "../rib/path-validation.ts";
import type { AttributeSets, PeerTable } from "./mrt.ts";

/** What paths are validated with. */
export interface PathStatesOptions {
  readonly aspas: AspaTable;
  readonly sets: AttributeSets;
  readonly peers: PeerTable;
  /** Peers of this AS are internal. */
  readonly localAs?: number | undefined;
  /** From whom a peer's routes come. */
  readonly directionOf: (peer: number) => PathDirection;
}

/** Validates paths. Each of a set and a peer is validated once. */
export class PathStates {
  readonly #options: PathStatesOptions;
  readonly #known: Map<number, PathVerdict>[] = [];

  constructor(options: PathStatesOptions) {
    this.#options = options;
  }

  /** What is found of the path that came with a set of attributes from a peer. */
  of(set: number, peer: number): PathVerdict {
    const ofPeer = this.#known[peer] ?? new Map<number, PathVerdict>();
    this.#known[peer] = ofPeer;
    const known = ofPeer.get(set);
    if (known !== undefined) return known;
    const { aspas, sets, peers, localAs, directionOf } = this.#options;
    const as = peers.peers[peer]?.as;
    const neighbor = as === localAs ? undefined : as;
    const { asPath } = sets.decoded(set).set;
    const verdict = validatePath(aspas, asPath, { neighbor, direction: directionOf(peer) });
    ofPeer.set(set, verdict);
    return verdict;
  }
}
