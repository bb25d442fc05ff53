/** Warnings that a running router's counters call for. */

import { expect, test } from "vitest";
import { CutWarnings } from "../../src/cli/run-warnings.ts";
import type { NamedCounters } from "../../src/router/loop.ts";

function port(name: string, cut: number): NamedCounters {
  const none = { received: 9, kernelDropped: 0, checksumsFinished: 0, sent: 9, full: 0 };
  return { name, ...none, cut, tooLong: 0, refused: 0 };
}

test("an interface whose frames are merged is told once, with what to do", () => {
  const told: string[] = [];
  const cuts = new CutWarnings((warning) => told.push(warning));
  cuts.look([port("uplink", 0), port("site1", 0)]);
  cuts.look([port("uplink", 0), port("site1", 3)]);
  cuts.look([port("uplink", 0), port("site1", 7)]);
  expect(told).toEqual([expect.stringMatching(/^site1: .*ethtool -K DEVICE gro off/)]);
  cuts.look([port("uplink", 1), port("site1", 7)]);
  expect(told).toHaveLength(2);
});
