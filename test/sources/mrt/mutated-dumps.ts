/** Real MRT files with some bytes changed: read to some end, with every complaint in its place. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { AnyfibError } from "../../../src/net/errors.ts";
import { AttributeSets, BgpdumpLines, PeerTable, readMrt } from "../../../src/sources/mrt.ts";
import { dataPath } from "../../data.ts";
import { type Random, seededRandom } from "../../oracle/random.ts";
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

/** The samples; empty where the real data is absent. */
export function samples(): readonly Uint8Array[] {
  return NAMES.flatMap((name) => {
    const file = dataPath("mrt", name);
    if (file === undefined) return [];
    const bytes = readFileSync(file);
    return [(name.endsWith(".gz") ? gunzipSync(bytes) : bytes).subarray(0, SAMPLE_BYTES_MAX)];
  });
}

/** Reads what may be anything, and formats all of it. Memory is what its attributes take. */
export async function expectReadable(bytes: Uint8Array, chunkBytes = 65_536): Promise<void> {
  const attributeSets = new AttributeSets(16 * SAMPLE_BYTES_MAX);
  const peers = new PeerTable();
  const lines = new BgpdumpLines(attributeSets, peers, (line) => {
    expect(line.endsWith("\n")).toBe(true);
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

/** Changes, takes out or doubles some bytes, more often where a length or a type stands. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(copy.length);
    const kind = random.below(4);
    if (kind === 0) copy[at] = random.below(256);
    else if (kind === 1) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    else if (kind === 2) copy.copyWithin(at, random.below(copy.length), copy.length);
    else copy[at] = [0, 1, 127, 255][random.below(4)] ?? 0;
  }
  return random.below(8) === 0 ? copy.subarray(0, random.below(copy.length)) : copy;
}

/** Reads `count` mutations of the samples. */
export async function expectMutationsReadable(seed: number, count: number): Promise<void> {
  const random = seededRandom(seed);
  const all = samples();
  for (let done = 0; done < count; done++) {
    const sample = all[done % all.length];
    if (sample === undefined) return;
    await expectReadable(mutated(sample, random), 1 + random.below(9000));
  }
}
