/** Random routes that meet: few bases, so that prefixes cover, neighbour and repeat each other. */

import fc from "fast-check";
import type { OracleRoute } from "../../oracle/lpm.ts";
import type { Random } from "../../oracle/random.ts";
import { prefixAddress } from "./family.ts";

const GROUP_MAX = 65535;
/** Addresses that the others share their first bits with. */
const BASES: readonly bigint[] = [
  0n,
  0xffffffffffffffffffffffffffffffffn,
  0x20010db8000000000000000000000000n,
  0xc6120000a5a5a5a55a5a5a5a0f0f0f0fn,
];

/** Any group id, or 0. */
const anyGroup = fc.oneof(
  { arbitrary: fc.constant(0), weight: 1 },
  { arbitrary: fc.integer({ min: 1, max: GROUP_MAX }), weight: 3 },
);

/** An address that shares any number of bits with a base. */
export function anyAddress(width: number): fc.Arbitrary<bigint> {
  const all = (1n << BigInt(width)) - 1n;
  return fc
    .record({
      base: fc.constantFrom(...BASES.map((base) => base >> BigInt(128 - width))),
      shared: fc.nat(width),
      noise: fc.bigInt(0n, all),
    })
    .map(({ base, shared, noise }) => {
      const own = all >> BigInt(shared);
      return (base & ~own) | (noise & own);
    });
}

/** A prefix of any length, with a group or 0. */
export function anyRoute(width: number): fc.Arbitrary<OracleRoute> {
  return fc
    .record({ address: anyAddress(width), length: fc.nat(width), group: anyGroup })
    .map((route) => ({ ...route, address: prefixAddress(route.address, route.length, width) }));
}

/** Updates in an order: new prefixes, and earlier ones that are replaced or withdrawn. */
export function anyUpdates(width: number, most: number): fc.Arbitrary<readonly OracleRoute[]> {
  const step = fc.record({
    route: anyRoute(width),
    repeats: fc.option(fc.nat(), { freq: 1 }),
  });
  return fc.array(step, { maxLength: most }).map((steps) => {
    const routes: OracleRoute[] = [];
    for (const { route, repeats } of steps) {
      const earlier = repeats === null ? undefined : routes[repeats % (routes.length || 1)];
      routes.push(earlier === undefined ? route : { ...earlier, group: route.group });
    }
    return routes;
  });
}

/** Any address of 32 or 128 bits. */
export function randomAddress(random: Random, width: number): bigint {
  let address = 0n;
  for (let bits = 0; bits < width; bits += 32) {
    address = (address << 32n) | BigInt(random.below(2 ** 32));
  }
  return address;
}
