/**
 * The hash of a packet's flow under the other of two flow keys, the one before this one or, in a
 * rehearsal, the one to come: of its own addresses and ports, or, kept when it was steered, of what
 * it quotes or carries, and of fragments.
 */

import { flowHashUnder } from "../flow/hash";
import {
  BATCH_FLOWS,
  BATCH_FORMER,
  FLOW_BYTES,
  FLOW_FRAGMENT,
  HEADER,
  HEADER_FLOW_KEY,
  HEADER_FLOW_KEYS,
  HEADER_FORMER_KEY,
  STEERED_COPIED,
  STEERED_NOT,
  STEERED_TRACKED,
} from "../layout";
import { batchFlow, headerBatch } from "../memory/header";
import { Flow } from "../memory/records";

/** Whether there is another flow key than the one in force. */
export function formerIs(): bool {
  return load<u32>(HEADER, HEADER_FORMER_KEY) != load<u32>(HEADER, HEADER_FLOW_KEY);
}

/** Which of the two keys it is: they take turns. */
export function formerKey(): u8 {
  return <u8>(load<u32>(HEADER, HEADER_FORMER_KEY) != HEADER + HEADER_FLOW_KEYS);
}

/** Whether it is known: of tracked fragments, where their first one's was. */
export function formerKnown(flow: Flow): bool {
  if (flow.steered == <u8>STEERED_TRACKED) return load<u64>(formerPlace(flow)) != 0;
  return flow.steered != <u8>STEERED_COPIED;
}

/** The former hash of a packet of the batch. */
export function formerHash(flow: Flow): u64 {
  if (formerIsKept(flow)) return load<u64>(formerPlace(flow));
  return flowHashUnder(flow, load<u32>(HEADER, HEADER_FORMER_KEY));
}

/** Whether it was kept when the packet was steered: what a fragment goes by, its record lacks. */
function formerIsKept(flow: Flow): bool {
  return flow.steered != <u8>STEERED_NOT || (flow.flags & FLOW_FRAGMENT) != 0;
}

/** Keeps the former hash of the flow that a packet of the batch goes with. */
export function formerKeep(flow: Flow, other: Flow): void {
  store<u64>(formerPlace(flow), flowHashUnder(other, load<u32>(HEADER, HEADER_FORMER_KEY)));
}

/** Keeps a former hash that is known from another packet; 0 where it is not. */
export function formerPut(flow: Flow, hash: u64): void {
  store<u64>(formerPlace(flow), hash);
}

/**
 * Keeps the other hash of each of the batch's first `count` packets, 0 where it is not known: for
 * reports, after they were forwarded.
 */
export function batchFormers(count: u32): void {
  const batch = headerBatch();
  for (let i: u32 = 0; i < count; i++) {
    const flow = batchFlow(batch, i);
    if (!formerKnown(flow)) formerPut(flow, 0);
    else if (!formerIsKept(flow)) formerKeep(flow, flow);
  }
}

function formerPlace(flow: Flow): u32 {
  const batch = headerBatch();
  const packet = (changetype<u32>(flow) - batch - BATCH_FLOWS) / FLOW_BYTES;
  return batch + BATCH_FORMER + (packet << 3);
}
