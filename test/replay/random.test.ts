/** Seeded random numbers are the same everywhere, and even. */

import { describe, expect, it } from "vitest";
import { mix32, Random } from "../../src/replay/random.ts";

describe("Random", () => {
  it("gives the numbers of sfc32, the same for the same seed", () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return [random.u32(), random.u32(), random.u32()];
    };
    expect(draw(1)).toEqual([2012149540, 1872316204, 1707632675]);
    expect(draw(2)).not.toEqual(draw(1));
    expect(draw(1 + 2 ** 32)).not.toEqual(draw(1));
  });

  it("draws every number below a limit about as often", () => {
    const random = new Random(7);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const drawn = random.below(10);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    // Nine standard deviations of a binomial draw.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(9 * 95);
  });

  it("draws below the largest limit", () => {
    const random = new Random(3);
    expect(random.below(1)).toBe(0);
    expect(Number.isInteger(random.below(2 ** 32))).toBe(true);
  });
});

describe("mix32", () => {
  it("is MurmurHash3's last step", () => {
    expect(mix32(0)).toBe(0);
    expect(mix32(1)).toBe(0x514e28b7);
    expect(mix32(0xffffffff)).toBe(0x81f16f39);
  });

  it("gives different numbers different images", () => {
    const images = new Set(Array.from({ length: 10_000 }, (_, value) => mix32(value)));
    expect(images.size).toBe(10_000);
  });
});
