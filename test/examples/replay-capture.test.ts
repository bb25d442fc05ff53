/** examples/replay-capture accounts for every packet, and moves no flow needlessly. */

import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("replays the samples before and after a failover", () => {
  const lines = runExample("replay-capture");
  const [, received, forwarded, punted, dropped] =
    lines[0]?.match(/^(\d+) packets = (\d+) forwarded \+ (\d+) punted \+ (\d+) dropped$/) ?? [];
  expect(Number(forwarded)).toBeGreaterThan(0);
  expect(Number(forwarded) + Number(punted) + Number(dropped)).toBe(Number(received));

  const [, moved, seen, needless] =
    lines.at(-1)?.match(/^(\d+) of (\d+) flows moved, (\d+) of them needlessly$/) ?? [];
  expect(Number(moved)).toBeGreaterThan(0);
  expect(Number(moved)).toBeLessThan(Number(seen));
  expect(needless).toBe("0");
});
