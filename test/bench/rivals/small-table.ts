/** A small table with every prefix length, the addresses at its edges, and the oracle's answers. */

import { expectedDigest } from "../../../bench/rivals/exchange.ts";
import type { RivalInput } from "../../../bench/rivals/rival.ts";
import { Random } from "../../../src/replay/random.ts";
import { LpmOracle } from "../../oracle/lpm.ts";

const ROUTES = 300;
const RANDOM_ADDRESSES = 500;
/** Routes share their first bits, so that they nest. */
const SHARED_BITS = 20;

/** What a rival is given, and what it must answer. */
export interface SmallTable extends RivalInput {
  /** Group ids of the stream's addresses, 0 for no route. */
  readonly groups: Uint32Array;
}

/** An address as its words in host order. */
function wordsOf(address: bigint, width: number): readonly number[] {
  return Array.from({ length: width / 32 }, (_, word) =>
    Number((address >> BigInt(width - 32 * (word + 1))) & 0xffffffffn),
  );
}

function randomBits(random: Random, width: number): bigint {
  let bits = 0n;
  for (let done = 0; done < width; done += 32) bits = (bits << 32n) | BigInt(random.u32());
  return bits;
}

/** The table of a seed; groups are at most 100, which every entry width can hold. */
export function smallTable(family: 4 | 6, seed: number, hasDefault: boolean): SmallTable {
  const width = family === 4 ? 32 : 128;
  const random = new Random(seed);
  const common = randomBits(random, width);
  const prefixes = new Map<string, { address: bigint; length: number; group: number }>();
  const rest = (1n << BigInt(width - SHARED_BITS)) - 1n;
  for (let route = 0; route < ROUTES; route++) {
    const length = hasDefault && route === 0 ? 0 : 1 + random.below(width);
    const whole = (common & ~rest) | (randomBits(random, width) & rest);
    const address = (whole >> BigInt(width - length)) << BigInt(width - length);
    prefixes.set(`${address}/${length}`, { address, length, group: 1 + random.below(100) });
  }
  const routes = [...prefixes.values()];
  const oracle = new LpmOracle(width);
  for (const route of routes) oracle.exchange(route);
  const limit = 1n << BigInt(width);
  const edges = routes.flatMap(({ address, length }) => {
    const size = 1n << BigInt(width - length);
    return [address - 1n, address, address + size - 1n, address + size].map(
      (edge) => (edge + limit) % limit,
    );
  });
  const others = Array.from({ length: RANDOM_ADDRESSES }, () => randomBits(random, width));
  const addresses = [...edges, ...others];
  const stream = new DataView(new ArrayBuffer((addresses.length * width) / 8));
  for (const [word, value] of addresses.flatMap((address) => wordsOf(address, width)).entries()) {
    stream.setUint32(4 * word, value);
  }
  return {
    family,
    routes: {
      count: routes.length,
      words: Uint32Array.from(routes.flatMap(({ address }) => wordsOf(address, width))),
      lengths: Uint8Array.from(routes, ({ length }) => length),
      groups: Uint32Array.from(routes, ({ group }) => group),
    },
    stream: new Uint8Array(stream.buffer),
    groups: Uint32Array.from(addresses, (address) => oracle.match(address)?.group ?? 0),
  };
}

/** The oracle's digest of what a rival answers. */
export function oracleDigest(
  { groups }: SmallTable,
  rival: { readonly answer: "group" | "listed"; readonly count: number },
): string {
  return expectedDigest(groups, rival);
}
