/** Real BGP messages with some bytes changed: each is a message, or ends its session. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { AttributeSets } from "../../../src/sources/bgp/attribute-sets.ts";
import { readMessage } from "../../../src/sources/bgp/message.ts";
import { dataPath } from "../../data.ts";
import { mutated } from "../../oracle/mutations.ts";
import { seededRandom } from "../../oracle/random.ts";

const MARKER_BYTES = 16;
const MESSAGE_BYTES_MAX = 4096;
/** Messages that are taken of one file. */
const TAKEN_MAX = 200;
/** Sets that mutations may fill before they are forgotten. */
const SETS_BYTES = 2 ** 20;
const RESET_AFTER = 500;

/** The messages that stand in captures and dumps: whatever follows a marker of 16 times 255. */
export function messages(): readonly Uint8Array[] {
  const captures = dataPath("pcap", "bgp");
  const files = [
    ...(captures === undefined
      ? []
      : readdirSync(captures).map((name) => path.join(captures, name))),
    ...["mrtparse-quagga_bgp", "mrtparse-bird_bgp", "updates.20160811.1600.gz"].map((name) =>
      dataPath("mrt", name),
    ),
  ];
  return files.flatMap((file) => (file === undefined ? [] : messagesOf(readFileSync(file), file)));
}

function messagesOf(stored: Uint8Array, file: string): readonly Uint8Array[] {
  const bytes = file.endsWith(".gz") ? gunzipSync(stored) : Buffer.from(stored);
  const marker = Buffer.alloc(MARKER_BYTES, 255);
  const found: Uint8Array[] = [];
  let at = bytes.indexOf(marker);
  while (at >= 0 && found.length < TAKEN_MAX && at + MARKER_BYTES + 3 <= bytes.length) {
    const length = bytes.readUInt16BE(at + MARKER_BYTES);
    const isRight = length >= MARKER_BYTES + 3 && length <= MESSAGE_BYTES_MAX;
    if (isRight) found.push(bytes.subarray(at, at + length));
    at = bytes.indexOf(marker, at + (isRight ? length : 1));
  }
  return found;
}

/** Reads `count` mutations of messages as sessions of each kind would, and as a dump. */
export function expectMutationsRead(
  seed: number,
  count: number,
  all: readonly Uint8Array[],
): ReadonlyMap<string, number> {
  const random = seededRandom(seed);
  const kinds = new Map<string, number>();
  let sets = new AttributeSets(SETS_BYTES);
  for (let done = 0; done < count; done++) {
    const sample = all[done % all.length];
    if (sample === undefined) break;
    if (done % RESET_AFTER === 0) sets = new AttributeSets(SETS_BYTES);
    const message = readMessage(mutated(sample, random), {
      hasPathIds: random.below(2) === 0,
      asBytes: random.below(2) === 0 ? 2 : 4,
      isExternal: random.below(2) === 0,
      isLenient: random.below(2) === 0,
      sets,
    });
    kinds.set(message.kind, (kinds.get(message.kind) ?? 0) + 1);
    if (message.kind === "reset") expect(message.what).toMatch(/^[\x20-\x7e]{1,200}$/);
    if (message.kind !== "update") continue;
    for (const { set } of message.update.announced) sets.decoded(set);
  }
  return kinds;
}
