/** Prefixes are read from ranges of bytes and masked; hexadecimal text becomes bytes. */

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import {
  asciiBytes,
  decodeHex,
  maskHostBits,
  prefixCells,
  readAddress4,
  readAddress6,
  readPrefix,
} from "../../src/net/bytes.ts";

const SEED = 5952;

function readText(text: string): readonly [end: number, ...found: unknown[]] {
  const cells = prefixCells();
  const bytes = asciiBytes(text);
  const end = readPrefix(bytes, 0, bytes.length, cells);
  return end < 0 ? [end] : [end, cells.family, cells.length, [...cells.words]];
}

describe("readPrefix", () => {
  it.each([
    ["192.0.2.0/24", 12, 4, 24],
    ["192.0.2.0/24 198.51.100.1", 12, 4, 24],
    ["192.0.2.1\r\n", 9, 4, 32],
    ["0.0.0.0/0", 9, 4, 0],
    ["2001:db8::/32\t", 13, 6, 32],
    ["::/0", 4, 6, 0],
    ["::1,", 3, 6, 128],
    ["1::/128", 7, 6, 128],
  ])("reads %j up to %i", (text, end, family, length) => {
    expect(readText(text).slice(0, 3)).toEqual([end, family, length]);
  });

  it.each(["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0/x"])(
    "refuses %j",
    (text) => {
      expect(readText(text)).toEqual([-1]);
    },
  );

  it.each(["::/129", "::/1280", "::/", "::/-1", "10.0.0/8", "x", "fe80::1/0x1"])(
    "refuses %j or stops before its end",
    (text) => {
      const [end] = readText(text);
      expect(end).toBeLessThan(text.length);
    },
  );

  it("stays inside its range", () => {
    const bytes = asciiBytes("1192.0.2.0/245");
    const cells = prefixCells();
    expect(readPrefix(bytes, 1, 13, cells)).toBe(13);
    expect([cells.length, cells.words[0]]).toEqual([24, 0xc0000200]);
    expect(readPrefix(bytes, 1, 12, cells)).toBe(12);
    expect(cells.length).toBe(2);
    expect(readPrefix(bytes, 1, 11, cells)).toBe(-1);
    expect(readAddress4(bytes, 1, 8, cells.words)).toBe(-1);
    expect(readAddress6(asciiBytes("::1"), 0, 1, cells.words)).toBe(-1);
  });

  it("reads what ipaddr.js reads", () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
    const groups = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, fc.nat(128), (parts, length) => {
        const text = `${new ipaddr.IPv6([...parts])}/${length}`;
        const words = [0, 2, 4, 6].map(
          (i) => ((parts[i] ?? 0) * 65536 + (parts[i + 1] ?? 0)) >>> 0,
        );
        expect(readText(text)).toEqual([text.length, 6, length, words]);
      }),
      { seed: SEED, numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(32), (octets, length) => {
        const text = `${new ipaddr.IPv4([...octets])}/${length}`;
        const word = octets.reduce((sum, octet) => sum * 256 + octet, 0);
        expect(readText(text)).toEqual([text.length, 4, length, [word, 0, 0, 0]]);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

describe("maskHostBits", () => {
  it("clears what is behind the length, in each length of both families", () => {
    const word = fc.nat(0xffffffff);
    fc.assert(
      fc.property(fc.constantFrom(4, 6), word, word, word, word, (family, ...words) => {
        const bits = family === 4 ? 32 : 128;
        const used = family === 4 ? words.slice(0, 1) : words;
        const number = used.reduce((sum, part) => (sum << 32n) | BigInt(part), 0n);
        for (let length = 0; length <= bits; length++) {
          const cells = { family, length, words: Uint32Array.from(used) };
          const kept = (number >> BigInt(bits - length)) << BigInt(bits - length);
          expect(maskHostBits(cells)).toBe(kept !== number);
          expect(cells.words.reduce((sum, part) => (sum << 32n) | BigInt(part), 0n)).toBe(kept);
        }
      }),
      { seed: SEED, numRuns: 50 },
    );
  });
});

describe("decodeHex", () => {
  it("reads pairs of digits of either case", () => {
    expect(decodeHex("00fFaA10")).toEqual(Uint8Array.of(0, 255, 170, 16));
    expect(decodeHex("")).toEqual(new Uint8Array(0));
  });

  it.each(["0", "0g", "g0", "0x00", " 00", "0\u0660"])("refuses %j", (text) => {
    expect(decodeHex(text)).toBeUndefined();
  });
});
