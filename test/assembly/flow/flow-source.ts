/** Packets of as many flows as wanted, written straight into the frames of an engine. */

import { BATCH_MAX, FRAME_HEADROOM } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { ipv6Packet } from "../../oracle/ip-packets.ts";
import { LINK_TYPE } from "../../oracle/link-frames.ts";
import { DESTINATIONS } from "../test-router.ts";

const HOP_LIMIT_AT = 7;
/** The last four bytes of the source address tell the flow. */
const FLOW_AT = 20;
const STRIDE = 128;

/**
 * Sends one packet of each flow from `first` on to GROUP.table, and counts the flows.
 * IPv6, because a header without a checksum can be sent again as it is.
 */
export function sendFlows(engine: Engine, first: number, count: number): void {
  const { batch } = engine;
  const view = new DataView(engine.memory.buffer);
  const start = engine.plan.frames;
  const packet = ipv6Packet({ destination: DESTINATIONS[6].table });
  if (packet.length + FRAME_HEADROOM > STRIDE) throw new Error("frames would overlap");
  batch.clear();
  for (let cell = 0; cell < BATCH_MAX; cell++) {
    batch.bytes.set(packet, start + cell * STRIDE);
    batch.offsets[cell] = start + cell * STRIDE;
    batch.lengths[cell] = packet.length;
    batch.originalLengths[cell] = packet.length;
    batch.linkTypes[cell] = LINK_TYPE.raw;
  }
  for (let sent = 0; sent < count; sent += BATCH_MAX) {
    batch.count = Math.min(BATCH_MAX, count - sent);
    for (let cell = 0; cell < batch.count; cell++) {
      view.setUint8(start + cell * STRIDE + HOP_LIMIT_AT, 64);
      view.setUint32(start + cell * STRIDE + FLOW_AT, first + sent + cell);
    }
    engine.process();
    engine.tally.add(batch.count);
  }
  batch.clear();
}
