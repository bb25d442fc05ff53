/**
 * The hash of a packet's flow under the flow key before this one, while keys rotate: of its own
 * addresses and ports, or, kept when it was steered, of what it quotes or carries.
 */

import { flowHashUnder } from "../flow/hash";
import {
  BATCH_FLOWS,
  BATCH_FORMER,
  FLOW_BYTES,
  HEADER,
  HEADER_FORMER_KEY,
  STEERED_COPIED,
  STEERED_NOT,
  STEERED_TRACKED,
} from "../layout";
import { headerBatch } from "../memory/header";
import { Flow } from "../memory/records";

/** Whether it is known: tracked fragments keep one hash of their first one alone. */
export function formerKnown(flow: Flow): bool {
  return flow.steered != <u8>STEERED_TRACKED && flow.steered != <u8>STEERED_COPIED;
}

/** The former hash of a packet of the batch. */
export function formerHash(flow: Flow): u64 {
  if (flow.steered != <u8>STEERED_NOT) return load<u64>(formerPlace(flow));
  return flowHashUnder(flow, load<u32>(HEADER, HEADER_FORMER_KEY));
}

/** Keeps the former hash of the flow that a packet of the batch goes with. */
export function formerKeep(flow: Flow, other: Flow): void {
  store<u64>(formerPlace(flow), flowHashUnder(other, load<u32>(HEADER, HEADER_FORMER_KEY)));
}

function formerPlace(flow: Flow): u32 {
  const batch = headerBatch();
  const packet = (changetype<u32>(flow) - batch - BATCH_FLOWS) / FLOW_BYTES;
  return batch + BATCH_FORMER + (packet << 3);
}
