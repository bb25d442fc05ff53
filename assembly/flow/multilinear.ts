/**
 * The fast hash: keyed multilinear with a mixer, for who needs no pseudo-random function.
 *
 *   sum = k[0] + k[1] word[1] + k[2] word[2] + …   modulo 2^64: u32 words, random u64 keys
 *   hash = mix(sum)                                 a public bijection of u64
 *
 * Two given flows agree in the upper half of the sum with probability 2^-32 over the keys (Lemire
 * and Kaser, "Strongly universal string hashing is fast", 2014), so flows that were chosen before
 * the keys spread evenly. Who sees the answers can find flows that collide: the sum is linear.
 *
 * Keys, twelve of them in the hash region: IPv4 adds the first, IPv6 the last, and
 * word i is multiplied by key i. Cost: 4 and 10 multiplications, and 2.
 */

import { HASH_KEYS, HEADER, HEADER_HASH_REGION } from "../layout";

const LOW: u64 = 0xffffffff;
/** Constants of a mixer by Pelle Evensen ("moremur"), which does best at low-entropy input. */
const MIX0: u64 = 0x3c79ac492ba7b653;
const MIX1: u64 = 0x1c69b3f74ac4ae35;

/** The hash of an IPv4 flow. */
export function multilinear4(addresses: u64, rest: u64): u64 {
  const keys = load<u32>(HEADER, HEADER_HASH_REGION);
  let sum = load<u64>(keys, HASH_KEYS);
  sum += load<u64>(keys, HASH_KEYS + 8) * (addresses & LOW);
  sum += load<u64>(keys, HASH_KEYS + 16) * (addresses >>> 32);
  sum += load<u64>(keys, HASH_KEYS + 24) * (rest & LOW);
  sum += load<u64>(keys, HASH_KEYS + 32) * (rest >>> 32);
  return sumMix(sum);
}

/** The hash of an IPv6 flow: the halves of its addresses, and the rest. */
export function multilinear6(word0: u64, word1: u64, word2: u64, word3: u64, rest: u64): u64 {
  const keys = load<u32>(HEADER, HEADER_HASH_REGION);
  let sum = load<u64>(keys, HASH_KEYS + 88);
  sum += load<u64>(keys, HASH_KEYS + 8) * (word0 & LOW);
  sum += load<u64>(keys, HASH_KEYS + 16) * (word0 >>> 32);
  sum += load<u64>(keys, HASH_KEYS + 24) * (word1 & LOW);
  sum += load<u64>(keys, HASH_KEYS + 32) * (word1 >>> 32);
  sum += load<u64>(keys, HASH_KEYS + 40) * (word2 & LOW);
  sum += load<u64>(keys, HASH_KEYS + 48) * (word2 >>> 32);
  sum += load<u64>(keys, HASH_KEYS + 56) * (word3 & LOW);
  sum += load<u64>(keys, HASH_KEYS + 64) * (word3 >>> 32);
  sum += load<u64>(keys, HASH_KEYS + 72) * (rest & LOW);
  sum += load<u64>(keys, HASH_KEYS + 80) * (rest >>> 32);
  return sumMix(sum);
}

function sumMix(sum: u64): u64 {
  let hash = (sum ^ (sum >>> 27)) * MIX0;
  hash = (hash ^ (hash >>> 33)) * MIX1;
  return hash ^ (hash >>> 27);
}
