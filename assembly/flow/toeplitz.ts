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

/** Table bytes of one half byte of the message, and of four bytes. */
const NIBBLE_BYTES: u32 = 64;
const WORD_BYTES: u32 = 8 * NIBBLE_BYTES;
/** Bits of an offset into the table of one half byte. */
const NIBBLE_OFFSETS: u32 = 60;

/** The hash of an IPv4 flow; the protocol does not count. */
export function toeplitz4(addresses: u64, rest: u64): u32 {
  const table = load<u32>(HEADER, HEADER_HASH_REGION);
  return (
    pairToeplitz(rotl<u64>(addresses, 32), table) ^ portsToeplitz(rest, table + 2 * WORD_BYTES)
  );
}

/** The hash of an IPv6 flow, in the same way. */
export function toeplitz6(word0: u64, word1: u64, word2: u64, word3: u64, rest: u64): u32 {
  const table = load<u32>(HEADER, HEADER_HASH_REGION);
  const source = pairToeplitz(word0, table) ^ pairToeplitz(word1, table + 2 * WORD_BYTES);
  const destination =
    pairToeplitz(word2, table + 4 * WORD_BYTES) ^ pairToeplitz(word3, table + 6 * WORD_BYTES);
  return source ^ destination ^ portsToeplitz(rest, table + 8 * WORD_BYTES);
}

/** The part of both ports, the source's being the lower one of `rest`. */
function portsToeplitz(rest: u64, table: u32): u32 {
  return wordToeplitz(rotl<u32>(<u32>rest, 16), table);
}

/** The part of eight bytes of the message, the first one highest. */
function pairToeplitz(pair: u64, table: u32): u32 {
  return wordToeplitz(<u32>(pair >>> 32), table) ^ wordToeplitz(<u32>pair, table + WORD_BYTES);
}

/** The part of four bytes, the first one highest; an offset is 4 times a half byte. */
function wordToeplitz(word: u32, table: u32): u32 {
  const byte0 =
    load<u32>(table + ((word >>> 26) & NIBBLE_OFFSETS), HASH_NIBBLES) ^
    load<u32>(table + ((word >>> 22) & NIBBLE_OFFSETS), HASH_NIBBLES + NIBBLE_BYTES);
  const byte1 =
    load<u32>(table + ((word >>> 18) & NIBBLE_OFFSETS), HASH_NIBBLES + 2 * NIBBLE_BYTES) ^
    load<u32>(table + ((word >>> 14) & NIBBLE_OFFSETS), HASH_NIBBLES + 3 * NIBBLE_BYTES);
  const byte2 =
    load<u32>(table + ((word >>> 10) & NIBBLE_OFFSETS), HASH_NIBBLES + 4 * NIBBLE_BYTES) ^
    load<u32>(table + ((word >>> 6) & NIBBLE_OFFSETS), HASH_NIBBLES + 5 * NIBBLE_BYTES);
  const byte3 =
    load<u32>(table + ((word >>> 2) & NIBBLE_OFFSETS), HASH_NIBBLES + 6 * NIBBLE_BYTES) ^
    load<u32>(table + ((word << 2) & NIBBLE_OFFSETS), HASH_NIBBLES + 7 * NIBBLE_BYTES);
  return byte0 ^ byte1 ^ byte2 ^ byte3;
}
