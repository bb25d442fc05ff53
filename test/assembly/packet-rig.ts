/** Frames through an engine: what became of each of them, as values. */

import {
  BATCH_MAX,
  FLOW_BYTES,
  FLOW_FAMILY,
  FLOW_FLAGS,
  FLOW_HASH,
  FLOW_HASHED,
  SLOT_NONE,
} from "../../assembly/layout.ts";
import type { Batch } from "../../src/engine/batch.ts";
import { dropReasonName, type Verdict, verdictName } from "../../src/engine/drop-reasons.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { type FlowRecord, readFlow } from "../../src/engine/flow-record.ts";
import type { Frame } from "../oracle/link-frames.ts";

/** What became of a frame. */
export interface Outcome {
  readonly verdict: Verdict;
  /** Why it was dropped. */
  readonly reason?: string;
  readonly group: number;
  /** 0 unless forwarded. */
  readonly nextHop: number;
  /** Where the group has a slot table. */
  readonly slot?: number;
  /** The frame as it leaves, empty unless forwarded. */
  readonly leaving: Uint8Array<ArrayBuffer>;
  /** Bytes of it on the wire. */
  readonly leavingOriginalLength: number;
  /** 4, 6 or 0. */
  readonly family: number;
  readonly flow: FlowRecord | undefined;
  /** Where one was needed. */
  readonly hash?: bigint;
}

/** Sends frames through, as many at a time as a batch takes. */
export function sendFrames(engine: Engine, frames: readonly Frame[]): readonly Outcome[] {
  const { batch } = engine;
  const outcomes: Outcome[] = [];
  batch.clear();
  for (const [index, frame] of frames.entries()) {
    pushFrame(batch, frame);
    if (batch.count < BATCH_MAX && index < frames.length - 1) continue;
    engine.process();
    for (let packet = 0; packet < batch.count; packet++) outcomes.push(outcomeOf(batch, packet));
    batch.clear();
  }
  return outcomes;
}

/** Sends one frame through. */
export function sendFrame(engine: Engine, frame: Frame): Outcome {
  const [outcome] = sendFrames(engine, [frame]);
  if (outcome === undefined) throw new Error("a batch of one has one outcome");
  return outcome;
}

/** The drop reason of a frame, or the verdict where it has none. */
export function fateOf(engine: Engine, frame: Frame): string {
  const { reason, verdict } = sendFrame(engine, frame);
  return reason ?? verdict;
}

function pushFrame(batch: Batch, { bytes, linkType, originalLength }: Frame): void {
  const cut = originalLength === undefined ? {} : { originalLength };
  if (!batch.push(bytes, { linkType, ...cut })) throw new Error("the frames region is too small");
}

function outcomeOf(batch: Batch, packet: number): Outcome {
  const at = packet * FLOW_BYTES;
  const verdict = verdictName(batch.verdicts[packet] ?? 0);
  const slot = batch.slots[packet] ?? SLOT_NONE;
  const isHashed = (batch.flows.getUint8(at + FLOW_FLAGS) & FLOW_HASHED) !== 0;
  return {
    verdict,
    ...(verdict === "drop" ? { reason: dropReasonName(batch.reasons[packet] ?? 0) } : {}),
    group: batch.groups[packet] ?? 0,
    nextHop: batch.nextHops[packet] ?? 0,
    ...(slot === SLOT_NONE ? {} : { slot }),
    leaving: Uint8Array.from(batch.leavingFrame(packet)),
    leavingOriginalLength: verdict === "forward" ? (batch.outOriginalLengths[packet] ?? 0) : 0,
    family: batch.flows.getUint8(at + FLOW_FAMILY),
    flow: readFlow(batch, packet),
    ...(isHashed ? { hash: batch.flows.getBigUint64(at + FLOW_HASH, true) } : {}),
  };
}
