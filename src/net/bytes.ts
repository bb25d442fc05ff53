/**
 * Addresses and prefixes read straight from ASCII bytes, without a string or an object for each.
 *
 * A reader takes `bytes` from `start` up to `end`, writes what it found into cells that the caller
 * keeps, and returns the position behind it, or -1 where there is no such thing. What follows is
 * the caller's to judge. An IPv6 address is four u32 in host order, the most significant first;
 * group g of its eight is the upper half of word g >> 1 where g is even, the lower half where odd:
 *
 *     2001:db8::5   words 20010db8 00000000 00000000 00000005
 *
 * Grammar: RFC 4291 section 2.2 for IPv6; four decimal numbers without leading zeros for IPv4,
 * since some programs read those as octal.
 */

/** Bytes that separate things in texts. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const HASH = 0x23;
export const SLASH = 0x2f;

const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const GROUPS = 8;

/** Where `readPrefix` leaves what it found. */
export interface PrefixCells {
  family: 4 | 6;
  /** Prefix length, 0 to 32 or 128. */
  length: number;
  /** Four u32; IPv4 uses the first alone. */
  readonly words: Uint32Array;
}

/** Cells for `readPrefix`; one set serves any number of prefixes. */
export function prefixCells(): PrefixCells {
  return { family: 4, length: 0, words: new Uint32Array(4) };
}

/** Value of a hexadecimal digit, -1 for any other byte. */
function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= 0x39) return byte - ZERO;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Reads a dotted IPv4 address into `words[0]`. */
export function readAddress4(
  bytes: Uint8Array,
  start: number,
  end: number,
  words: Uint32Array,
): number {
  let at = start;
  let address = 0;
  for (let octets = 1; octets <= 4; octets++) {
    const first = at;
    let octet = 0;
    while (at < end && at - first < 4) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      octet = octet * 10 + digit;
      at++;
    }
    const digits = at - first;
    if (digits === 0 || octet > 255 || (digits > 1 && bytes[first] === ZERO)) return -1;
    address = address * 256 + octet;
    if (octets === 4) break;
    if (at >= end || bytes[at] !== DOT) return -1;
    at++;
  }
  words[0] = address;
  return at;
}

function group(words: Uint32Array, index: number): number {
  const word = words[index >> 1] ?? 0;
  return index % 2 === 0 ? word >>> 16 : word & 0xffff;
}

function setGroup(words: Uint32Array, index: number, value: number): void {
  const word = words[index >> 1] ?? 0;
  words[index >> 1] = index % 2 === 0 ? (word & 0xffff) | (value << 16) : (word & ~0xffff) | value;
}

/** Moves the groups from `gap` up to `groups` to the end: `::` stands for one group or more. */
function spread(words: Uint32Array, gap: number, groups: number): void {
  for (let moved = 1; moved <= groups - gap; moved++) {
    const value = group(words, groups - moved);
    setGroup(words, groups - moved, 0);
    setGroup(words, GROUPS - moved, value);
  }
}

/** The IPv4 address that ends an IPv6 one, as its groups `groups` and `groups + 1`. */
function readTail4(
  bytes: Uint8Array,
  start: number,
  end: number,
  words: Uint32Array,
  groups: number,
): number {
  const kept = words[0] ?? 0;
  const at = readAddress4(bytes, start, end, words);
  const tail = words[0] ?? 0;
  words[0] = kept;
  if (at < 0) return -1;
  setGroup(words, groups, tail >>> 16);
  setGroup(words, groups + 1, tail & 0xffff);
  return at;
}

/** Reads an IPv6 address, without a zone, into the four words. */
export function readAddress6(
  bytes: Uint8Array,
  start: number,
  end: number,
  words: Uint32Array,
): number {
  words[0] = words[1] = words[2] = words[3] = 0;
  let at = start;
  let groups = 0;
  let gap = -1;
  if (at < end && bytes[at] === COLON) {
    if (at + 1 >= end || bytes[at + 1] !== COLON) return -1;
    gap = 0;
    at += 2;
  }
  while (groups < GROUPS) {
    const first = at;
    let value = 0;
    while (at < end && at - first < 5) {
      const digit = hexDigit(bytes[at] ?? 0);
      if (digit < 0) break;
      value = value * 16 + digit;
      at++;
    }
    if (at - first > 4) return -1;
    if (at === first) {
      // Nothing after a colon: only `::` may end an address.
      if (gap !== groups) return -1;
      break;
    }
    if (at < end && bytes[at] === DOT) {
      if (groups > GROUPS - 2) return -1;
      at = readTail4(bytes, first, end, words, groups);
      if (at < 0) return -1;
      groups += 2;
      break;
    }
    setGroup(words, groups, value);
    groups++;
    if (groups === GROUPS || at >= end || bytes[at] !== COLON) break;
    at++;
    if (at < end && bytes[at] === COLON) {
      if (gap >= 0) return -1;
      gap = groups;
      at++;
    }
  }
  if (gap < 0) return groups === GROUPS ? at : -1;
  if (groups === GROUPS) return -1;
  spread(words, gap, groups);
  return at;
}

/** Reads a decimal number up to `max` without leading zeros into `cells.length`. */
function readLength(
  bytes: Uint8Array,
  start: number,
  end: number,
  max: number,
  cells: PrefixCells,
): number {
  let at = start;
  let length = 0;
  while (at < end && at - start < 4) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    length = length * 10 + digit;
    at++;
  }
  const digits = at - start;
  if (digits === 0 || length > max || (digits > 1 && bytes[start] === ZERO)) return -1;
  cells.length = length;
  return at;
}

/** Reads `ADDRESS/LENGTH`, or an address alone as a host route, of either family. */
export function readPrefix(
  bytes: Uint8Array,
  start: number,
  end: number,
  cells: PrefixCells,
): number {
  let at = readAddress4(bytes, start, end, cells.words);
  cells.family = 4;
  cells.length = 32;
  if (at < 0) {
    at = readAddress6(bytes, start, end, cells.words);
    if (at < 0) return -1;
    cells.family = 6;
    cells.length = 128;
  }
  if (at >= end || bytes[at] !== SLASH) return at;
  return readLength(bytes, at + 1, end, cells.length, cells);
}

/** Clears the bits behind the prefix length; true where one of them was set. */
export function maskHostBits(cells: PrefixCells): boolean {
  const { words } = cells;
  const count = cells.family === 4 ? 1 : 4;
  let wasSet = false;
  for (let index = 0; index < count; index++) {
    const bits = cells.length - 32 * index;
    if (bits >= 32) continue;
    // Shifts take their count modulo 32, so a word without network bits is apart.
    const mask = bits <= 0 ? 0 : -1 << (32 - bits);
    const word = words[index] ?? 0;
    if ((word & ~mask) === 0) continue;
    words[index] = word & mask;
    wasSet = true;
  }
  return wasSet;
}

/** The bytes of an ASCII text; another character becomes 0xff, which no reader here accepts. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    bytes[index] = code < 0x80 ? code : 0xff;
  }
  return bytes;
}

/** The bytes that pairs of hexadecimal digits spell; undefined for any other text. */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    const high = hexDigit(text.charCodeAt(2 * index));
    const low = hexDigit(text.charCodeAt(2 * index + 1));
    if (high < 0 || low < 0) return undefined;
    bytes[index] = high * 16 + low;
  }
  return bytes;
}
