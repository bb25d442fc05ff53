/** Real captures with some bytes changed: read to some end, which says where and what. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { realCaptures } from "../manifest.ts";
import { mutated } from "../oracle/mutations.ts";
import { seededRandom } from "../oracle/random.ts";
import { byteSource, readCapture } from "./read-capture.ts";

const SAMPLE_BYTES_MAX = 8192;
/** Of a capture, the limit of docs/ARCHITECTURE.md. */
const PACKET_BYTES_MAX = 262_144;

/** The starts of all real captures that are not compressed, each of a format and byte order. */
export function captureSamples(): readonly Uint8Array[] {
  const files = (realCaptures() ?? []).filter(({ path }) => !path.endsWith(".gz"));
  return files.map(({ path }) => readFileSync(path).subarray(0, SAMPLE_BYTES_MAX));
}

/** Reads `count` mutations of samples in pieces of any size. */
export async function expectCapturesReadable(
  engine: Engine,
  samples: readonly Uint8Array[],
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<void> {
  const random = seededRandom(seed);
  for (let done = 0; done < count; done++) {
    const sample = samples[random.below(samples.length)];
    if (sample === undefined) return;
    const bytes = mutated(sample, random);
    const source = byteSource(bytes, () => 1 + random.below(4000));
    const { packets, error } = await readCapture(engine, source);
    expect(packets.length).toBeLessThanOrEqual(bytes.length);
    for (const { data } of packets) expect(data.length).toBeLessThanOrEqual(PACKET_BYTES_MAX);
    if (error === undefined) continue;
    expect(error.code).toMatch(/^(CAPTURE_FORMAT|CAPTURE_CUT|CAPACITY)$/);
    expect(error.message).toMatch(/^test\.pcap(@\d+)?: [\x20-\x7e]{1,300}$/);
  }
}
