/** Which tags a port's frames may have: the host's own check, which says what the filter says. */

import { expect, test } from "vitest";
import { hasTags } from "../../src/io/tag-filter.ts";

const CTAG = 0x8100;
const STAG = 0x88a8;
const IPV4 = 0x0800;

/** A frame with these 16-bit words behind its addresses. */
function frame(...words: readonly number[]): Uint8Array {
  return Uint8Array.from([...Array(12).fill(1), ...words.flatMap((w) => [w >>> 8, w & 255]), 9, 9]);
}

const NONE = frame(IPV4);
const ONE = frame(CTAG, 0x6000 | 10, IPV4);
const SERVICE = frame(STAG, 10, IPV4);
const TWO = frame(STAG, 100, CTAG, 20, IPV4);
const BOTH = frame(CTAG, 100, CTAG, 20, IPV4);

test("a port hears its own tags, whatever their priority", () => {
  const frames = [NONE, ONE, SERVICE, TWO, BOTH];
  const heard = (...tags: readonly [tpid: number, tci: number][]) =>
    frames.map((one) =>
      hasTags(
        one,
        tags.map(([tpid, tci]) => ({ tpid, tci })),
      ),
    );
  expect(heard()).toEqual([true, false, false, false, false]);
  expect(heard([CTAG, 10])).toEqual([false, true, false, false, false]);
  expect(heard([CTAG, 11])).toEqual([false, false, false, false, false]);
  expect(heard([CTAG, 100])).toEqual([false, false, false, false, false]);
  expect(heard([STAG, 100], [CTAG, 20])).toEqual([false, false, false, true, true]);
  expect(heard([STAG, 100], [CTAG, 21])).toEqual([false, false, false, false, false]);
});

test("frames that end within their tags are nobody's", () => {
  const tags = [
    { tpid: STAG, tci: 100 },
    { tpid: CTAG, tci: 20 },
  ];
  for (let length = 0; length < 22; length++) {
    expect(hasTags(TWO.subarray(0, length), tags)).toBe(false);
    if (length < 14) expect(hasTags(NONE.subarray(0, length), [])).toBe(false);
  }
});
