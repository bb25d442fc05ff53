/**
 * The Toeplitz hash of receive-side scaling, for who must agree with network cards.
 *
 *   hash = the XOR, over every set bit i of the message, of bits i to i + 31 of the 320-bit key
 *   message: source | destination | source port | destination port, without ports where 0
 *
 * A table holds the XOR of each half byte: HASH_NIBBLES + 64 n + 4 v for value v of half byte n.
 * Absent ports are 0, which adds nothing, so that addresses alone hash as the specification says.
 * It is linear: who sees answers computes its key.
 * Cost: 24 loads for IPv4, 72 for IPv6. Source: Microsoft, "RSS Hashing Functions".
 */

import { HASH_NIBBLES, HEADER, HEADER_HASH_REGION } from "../layout";

/** Table bytes of one half byte of the message. */
const NIBBLE_BYTES: u32 = 64;

/** The hash of an IPv4 flow; the protocol does not count. */
export function toeplitz4(addresses: u64, rest: u64): u32 {
  return wordToeplitz(addresses, 0, 8) ^ wordToeplitz(rest, 8, 4);
}

/** The hash of an IPv6 flow, in the same way. */
export function toeplitz6(word0: u64, word1: u64, word2: u64, word3: u64, rest: u64): u32 {
  const source = wordToeplitz(word0, 0, 8) ^ wordToeplitz(word1, 8, 8);
  const destination = wordToeplitz(word2, 16, 8) ^ wordToeplitz(word3, 24, 8);
  return source ^ destination ^ wordToeplitz(rest, 32, 4);
}

/** The part of `count` bytes that stand at byte `start` of the message, the first one lowest. */
function wordToeplitz(word: u64, start: u32, count: u32): u32 {
  let table = load<u32>(HEADER, HEADER_HASH_REGION) + start * (2 * NIBBLE_BYTES);
  let hash: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const byte = <u32>(word >>> ((<u64>i) << 3)) & 255;
    hash ^= load<u32>(table + ((byte >>> 4) << 2), HASH_NIBBLES);
    hash ^= load<u32>(table + ((byte & 15) << 2), HASH_NIBBLES + NIBBLE_BYTES);
    table += 2 * NIBBLE_BYTES;
  }
  return hash;
}
