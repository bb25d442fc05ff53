/** The routes of a table that cover an address: the one that matches, and those passed over. */

import type { Address } from "../net/address.ts";
import { maskAddress, type Prefix } from "../net/prefix.ts";
import type { RouteTarget } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";

/** A route. */
export interface CoveringRoute {
  readonly prefix: Prefix;
  readonly target: RouteTarget;
}

/** Routes that cover an address, longest prefix first; of equal prefixes the last row counts. */
export function coveringRoutes(table: RouteTable, address: Address): readonly CoveringRoute[] {
  const byLength = new Map<number, number>();
  const isIpv4 = address.family === 4;
  const words = wordsOf(address);
  const width = words.length;
  const count = isIpv4 ? table.count4 : table.count6;
  const rows = isIpv4 ? table.addresses4 : table.words6;
  const lengths = isIpv4 ? table.lengths4 : table.lengths6;
  const targets = isIpv4 ? table.targets4 : table.targets6;
  for (let row = 0; row < count; row++) {
    const length = lengths[row] ?? 0;
    if (covers(rows, row * width, length, words)) byLength.set(length, targets[row] ?? 0);
  }
  const found = [...byLength].sort(([a], [b]) => b - a);
  return found.flatMap(([length, index]) => {
    const target = table.targets[index];
    return target === undefined ? [] : [{ prefix: maskAddress(address, length), target }];
  });
}

/** Four bytes each, most significant first. */
function wordsOf(address: Address): Uint32Array {
  if (address.family === 4) return Uint32Array.of(address.value);
  const { high, low } = address;
  const parts = [high >> 32n, high & 0xffffffffn, low >> 32n, low & 0xffffffffn];
  return Uint32Array.from(parts, Number);
}

function covers(rows: Uint32Array, start: number, length: number, words: Uint32Array): boolean {
  let left = length;
  for (let word = 0; left > 0; word++, left -= 32) {
    const difference = ((rows[start + word] ?? 0) ^ (words[word] ?? 0)) >>> 0;
    if (left >= 32 ? difference !== 0 : difference >>> (32 - left) !== 0) return false;
  }
  return true;
}
