/** The peers of dumps, numbered: who sent a route to the collector. */

import { type Address, formatAddress } from "../../net/address.ts";

/** A peer of a collector. */
export interface Peer {
  readonly address: Address;
  readonly as: number;
  /** Router id, a u32; 0 where it is not known. */
  readonly routerId: number;
}

/** Numbers peers from 0 on, by address and AS. */
export class PeerTable {
  readonly #peers: Peer[] = [];
  readonly #numbers4 = new Map<number, Map<number, number>>();
  readonly #numbers6 = new Map<string, number>();

  /** All peers, by their numbers. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** The number of an IPv4 peer: without a router id the one that it is known with, if any. */
  intern4(value: number, as: number, routerId: number): number {
    const ofAs = this.#numbers4.get(as) ?? new Map<number, number>();
    const known = ofAs.get(value);
    if (known !== undefined) return known;
    this.#numbers4.set(as, ofAs);
    ofAs.set(value, this.#peers.length);
    return this.#peers.push({ address: { family: 4, value }, as, routerId }) - 1;
  }

  /** The number of a peer. */
  intern(address: Address, as: number, routerId: number): number {
    if (address.family === 4) return this.intern4(address.value, as, routerId);
    const key = `${formatAddress(address)} ${as}`;
    const known = this.#numbers6.get(key);
    if (known !== undefined) return known;
    this.#numbers6.set(key, this.#peers.length);
    return this.#peers.push({ address, as, routerId }) - 1;
  }
}
