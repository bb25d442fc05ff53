/** Pushing frames into a batch: what is taken, what is refused, and where it lies. */

import { describe, expect, it } from "vitest";
import { BATCH_MAX, FRAME_HEADROOM } from "../../assembly/layout.ts";
import { counting, ipv4Packet } from "../oracle/ip-packets.ts";
import { createTestEngine } from "./test-engine.ts";

const FRAME_BYTES = 65536;

describe("Batch.push", () => {
  it("takes as many packets as a batch holds, and more after a clear", async () => {
    const { batch } = await createTestEngine("release");
    for (let packet = 0; packet < BATCH_MAX; packet++) expect(batch.push(counting(9))).toBe(true);
    expect(batch.push(counting(9))).toBe(false);
    expect(batch.count).toBe(BATCH_MAX);
    batch.clear();
    expect(batch.count).toBe(0);
    expect(batch.push(counting(9))).toBe(true);
  });

  it("takes as many bytes as there is room for, with headroom before each frame", async () => {
    const { batch, plan } = await createTestEngine("release", {
      limits: { frameBytes: FRAME_BYTES },
    });
    const half = FRAME_BYTES / 2;
    expect(batch.push(new Uint8Array(FRAME_BYTES + 1))).toBe(false);
    expect(batch.push(new Uint8Array(half))).toBe(true);
    expect(batch.push(new Uint8Array(half))).toBe(false);
    expect(batch.push(new Uint8Array(half - FRAME_HEADROOM))).toBe(true);
    expect(batch.push(new Uint8Array(1))).toBe(false);
    expect(batch.count).toBe(2);
    expect([...batch.offsets.subarray(0, 2)]).toEqual([
      plan.frames,
      plan.frames + half + FRAME_HEADROOM,
    ]);
    batch.clear();
    expect(batch.push(new Uint8Array(FRAME_BYTES))).toBe(true);
  });

  it("copies the bytes, and notes what is known of them", async () => {
    const { batch } = await createTestEngine("release");
    const bytes = counting(33);
    batch.push(bytes);
    batch.push(bytes, { originalLength: 99, linkType: 101, timestampNs: 12345678901234567n });
    bytes.fill(0);
    for (const packet of [0, 1]) {
      const start = batch.offsets[packet] ?? 0;
      expect(batch.bytes.slice(start, start + 33)).toEqual(counting(33));
    }
    const columns = [batch.lengths, batch.originalLengths, batch.linkTypes, batch.timestamps];
    const cells = columns.map((column) => [column[0], column[1]]);
    expect(cells).toEqual([
      [33, 33],
      [33, 99],
      [1, 101],
      [0n, 12345678901234567n],
    ]);
  });

  it("shows no leaving frame of a packet that stays", async () => {
    const engine = await createTestEngine("release");
    engine.batch.push(ipv4Packet(), { linkType: 101 });
    engine.process();
    expect(engine.batch.leavingFrame(0).length).toBe(0);
  });
});
