/** Written captures: byte for byte where they are small, read back where they are large. */

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { CaptureWriter } from "../../src/io/capture-writer.ts";
import {
  concat,
  enhanced,
  interfaceBlock,
  option,
  packetBytes,
  pcapHeader,
  pcapRecord,
  section,
  u32,
} from "./capture-bytes.ts";
import { captureWriter } from "./capture-writer.ts";
import { memorySink } from "./memory-sink.ts";
import { byteSource, captureEngine, readCapture } from "./read-capture.ts";

const NAMES = ["out.pcap", "out.pcapng"];
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What an interface of the writer looks like. */
function written(name: string): Uint8Array {
  const options = [option("little", 2, text(name))];
  return interfaceBlock("little", { snapBytes: 262_144, options, resolution: 9 });
}

async function write(
  name: string,
  fill: (writer: CaptureWriter) => Promise<void>,
): Promise<Uint8Array> {
  const sink = memorySink(name);
  await using writer = captureWriter(sink);
  await fill(writer);
  await writer.finish();
  expect(sink.isClosed).toBe(true);
  return sink.bytes;
}

describe("pcap", () => {
  test("has its header even without a packet", async () => {
    const header = pcapHeader({ magic: 0xa1b23c4d });
    new DataView(header.buffer).setUint32(16, 262_144, true);
    expect(await write("out.pcap", async () => {})).toEqual(header);
  });

  test("holds nanoseconds, lengths and bytes", async () => {
    const bytes = await write("out.pcap", async (writer) => {
      const timestampNs = 1_700_000_000_123_456_789n;
      await writer.write(packetBytes(61), {
        timestampNs,
        originalLength: 1500,
        comment: "no room",
      });
      await writer.write(packetBytes(5), { timestampNs: 2n ** 64n - 1n });
    });
    expect(bytes.subarray(24)).toEqual(
      concat(
        pcapRecord("little", {
          seconds: 1_700_000_000,
          fraction: 123_456_789,
          data: packetBytes(61),
          original: 1500,
        }),
        pcapRecord("little", { seconds: 0xffffffff, fraction: 709_551_615, data: packetBytes(5) }),
      ),
    );
  });
});

describe("pcapng", () => {
  test("has its section even without an interface", async () => {
    expect(await write("out.pcapng", async () => {})).toEqual(section("little"));
  });

  test("holds interfaces, also new ones in mid-stream, and comments", async () => {
    const ticks = 1_700_000_000_123_456_789n;
    const bytes = await write("out.pcapng", async (writer) => {
      expect(writer.addInterface("lon")).toBe(0);
      await writer.write(packetBytes(61), { timestampNs: ticks, originalLength: 1500 });
      expect(writer.addInterface("192.0.2.1")).toBe(1);
      const comment = "forward via 192.0.2.1 → slot 7";
      await writer.write(packetBytes(60), { timestampNs: 0n, interface: 1, comment });
      expect(() => writer.write(packetBytes(60), { timestampNs: 0n, interface: 2 })).toThrow();
    });
    const comment = option("little", 1, text("forward via 192.0.2.1 → slot 7"));
    const end = u32("little", 0);
    expect(bytes).toEqual(
      concat(
        section("little"),
        written("lon"),
        enhanced("little", { data: packetBytes(61), original: 1500, ticks }),
        written("192.0.2.1"),
        enhanced("little", { interface: 1, data: packetBytes(60), options: [comment, end] }),
      ),
    );
  });

  test("takes a comment of 65,535 bytes and no longer one", async () => {
    await write("out.pcapng", async (writer) => {
      writer.addInterface("lon");
      await writer.write(packetBytes(60), { timestampNs: 0n, comment: "€".repeat(21_845) });
      const comment = "€".repeat(21_846);
      expect(() => writer.write(packetBytes(60), { timestampNs: 0n, comment })).toThrow(/65535/);
    });
  });

  test("takes more interfaces at once than its buffer has room for", async () => {
    const name = "a".repeat(200);
    const bytes = await write("out.pcapng", async (writer) => {
      for (let id = 0; id < 10_000; id++) expect(writer.addInterface(name)).toBe(id);
    });
    expect(bytes.length).toBe(section("little").length + 10_000 * written(name).length);
  });
});

describe.each(NAMES)("%s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await captureEngine();
  });

  test("is read back as it was written", async () => {
    const packet = fc.record({
      frame: fc.oneof(
        fc.uint8Array({ maxLength: 1600 }),
        fc.integer({ min: 200_000, max: 262_144 }).map((length) => packetBytes(length)),
      ),
      missing: fc.nat(100_000),
      timestampNs: fc.bigInt({ min: 0n, max: 4_294_967_295_999_999_999n }),
      comment: fc.string({ maxLength: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { maxLength: 12 }), async (packets) => {
        const bytes = await write(name, async (writer) => {
          writer.addInterface("lon");
          for (const { frame, missing, timestampNs, comment } of packets) {
            const originalLength = frame.length + missing;
            await writer.write(frame, { timestampNs, originalLength, comment });
          }
        });
        const read = await readCapture(engine, byteSource(bytes));
        expect(read.error).toBeUndefined();
        expect(read.packets.map((one) => [one.timestampNs, one.original])).toEqual(
          packets.map((one) => [one.timestampNs, one.frame.length + one.missing]),
        );
        const same = read.packets.every(
          (one, index) => Buffer.compare(one.data, packets[index]?.frame ?? one.data) === 0,
        );
        expect(same).toBe(true);
      }),
      { seed: 3, numRuns: 25 },
    );
  });

  test("is written in few pieces, and a slow sink is waited for", async () => {
    const sink = memorySink(name);
    await using writer = captureWriter(sink);
    writer.addInterface("lon");
    for (let index = 0; index < 10_000; index++) {
      const pending = writer.write(packetBytes(100, index), { timestampNs: BigInt(index) });
      if (pending !== undefined) {
        expect(() => writer.write(packetBytes(1), { timestampNs: 0n })).toThrow(/flushing/);
        await pending;
      }
    }
    await writer.finish();
    expect(sink.writes).toBeLessThan(10);
    const { packets } = await readCapture(engine, byteSource(sink.bytes));
    expect(packets).toHaveLength(10_000);
  });

  test("refuses a frame that no capture can hold", () => {
    const writer = captureWriter(memorySink(name));
    writer.addInterface("lon");
    expect(() => writer.write(packetBytes(262_145), { timestampNs: 0n })).toThrow(/262144/);
  });

  test("hands on what the sink says, once", async () => {
    const sink = memorySink(name, 300_000);
    const writer = captureWriter(sink);
    writer.addInterface("lon");
    await writer.write(packetBytes(262_144), { timestampNs: 0n });
    const second = async (): Promise<void> => {
      await writer.write(packetBytes(262_144), { timestampNs: 0n });
    };
    await expect(second()).rejects.toThrow("full");
    await expect(writer.finish()).resolves.toBeUndefined();
    expect(sink.isClosed).toBe(true);
  });
});
