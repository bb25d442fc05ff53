/**
 * MP_REACH_NLRI in its short form, as table dumps should have it (RFC 6396 section 4.3.4): of its
 * value the next hop alone, since family and prefix stand beside it.
 *
 *     whole  AFI u16 | SAFI u8 | length u8, next hop | 0 | prefixes
 *     short  length u8, next hop
 *
 * The first byte tells them apart: families are below 256, and a next hop has a length.
 */

import type { PrefixCells } from "../../net/bytes.ts";
import { FLAG_EXTENDED, FLAG_OPTIONAL, MP_REACH, NEXT_HOP } from "./attributes.ts";

const FAMILY_BYTES = 3;

/** The attribute that names a next hop alone. */
export function shortReach(nextHop: Uint8Array): Uint8Array {
  const { length } = nextHop;
  return Uint8Array.of(FLAG_OPTIONAL, MP_REACH, length + 1, length, ...nextHop);
}

/**
 * Finds the next hop that the attributes from `start` to `end` decode to, and writes it into
 * `cells` as a host route; false where there is none. It decodes nothing else: some count millions.
 */
export function readNextHopCells(
  attributes: Uint8Array,
  start: number,
  end: number,
  cells: PrefixCells,
): boolean {
  let found = -1;
  let bytes = 0;
  for (let at = start; at + 3 <= end; ) {
    const type = attributes[at + 1];
    const isExtended = ((attributes[at] ?? 0) & FLAG_EXTENDED) !== 0;
    const value = at + (isExtended ? 4 : 3);
    const low = attributes[value - 1] ?? 0;
    at = value + (isExtended ? (attributes[at + 2] ?? 0) * 256 + low : low);
    if (type === NEXT_HOP && found < 0) {
      found = value;
      bytes = at - value;
    } else if (type === MP_REACH) {
      found = 1 + (attributes[value] === 0 ? value + FAMILY_BYTES : value);
      bytes = attributes[found - 1] ?? 0;
      break;
    }
  }
  const words = bytes === 4 ? 1 : bytes === 16 || bytes === 32 ? 4 : 0;
  if (found < 0 || words === 0 || found + bytes > end) return false;
  cells.family = words === 1 ? 4 : 6;
  cells.length = 32 * words;
  for (let word = 0; word < words; word++) cells.words[word] = wordAt(attributes, found + 4 * word);
  return true;
}

function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

/**
 * The attributes in `bytes` from `start` to `end` with MP_REACH_NLRI in its short form; undefined
 * where it has that already, is missing or damaged.
 */
export function withoutPrefixes(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | undefined {
  let at = start;
  while (at + 3 <= end) {
    const isExtended = ((bytes[at] ?? 0) & FLAG_EXTENDED) !== 0;
    const value = at + (isExtended ? 4 : 3);
    const low = bytes[value - 1] ?? 0;
    const next = value + (isExtended ? (bytes[at + 2] ?? 0) * 256 + low : low);
    if (bytes[at + 1] === MP_REACH) return shortened(bytes, { start, at, value, next, end });
    at = next;
  }
  return undefined;
}

function shortened(
  bytes: Uint8Array,
  {
    start,
    at,
    value,
    next,
    end,
  }: Readonly<Record<"start" | "at" | "value" | "next" | "end", number>>,
): Uint8Array | undefined {
  const hop = value + FAMILY_BYTES + 1;
  const hopEnd = hop + (bytes[hop - 1] ?? 0);
  if (next > end || hopEnd > next || bytes[value] !== 0) return undefined;
  const reach = shortReach(bytes.subarray(hop, hopEnd));
  const whole = new Uint8Array(at - start + reach.length + end - next);
  whole.set(bytes.subarray(start, at));
  whole.set(reach, at - start);
  whole.set(bytes.subarray(next, end), at - start + reach.length);
  return whole;
}
