/** Packets that an engine forwards again and again: ours, or the frozen one. */

import { type GenerateCaptureOptions, generateCapture } from "../src/replay/generate-capture.ts";

/** An engine, and what of its layout it takes to give it packets. */
export interface PacketPort {
  readonly engine: {
    readonly batch: PacketBatch;
    process(): void;
  };
  readonly BATCH_MAX: number;
  readonly FRAME_HEADROOM: number;
  readonly LINK_ETHERNET: number;
  readonly VERDICT_FORWARD: number;
}

/** The columns that a source of packets fills. */
export interface PacketBatch {
  count: number;
  readonly frames: Uint8Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  readonly originalLengths: Uint32Array;
  readonly linkTypes: Uint32Array;
  readonly verdicts: Uint32Array;
}

/** Packets that a call forwards: a multiple of each engine's batches. */
export const PACKETS = 4096;
/** Frames are forwarded in place, and their TTL of 64 lasts for so many passes. */
const PASSES_PER_COPY = 60;

/** The packets of a capture, a multiple of PACKETS, forwarded again and again, part by part. */
export class Packets {
  readonly #port: PacketPort;
  readonly #fresh: Uint8Array;
  /** Where each frame stands, and how long it is. */
  readonly addresses: Uint32Array;
  readonly lengths: Uint32Array;
  #next = 0;
  #passes = 0;

  constructor(port: PacketPort, options: GenerateCaptureOptions) {
    this.#port = port;
    const { frames, linkTypes } = port.engine.batch;
    linkTypes.fill(port.LINK_ETHERNET);
    const { packets = PACKETS } = options;
    this.addresses = new Uint32Array(packets);
    this.lengths = new Uint32Array(packets);
    let used = 0;
    let packet = 0;
    for (const { frame } of generateCapture({ ...options, packets })) {
      frames.set(frame, used);
      this.addresses[packet] = frames.byteOffset + used;
      this.lengths[packet] = frame.length;
      used += frame.length + port.FRAME_HEADROOM;
      packet++;
    }
    this.#fresh = frames.slice(0, used);
  }

  /** Bytes of the frames, with what lies between them. */
  get bytes(): number {
    return this.#fresh.length;
  }

  /** Packets of the last batch that were forwarded. */
  get forwardedOfBatch(): number {
    const { engine, VERDICT_FORWARD: forward } = this.#port;
    const { count, verdicts } = engine.batch;
    return verdicts.subarray(0, count).filter((verdict) => verdict === forward).length;
  }

  /** Forwards the next PACKETS, by `process` in place of the engine's own. */
  forward(process = (): void => this.#port.engine.process()): void {
    const { engine, BATCH_MAX: burst } = this.#port;
    const { batch } = engine;
    if (this.#next === 0 && this.#passes++ % PASSES_PER_COPY === 0) this.refresh();
    batch.count = burst;
    const end = this.#next + PACKETS;
    for (let start = this.#next; start < end; start += burst) {
      const lengths = this.lengths.subarray(start, start + burst);
      batch.offsets.set(this.addresses.subarray(start, start + burst));
      batch.lengths.set(lengths);
      batch.originalLengths.set(lengths);
      process();
    }
    this.#next = end === this.lengths.length ? 0 : end;
  }

  /** Puts the frames back as they were, before their TTL runs out. */
  refresh(): void {
    this.#port.engine.batch.frames.set(this.#fresh);
  }
}
