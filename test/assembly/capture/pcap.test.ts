/** pcap files made by hand: every magic number, byte order and way to be damaged. */

import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import {
  BYTE_ORDERS,
  concat,
  packetBytes,
  pcapHeader,
  pcapRecord,
  u32,
} from "../../io/capture-bytes.ts";
import { byteSource, captureEngine, readCapture } from "../../io/read-capture.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

const MAGICS = [
  { unit: "microseconds", magic: 0xa1b2c3d4, unitNs: 1000n },
  { unit: "nanoseconds", magic: 0xa1b23c4d, unitNs: 1n },
] as const;

describe.each(MODULE_TARGETS)("pcap in the %s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await captureEngine(target);
  });

  describe.each(BYTE_ORDERS)("%s-endian", (order) => {
    test.each(MAGICS)("$unit", async ({ magic, unitNs }) => {
      const file = concat(
        pcapHeader({ order, magic, linkType: 276 }),
        pcapRecord(order, { seconds: 1_700_000_000, fraction: 999_999, data: packetBytes(60) }),
        pcapRecord(order, { seconds: 0xffffffff, fraction: 7, data: packetBytes(3), original: 90 }),
        pcapRecord(order, { data: new Uint8Array(0) }),
      );
      const { packets, info, error } = await readCapture(engine, byteSource(file));
      expect(error).toBeUndefined();
      expect(packets).toEqual([
        {
          data: packetBytes(60),
          original: 60,
          linkType: 276,
          timestampNs: 1_700_000_000_000_000_000n + 999_999n * unitNs,
        },
        {
          data: packetBytes(3),
          original: 90,
          linkType: 276,
          timestampNs: 4_294_967_295_000_000_000n + 7n * unitNs,
        },
        { data: new Uint8Array(0), original: 0, linkType: 276, timestampNs: 0n },
      ]);
      expect(info).toEqual({
        file: "test.pcap",
        format: "pcap",
        packets: 3,
        bytes: 63,
        truncated: true,
        truncatedPackets: 1,
        linkTypes: [276],
      });
    });
  });
});

describe("pcap", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await captureEngine();
  });

  const record = (length: number): Uint8Array =>
    pcapRecord("little", { data: packetBytes(length) });

  test("without packets is no error", async () => {
    const { packets, info, error } = await readCapture(engine, byteSource(pcapHeader()));
    expect(error).toBeUndefined();
    expect(packets).toEqual([]);
    expect(info).toMatchObject({ packets: 0, bytes: 0, truncated: false, linkTypes: [1] });
  });

  test("takes the link type from the low half of its field", async () => {
    const file = concat(pcapHeader({ linkType: 0x30000001 }), record(20));
    const { packets } = await readCapture(engine, byteSource(file));
    expect(packets[0]?.linkType).toBe(1);
  });

  test("gives whole batches, and the rest", async () => {
    const file = concat(pcapHeader(), ...Array.from({ length: 600 }, () => record(40)));
    const { packets, info } = await readCapture(engine, byteSource(file));
    expect(packets).toHaveLength(600);
    expect(info).toMatchObject({ packets: 600, bytes: 24_000 });
  });

  test.each([0, 1, 255, 256, 257, 599, 600, 601])("ends after a count of %i", async (count) => {
    const file = concat(pcapHeader(), ...Array.from({ length: 600 }, () => record(40)));
    const { packets, info } = await readCapture(engine, byteSource(file), { count });
    expect(packets).toHaveLength(Math.min(count, 600));
    expect(info?.packets).toBe(Math.min(count, 600));
  });

  test("holds packets of the largest size, one after another", async () => {
    const data = packetBytes(262_144);
    const file = concat(
      pcapHeader(),
      ...Array.from({ length: 9 }, () => pcapRecord("little", { data })),
    );
    const { packets, error } = await readCapture(engine, byteSource(file));
    expect(error).toBeUndefined();
    expect(packets).toHaveLength(9);
    expect(packets.every((packet) => Buffer.compare(packet.data, data) === 0)).toBe(true);
  });

  test("a second capture starts anew", async () => {
    const file = concat(pcapHeader(), record(40));
    await readCapture(engine, byteSource(file.subarray(0, 60)));
    const { info } = await readCapture(engine, byteSource(file));
    expect(info).toMatchObject({ packets: 1, bytes: 40 });
  });

  test("an impossible length ends it, with its offset, after what came before", async () => {
    const file = concat(pcapHeader(), record(40), u32("little", 0, 0, 262_145, 40), record(40));
    const { packets, error } = await readCapture(engine, byteSource(file));
    expect(packets).toHaveLength(1);
    expect(error).toMatchObject({
      code: "CAPTURE_FORMAT",
      where: "test.pcap@80",
      exitCode: 3,
      detail: { offset: 80, bytes: 262_145 },
    });
  });

  test.each([
    ["an empty file", new Uint8Array(0), "CAPTURE_CUT"],
    ["a cut magic number", Uint8Array.of(0xa1, 0xb2), "CAPTURE_CUT"],
    ["a cut file header", pcapHeader().subarray(0, 23), "CAPTURE_CUT"],
    ["another format", new TextEncoder().encode("10.0.0.0/8 192.0.2.1\n"), "CAPTURE_FORMAT"],
    ["another version", pcapHeader({ version: [2, 3] }), "CAPTURE_FORMAT"],
    ["Kuznetzov's variant", pcapHeader({ magic: 0xa1b2cd34 }), "CAPTURE_FORMAT"],
  ])("%s cannot be opened", async (_, bytes, code) => {
    const { info, error } = await readCapture(engine, byteSource(bytes));
    expect(info).toBeUndefined();
    expect(error).toMatchObject({ code, where: "test.pcap@0", exitCode: 3 });
  });
});
