/**
 * The hash of a packet's flow under the other of two flow keys, the one before this one or, in a
 * rehearsal, the one to come: of its own addresses and ports, or, noted when it was steered, of
 * what it quotes or carries, and of fragments.
 */

import { flowHashUnder } from "../flow/hash";
import { keyRotates } from "../flow/pins";
import {
  BATCH_FLOWS,
  BATCH_OTHER_HASHES,
  FLOW_BYTES,
  FLOW_FRAGMENT,
  HEADER,
  HEADER_FLOW_KEY,
  HEADER_FLOW_KEYS,
  HEADER_OTHER_KEY,
  HEADER_REHEARSES,
  STEERED_CONNECTION,
  STEERED_COPIED,
  STEERED_NOT,
} from "../layout";
import { batchFlow, headerBatch } from "../memory/header";
import { Flow } from "../memory/records";

/** Whether another flow key than the one in force counts: while keys rotate, or in a rehearsal. */
export function otherKeyIs(): bool {
  if (load<u32>(HEADER, HEADER_OTHER_KEY) == load<u32>(HEADER, HEADER_FLOW_KEY)) return false;
  return load<u32>(HEADER, HEADER_REHEARSES) != 0 || keyRotates();
}

/** Which of the two keys it is: they take turns. */
export function otherKey(): u8 {
  return <u8>(load<u32>(HEADER, HEADER_OTHER_KEY) != HEADER + HEADER_FLOW_KEYS);
}

/** Whether it is known: of what was noted, where there was another key by then. */
export function otherHashKnown(flow: Flow): bool {
  if (flow.steered == <u8>STEERED_COPIED) return false;
  return !otherHashIsNoted(flow) || load<u64>(otherHashPlace(flow)) != 0;
}

/** The other hash of a packet of the batch, where it is known. */
export function otherHash(flow: Flow): u64 {
  if (otherHashIsNoted(flow)) return load<u64>(otherHashPlace(flow));
  return flowHashUnder(flow, load<u32>(HEADER, HEADER_OTHER_KEY));
}

/**
 * Whether it was noted when the packet was steered: what a fragment goes by, its record lacks. A
 * packet that names a server is steered by that alone.
 */
function otherHashIsNoted(flow: Flow): bool {
  if (flow.flags & FLOW_FRAGMENT) return true;
  return flow.steered != <u8>STEERED_NOT && flow.steered != <u8>STEERED_CONNECTION;
}

/** Notes the other hash of the flow that a packet of the batch goes with; 0 without another key. */
export function otherHashNote(flow: Flow, end: Flow): void {
  const key = load<u32>(HEADER, HEADER_OTHER_KEY);
  otherHashPut(flow, otherKeyIs() ? flowHashUnder(end, key) : 0);
}

/** Notes an other hash that is known from another packet; 0 where it is not. */
export function otherHashPut(flow: Flow, hash: u64): void {
  store<u64>(otherHashPlace(flow), hash);
}

/**
 * Notes the other hash of each of the batch's first `count` packets, 0 where it is not known: for
 * reports, after they were forwarded.
 */
export function batchOtherHashes(count: u32): void {
  const batch = headerBatch();
  for (let i: u32 = 0; i < count; i++) {
    const flow = batchFlow(batch, i);
    otherHashPut(flow, otherHashKnown(flow) ? otherHash(flow) : 0);
  }
}

function otherHashPlace(flow: Flow): u32 {
  const batch = headerBatch();
  const packet = (changetype<u32>(flow) - batch - BATCH_FLOWS) / FLOW_BYTES;
  return batch + BATCH_OTHER_HASHES + (packet << 3);
}
