/** A rolling deploy of a few next hops: what previous owners, pins and a table alone break. */

import { describe, expect, it } from "vitest";
import { maglev } from "../../src/replay/models/maglev.ts";
import { modelScheme, ownersScheme, pinsScheme, runDeploy } from "./rolling-deploy.ts";

const SIZE = { seed: 1, nextHops: 16, flowsPerSecond: 400 };
/** Flows in all: 16 turns of a minute, and the minute before them. */
const FLOWS = 17 * 60 * SIZE.flowsPerSecond;

describe("a rolling deploy", () => {
  it("breaks nothing with three previous owners in packets, and little with one", async () => {
    const one = runDeploy(SIZE, await ownersScheme(SIZE.nextHops, 1));
    const three = runDeploy(SIZE, await ownersScheme(SIZE.nextHops, 3));
    expect(one).toMatchObject({ flows: FLOWS, openedAmiss: 0 });
    expect(one.broken).toBeLessThanOrEqual(0.0001 * FLOWS);
    expect(three).toMatchObject({ flows: FLOWS, openedAmiss: 0, broken: 0 });
  });

  it("opens no connection at a next hop that drains, and pins keep the others", async () => {
    const small = { ...SIZE, flowsPerSecond: 40 };
    const counts = runDeploy(small, await pinsScheme(small.nextHops, 32_768));
    expect(counts).toMatchObject({ flows: FLOWS / 10, openedAmiss: 0 });
    expect(counts.broken).toBeLessThanOrEqual(0.002 * counts.flows);
    expect(counts.lost).toBeGreaterThan(0);
  });

  it("breaks more than 1 % under a table without state", () => {
    const counts = runDeploy(SIZE, modelScheme(SIZE.nextHops, maglev()));
    expect(counts.broken).toBeGreaterThan(0.01 * FLOWS);
  });
});
