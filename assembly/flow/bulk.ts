/**
 * Many flows at once: the hashes of packets that wait for theirs, and for tools without packets.
 *
 * Flows are given as a list of their records' addresses, u32 each, all of one family; a hash goes
 * into its record. Nothing here writes tables.
 */

import {
  GROUP_TABLE_MIN,
  HASH_MASKED,
  HASH_MULTILINEAR,
  HASH_SIPHASH,
  HASH_TOEPLITZ,
  HEADER,
  HEADER_HASH_ALGORITHM,
  HEADER_HASH_OPTIONS,
  SLOT_TABLE_MASK,
  SLOT_TABLE_SLOTS,
} from "../layout";
import { Flow } from "../memory/records";
import { groupWord } from "./group";
import { flowHashOf } from "./hash";
import { multilinearFlows4, multilinearFlows6 } from "./multilinear";
import { MESSAGE4_LENGTH, MESSAGE6_LENGTH } from "./siphash";
import { LAST_WORD4, LAST_WORD6, sipHashFours } from "./siphash-fours";

/** Writes the hashes of `count` IPv4 flows; of fragments too, if their records have no ports. */
export function flowsHash4(list: u32, count: u32): void {
  const algorithm = bulkAlgorithm();
  const whole = algorithm == HASH_SIPHASH ? count & ~3 : 0;
  if (algorithm == HASH_MULTILINEAR) multilinearFlows4(list, count);
  else {
    sipHashFours(list, whole, LAST_WORD4, MESSAGE4_LENGTH);
    eachHash(list + (whole << 2), count - whole);
  }
}

/** The same for IPv6. */
export function flowsHash6(list: u32, count: u32): void {
  const algorithm = bulkAlgorithm();
  const whole = algorithm == HASH_SIPHASH ? count & ~3 : 0;
  if (algorithm == HASH_MULTILINEAR) multilinearFlows6(list, count);
  else {
    sipHashFours(list, whole, LAST_WORD6, MESSAGE6_LENGTH);
    eachHash(list + (whole << 2), count - whole);
  }
}

/** The function of the flow hash where many are made at once; HASH_TOEPLITZ where they are not. */
function bulkAlgorithm(): u32 {
  const algorithm = load<u32>(HEADER, HEADER_HASH_ALGORITHM);
  const options = load<u32>(HEADER, HEADER_HASH_OPTIONS);
  const isKnown = options == 0 || (algorithm == HASH_SIPHASH && options == HASH_MASKED);
  return isKnown ? algorithm : HASH_TOEPLITZ;
}

function eachHash(list: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const flow = changetype<Flow>(load<u32>(list + (i << 2)));
    flow.hash = flowHashOf(flow);
  }
}

/** Writes the adjacencies (u32) that the group's table gives to `count` flows with their hashes. */
export function flowsChoose(id: u32, list: u32, adjacencies: u32, count: u32): void {
  const word = groupWord(id);
  if (word < GROUP_TABLE_MIN) {
    for (let i: u32 = 0; i < count; i++) store<u32>(adjacencies + (i << 2), word);
    return;
  }
  const mask = load<u32>(word, SLOT_TABLE_MASK);
  const slots = word + SLOT_TABLE_SLOTS;
  const end = list + (count << 2);
  for (let at = list, out = adjacencies; at < end; at += 4, out += 4) {
    const flow = changetype<Flow>(load<u32>(at));
    store<u32>(out, load<u16>(slots + ((<u32>flow.hash & mask) << 1)));
  }
}
