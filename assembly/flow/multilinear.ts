/**
 * The fast hash: keyed multilinear with a mixer, for who needs no pseudo-random function.
 *
 *   sum = k[0] + (k[1] + word[1]) (k[2] + word[2]) + (k[3] + word[3]) (k[4] + word[4]) + …
 *   hash = mix(sum)                  modulo 2^64: u32 words, random u64 keys, a public bijection
 *
 * Words are numbers as records hold them, in pairs: addresses by halves of what hash.ts draws, then
 * source port + 2^16 destination port, and the protocol.
 * Two given flows agree in the upper half of the sum with probability 2^-32 over the keys (Lemire
 * and Kaser, "Strongly universal string hashing is fast", 2014, multilinear-HM), so flows that were
 * chosen before the keys spread evenly. Who sees the answers can find flows that collide.
 *
 * Keys, twelve of them in the hash region: IPv4 adds the first, IPv6 the last, and
 * word i is added to key i. Cost: 2 and 5 multiplications, and 2.
 */

import { FLOW_SOURCE_PORT, HASH_KEYS, HEADER, HEADER_HASH_REGION } from "../layout";
import { Flow } from "../memory/records";

const LOW: u64 = 0xffffffff;
/** Constants of a mixer by Pelle Evensen ("moremur"), which does best at low-entropy input. */
const MIX0: u64 = 0x3c79ac492ba7b653;
const MIX1: u64 = 0x1c69b3f74ac4ae35;

/** The hash of an IPv4 flow. */
export function multilinear4(addresses: u64, rest: u64): u64 {
  const keys = load<u32>(HEADER, HEADER_HASH_REGION);
  const sum = load<u64>(keys, HASH_KEYS) + wordProduct(keys, addresses);
  return sumMix(sum + wordProduct(keys + 16, rest));
}

/** The hash of an IPv6 flow: the halves of its addresses, and the rest. */
export function multilinear6(word0: u64, word1: u64, word2: u64, word3: u64, rest: u64): u64 {
  const keys = load<u32>(HEADER, HEADER_HASH_REGION);
  let sum = load<u64>(keys, HASH_KEYS + 88) + wordProduct(keys, word0);
  sum += wordProduct(keys + 16, word1);
  sum += wordProduct(keys + 32, word2);
  sum += wordProduct(keys + 48, word3);
  return sumMix(sum + wordProduct(keys + 64, rest));
}

/** Writes the hashes of listed IPv4 flows into their records, over all fields. */
export function multilinearFlows4(list: u32, count: u32): void {
  const keys = load<u32>(HEADER, HEADER_HASH_REGION);
  const key0 = load<u64>(keys, HASH_KEYS);
  const key1 = load<u64>(keys, HASH_KEYS + 8);
  const key2 = load<u64>(keys, HASH_KEYS + 16);
  const key3 = load<u64>(keys, HASH_KEYS + 24);
  const key4 = load<u64>(keys, HASH_KEYS + 32);
  const end = list + (count << 2);
  let at = list;
  // Two at a time: they overlap better.
  for (; at + 4 < end; at += 8) {
    const one = changetype<Flow>(load<u32>(at));
    const two = changetype<Flow>(load<u32>(at, 4));
    one.hash = sumMix(key0 + addressesProduct(one, key1, key2) + restProduct(one, key3, key4));
    two.hash = sumMix(key0 + addressesProduct(two, key1, key2) + restProduct(two, key3, key4));
  }
  if (at < end) {
    const flow = changetype<Flow>(load<u32>(at));
    flow.hash = sumMix(key0 + addressesProduct(flow, key1, key2) + restProduct(flow, key3, key4));
  }
}

/** The same for IPv6. */
export function multilinearFlows6(list: u32, count: u32): void {
  const keys = load<u32>(HEADER, HEADER_HASH_REGION);
  const end = list + (count << 2);
  for (let at = list; at < end; at += 4) {
    const flow = changetype<Flow>(load<u32>(at));
    let sum = load<u64>(keys, HASH_KEYS + 88);
    sum += wordProduct(keys, flow.sourceHigh);
    sum += wordProduct(keys + 16, flow.sourceLow);
    sum += wordProduct(keys + 32, flow.destinationHigh);
    sum += wordProduct(keys + 48, flow.destinationLow);
    sum += restProduct(flow, load<u64>(keys, HASH_KEYS + 72), load<u64>(keys, HASH_KEYS + 80));
    flow.hash = sumMix(sum);
  }
}

/** The term of a pair of words, the first one below, under the two keys behind the first. */
function wordProduct(keys: u32, pair: u64): u64 {
  const first = load<u64>(keys, HASH_KEYS + 8) + (pair & LOW);
  return first * (load<u64>(keys, HASH_KEYS + 16) + (pair >>> 32));
}

/** The term of an IPv4 flow's addresses. */
function addressesProduct(flow: Flow, first: u64, second: u64): u64 {
  return (first + flow.sourceHigh) * (second + flow.destinationHigh);
}

/** The term of ports, which stand side by side, and protocol. */
function restProduct(flow: Flow, first: u64, second: u64): u64 {
  const ports = load<u32>(changetype<u32>(flow), FLOW_SOURCE_PORT);
  return (first + <u64>ports) * (second + <u64>flow.protocol);
}

function sumMix(sum: u64): u64 {
  let hash = (sum ^ (sum >>> 27)) * MIX0;
  hash = (hash ^ (hash >>> 33)) * MIX1;
  return hash ^ (hash >>> 27);
}
