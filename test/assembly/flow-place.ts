/** The bytes of the IP packet that was found in a frame. */

import {
  FLOW_BYTES,
  FLOW_CAPTURED_BYTES,
  FLOW_FAMILY,
  FLOW_NETWORK,
  FLOW_NETWORK_BYTES,
} from "../../assembly/layout.ts";
import type { Batch } from "../../src/engine/batch.ts";

/** A copy of the packet; undefined where there is none, or the capture cut it. */
export function readFlowPlace(batch: Batch, packet: number): Uint8Array | undefined {
  const record = packet * FLOW_BYTES;
  if (batch.flows.getUint8(record + FLOW_FAMILY) === 0) return undefined;
  const start = batch.flows.getUint32(record + FLOW_NETWORK, true);
  const bytes = batch.flows.getUint32(record + FLOW_NETWORK_BYTES, true);
  if (batch.flows.getUint32(record + FLOW_CAPTURED_BYTES, true) < bytes) return undefined;
  return batch.bytes.slice(start, start + bytes);
}
