/** A rolling deploy of 64 next hops under 5,000 new flows a second: what breaks needlessly. */

import { expect, it } from "vitest";
import { maglev } from "../../../src/replay/models/maglev.ts";
import {
  type DeployCounts,
  modelScheme,
  ownersScheme,
  pinsScheme,
  runDeploy,
} from "../../router/rolling-deploy.ts";

const SIZE = { seed: 1, nextHops: 64, flowsPerSecond: 5000 };

/** Prints the figure that BENCHMARKS.md has. */
function brokenPercent(what: string, { flows, broken, lost }: DeployCounts): number {
  const percent = (100 * broken) / flows;
  process.stderr.write(
    `${what}: ${broken} of ${flows} flows broken (${percent.toFixed(5)} %), ${lost} lost\n`,
  );
  return percent;
}

it.each([
  [1, 0.002],
  [2, 0.0005],
  [3, 0.0001],
])("%i previous owners in packets: at most %f per cent", async (owners, limit) => {
  const counts = runDeploy(SIZE, await ownersScheme(SIZE.nextHops, owners));
  expect(counts.openedAmiss).toBe(0);
  expect(brokenPercent(`${owners} previous owners`, counts)).toBeLessThanOrEqual(limit);
});

it.each([
  [32_768, 0.1],
  [131_072, 0.05],
])("%i pins, 500 flows a second: at most %f per cent", async (pins, limit) => {
  const size = { ...SIZE, flowsPerSecond: 500 };
  const counts = runDeploy(size, await pinsScheme(size.nextHops, pins));
  expect(counts.openedAmiss).toBe(0);
  expect(brokenPercent(`${pins} pins`, counts)).toBeLessThanOrEqual(limit);
});

it("no state: Maglev breaks more than 1 %", () => {
  const counts = runDeploy(SIZE, modelScheme(SIZE.nextHops, maglev()));
  expect(brokenPercent("Maglev without state", counts)).toBeGreaterThan(1);
});
