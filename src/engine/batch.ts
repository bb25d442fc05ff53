/** A batch of packets: typed views on the columns that the packet path reads and writes. */

import {
  BATCH_ADJACENCIES,
  BATCH_FLOWS,
  BATCH_GROUPS,
  BATCH_LENGTHS,
  BATCH_LINK_TYPES,
  BATCH_MAX,
  BATCH_NUMBERS,
  BATCH_OFFSETS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_OTHER_HASHES,
  BATCH_OUT_LENGTHS,
  BATCH_OUT_OFFSETS,
  BATCH_OUT_ORIGINAL_LENGTHS,
  BATCH_PREFIX_LENGTHS,
  BATCH_REASONS,
  BATCH_SLOTS,
  BATCH_TIMESTAMPS,
  BATCH_TUNNELS,
  BATCH_VERDICTS,
  FRAME_HEADROOM,
  LINK_ETHERNET,
} from "../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** What is known of a frame besides its bytes. */
export interface FrameInfo {
  /** Nanoseconds since 1970. */
  readonly timestampNs?: bigint;
  /** Bytes on the wire, where the frame was cut. */
  readonly originalLength?: number;
  /** A number of the pcap registry; Ethernet (1) unless said. */
  readonly linkType?: number;
}

/**
 * The batch of an engine. A source fills the first `count` cells of the input columns, or `push`
 * does; processing fills the others. All arrays are views on linear memory: what they show is
 * overwritten by the next batch. Frames are rewritten in place.
 */
export class Batch {
  /** The region where frames lie; offsets are absolute addresses, so index `bytes` with them. */
  readonly frames: Uint8Array;
  /** The whole memory. */
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  readonly originalLengths: Uint32Array;
  readonly linkTypes: Uint32Array;
  readonly timestamps: BigUint64Array;
  /** Number of each packet in its capture, from 1: `numberFrom` writes it. */
  readonly numbers: Float64Array;
  /** VERDICT_DROP 0, VERDICT_FORWARD 1, VERDICT_PUNT 2. */
  readonly verdicts: Uint32Array;
  /** Codes that `dropReasonNames` names. */
  readonly reasons: Uint32Array;
  /** Group ids. */
  readonly groups: Uint32Array;
  /** Adjacency indices, as `Forwarder.nextHop` takes them; 0 where the packet is not forwarded. */
  readonly nextHops: Uint32Array;
  /** Slot in the group's table; SLOT_NONE where the group has none. */
  readonly slots: Uint32Array;
  /** The frame as it leaves: address, captured bytes (0 unless forwarded), bytes on the wire. */
  readonly outOffsets: Uint32Array;
  readonly outLengths: Uint32Array;
  readonly outOriginalLengths: Uint32Array;
  /** Filled by Engine.prefixLengths alone. */
  readonly prefixLengths: Uint32Array;
  /** Numbers of the tunnels that packets came by; written only where tunnels end here. */
  readonly tunnels: Uint32Array;
  /** Flow records, for readFlow. */
  readonly flows: DataView;
  /** Hashes under the other of two flow keys, 0 for unknown: filled by Engine.otherHashes alone. */
  readonly otherHashes: BigUint64Array;
  /** Packets in the batch, at most BATCH_MAX. */
  count = 0;
  readonly #framesStart: number;
  #framesUsed = 0;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    const column = (offset: number): Uint32Array =>
      new Uint32Array(memory.buffer, plan.batch + offset, BATCH_MAX);
    this.bytes = new Uint8Array(memory.buffer);
    this.frames = new Uint8Array(memory.buffer, plan.frames, plan.limits.frameBytes);
    this.offsets = column(BATCH_OFFSETS);
    this.lengths = column(BATCH_LENGTHS);
    this.originalLengths = column(BATCH_ORIGINAL_LENGTHS);
    this.linkTypes = column(BATCH_LINK_TYPES);
    this.timestamps = new BigUint64Array(memory.buffer, plan.batch + BATCH_TIMESTAMPS, BATCH_MAX);
    this.numbers = new Float64Array(memory.buffer, plan.batch + BATCH_NUMBERS, BATCH_MAX);
    this.verdicts = column(BATCH_VERDICTS);
    this.reasons = column(BATCH_REASONS);
    this.groups = column(BATCH_GROUPS);
    this.nextHops = column(BATCH_ADJACENCIES);
    this.slots = column(BATCH_SLOTS);
    this.outOffsets = column(BATCH_OUT_OFFSETS);
    this.outLengths = column(BATCH_OUT_LENGTHS);
    this.outOriginalLengths = column(BATCH_OUT_ORIGINAL_LENGTHS);
    this.prefixLengths = column(BATCH_PREFIX_LENGTHS);
    this.tunnels = column(BATCH_TUNNELS);
    this.flows = new DataView(memory.buffer, plan.batch + BATCH_FLOWS);
    this.otherHashes = new BigUint64Array(
      memory.buffer,
      plan.batch + BATCH_OTHER_HASHES,
      BATCH_MAX,
    );
    this.#framesStart = plan.frames;
  }

  /** Copies a frame in; false when the batch or its room for frames is full. */
  push(frame: Uint8Array, info: FrameInfo = {}): boolean {
    const offset = this.#framesUsed;
    if (this.count === BATCH_MAX || offset + frame.length > this.frames.length) return false;
    this.frames.set(frame, offset);
    const packet = this.count;
    this.offsets[packet] = this.#framesStart + offset;
    this.lengths[packet] = frame.length;
    this.originalLengths[packet] = info.originalLength ?? frame.length;
    this.linkTypes[packet] = info.linkType ?? LINK_ETHERNET;
    this.timestamps[packet] = info.timestampNs ?? 0n;
    this.count = packet + 1;
    this.#framesUsed = offset + frame.length + FRAME_HEADROOM;
    return true;
  }

  /** Numbers the packets of a filled batch, the first one `first`, before it is processed. */
  numberFrom(first: number): void {
    for (let packet = 0; packet < this.count; packet++) this.numbers[packet] = first + packet;
  }

  /** Drops the first `count` packets, which were seen to, and moves the others up. */
  shift(count: number): void {
    const { offsets, lengths, originalLengths, linkTypes, timestamps, numbers } = this;
    for (const column of [offsets, lengths, originalLengths, linkTypes, timestamps, numbers]) {
      column.copyWithin(0, count, this.count);
    }
    this.count -= count;
  }

  /** Takes packets out of the batch for which `isKept` says no, before it is processed. */
  keep(isKept: (packet: number) => boolean): void {
    const { offsets, lengths, originalLengths, linkTypes, timestamps, numbers } = this;
    const columns = [offsets, lengths, originalLengths, linkTypes, timestamps, numbers];
    let kept = 0;
    for (let packet = 0; packet < this.count; packet++) {
      if (!isKept(packet)) continue;
      if (kept !== packet)
        for (const column of columns) column.copyWithin(kept, packet, packet + 1);
      kept += 1;
    }
    this.count = kept;
  }

  /** Empties the batch. */
  clear(): void {
    this.count = 0;
    this.#framesUsed = 0;
  }

  /** The bytes of a forwarded packet as it leaves: a view, overwritten by the next batch. */
  leavingFrame(packet: number): Uint8Array {
    const start = this.outOffsets[packet] ?? 0;
    return this.bytes.subarray(start, start + (this.outLengths[packet] ?? 0));
  }
}
