/** Origin validation by its definition (RFC 6811 section 2): every VRP is asked. */

import type { OriginState } from "../../src/rib/origin-validation.ts";

/** A VRP whose address has no bits beyond `length`. */
export interface ModelVrp {
  readonly family: 4 | 6;
  readonly address: bigint;
  readonly length: number;
  readonly maxLength: number;
  readonly as: number;
}

/** A route; an origin of 0 is none. */
export type ModelRoute = Omit<ModelVrp, "maxLength">;

/** VRPs as they are announced and withdrawn, each kept once. */
export class OriginModel {
  readonly #vrps = new Map<string, ModelVrp>();

  get size(): number {
    return this.#vrps.size;
  }

  /** False where it was there. */
  announce(vrp: ModelVrp): boolean {
    const isNew = !this.#vrps.has(keyOf(vrp));
    this.#vrps.set(keyOf(vrp), vrp);
    return isNew;
  }

  /** False where it was not there. */
  withdraw(vrp: ModelVrp): boolean {
    return this.#vrps.delete(keyOf(vrp));
  }

  covering(route: ModelRoute): readonly ModelVrp[] {
    return [...this.#vrps.values()].filter((vrp) => covers(vrp, route));
  }

  validate(route: ModelRoute): OriginState {
    return stateOf(this.covering(route), route);
  }
}

/** The same VRPs by prefix, for many routes: each of a route's shorter prefixes is asked for. */
export class PrefixModel {
  readonly #vrps = new Map<string, ModelVrp[]>();

  add(vrp: ModelVrp): void {
    const { family, length, address } = vrp;
    const key = prefixKey(family, address, length);
    this.#vrps.set(key, [...(this.#vrps.get(key) ?? []), vrp]);
  }

  validate(route: ModelRoute): OriginState {
    const found: ModelVrp[] = [];
    for (let length = 0; length <= route.length; length++) {
      const key = prefixKey(route.family, route.address, length);
      found.push(...(this.#vrps.get(key) ?? []));
    }
    return stateOf(found, route);
  }
}

function stateOf(covering: readonly ModelVrp[], { length, as }: ModelRoute): OriginState {
  if (covering.length === 0) return "not-found";
  const isValid = covering.some((vrp) => as !== 0 && vrp.as === as && length <= vrp.maxLength);
  return isValid ? "valid" : "invalid";
}

function covers(vrp: ModelVrp, route: ModelRoute): boolean {
  if (vrp.family !== route.family || vrp.length > route.length) return false;
  const hidden = BigInt((vrp.family === 4 ? 32 : 128) - vrp.length);
  return vrp.address >> hidden === route.address >> hidden;
}

function prefixKey(family: 4 | 6, address: bigint, length: number): string {
  const hidden = BigInt((family === 4 ? 32 : 128) - length);
  return `${family} ${(address >> hidden).toString(36)}/${length}`;
}

function keyOf({ family, address, length, maxLength, as }: ModelVrp): string {
  return `${family} ${address.toString(36)}/${length}-${maxLength} ${as}`;
}
