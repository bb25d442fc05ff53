/**
 * Prefixes as BGP and MRT spell them (RFC 4271 section 4.3): their length, then as many bytes as it
 * needs; bits behind the length mean nothing.
 *
 *     10.1.0.0/15    0f | 0a 01        2001:db8::/32    20 | 20 01 0d b8
 */

import { maskHostBits, type PrefixCells } from "../net/bytes.ts";
import type { ByteReader } from "./byte-reader.ts";

/** Reads a prefix of a family into `cells`, masked; fails for a length that there is not. */
export function readPrefixBits(reader: ByteReader, family: 4 | 6, cells: PrefixCells): void {
  cells.family = family;
  cells.length = reader.u8("the prefix length");
  const lengthMax = family === 4 ? 32 : 128;
  if (cells.length > lengthMax) {
    reader.fail(`${cells.length} is no prefix length, which is 0 to ${lengthMax}`);
  }
  const bytes = (cells.length + 7) >> 3;
  const words = family === 4 ? 1 : 4;
  for (let word = 0; word < words; word++) {
    const count = Math.min(Math.max(bytes - 4 * word, 0), 4);
    cells.words[word] = reader.upper(count, "the prefix");
  }
  maskHostBits(cells);
}
