/**
 * Identities of next hops: SipHash-1-3 of what a next hop is, under the score key.
 *
 * Address, zone and encapsulation make a next hop, never the index that a node happens to give it:
 * so nodes that know the same next hops under the same key make the same tables.
 * Cost: one round a word of 8 bytes, once for each next hop.
 */

import { ADJACENCY_BYTES, HEADER, HEADER_SCORE_KEY0, HEADER_SCORE_KEY1 } from "../layout";
import { headerAdjacencies } from "../memory/header";
import { Adjacency } from "../memory/records";

/** Initial state of SipHash: "somepseudorandomlygeneratedbytes". */
const SIP0: u64 = 0x736f6d6570736575;
const SIP1: u64 = 0x646f72616e646f6d;
const SIP2: u64 = 0x6c7967656e657261;
const SIP3: u64 = 0x7465646279746573;
const FINAL_ROUNDS: u32 = 3;

/** SipHash's four words, on the way. */
@unmanaged
class State {
  v0: u64;
  v1: u64;
  v2: u64;
  v3: u64;
}

/**
 * Writes the identity of an adjacency: the hash of `bytes` bytes at `start`, behind which there is
 * room for 48 more: the last word is padded in place, and the state stands behind it.
 */
export function adjacencyIdentify(index: u32, start: u32, bytes: u32): void {
  const whole = bytes & ~7;
  memory.fill(start + bytes, 0, 8);
  store<u64>(start + whole, load<u64>(start + whole) | ((<u64>bytes) << 56));
  const state = changetype<State>(start + whole + 8);
  stateBegin(state);
  for (let offset: u32 = 0; offset <= whole; offset += 8) {
    const word = load<u64>(start + offset);
    state.v3 ^= word;
    stateRound(state);
    state.v0 ^= word;
  }
  state.v2 ^= 0xff;
  for (let round: u32 = 0; round < FINAL_ROUNDS; round++) stateRound(state);
  const hash = state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
  const adjacency = changetype<Adjacency>(headerAdjacencies() + index * ADJACENCY_BYTES);
  // 0 means that there is none.
  adjacency.identity = hash != 0 ? hash : 1;
}

function stateBegin(state: State): void {
  const key0 = load<u64>(HEADER, HEADER_SCORE_KEY0);
  const key1 = load<u64>(HEADER, HEADER_SCORE_KEY1);
  state.v0 = SIP0 ^ key0;
  state.v1 = SIP1 ^ key1;
  state.v2 = SIP2 ^ key0;
  state.v3 = SIP3 ^ key1;
}

function stateRound(state: State): void {
  state.v0 += state.v1;
  state.v2 += state.v3;
  state.v1 = rotl<u64>(state.v1, 13) ^ state.v0;
  state.v3 = rotl<u64>(state.v3, 16) ^ state.v2;
  state.v0 = rotl<u64>(state.v0, 32) + state.v3;
  state.v2 += state.v1;
  state.v1 = rotl<u64>(state.v1, 17) ^ state.v2;
  state.v3 = rotl<u64>(state.v3, 21) ^ state.v0;
  state.v2 = rotl<u64>(state.v2, 32);
}
