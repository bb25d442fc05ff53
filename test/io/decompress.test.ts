/** Compressed formats by their first bytes, and the limit on how far they may grow. */

import { describe, expect, test } from "vitest";
import {
  checkRatio,
  compressionOf,
  DECOMPRESSION_FREE_BYTES,
  DECOMPRESSION_RATIO_MAX,
} from "../../src/io/decompress.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("compressionOf", () => {
  test.each([
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0)],
    ["bzip2", text("BZh91AY&SY")],
    ["bzip2", text("BZh1\x17\x72\x45\x38\x50")],
    ["bzip2", text("BZh5")],
    ["zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x24)],
    ["zstd", Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18)],
    [undefined, Uint8Array.of(0x1f, 0x8b, 7, 0, 0)],
    [undefined, Uint8Array.of(0x4f, 0x2a, 0x4d, 0x18)],
    [undefined, text("BZh0")],
    [undefined, text("BZh9 is a word")],
    [undefined, text("10.0.0.0/8")],
    [undefined, Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1)],
    [undefined, Uint8Array.of(0x1f)],
    [undefined, new Uint8Array(0)],
  ])("%s", (format, bytes) => {
    expect(compressionOf(bytes)).toBe(format);
  });
});

describe("checkRatio", () => {
  test("lets small output and honest ratios pass", () => {
    checkRatio("a.gz", 1, DECOMPRESSION_FREE_BYTES);
    checkRatio("a.gz", 2 ** 30, 2 ** 30 * DECOMPRESSION_RATIO_MAX);
  });

  test("stops what has both grown large and grown too much", () => {
    const check = (): void => checkRatio("a.gz", 1000, DECOMPRESSION_FREE_BYTES + 1);
    expect(check).toThrow(expect.objectContaining({ code: "DECOMPRESSION", exitCode: 3 }));
  });
});
