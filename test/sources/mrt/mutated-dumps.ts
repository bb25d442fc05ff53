/** Real MRT files with some bytes changed: read to some end, with every complaint in its place. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { AnyfibError } from "../../../src/net/errors.ts";
import { chunksOf as fileChunks } from "../../../src/node/chunks.ts";
import { openBytes } from "../../../src/node/open.ts";
import { AttributeSets, BgpdumpLines, PeerTable, readMrt } from "../../../src/sources/mrt.ts";
import { dataPath } from "../../data.ts";
import { mutated } from "../../oracle/mutations.ts";
import { seededRandom } from "../../oracle/random.ts";
import { chunksOf } from "../read-table.ts";

/** Small files, of each type and of several daemons. */
const NAMES = [
  "mrtparse-bird-mrtdump_bgp",
  "mrtparse-bird-mrtdump_rib",
  "mrtparse-bird_bgp",
  "mrtparse-openbgpd_rib_table",
  "mrtparse-quagga_bgp",
  "mrtparse-quagga_rib",
  "updates.nlri_mask_trailing_bits.gz",
  "bview.ipv4_unicast_add_path.gz",
  "bview.64k_stream_overflow.gz",
];
const SAMPLE_BYTES_MAX = 8192;
/** Of each part of every dump: small, since they are read 200,000 times. */
const PART_BYTES_MAX = 2048;

/** The small samples; empty where the real data is absent. */
export function samples(): readonly Uint8Array[] {
  return NAMES.flatMap((name) => {
    const file = dataPath("mrt", name);
    if (file === undefined) return [];
    const bytes = readFileSync(file);
    return [(name.endsWith(".gz") ? gunzipSync(bytes) : bytes).subarray(0, SAMPLE_BYTES_MAX)];
  });
}

/** Parts of every real dump: its start, and records of its middle and end behind the first one. */
export async function allSamples(): Promise<readonly Uint8Array[]> {
  const folder = dataPath("mrt");
  if (folder === undefined) return [];
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const parts: Uint8Array[] = [];
  for (const { name } of names) parts.push(...partsOf(await wholeFile(path.join(folder, name))));
  return parts;
}

/** A dump that ends early counts up to there. */
async function wholeFile(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    await using source = await openBytes(file);
    for await (const chunk of fileChunks(source)) chunks.push(chunk.slice());
  } catch (error) {
    if (!(error instanceof AnyfibError)) throw error;
  }
  return Buffer.concat(chunks);
}

function partsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts: number[] = [];
  for (let at = 0; at + 12 <= bytes.length; at += 12 + view.getUint32(at + 8)) starts.push(at);
  const first = bytes.subarray(0, starts[1] ?? bytes.length);
  const later = [0.5, 0.9].map((part) => starts[Math.floor(part * starts.length)] ?? 0);
  return [
    bytes.subarray(0, PART_BYTES_MAX),
    ...later.map((start) =>
      Buffer.concat([first, bytes.subarray(start, start + PART_BYTES_MAX)]).subarray(
        0,
        PART_BYTES_MAX,
      ),
    ),
  ];
}

/** Reads what may be anything, and formats all of it. Memory is what its attributes take. */
export async function expectReadable(bytes: Uint8Array, chunkBytes = 65_536): Promise<void> {
  const attributeSets = new AttributeSets(16 * SAMPLE_BYTES_MAX);
  const peers = new PeerTable();
  const lines = new BgpdumpLines(attributeSets, peers, (line) => {
    // Not by expect, which would take most of the time.
    if (!line.endsWith("\n")) throw new Error(`a line without an end: ${line}`);
  });
  let damaged = 0;
  const options = {
    name: "any.mrt",
    attributeSets,
    peers,
    takeRib: lines.rib.bind(lines),
    takeUpdate: lines.update.bind(lines),
    takeState: lines.state.bind(lines),
    onDamaged: ({ offset, what }: { readonly offset: number; readonly what: string }) => {
      damaged += 1;
      expect(offset).toBeLessThan(bytes.length);
      expect(what).toMatch(/^[\x20-\x7e]{1,200}$/);
    },
  };
  try {
    const result = await readMrt(chunksOf(bytes, chunkBytes), options);
    expect(result.damaged).toBe(damaged);
  } catch (error) {
    if (!(error instanceof AnyfibError)) throw error;
    expect(error.message).toMatch(/^any\.mrt@\d+: [\x20-\x7e]{1,300}$/);
  }
}

/** Reads `count` mutations of samples. */
export async function expectMutationsReadable(
  seed: number,
  count: number,
  all: readonly Uint8Array[],
): Promise<void> {
  const random = seededRandom(seed);
  for (let done = 0; done < count; done++) {
    const sample = all[done % all.length];
    if (sample === undefined) return;
    await expectReadable(mutated(sample, random), 1 + random.below(9000));
  }
}
