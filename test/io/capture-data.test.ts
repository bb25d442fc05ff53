/** The 528 real captures: packets and truncated packets as tshark counts them. */

import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { type CaptureInfo, openCaptureSource } from "../../src/io/capture.ts";
import { openBytes } from "../../src/node/open.ts";
import { NO_DATA } from "../data.ts";
import { realCaptures, UNKNOWN_NETWORK } from "../manifest.ts";
import { captureEngine } from "./read-capture.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await captureEngine();
});

async function readWhole(path: string): Promise<CaptureInfo> {
  await using capture = await openCaptureSource(await openBytes(path), engine);
  let packets = 0;
  for await (const batch of capture) packets += batch.count;
  expect(packets).toBe(capture.info.packets);
  return capture.info;
}

test("every capture has the packets of the manifest", { timeout: 60_000 }, async (context) => {
  const captures = realCaptures();
  if (captures === undefined) return context.skip(NO_DATA);
  expect(captures).toHaveLength(528);
  for (const { name, path, truth } of captures) {
    const info = await readWhole(path);
    const expected = UNKNOWN_NETWORK.get(name) ?? truth.packets;
    expect(truth.damage !== undefined, name).toBe(UNKNOWN_NETWORK.has(name));
    expect(info.packets, name).toBe(expected);
    if (truth.damage === undefined) {
      expect(info.truncatedPackets, name).toBe(truth.truncated);
      expect(info.truncated, name).toBe(truth.truncated > 0);
      expect(truth.format ?? info.format, name).toMatch(new RegExp(`^(nsec)?${info.format}$`));
    }
  }
});
