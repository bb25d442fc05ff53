/** Shares over time: every packet counted once, in intervals that cover the capture. */

import { describe, expect, it } from "vitest";
import { ShareHistory } from "../../src/replay/share-history.ts";
import { smallForwarder } from "../router/router-rig.ts";

/** Packets to one address at these times, in one batch each. */
async function historyOf(times: readonly bigint[]): Promise<ShareHistory> {
  const forwarder = await smallForwarder({
    routes: [{ prefix: "203.0.113.0/24", nextHops: ["10.0.0.11"] }],
  });
  const { query4 } = await import("./replay-rig.ts");
  const history = new ShareHistory();
  for (const timestampNs of times) {
    const batch = forwarder.batch();
    batch.push(query4(1).data, { timestampNs });
    history.observe(forwarder.process(batch));
  }
  return history;
}

function counts(history: ShareHistory): readonly number[] {
  return history.read().intervals.map((interval) => interval.get(1) ?? 0);
}

describe("a history", () => {
  it("is empty without packets", async () => {
    expect((await historyOf([])).read().intervals).toEqual([]);
  });

  it("widens its intervals until all packets have one", async () => {
    const second = 1_000_000_000n;
    const start = 1_700_000_000n * second;
    const history = await historyOf(
      Array.from({ length: 500 }, (_, i) => start + BigInt(i) * second),
    );
    const { widthSeconds, intervals } = history.read();
    expect(counts(history).reduce((sum, count) => sum + count, 0)).toBe(500);
    expect(intervals.length * widthSeconds).toBeGreaterThanOrEqual(499);
    expect(intervals.length).toBeGreaterThanOrEqual(8);
    expect(intervals.length).toBeLessThan(16);
  });

  it("takes a packet from before the first one, and a gap of centuries", async () => {
    const history = await historyOf([1_000_000n, 0n, 2n ** 63n]);
    const seen = counts(history);
    expect([seen[0], seen.at(-1)]).toEqual([2, 1]);
    expect(seen.length).toBeLessThanOrEqual(256);
  });
});
