/** gzip, bzip2 and zstd as streams: whole, in several parts, cut, damaged, and explosive. */

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ByteSource } from "../../src/io/port.ts";
import { AnyfibError } from "../../src/net/errors.ts";
import { decompressed } from "../../src/node/decompress.ts";
import { concat, packetBytes, u32 } from "../io/capture-bytes.ts";
import { byteSource } from "../io/read-capture.ts";

/** 150,000 bytes: two blocks of `bzip2 -1` and of zstd. */
const PLAIN = new TextEncoder().encode("203.0.113.0/24 192.0.2.1\n".repeat(6000));

const base64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));

/** PLAIN by `bzip2 -1`. */
const BZIP2 = base64(
  "QlpoMTFBWSZTWfWFz2YAlGjYAAAQQAH8IDAAuAgBgQAwE1UhptRsFBgKDAUGAoNVUg0CgyCIXIIhdVUg1AoNgoOAoP" +
    "gUHdVIMBQfAoOVUg9BQcBQaBQfmKCskyms/TD0voAdTqwAAAggAP4QGABYCAGAmqkaYQgBh8qQcVIOVSDipBhUgwqQ" +
    "clCFuUIXlUgwqkGtKkG1SDqpBlUgzVIOqkG6pBpUg2qQYVIPxdyRThQkBFqd7AA=",
);
const BZIP2_EMPTY = base64("QlpoORdyRThQkAAAAAA=");
/** 200,000,000 zeros by `bzip2`. */
const BZIP2_BOMB = base64(
  "QlpoOTFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXMUFZJlNZDgni3wFfjkAAwAAACCAAMIBNRkKgJakKgJcx" +
    "QVkmU1kOCeLfAV+OQADAAAAIIAAwgE1GQqAlqQqAlzFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXMUFZJlNZ" +
    "zL/7xgB9osAIwAACAAAIIAAwzAmqaZKkQbVFSIPF3JFOFCQeFqODAA==",
);
/** PLAIN by `zstd -19`. */
const ZSTD = base64(
  "KLUv/aTwSQIABAEAkoEFC7C5AX+3yN4JVlACwPtuMaiyh3zPGgEAkf9zPsdFAAAAAQDtCe8TCBoL4rE=",
);
/** PLAIN by `zstd -19 --no-check`, from a pipe: neither size nor checksum. */
const ZSTD_PIPED = base64(
  "KLUv/QBoBAEAkoEFC7C5AX+3yN4JVlACwPtuMaiyh3zPGgEAkf9zPsdFAAAAAQDtCe8TCA==",
);
const ZSTD_EMPTY = base64("KLUv/SQAAQAAmenYUQ==");
/** 2,000,000 zeros. */
const ZSTD_RUNS = base64(
  "KLUv/QRYVAAAEAAAAQD7/znAAgIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIA" +
    "EAACABAAAyQEAA7JdNc=",
);

function skippable(length: number): Uint8Array {
  return concat(u32("little", 0x184d2a5e, length), packetBytes(length));
}

/** A frame of one raw block behind any header. */
function zstdFrame(header: readonly number[], size = 4): Uint8Array {
  const block = 1 | (size << 3);
  return concat(
    u32("little", 0xfd2fb528),
    Uint8Array.from(header),
    Uint8Array.of(block & 0xff, (block >> 8) & 0xff, block >> 16),
    packetBytes(size),
  );
}

interface Decoded {
  readonly bytes: Uint8Array;
  readonly error: AnyfibError | undefined;
}

async function decode(source: ByteSource, targetBytes = 65_536): Promise<Decoded> {
  const parts: Uint8Array[] = [];
  await using decoded = await decompressed(source);
  const target = new Uint8Array(targetBytes);
  try {
    for (let read = await decoded.read(target); read > 0; read = await decoded.read(target)) {
      parts.push(target.slice(0, read));
    }
    expect(await decoded.read(target)).toBe(0);
    return { bytes: concat(...parts), error: undefined };
  } catch (error) {
    if (!(error instanceof AnyfibError)) throw error;
    await expect(decoded.read(target)).rejects.toBe(error);
    return { bytes: concat(...parts), error };
  }
}

function isPrefix(bytes: Uint8Array, whole: Uint8Array): boolean {
  return Buffer.compare(bytes, whole.subarray(0, bytes.length)) === 0;
}

const GZIP = Uint8Array.from(gzipSync(PLAIN));
const FORMATS = [
  { format: "gzip", file: GZIP, empty: Uint8Array.from(gzipSync("")) },
  { format: "bzip2", file: BZIP2, empty: BZIP2_EMPTY },
  { format: "zstd", file: ZSTD, empty: ZSTD_EMPTY },
] as const;

describe("what is not compressed", () => {
  test.each([0, 1, 9, 100, 200_000])("%i bytes pass as they are", async (length) => {
    const plain = packetBytes(length);
    for (const step of [1, 7, 1_000_000]) {
      if (length * 7 > step * 100_000) continue;
      const { bytes, error } = await decode(byteSource(plain, () => step));
      expect(error).toBeUndefined();
      expect(Buffer.compare(bytes, plain)).toBe(0);
    }
  });
});

describe.each(FORMATS)("$format", ({ file, empty }) => {
  test.each([1, 2, 5, 1000, 1_000_000])("is decoded from reads of %i bytes", async (step) => {
    const { bytes, error } = await decode(byteSource(file, () => step));
    expect(error).toBeUndefined();
    expect(Buffer.compare(bytes, PLAIN)).toBe(0);
  });

  test("is decoded into small targets", async () => {
    const { bytes } = await decode(byteSource(file), 999);
    expect(Buffer.compare(bytes, PLAIN)).toBe(0);
  });

  test("may come in several parts, empty ones too", async () => {
    for (const step of [1, 3, file.length, 10_000]) {
      const parts = concat(empty, file, empty, empty, file, empty);
      const { bytes, error } = await decode(byteSource(parts, () => step));
      expect(error).toBeUndefined();
      expect(Buffer.compare(bytes, concat(PLAIN, PLAIN))).toBe(0);
    }
  });

  test("cut at every byte gives what was decoded, then an error", async () => {
    const all = concat(empty, file);
    for (let cut = 4; cut < all.length; cut++) {
      const { bytes, error } = await decode(byteSource(all.subarray(0, cut)));
      expect(isPrefix(bytes, PLAIN), `cut at ${cut}`).toBe(true);
      if (cut === empty.length) expect(error, `cut at ${cut}`).toBeUndefined();
      else expect(error, `cut at ${cut}`).toMatchObject({ code: "DECOMPRESSION", exitCode: 3 });
      if (error) expect(error.message).toContain("ends in mid-stream");
    }
  });

  test("with any bytes changed it ends, with an error or without", async () => {
    const change = fc.tuple(fc.integer({ min: 10, max: file.length - 1 }), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = file.slice();
        for (const [at, value] of changes) damaged[at] = value;
        const { error } = await decode(byteSource(damaged));
        if (error) expect(error.code).toBe("DECOMPRESSION");
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  test("with something else behind it is damaged, after all of it", async () => {
    const { bytes, error } = await decode(byteSource(concat(file, packetBytes(1000))));
    expect(Buffer.compare(bytes, PLAIN)).toBe(0);
    expect(error).toMatchObject({ code: "DECOMPRESSION" });
  });
});

describe("gzip", () => {
  test("of what does not compress is decoded", async () => {
    let state = 1;
    const noise = Uint8Array.from({ length: 500_000 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
    const { bytes } = await decode(byteSource(Uint8Array.from(gzipSync(noise)), () => 10_000));
    expect(Buffer.compare(bytes, noise)).toBe(0);
  });

  test("may have every field of its header", async () => {
    const name = concat(new TextEncoder().encode("a".repeat(70_000)), Uint8Array.of(0));
    const flagged = Uint8Array.of(0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3);
    const extra = concat(Uint8Array.of(3, 0), packetBytes(3));
    const file = concat(flagged, extra, name, name, packetBytes(2), GZIP.subarray(10));
    const { bytes, error } = await decode(byteSource(file));
    expect(error).toBeUndefined();
    expect(Buffer.compare(bytes, PLAIN)).toBe(0);
  });

  test("with a wrong checksum is damaged", async () => {
    for (const at of [GZIP.length - 8, GZIP.length - 4]) {
      const file = GZIP.slice();
      file[at] = (file[at] ?? 0) ^ 1;
      const { bytes, error } = await decode(byteSource(file));
      expect(Buffer.compare(bytes, PLAIN)).toBe(0);
      expect(error?.message).toContain("bad checksum");
    }
  });

  test("with something else behind zeros is damaged", async () => {
    const file = concat(GZIP, new Uint8Array(100_000), Uint8Array.of(1));
    const { bytes, error } = await decode(byteSource(file));
    expect(Buffer.compare(bytes, PLAIN)).toBe(0);
    expect(error?.message).toContain(`no member starts at ${file.length - 1}`);
  });

  test.each([1, 100, 100_000])("padded with %i zeros is whole", async (zeros) => {
    const { bytes, error } = await decode(byteSource(concat(GZIP, new Uint8Array(zeros))));
    expect(error).toBeUndefined();
    expect(Buffer.compare(bytes, PLAIN)).toBe(0);
  });

  test("of 60 MiB of zeros is no bomb, of 200 MiB it is", async () => {
    const small = await decode(byteSource(Uint8Array.from(gzipSync(new Uint8Array(60 << 20)))));
    expect(small.error).toBeUndefined();
    expect(small.bytes.length).toBe(60 << 20);
    const bomb = await decode(byteSource(Uint8Array.from(gzipSync(new Uint8Array(200 << 20)))));
    expect(bomb.error?.message).toContain("more than 1000 times");
    expect(bomb.bytes.length).toBeLessThan(80 << 20);
  });
});

describe("bzip2", () => {
  test("of 200 MB of zeros is a bomb", { timeout: 60_000 }, async () => {
    const { error } = await decode(byteSource(BZIP2_BOMB));
    expect(error?.message).toContain("more than 1000 times");
  });
});

describe("zstd", () => {
  test("may lack its size and its checksum", async () => {
    const { bytes } = await decode(byteSource(ZSTD_PIPED));
    expect(Buffer.compare(bytes, PLAIN)).toBe(0);
  });

  test("decodes runs", async () => {
    const { bytes } = await decode(byteSource(ZSTD_RUNS));
    expect(Buffer.compare(bytes, new Uint8Array(2_000_000))).toBe(0);
  });

  test("passes over skippable frames", async () => {
    const file = concat(skippable(0), ZSTD, skippable(700_000), ZSTD_PIPED, skippable(3));
    const { bytes, error } = await decode(byteSource(file, () => 1000));
    expect(error).toBeUndefined();
    expect(Buffer.compare(bytes, concat(PLAIN, PLAIN))).toBe(0);
  });

  test("decodes raw blocks behind every form of header", async () => {
    for (const header of [
      [0x20, 4],
      [0x60, 4, 0],
      [0xa0, 4, 0, 0, 0],
      [0xe0, 4, 0, 0, 0, 0, 0, 0, 0],
      [0x00, 0x00],
      [0x40, 0x78, 4, 0],
    ]) {
      const { bytes, error } = await decode(byteSource(zstdFrame(header)));
      expect(error, String(header)).toBeUndefined();
      expect(bytes).toEqual(packetBytes(4));
    }
  });

  test.each([
    ["a window of 64 MiB", zstdFrame([0x00, 0x80])],
    ["a single segment of 1 TiB", zstdFrame([0xe0, 0, 0, 0, 0, 0, 1, 0, 0])],
    ["a dictionary", zstdFrame([0x21, 7, 4])],
    ["a block of 128 KiB and a byte", zstdFrame([0x00, 0x70], 131_073)],
    [
      "a block of a reserved type",
      concat(zstdFrame([0x20, 4]).subarray(0, 6), Uint8Array.of(7, 0, 0, 0)),
    ],
  ])("refuses %s", async (_, file) => {
    const { bytes, error } = await decode(byteSource(file));
    expect(bytes.length).toBe(0);
    expect(error).toMatchObject({ code: "DECOMPRESSION" });
    expect(error?.message).toMatch(/is damaged|is not decoded here/);
  });

  test("of 128 KiB from every 4 bytes is a bomb", async () => {
    const run = [2, 0, 16, 0];
    const blocks = Uint8Array.from({ length: 4 * 5000 }, (_, index) => run[index % 4] ?? 0);
    const file = concat(u32("little", 0xfd2fb528), Uint8Array.of(0x00, 0x58), blocks);
    const { error } = await decode(byteSource(file));
    expect(error?.message).toContain("more than 1000 times");
  });
});
