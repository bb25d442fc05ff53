/** IPv4 and IPv6 addresses as values: read, compared, printed (RFC 4291, RFC 5952, RFC 4007). */

import { asciiBytes, readAddress4, readAddress6 } from "./bytes.ts";

/** An IPv4 address: a u32 in host order. */
export interface Address4 {
  readonly family: 4;
  readonly value: number;
}

/** An IPv6 address: two u64 in host order; the zone belongs to a link-local address (RFC 4007). */
export interface Address6 {
  readonly family: 6;
  readonly high: bigint;
  readonly low: bigint;
  readonly zone?: string;
}

/** An address of either family. */
export type Address = Address4 | Address6;

/** Longer than any address with its zone. */
const ADDRESS_TEXT_MAX = 128;
/** Interface names: printable ASCII, without the signs that separate things around addresses. */
const ZONE = /^(?!.*[/%,*#])[\x21-\x7e]{1,64}$/;

/** Four u32 in host order, the most significant first, as an address. */
export function address6FromWords(words: Uint32Array): Address6 {
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
  return {
    family: 6,
    high: (BigInt(w0) << 32n) | BigInt(w1),
    low: (BigInt(w2) << 32n) | BigInt(w3),
  };
}

/** The address that `text` spells, `fe80::1%eth0` included; undefined where it spells none. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > ADDRESS_TEXT_MAX) return undefined;
  const percent = text.indexOf("%");
  const bytes = asciiBytes(percent < 0 ? text : text.slice(0, percent));
  const words = new Uint32Array(4);
  if (percent < 0 && readAddress4(bytes, 0, bytes.length, words) === bytes.length) {
    return { family: 4, value: words[0] ?? 0 };
  }
  if (readAddress6(bytes, 0, bytes.length, words) !== bytes.length) return undefined;
  const address = address6FromWords(words);
  if (percent < 0) return address;
  const zone = text.slice(percent + 1);
  return isZone(zone) ? { ...address, zone } : undefined;
}

/** Whether `text` may follow the `%` of an address: a name or number of an interface. */
export function isZone(text: string): boolean {
  return ZONE.test(text);
}

/** A u32 in host order as four decimal numbers. */
function formatAddress4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function groupsOf(address: Address6): readonly number[] {
  const groups: number[] = [];
  for (const half of [address.high, address.low]) {
    for (let shift = 48n; shift >= 0n; shift -= 16n) groups.push(Number((half >> shift) & 0xffffn));
  }
  return groups;
}

/** The longest run of two zero groups or more, the first of equals (RFC 5952 section 4.2). */
function longestZeroRun(groups: readonly number[]): { start: number; count: number } {
  let best = { start: groups.length, count: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > Math.max(best.count, 1)) best = { start, count: index - start };
    start = index + 1;
  }
  return best;
}

/** An IPv4-mapped address keeps its dotted tail (RFC 5952 section 5). */
function formatAddress6(address: Address6): string {
  if (address.high === 0n && address.low >> 32n === 0xffffn) {
    return `::ffff:${formatAddress4(Number(address.low & 0xffffffffn))}`;
  }
  const groups = groupsOf(address);
  const run = longestZeroRun(groups);
  const texts = groups.map((value) => value.toString(16));
  if (run.count === 0) return texts.join(":");
  const before = texts.slice(0, run.start).join(":");
  return `${before}::${texts.slice(run.start + run.count).join(":")}`;
}

/** The one text of an address (RFC 5952) with its zone: equal texts are equal addresses. */
export function formatAddress(address: Address): string {
  if (address.family === 4) return formatAddress4(address.value);
  const text = formatAddress6(address);
  return address.zone === undefined ? text : `${text}%${address.zone}`;
}

/** Orders by family, number, zone; 0 for equal addresses, else -1 or 1. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family === 4 || b.family === 4) {
    if (a.family !== 4 || b.family !== 4) return a.family - b.family < 0 ? -1 : 1;
    return Math.sign(a.value - b.value);
  }
  if (a.high !== b.high) return a.high < b.high ? -1 : 1;
  if (a.low !== b.low) return a.low < b.low ? -1 : 1;
  const zoneA = a.zone ?? "";
  const zoneB = b.zone ?? "";
  if (zoneA === zoneB) return 0;
  return zoneA < zoneB ? -1 : 1;
}

/** fe80::/10: means something on one link alone (RFC 4291 section 2.5.6). */
export function isLinkLocal6(address: Address): boolean {
  return address.family === 6 && address.high >> 54n === 0x3fan;
}

/** 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 section 2.7). */
export function isMulticast(address: Address): boolean {
  if (address.family === 4) return address.value >>> 28 === 0xe;
  return address.high >> 56n === 0xffn;
}

/** 0.0.0.0 or ::, which stands for the absence of an address. */
export function isUnspecified(address: Address): boolean {
  return address.family === 4 ? address.value === 0 : address.high === 0n && address.low === 0n;
}

/** The bytes of an address as they stand on the wire: 4 or 16. */
export function addressToBytes(address: Address): Uint8Array {
  const view = new DataView(new ArrayBuffer(address.family === 4 ? 4 : 16));
  if (address.family === 4) {
    view.setUint32(0, address.value);
  } else {
    view.setBigUint64(0, address.high);
    view.setBigUint64(8, address.low);
  }
  return new Uint8Array(view.buffer);
}
