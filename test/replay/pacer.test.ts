/** Pacing: no packet before its time, no drift, captures that begin anew. */

import { describe, expect, it } from "vitest";
import { Pacer } from "../../src/replay/pacer.ts";

/** Milliseconds from the first packet at which each of them was let go. */
async function times(pacer: Pacer, stamps: readonly bigint[], bytes = 1000): Promise<number[]> {
  const left: number[] = [];
  for (const stamp of stamps) {
    await pacer.wait(stamp, bytes);
    left.push(pacer.seconds * 1000);
  }
  return left;
}

const none = Array.from({ length: 400 }, () => 0n);
const MS = 1_000_000n;

describe("a pacer", () => {
  it("lets packets go at a rate, none before its time", async () => {
    const left = await times(new Pacer({ kind: "packets", perSecond: 4000 }), none);
    for (const [index, at] of left.entries()) expect(at).toBeGreaterThanOrEqual(index / 4 - 1e-3);
  });

  it("counts bits of frames", async () => {
    const left = await times(new Pacer({ kind: "megabits", perSecond: 80 }), none);
    // 8,000 bits at 80 a microsecond.
    for (const [index, at] of left.entries()) expect(at).toBeGreaterThanOrEqual(index / 10 - 1e-3);
  });

  it("keeps the capture's pace, faster or slower, also where the capture begins anew", async () => {
    const once = [0n, 2n, 3n, 9n].map((ms) => 5000n * MS + ms * MS);
    const pacer = new Pacer({ kind: "capture", speed: 2 });
    const left = await times(pacer, [...once, ...once]);
    const due = [0, 1, 1.5, 4.5, 4.5, 5.5, 6, 9];
    for (const [index, at] of left.entries()) {
      expect(at).toBeGreaterThanOrEqual((due[index] ?? 0) - 1e-3);
    }
    expect(pacer.lateP99Ns).toBeGreaterThanOrEqual(0);
    expect(pacer.gapErrorP99Ns).toBeGreaterThanOrEqual(0);
  });

  it("makes up for lost time instead of drifting", async () => {
    const pacer = new Pacer({ kind: "packets", perSecond: 1000 });
    await pacer.wait(0n, 1);
    const started = performance.now();
    while (performance.now() - started < 30);
    await times(pacer, none.slice(0, 20));
    // Those whose time had come leave at once: 20 packets would take 20 ms anew.
    const before = pacer.seconds;
    await times(pacer, none.slice(0, 5));
    expect(pacer.seconds - before).toBeLessThan(0.02);
  });

  it("waits for nothing at top speed", async () => {
    const pacer = new Pacer({ kind: "top" });
    await times(pacer, [0n, 3_600_000n * MS]);
    expect(pacer.seconds).toBeLessThan(1);
    expect(pacer.lateP99Ns).toBeNull();
  });
});
