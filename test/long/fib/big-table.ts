/** Full tables as columns, and millions of addresses that are asked of them. */

import type { RouteColumns } from "../../../src/engine/fib-tables.ts";
import type { Prefix } from "../../../src/net/prefix.ts";
import { generatePrefixes, keyPrefix } from "../../../src/replay/generate-prefixes.ts";
import { mix32, Random } from "../../../src/replay/random.ts";

/** A table of one family. */
export interface BigTable {
  readonly name: string;
  readonly family: 4 | 6;
  readonly routes: RouteColumns;
}

/** Address words of a family, u32 each. */
export function addressWords(family: 4 | 6): number {
  return family === 4 ? 1 : 4;
}

/** A table of prefixes, each of a group drawn among so many. */
export function tableOf(name: string, prefixes: readonly Prefix[], groups: number): BigTable {
  const family = prefixes[0]?.family ?? 4;
  const width = addressWords(family);
  const words = new Uint32Array(prefixes.length * width);
  for (const [index, prefix] of prefixes.entries()) words.set(prefixWords(prefix), index * width);
  return {
    name: `${name}, ${groups} groups`,
    family,
    routes: {
      count: prefixes.length,
      words,
      lengths: Uint8Array.from(prefixes, ({ length }) => length),
      groups: Uint32Array.from(prefixes, (_, index) => 1 + (mix32(index) % groups)),
    },
  };
}

/** Prefixes as a full table has them. */
export function generatedPrefixes(family: 4 | 6, count: number, seed: number): readonly Prefix[] {
  const keys = generatePrefixes(family, count, new Random(seed));
  return Array.from(keys, (key) => keyPrefix(family, key));
}

function prefixWords(prefix: Prefix): readonly number[] {
  if (prefix.family === 4) return [prefix.address];
  return [prefix.high >> 32n, prefix.high, prefix.low >> 32n, prefix.low].map((word) =>
    Number(BigInt.asUintN(32, word)),
  );
}

/** Routes by prefix length. */
export function histogramOf({ family, routes }: BigTable): Uint32Array {
  const histogram = new Uint32Array(family === 4 ? 33 : 129);
  for (const length of routes.lengths) histogram[length] = (histogram[length] ?? 0) + 1;
  return histogram;
}

/** Addresses of one kind: words like those of routes. */
export type AddressSource = (table: BigTable, first: number, count: number) => Uint32Array;

/** For route i the addresses 4i to 4i + 3: first - 1, first, last, last + 1, which may wrap. */
export function edges({ family, routes }: BigTable, first: number, count: number): Uint32Array {
  const width = addressWords(family);
  const words = new Uint32Array(count * width);
  for (let index = 0; index < count; index++) {
    const route = Math.floor((first + index) / 4);
    const edge = (first + index) % 4;
    const address = words.subarray(index * width, (index + 1) * width);
    address.set(routes.words.subarray(route * width, (route + 1) * width));
    if (edge >= 2) fillHost(address, routes.lengths[route] ?? 0, () => 0xffffffff);
    if (edge === 0) addOne(address, -1);
    if (edge === 3) addOne(address, 1);
  }
  return words;
}

/** Addresses inside of routes drawn at random. */
export function covered(random: Random): AddressSource {
  return ({ family, routes }, _first, count) => {
    const width = addressWords(family);
    const words = new Uint32Array(count * width);
    for (let index = 0; index < count; index++) {
      const route = random.below(routes.count);
      const address = words.subarray(index * width, (index + 1) * width);
      address.set(routes.words.subarray(route * width, (route + 1) * width));
      fillHost(address, routes.lengths[route] ?? 0, () => random.u32());
    }
    return words;
  };
}

/** Any addresses; of IPv6 half of them in 2000::/3. */
export function anywhere(random: Random): AddressSource {
  return ({ family }, _first, count) => {
    const width = addressWords(family);
    const words = Uint32Array.from({ length: count * width }, () => random.u32());
    for (let at = 0; at < words.length && family === 6; at += 2 * width) {
      words[at] = 0x20000000 + ((words[at] ?? 0) >>> 3);
    }
    return words;
  };
}

/** Replaces the bits behind a length by those of words that `next` gives. */
function fillHost(address: Uint32Array, length: number, next: () => number): void {
  for (let word = Math.floor(length / 32); word < address.length; word++) {
    const kept = Math.max(length - 32 * word, 0);
    const host = kept === 0 ? 0xffffffff : 2 ** (32 - kept) - 1;
    address[word] = ((address[word] ?? 0) & ~host) | (next() & host);
  }
}

/** Adds 1 or -1 with carry. */
function addOne(address: Uint32Array, change: 1 | -1): void {
  const carries = change === 1 ? 0xffffffff : 0;
  for (let word = address.length - 1; word >= 0; word--) {
    const before = address[word] ?? 0;
    address[word] = before + change;
    if (before !== carries) return;
  }
}
