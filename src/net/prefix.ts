/** IPv4 and IPv6 prefixes as values: parsing, masking, printing. */

import { type Address, address6FromWords, formatAddress } from "./address.ts";
import { asciiBytes, maskHostBits, type PrefixCells, prefixCells, readPrefix } from "./bytes.ts";

/** An IPv4 prefix: a u32 in host order whose host bits are clear, and its length, 0 to 32. */
export interface Prefix4 {
  readonly family: 4;
  readonly address: number;
  readonly length: number;
}

/** An IPv6 prefix: two u64 in host order whose host bits are clear, and its length, 0 to 128. */
export interface Prefix6 {
  readonly family: 6;
  readonly high: bigint;
  readonly low: bigint;
  readonly length: number;
}

/** A prefix of either family. */
export type Prefix = Prefix4 | Prefix6;

/** A prefix as it was read: masked, and whether masking changed it. */
export interface ParsedPrefix {
  readonly prefix: Prefix;
  readonly hadHostBits: boolean;
}

/** Longer than any prefix. */
const PREFIX_TEXT_MAX = 64;

/** The masked prefix that `cells` hold. */
export function prefixFromCells(cells: PrefixCells): Prefix {
  const { family, length, words } = cells;
  if (family === 4) return { family, address: words[0] ?? 0, length };
  const { high, low } = address6FromWords(words);
  return { family, high, low, length };
}

/** Writes a prefix into `cells`. */
export function prefixToCells(prefix: Prefix, cells: PrefixCells): void {
  const { words } = cells;
  cells.family = prefix.family;
  cells.length = prefix.length;
  if (prefix.family === 4) {
    words[0] = prefix.address;
    return;
  }
  words[0] = Number(prefix.high >> 32n);
  words[1] = Number(prefix.high & 0xffffffffn);
  words[2] = Number(prefix.low >> 32n);
  words[3] = Number(prefix.low & 0xffffffffn);
}

/** Reads `ADDRESS/LENGTH`, or an address alone as its host route; undefined for any other text. */
export function parsePrefix(text: string): ParsedPrefix | undefined {
  if (text.length > PREFIX_TEXT_MAX) return undefined;
  const bytes = asciiBytes(text);
  const cells = prefixCells();
  if (readPrefix(bytes, 0, bytes.length, cells) !== bytes.length) return undefined;
  const hadHostBits = maskHostBits(cells);
  return { prefix: prefixFromCells(cells), hadHostBits };
}

/** `ADDRESS/LENGTH`: equal texts are equal prefixes. */
export function formatPrefix(prefix: Prefix): string {
  if (prefix.family === 4) {
    return `${formatAddress({ family: 4, value: prefix.address })}/${prefix.length}`;
  }
  return `${formatAddress({ family: 6, high: prefix.high, low: prefix.low })}/${prefix.length}`;
}

/** The prefix of a length that an address lies in. */
export function maskAddress(address: Address, length: number): Prefix {
  if (address.family === 4) {
    const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
    return { family: 4, address: (address.value & mask) >>> 0, length };
  }
  const all = (1n << 64n) - 1n;
  const highLength = BigInt(Math.min(length, 64));
  const lowLength = BigInt(Math.max(length - 64, 0));
  const high = address.high & (all << (64n - highLength)) & all;
  return { family: 6, high, low: address.low & (all << (64n - lowLength)) & all, length };
}
