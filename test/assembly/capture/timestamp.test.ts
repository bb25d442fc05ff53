/** Timestamps of pcapng: every resolution, against exact arithmetic in BigInt. */

import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { concat, enhanced, interfaceBlock, packetBytes, section } from "../../io/capture-bytes.ts";
import { byteSource, captureEngine, readCapture } from "../../io/read-capture.ts";

const U64_MAX = 2n ** 64n - 1n;
const I64_MAX = 2n ** 63n - 1n;

const TICKS = [
  0n,
  1n,
  999n,
  1_000_000n,
  1_700_000_000n,
  1_700_000_000_123_456n,
  0x0123_4567_89ab_cdefn,
  18_446_744_073n,
  18_446_744_074n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 63n,
  U64_MAX - 1n,
  U64_MAX,
];

function clamp(value: bigint): bigint {
  if (value < 0n) return 0n;
  return value > U64_MAX ? U64_MAX : value;
}

function clampOffset(value: bigint): bigint {
  if (value > I64_MAX) return I64_MAX;
  return value < -I64_MAX ? -I64_MAX : value;
}

/** What the format's text says, in as many bits as it takes. */
function expected(resolution: number, ticks: bigint, offsetSeconds: bigint): bigint {
  const exponent = BigInt(resolution & 0x7f);
  const unit = resolution >= 0x80 ? 2n ** exponent : 10n ** exponent;
  let nanoseconds = clamp((ticks * 1_000_000_000n) / unit);
  // The last second that a u64 holds is not whole; ticks of powers of two stop before it.
  if (resolution >= 0x80 && ticks / unit >= U64_MAX / 1_000_000_000n) nanoseconds = U64_MAX;
  return clamp(nanoseconds + clampOffset(offsetSeconds * 1_000_000_000n));
}

describe("timestamps", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await captureEngine();
  });

  async function timestamps(resolution: number, offsetSeconds: bigint): Promise<bigint[]> {
    const file = concat(
      section("big"),
      interfaceBlock("big", { resolution, offsetSeconds }),
      ...TICKS.map((ticks) => enhanced("big", { ticks, data: packetBytes(4) })),
    );
    const { packets } = await readCapture(engine, byteSource(file));
    return packets.map((packet) => packet.timestampNs);
  }

  test("of all 256 resolutions are exact, rounded down, and stay within a u64", async () => {
    for (let resolution = 0; resolution < 256; resolution++) {
      const want = TICKS.map((ticks) => expected(resolution, ticks, 0n));
      expect(await timestamps(resolution, 0n), `if_tsresol ${resolution}`).toEqual(want);
    }
  });

  test.each([1n, -1n, 86_400n, -1_700_000_000n, I64_MAX, -I64_MAX])(
    "take an offset of %i seconds",
    async (offsetSeconds) => {
      for (const resolution of [0, 6, 9, 12, 0x80 + 10, 0x80 + 40]) {
        const want = TICKS.map((ticks) => expected(resolution, ticks, offsetSeconds));
        expect(await timestamps(resolution, offsetSeconds)).toEqual(want);
      }
    },
  );
});
