/** Routes of peers as plain maps: the oracle of a RIB that updates change. */

import { type Address, addressToBytes } from "../../src/net/address.ts";
import { formatPrefix, type Prefix } from "../../src/net/prefix.ts";
import { type Candidate, decide } from "../../src/rib/best-path.ts";
import { nextHopFault } from "../../src/rib/next-hop.ts";
import type {
  AttributeSets,
  PeerTable,
  RecordedState,
  RecordedUpdate,
} from "../../src/sources/mrt.ts";

interface PlainRoute {
  readonly candidate: Candidate;
  readonly nextHop: Address;
}

/** Takes updates one by one, and finds answers by looking at everything. */
export class RouteModel {
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;
  readonly #routes = new Map<string, { prefix: Prefix; routes: Map<string, PlainRoute> }>();

  constructor(sets: AttributeSets, peers: PeerTable) {
    this.#sets = sets;
    this.#peers = peers;
  }

  apply(change: RecordedUpdate | RecordedState): void {
    if (change.kind !== "state") this.#update(change);
    else if (change.before === 6 && change.after !== 6) this.#forget(`${change.peer} `);
  }

  /** Prefixes that lead somewhere. */
  prefixes(): readonly Prefix[] {
    const all = [...this.#routes.values()];
    return all.flatMap(({ prefix, routes }) => (routes.size > 0 ? [prefix] : []));
  }

  /** The prefix and the next hop for an address. */
  lookup(address: Address): { readonly prefix: string; readonly nextHop: Address } | undefined {
    const bits = bitsOf(address);
    for (let length = bits.length; length >= 0; length--) {
      const found = this.#routes.get(`${address.family} ${bits.slice(0, length)}`);
      const routes = [...(found?.routes.values() ?? [])];
      if (found === undefined || routes.length === 0) continue;
      const { best } = decide(routes.map(({ candidate }) => candidate));
      const nextHop = routes[best]?.nextHop;
      if (nextHop !== undefined) return { prefix: formatPrefix(found.prefix), nextHop };
    }
    return undefined;
  }

  #update({ peer: number, seconds, update }: RecordedUpdate): void {
    const key = (id: number): string => `${number} ${id}`;
    for (const list of [...update.withdrawn, ...update.revoked]) {
      if (list.isMulticast) continue;
      for (const { prefix, pathId } of list.prefixes) this.#of(prefix).delete(key(pathId));
    }
    for (const list of update.announced) {
      if (list.isMulticast) continue;
      for (const { prefix, pathId } of list.prefixes) {
        const route = this.#route(list.set, number, prefix.family, { pathId, since: seconds });
        if (route === undefined) this.#of(prefix).delete(key(pathId));
        else this.#of(prefix).set(key(pathId), route);
      }
    }
  }

  #route(
    set: number,
    number: number,
    family: 4 | 6,
    came: Pick<Candidate, "pathId" | "since">,
  ): PlainRoute | undefined {
    const decoded = this.#sets.decoded(set);
    const peer = this.#peers.peers[number];
    const { nextHop } = decoded.set;
    if (peer === undefined || nextHop === undefined || decoded.kind !== "set") return undefined;
    if (nextHopFault(nextHop, family) !== undefined) return undefined;
    const rest = { ...came, isInternal: false, igpCost: 0 };
    return { candidate: { set: decoded.set, peer, ...rest }, nextHop };
  }

  #forget(start: string): void {
    for (const { routes } of this.#routes.values()) {
      for (const key of [...routes.keys()].filter((one) => one.startsWith(start))) {
        routes.delete(key);
      }
    }
  }

  #of(prefix: Prefix): Map<string, PlainRoute> {
    const key = `${prefix.family} ${bitsOf(addressOf(prefix)).slice(0, prefix.length)}`;
    const known = this.#routes.get(key) ?? { prefix, routes: new Map<string, PlainRoute>() };
    this.#routes.set(key, known);
    return known.routes;
  }
}

/** The first address of a prefix. */
export function addressOf(prefix: Prefix): Address {
  return prefix.family === 4
    ? { family: 4, value: prefix.address }
    : { family: 6, high: prefix.high, low: prefix.low };
}

function bitsOf(address: Address): string {
  return Array.from(addressToBytes(address), (byte) => byte.toString(2).padStart(8, "0")).join("");
}
