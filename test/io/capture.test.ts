/** Captures as streams: any cut, any damage, any size of read. */

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { openCaptureSource } from "../../src/io/capture.ts";
import { AnyfibError } from "../../src/net/errors.ts";
import {
  block,
  concat,
  enhanced,
  interfaceBlock,
  oldPacket,
  option,
  packetBytes,
  pcapHeader,
  pcapRecord,
  section,
  simple,
} from "./capture-bytes.ts";
import { byteSource, captureEngine, type ReadPacket, readCapture } from "./read-capture.ts";

/** A file as the parts that it may end between; each that holds a packet counts. */
interface Parts {
  readonly format: string;
  readonly parts: readonly { readonly bytes: Uint8Array; readonly packets: 0 | 1 }[];
}

const PCAP: Parts = {
  format: "pcap",
  parts: [
    { bytes: pcapHeader({ order: "big", magic: 0xa1b23c4d }), packets: 0 },
    ...[60, 0, 1, 33].map((length) => ({
      bytes: pcapRecord("big", { seconds: length, data: packetBytes(length, length) }),
      packets: 1 as const,
    })),
  ],
};

const PCAPNG: Parts = {
  format: "pcapng",
  parts: [
    { bytes: section("little"), packets: 0 },
    { bytes: interfaceBlock("little", { resolution: 9, snapBytes: 40 }), packets: 0 },
    { bytes: enhanced("little", { data: packetBytes(30), ticks: 77n }), packets: 1 },
    { bytes: block("little", 10, packetBytes(11)), packets: 0 },
    { bytes: simple("little", packetBytes(40), 64), packets: 1 },
    { bytes: section("big", option("big", 1, packetBytes(5))), packets: 0 },
    { bytes: interfaceBlock("big", { linkType: 101, offsetSeconds: 3n }), packets: 0 },
    { bytes: oldPacket("big", { data: packetBytes(5), original: 9 }), packets: 1 },
    { bytes: enhanced("big", { data: packetBytes(0) }), packets: 1 },
  ],
};

const FILES = [PCAP, PCAPNG];

function whole({ parts }: Parts): Uint8Array {
  return concat(...parts.map((part) => part.bytes));
}

describe.each(FILES)("$format", (file) => {
  const bytes = whole(file);
  let engine: Engine;
  let all: readonly ReadPacket[];
  beforeAll(async () => {
    engine = await captureEngine();
    all = (await readCapture(engine, byteSource(bytes))).packets;
    expect(all).toHaveLength(4);
  });

  test("cut at every byte gives what is whole, and says where it was cut", async () => {
    const ends = [0];
    const packetsBefore = [0];
    for (const part of file.parts) {
      ends.push((ends.at(-1) ?? 0) + part.bytes.length);
      packetsBefore.push((packetsBefore.at(-1) ?? 0) + part.packets);
    }
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { packets, error } = await readCapture(engine, byteSource(bytes.subarray(0, cut)));
      const part = ends.findLastIndex((end) => end <= cut);
      expect(packets, `cut at ${cut}`).toEqual(all.slice(0, packetsBefore[part]));
      if (cut > 0 && cut === ends[part]) expect(error, `cut at ${cut}`).toBeUndefined();
      else expect(error).toMatchObject({ code: "CAPTURE_CUT", where: `test.pcap@${ends[part]}` });
    }
  });

  test.each([1, 7, 13])("reads of %i bytes give the same packets", async (step) => {
    const { packets, error } = await readCapture(
      engine,
      byteSource(bytes, () => step),
    );
    expect(error).toBeUndefined();
    expect(packets).toEqual(all);
  });

  test("reads of any sizes give the same packets", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(sizes, async (steps) => {
        let read = 0;
        const step = (): number => steps[read++ % steps.length] ?? 1;
        expect((await readCapture(engine, byteSource(bytes, step))).packets).toEqual(all);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("with any bytes changed it ends, well or with an error", async () => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        const { packets, error } = await readCapture(engine, byteSource(damaged));
        expect(packets.length).toBeLessThanOrEqual(bytes.length / 12);
        if (error) expect(["CAPTURE_FORMAT", "CAPTURE_CUT"]).toContain(error.code);
      }),
      { seed: 2, numRuns: 3000 },
    );
  });
});

describe("many chunks", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await captureEngine();
  });

  /** 3 MB of packets of all sizes; each tells its own number. */
  const parts = Array.from({ length: 4000 }, (_, index) => {
    const data = packetBytes((index * 7919) % 1500, index);
    return { pcap: pcapRecord("little", { seconds: index, data }), data };
  });
  const bytes = concat(pcapHeader(), ...parts.map((part) => part.pcap));

  test.each([
    ["all at once", () => bytes.length],
    ["64 KiB", () => 65_536],
    ["1,000,003 bytes", () => 1_000_003],
  ])("of %s keep every packet whole", async (_, step) => {
    const { packets, error } = await readCapture(engine, byteSource(bytes, step));
    expect(error).toBeUndefined();
    expect(packets).toHaveLength(parts.length);
    const wrong = packets.findIndex(({ data }, index) => {
      const want = parts[index]?.data ?? new Uint8Array(0);
      return Buffer.compare(data, want) !== 0;
    });
    expect(wrong).toBe(-1);
  });

  test("frames may be written up to 14 bytes before their start", async () => {
    const file = concat(
      section("little"),
      interfaceBlock("little", { linkType: 101 }),
      ...parts.map((part) => simple("little", part.data)),
    );

    await using capture = await openCaptureSource(byteSource(file), engine);
    let index = 0;
    for await (const batch of capture) {
      const { count } = batch;
      for (let packet = 0; packet < count; packet++) {
        const start = batch.offsets[packet] ?? 0;
        batch.bytes.fill(0xff, start - 14, start);
      }
      for (let packet = 0; packet < count; packet++, index++) {
        const start = batch.offsets[packet] ?? 0;
        const data = batch.bytes.subarray(start, start + (batch.lengths[packet] ?? 0));
        expect(Buffer.compare(data, parts[index]?.data ?? data.slice(1))).toBe(0);
      }
    }
    expect(index).toBe(parts.length);
  });
});

describe("a source that fails", () => {
  test("hands its error on, after what came before", async () => {
    const engine = await captureEngine();
    const good = byteSource(whole(PCAP), () => 50);
    const broken = new AnyfibError({ code: "FILE", what: "broken", hint: "none" });
    let reads = 0;
    const source = {
      ...good,
      read: (target: Uint8Array): Promise<number> =>
        reads++ < 3 ? good.read(target) : Promise.reject(broken),
    };
    const { packets, error } = await readCapture(engine, source);
    expect(packets).toHaveLength(3);
    expect(error).toBe(broken);
  });

  test("is given up when the signal fires, even in the middle of a read", async () => {
    const engine = await captureEngine();
    const good = byteSource(whole(PCAP), () => 100);
    let reads = 0;
    const controller = new AbortController();
    const source = {
      ...good,
      read: (target: Uint8Array): Promise<number> => {
        if (reads++ === 0) return good.read(target);
        setTimeout(() => controller.abort(), 1);
        return new Promise(() => {});
      },
    };
    const { packets, error } = await readCapture(engine, source, { signal: controller.signal });
    expect(packets).toHaveLength(1);
    expect(error).toMatchObject({ code: "ABORTED", exitCode: 130 });
  });
});
