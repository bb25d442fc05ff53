/** How long does a packet take from parsing to its verdict, in batches? */

import { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET } from "../assembly/layout.ts";
import { generateCapture } from "../src/replay/generate-capture.ts";
import { type GeneratedForwarder, generatedForwarder } from "./generated-forwarder.ts";
import { report, type Subject } from "./harness.ts";

/** Packets that a call forwards, 16 batches. */
const PACKETS = 16 * BATCH_MAX;
const FRAME_BYTES = 60;
/** Frames are forwarded in place, and their TTL of 64 lasts for so many calls. */
const CALLS_PER_COPY = 60;

/** The packets of a capture in linear memory, forwarded again and again. */
class Packets {
  readonly #generated: GeneratedForwarder;
  readonly #fresh: Uint8Array;
  readonly #offsets = new Uint32Array(PACKETS);
  readonly #lengths = new Uint32Array(PACKETS);
  #calls = 0;

  constructor(generated: GeneratedForwarder, family: 4 | 6, flows: number) {
    this.#generated = generated;
    const { frames } = generated.forwarder.engine.batch;
    const capture = generateCapture({ packets: PACKETS, flows, size: FRAME_BYTES, family });
    let used = 0;
    let packet = 0;
    this.#fresh = new Uint8Array(frames.length);
    for (const { frame } of capture) {
      this.#fresh.set(frame, used);
      this.#offsets[packet] = frames.byteOffset + used;
      this.#lengths[packet] = frame.length;
      used += frame.length + FRAME_HEADROOM;
      packet++;
    }
    this.#fresh = this.#fresh.subarray(0, used);
  }

  forward(): void {
    const { engine } = this.#generated.forwarder;
    const { batch } = engine;
    if (this.#calls++ % CALLS_PER_COPY === 0) batch.frames.set(this.#fresh);
    batch.count = BATCH_MAX;
    for (let start = 0; start < PACKETS; start += BATCH_MAX) {
      const lengths = this.#lengths.subarray(start, start + BATCH_MAX);
      batch.offsets.set(this.#offsets.subarray(start, start + BATCH_MAX));
      batch.lengths.set(lengths);
      batch.originalLengths.set(lengths);
      engine.process();
    }
  }
}

function subjects(generated: GeneratedForwarder): readonly Subject[] {
  const { engine } = generated.forwarder;
  engine.batch.linkTypes.fill(LINK_ETHERNET);
  const { usage4, usage6 } = engine.tables;
  return ([4, 6] as const).flatMap((family) =>
    [1, 1000].map((flows) => ({
      name: "forward-batch",
      family,
      table: generated.table,
      pattern: flows === 1 ? "1 flow" : `${flows} flows`,
      memoryBytes: (family === 4 ? usage4 : usage6).bytes,
      operations: PACKETS,
      prepare: () => {
        const packets = new Packets(generated, family, flows);
        return () => packets.forward();
      },
    })),
  );
}

const generated = await generatedForwarder({ routes: 1000, routes6: 250 });
report(subjects(generated));
const { received, forwarded } = generated.forwarder.counters;
if (forwarded !== received) throw new Error(`${received - forwarded} packets were not forwarded`);
