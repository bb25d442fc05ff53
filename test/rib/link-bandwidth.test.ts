/** Weights of routes by their link bandwidths. */

import { expect, test } from "vitest";
import type { AttributeSet } from "../../src/rib/attributes.ts";
import { bandwidthWeights, linkBandwidth } from "../../src/rib/link-bandwidth.ts";

/** A community: 64500, bytes a second. */
function community(bandwidth: number, type = 0x40): readonly number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, bandwidth);
  return [(type << 24) | 0x04_0000 | 64500, view.getUint32(0)].map((word) => word >>> 0);
}

function route(...extendedCommunities: readonly number[]): AttributeSet {
  // cast: all that is looked at.
  return { extendedCommunities } as unknown as AttributeSet;
}

const GIGABIT = 125_000_000;

test("reads both codings, behind other communities", () => {
  expect(linkBandwidth(route(...community(GIGABIT)))).toBe(GIGABIT);
  expect(linkBandwidth(route(...community(GIGABIT, 0)))).toBe(GIGABIT);
  expect(linkBandwidth(route(0x0002_0001, 7, ...community(GIGABIT)))).toBe(GIGABIT);
  expect(linkBandwidth(route(0x0002_0001, 7))).toBeUndefined();
  for (const nonsense of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    expect(linkBandwidth(route(...community(nonsense)))).toBeUndefined();
  }
});

test("weighs by the ratio of bandwidths", () => {
  const routes = [10, 1, 25].map((gigabits) => route(...community(gigabits * GIGABIT)));
  expect(bandwidthWeights(routes)).toEqual([10, 1, 25]);
  expect(bandwidthWeights([route(...community(GIGABIT / 2)), ...routes])).toEqual([1, 20, 2, 50]);
});

test("keeps weights within their bounds", () => {
  const weights = bandwidthWeights([1e12, 1e3, 7e11].map((each) => route(...community(each))));
  expect(weights).toEqual([65_535, 1, 45_874]);
});

test("weighs alike where one tells none", () => {
  expect(bandwidthWeights([route(...community(GIGABIT)), route()])).toEqual([1, 1]);
  expect(bandwidthWeights([route(...community(GIGABIT)), route(...community(0))])).toEqual([1, 1]);
  expect(bandwidthWeights([route(...community(GIGABIT))])).toEqual([1]);
});
