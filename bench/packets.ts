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
/** Frames are forwarded in place, and their TTL of 64 lasts for so many calls. */
const CALLS_PER_COPY = 60;

/** The packets of a capture in linear memory, forwarded again and again. */
export class Packets {
  readonly #port: PacketPort;
  readonly #fresh: Uint8Array;
  readonly #offsets = new Uint32Array(PACKETS);
  readonly #lengths = new Uint32Array(PACKETS);
  #calls = 0;

  constructor(port: PacketPort, options: GenerateCaptureOptions) {
    this.#port = port;
    const { frames, linkTypes } = port.engine.batch;
    linkTypes.fill(port.LINK_ETHERNET);
    const fresh = new Uint8Array(frames.length);
    let used = 0;
    let packet = 0;
    for (const { frame } of generateCapture(options)) {
      fresh.set(frame, used);
      this.#offsets[packet] = frames.byteOffset + used;
      this.#lengths[packet] = frame.length;
      used += frame.length + port.FRAME_HEADROOM;
      packet++;
    }
    this.#fresh = fresh.subarray(0, used);
  }

  /** Packets of the last batch that were forwarded. */
  get forwardedOfBatch(): number {
    const { engine, VERDICT_FORWARD: forward } = this.#port;
    const { count, verdicts } = engine.batch;
    return verdicts.subarray(0, count).filter((verdict) => verdict === forward).length;
  }

  /** Forwards them all once. */
  forward(): void {
    const { engine, BATCH_MAX: burst } = this.#port;
    const { batch } = engine;
    if (this.#calls++ % CALLS_PER_COPY === 0) batch.frames.set(this.#fresh);
    batch.count = burst;
    for (let start = 0; start < PACKETS; start += burst) {
      const lengths = this.#lengths.subarray(start, start + burst);
      batch.offsets.set(this.#offsets.subarray(start, start + burst));
      batch.lengths.set(lengths);
      batch.originalLengths.set(lengths);
      engine.process();
    }
  }
}
