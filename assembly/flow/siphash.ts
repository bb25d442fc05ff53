/**
 * SipHash-1-3 under a 128-bit key (Aumasson and Bernstein, "SipHash: a fast short-input PRF", with
 * one compression and three finalisation rounds), for the two lengths of a flow's message.
 *
 * Words of 8 bytes, little-endian; the last one ends in the length of the message (hash.ts draws
 * both). A keyed pseudo-random function: who does not know the key cannot tell it from a table of
 * random numbers, whatever hashes he has seen.
 */

/** Lengths of the two messages, in the last word's top byte. */
export const MESSAGE4_LENGTH: u64 = 0x0d00000000000000;
export const MESSAGE6_LENGTH: u64 = 0x2500000000000000;

/** Initial state of SipHash: "somepseudorandomlygeneratedbytes". */
export const SIP0: u64 = 0x736f6d6570736575;
export const SIP1: u64 = 0x646f72616e646f6d;
export const SIP2: u64 = 0x6c7967656e657261;
export const SIP3: u64 = 0x7465646279746573;

/**
 * The hash of an IPv4 flow under the key at `key`: its addresses, and the rest of the message
 * without its length.
 */
export function sipHash4(key: u32, word0: u64, rest: u64): u64 {
  const key0 = load<u64>(key);
  const key1 = load<u64>(key, 8);
  const word1 = rest | MESSAGE4_LENGTH;
  let v0 = SIP0 ^ key0;
  let v1 = SIP1 ^ key1;
  let v2 = SIP2 ^ key0;
  let v3 = SIP3 ^ key1;
  v3 ^= word0;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 ^= word0;
  v3 ^= word1;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 ^= word1;
  v2 ^= 0xff;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The hash of an IPv6 flow, in the same way. Unrolled: a loop over the words costs 40 % more. */
export function sipHash6(key: u32, word0: u64, word1: u64, word2: u64, word3: u64, rest: u64): u64 {
  const key0 = load<u64>(key);
  const key1 = load<u64>(key, 8);
  const word4 = rest ^ MESSAGE6_LENGTH;
  let v0 = SIP0 ^ key0;
  let v1 = SIP1 ^ key1;
  let v2 = SIP2 ^ key0;
  let v3 = SIP3 ^ key1;
  v3 ^= word0;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 ^= word0;
  v3 ^= word1;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 ^= word1;
  v3 ^= word2;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 ^= word2;
  v3 ^= word3;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 ^= word3;
  v3 ^= word4;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 ^= word4;
  v2 ^= 0xff;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
  return v0 ^ v1 ^ v2 ^ v3;
}
