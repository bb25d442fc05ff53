/** The flow hash as it is documented: the fields that count, and each function of them. */

import { u16 } from "./ip-packets.ts";
import { sipHash } from "./siphash.ts";

/** A flow; the addresses in network order. */
export interface WireTuple {
  readonly source: ArrayLike<number>;
  readonly destination: ArrayLike<number>;
  readonly protocol: number;
  readonly ports?: { readonly source: number; readonly destination: number };
  readonly isFragment: boolean;
  readonly flowLabel?: number;
}

/** source | destination | source port | destination port | protocol; fragments have no ports. */
export function flowMessage(tuple: WireTuple): Uint8Array {
  const ports = tuple.isFragment ? undefined : tuple.ports;
  return Uint8Array.from([
    ...Array.from(tuple.source),
    ...Array.from(tuple.destination),
    ...u16(ports?.source ?? 0),
    ...u16(ports?.destination ?? 0),
    tuple.protocol,
  ]);
}

/** SipHash-1-3 of all fields. */
export function flowHash(key: Uint8Array, tuple: WireTuple): bigint {
  return sipHash(key, flowMessage(tuple), { compression: 1, finalisation: 3 });
}

const MASK = (1n << 64n) - 1n;

/** Little-endian number of some bytes. */
function little(bytes: Uint8Array): bigint {
  return bytes.reduceRight((all, byte) => (all << 8n) | BigInt(byte), 0n);
}

/** A message's u32 words in pairs: of addresses, then both ports and the protocol. */
function multilinearWords(message: Uint8Array): readonly bigint[] {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const addresses = message.length - 5;
  const u32 = (at: number): bigint => BigInt(view.getUint32(at));
  const words = Array.from({ length: addresses / 4 }, (_, index) => u32(index * 4));
  // Of an IPv6 address, each half has its lower word first.
  const pairs = addresses === 8 ? words : words.map((_, index) => words[index ^ 1] ?? 0n);
  const ports = view.getUint16(addresses) + view.getUint16(addresses + 2) * 65536;
  return [...pairs, BigInt(ports), BigInt(message[addresses + 4] ?? 0)];
}

/** Keyed multilinear over pairs of 32-bit words, mixed; `keys` are 12 words of 8 bytes. */
export function multilinearHash(keys: Uint8Array, message: Uint8Array): bigint {
  const key = (index: number): bigint => little(keys.subarray(index * 8, index * 8 + 8));
  const words = multilinearWords(message);
  let sum = key(message.length === 13 ? 0 : 11);
  for (let at = 0; at < words.length; at += 2) {
    sum += (key(at + 1) + (words[at] ?? 0n)) * (key(at + 2) + (words[at + 1] ?? 0n));
  }
  let hash = sum & MASK;
  hash = ((hash ^ (hash >> 27n)) * 0x3c79ac492ba7b653n) & MASK;
  hash = ((hash ^ (hash >> 33n)) * 0x1c69b3f74ac4ae35n) & MASK;
  return hash ^ (hash >> 27n);
}

/** Toeplitz bit by bit: each set bit of the message adds the 32 key bits that start at it. */
export function toeplitzHash(key: Uint8Array, message: Uint8Array): number {
  const bit = (bytes: Uint8Array, at: number): number =>
    ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
  let hash = 0;
  for (let at = 0; at < message.length * 8; at++) {
    if (bit(message, at) === 0) continue;
    let window = 0;
    for (let i = 0; i < 32; i++) window = (window << 1) | bit(key, at + i);
    hash ^= window;
  }
  return hash >>> 0;
}
