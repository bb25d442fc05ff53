/**
 * What it costs to get to next hops, by the routes of the own network: the longest prefix that
 * covers one counts (RFC 4271 section 9.1.2.1 and 9.1.2.2 e).
 *
 * Cost: a look through all prefixes for each next hop, once.
 */

import { type Address, formatAddress } from "../net/address.ts";
import { formatPrefix, maskAddress, type Prefix } from "../net/prefix.ts";

/** A route of the own network. */
export interface IgpCost {
  readonly prefix: Prefix;
  readonly cost: number;
}

/** Costs of next hops. */
export class IgpCosts {
  /** The longest first. */
  readonly #costs: readonly { readonly text: string; readonly prefix: Prefix; cost: number }[];
  readonly #known = new Map<string, number>();

  constructor(costs: readonly IgpCost[]) {
    this.#costs = costs
      .map(({ prefix, cost }) => ({ text: formatPrefix(prefix), prefix, cost }))
      .sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** The cost of a next hop; infinite where no prefix covers it: it cannot be reached. */
  of(address: Address): number {
    const key = formatAddress(address);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#costs.find(
      ({ prefix, text }) =>
        prefix.family === address.family &&
        formatPrefix(maskAddress(address, prefix.length)) === text,
    );
    const cost = found?.cost ?? Number.POSITIVE_INFINITY;
    this.#known.set(key, cost);
    return cost;
  }
}
