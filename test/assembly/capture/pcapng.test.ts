/** pcapng files made by hand: blocks, sections, interfaces, resolutions, and ways to be damaged. */

import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import {
  BYTE_ORDERS,
  type ByteOrder,
  block,
  concat,
  enhanced,
  interfaceBlock,
  oldPacket,
  option,
  packetBytes,
  section,
  simple,
  u16,
  u32,
} from "../../io/capture-bytes.ts";
import { byteSource, captureEngine, readCapture } from "../../io/read-capture.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";

const TEXT = new TextEncoder().encode("eth0");

/** One of everything. */
function everything(order: ByteOrder): Uint8Array {
  return concat(
    section(order, option(order, 1, TEXT), u32(order, 0)),
    interfaceBlock(order, { linkType: 1, snapBytes: 20, options: [option(order, 2, TEXT)] }),
    interfaceBlock(order, { linkType: 101, resolution: 9, offsetSeconds: -10n }),
    block(order, 4, u16(order, 1, 9), packetBytes(9)),
    enhanced(order, { ticks: 1_700_000_000_123_456n, data: packetBytes(21) }),
    block(order, 10, packetBytes(3)),
    enhanced(order, {
      interface: 1,
      ticks: 1_700_000_000_123_456_789n,
      data: packetBytes(22),
      original: 1500,
      options: [option(order, 1, TEXT), u32(order, 0)],
    }),
    simple(order, packetBytes(20), 30),
    oldPacket(order, { interface: 1, ticks: 5_000_000_000n, data: packetBytes(23) }),
    block(order, 5, u32(order, 0, 0, 0)),
  );
}

const EVERYTHING = [
  { data: packetBytes(21), original: 21, linkType: 1, timestampNs: 1_700_000_000_123_456_000n },
  { data: packetBytes(22), original: 1500, linkType: 101, timestampNs: 1_699_999_990_123_456_789n },
  { data: packetBytes(20), original: 30, linkType: 1, timestampNs: 0n },
  { data: packetBytes(23), original: 23, linkType: 101, timestampNs: 0n },
] as const;

describe.each(MODULE_TARGETS)("pcapng in the %s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await captureEngine(target);
  });

  test.each(BYTE_ORDERS)("%s-endian blocks of all types", async (order) => {
    const { packets, info, error } = await readCapture(engine, byteSource(everything(order)));
    expect(error).toBeUndefined();
    expect(packets).toEqual(EVERYTHING);
    expect(info).toEqual({
      file: "test.pcap",
      format: "pcapng",
      packets: 4,
      bytes: 86,
      truncated: true,
      truncatedPackets: 2,
      linkTypes: [1, 101],
    });
  });

  test("sections of either byte order follow each other", async () => {
    const file = concat(everything("big"), everything("little"), everything("big"));
    const { packets, info, error } = await readCapture(engine, byteSource(file));
    expect(error).toBeUndefined();
    expect(packets).toEqual([...EVERYTHING, ...EVERYTHING, ...EVERYTHING]);
    expect(info).toMatchObject({ packets: 12, linkTypes: [1, 101] });
  });
});

describe("pcapng", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await captureEngine();
  });

  const start = concat(section("little"), interfaceBlock("little"));

  test("a section header alone is no error", async () => {
    const { packets, error } = await readCapture(engine, byteSource(section("big")));
    expect(error).toBeUndefined();
    expect(packets).toEqual([]);
  });

  test("a block that nobody reads may be larger than memory's chunk", async () => {
    const huge = block("little", 10, packetBytes(5_000_001));
    const file = concat(
      start,
      huge,
      enhanced("little", { data: packetBytes(60) }),
      huge,
      simple("little", packetBytes(61)),
    );
    const { packets, error } = await readCapture(engine, byteSource(file));
    expect(error).toBeUndefined();
    expect(packets.map((packet) => packet.data.length)).toEqual([60, 61]);
  });

  test.each([0x0bad, 0x40000bad])("a custom block (type 0x%x) is a packet", async (type) => {
    const custom = block("little", type, u32("little", 32_473), packetBytes(24));
    const huge = block("little", type, u32("little", 32_473), packetBytes(262_148));
    const file = concat(section("little"), custom, huge, custom);
    const { packets, info, error } = await readCapture(engine, byteSource(file));
    expect(error).toBeUndefined();
    const packet = { data: packetBytes(24), original: 24, linkType: 65_536, timestampNs: 0n };
    expect(packets).toEqual([packet, packet]);
    expect(info?.linkTypes).toEqual([]);
  });

  test("a simple packet without a snapshot length is whole", async () => {
    const file = concat(start, simple("little", packetBytes(1400)));
    const { packets } = await readCapture(engine, byteSource(file));
    expect(packets[0]).toMatchObject({ data: packetBytes(1400), original: 1400 });
  });

  test("4,096 interfaces are the most", async () => {
    const described = Array.from({ length: 4096 }, (_, id) =>
      interfaceBlock("little", { linkType: id }),
    );
    const last = enhanced("little", { interface: 4095, data: packetBytes(8) });
    const file = concat(section("little"), ...described, last);
    const { packets } = await readCapture(engine, byteSource(file));
    expect(packets[0]?.linkType).toBe(4095);
    const more = await readCapture(engine, byteSource(concat(file, interfaceBlock("little"))));
    expect(more.packets).toHaveLength(1);
    expect(more.error).toMatchObject({ code: "CAPTURE_FORMAT", where: `test.pcap@${file.length}` });
  });

  describe("damage", () => {
    const good = enhanced("little", { data: packetBytes(60) });
    const bad = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setUint32(at, value, true);
      return copy;
    };
    const long = enhanced("little", {
      data: packetBytes(60),
      options: Array.from({ length: 8 }, () => option("little", 1, packetBytes(65_535))),
    });
    const unread = block("little", 10, packetBytes(40));
    test.each([
      ["a length that is no multiple of 4", bad(good, 4, 93)],
      ["a length below 12", bad(good, 4, 8)],
      ["a length below its type's least", bad(block("little", 6, packetBytes(16)), 4, 28)],
      ["a simple packet without its length", block("little", 3)],
      ["a custom block without its enterprise", block("little", 0xbad)],
      ["another length at its end", bad(good, good.length - 4, 96)],
      ["another length at the end of an unread block", bad(unread, unread.length - 4, 48)],
      ["more captured bytes than the block holds", bad(good, 20, 64)],
      ["a packet of more than 256 KiB", enhanced("little", { data: packetBytes(262_145) })],
      ["a block of a packet with 512 KiB of options", long],
      ["an interface that is not described", enhanced("little", { interface: 1, data: TEXT })],
      ["an old packet of no interface", oldPacket("little", { interface: 1, data: TEXT })],
      ["a simple packet that does not fit", bad(simple("little", packetBytes(60)), 8, 64)],
      ["a cut interface description", block("little", 1, u16("little", 1, 0))],
      [
        "a resolution of two bytes",
        interfaceBlock("little", {
          options: [option("little", 9, Uint8Array.of(6, 6))],
        }),
      ],
      [
        "an option that does not fit",
        interfaceBlock("little", {
          options: [u16("little", 2, 64)],
        }),
      ],
      ["a section of unknown byte order", bad(section("little"), 8, 0x12345678)],
      ["a section of an impossible length", bad(section("little"), 4, 24)],
      ["a section with another length at its end", bad(section("little"), 24, 32)],
      ["a section of another version", bad(section("little"), 12, 2)],
    ])("%s", async (_, damaged) => {
      const file = concat(start, good, damaged, good);
      const { packets, error } = await readCapture(engine, byteSource(file));
      expect(packets).toHaveLength(1);
      const where = `test.pcap@${start.length + good.length}`;
      expect(error).toMatchObject({ code: "CAPTURE_FORMAT", where, exitCode: 3 });
    });

    test("a simple packet before any interface", async () => {
      const file = concat(section("little"), simple("little", TEXT));
      const { error } = await readCapture(engine, byteSource(file));
      expect(error).toMatchObject({ code: "CAPTURE_FORMAT", where: "test.pcap@28" });
    });
  });
});
