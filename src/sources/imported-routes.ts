/**
 * Routes of MRT files as a policy lets them in: sets of attributes, and those that rules made of
 * them, under one kind of number.
 *
 *     id    2 * set          as it came
 *           2 * change + 1   as rules changed it
 *           -1               rejected
 *
 * A set that the same rules change becomes the same one, however many routes have it.
 */

import { formatAddress } from "../net/address.ts";
import type { PrefixCells } from "../net/bytes.ts";
import type { AttributeSet } from "../rib/attributes.ts";
import { type OriginState, originOf, type VrpTable } from "../rib/origin-validation.ts";
import type { PathDirection } from "../rib/path-validation.ts";
import { applyPolicy, type Policy, type PolicyPeer } from "../rib/policy.ts";
import type { AttributeSets, PeerTable } from "./mrt.ts";
import { PathStates } from "./path-states.ts";

/** What no route has: it was rejected. */
export const REJECTED = -1;

/** What a policy made of a set. */
export interface ImportedSet {
  /** Whether its attributes can be used (RFC 7606). */
  readonly isWhole: boolean;
  readonly set: AttributeSet;
  /** Of its next hop, where rules gave one. */
  readonly weight: number | undefined;
}

/** What routes are let in by. */
export interface ImportOptions {
  readonly policy?: Policy;
  /** What routes are validated against; without it they are not. */
  readonly vrps?: VrpTable;
  /** Whether routes whose origin is invalid are kept out. */
  readonly rejectsInvalid?: boolean;
  /** Peers of this AS are internal; none unless given. */
  readonly localAs?: number;
  /** Peers that are customers, peers or route servers, as policies name them; others provide. */
  readonly upstreamPeers?: ReadonlySet<string>;
}

/** Lets routes in. */
export class ImportedRoutes {
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;
  readonly #options: ImportOptions;
  readonly #changed: ImportedSet[] = [];
  /** By what came and the rules that changed it. */
  readonly #changes = new Map<string, number>();
  readonly #policyPeers: PolicyPeer[] = [];
  /** What validates paths, where ASPAs are known. */
  readonly #paths: PathStates | undefined;

  constructor(sets: AttributeSets, peers: PeerTable, options: ImportOptions) {
    this.#sets = sets;
    this.#peers = peers;
    this.#options = options;
    const { vrps, localAs } = options;
    const directionOf = (peer: number): PathDirection => this.#directionOf(peer);
    if (vrps === undefined || vrps.aspas.customers === 0) return;
    this.#paths = new PathStates({ aspas: vrps.aspas, sets, peers, localAs, directionOf });
  }

  /** The id of a route: of its set, or of what it became; REJECTED where it is not let in. */
  take(prefix: PrefixCells, number: number, peer: number): number {
    const { policy, rejectsInvalid = false } = this.#options;
    if (policy === undefined && !rejectsInvalid) return 2 * number;
    const { kind, set } = this.#sets.decoded(number);
    if (kind !== "set") return 2 * number;
    const validation = this.#validate(prefix, set, peer);
    if (rejectsInvalid && validation === "invalid") return REJECTED;
    if (policy === undefined) return 2 * number;
    const paths = this.#paths;
    const result = applyPolicy(policy, {
      prefix,
      set,
      peer: this.#policyPeer(peer),
      ...(validation === undefined ? {} : { validation }),
      ...(paths === undefined ? {} : { pathValidation: paths.of(number, peer).state }),
    });
    if (result.action === "reject") return REJECTED;
    if (result.changedBy.length === 0) return 2 * number;
    const key = `${prefix.family} ${number} ${result.changedBy.join(" ")}`;
    const known = this.#changes.get(key);
    if (known !== undefined) return known;
    const { weight } = result;
    const id = 2 * this.#changed.push({ isWhole: true, set: result.set, weight }) - 1;
    this.#changes.set(key, id);
    return id;
  }

  /** What an id stands for. */
  of(id: number): ImportedSet {
    if (id % 2 === 0) {
      const { kind, set } = this.#sets.decoded(id / 2);
      return { isWhole: kind === "set", set, weight: undefined };
    }
    const changed = this.#changed[(id - 1) / 2];
    if (changed === undefined) throw new RangeError(`nothing was imported as ${id}`);
    return changed;
  }

  #validate(prefix: PrefixCells, set: AttributeSet, peer: number): OriginState | undefined {
    const { vrps } = this.#options;
    const own = this.#peers.peers[peer]?.as ?? 0;
    return vrps?.validate(prefix, originOf(set.asPath, own));
  }

  #directionOf(number: number): PathDirection {
    const { address, as } = this.#policyPeer(number);
    const { upstreamPeers: known } = this.#options;
    return known?.has(address) || known?.has(as) ? "upstream" : "downstream";
  }

  #policyPeer(number: number): PolicyPeer {
    const known = this.#policyPeers[number];
    if (known !== undefined) return known;
    const peer = this.#peers.peers[number];
    if (peer === undefined) throw new RangeError(`there is no peer ${number}`);
    const named = { address: formatAddress(peer.address), as: `AS${peer.as}` };
    this.#policyPeers[number] = named;
    return named;
  }
}
