/**
 * Link bandwidths as weights of next hops: an extended community of the neighbor's AS and a float
 * of bytes a second, whether marked as transitive or not (draft-ietf-idr-link-bandwidth):
 *
 *     type u8 (0x40, or 0x00) | subtype u8 (0x04) | AS u16 | bandwidth, IEEE 754 single
 *
 * Weights keep the ratio of bandwidths, in the smallest numbers; where one of the routes tells
 * none, or 0, none counts and all have the same weight.
 */

import type { AttributeSet } from "./attributes.ts";

/** Types and subtype, as the upper half of a community's first word. */
const TYPES: ReadonlySet<number> = new Set([0x4004, 0x0004]);
/** Largest weight of a next hop. */
const WEIGHT_MAX = 65_535;
/** A single has 24 bits, and bandwidths are round: ratios that are so close are meant. */
const TOLERANCE = 1e-4;
/** Ratios of larger numbers are taken as they are. */
const SCALE_MAX = 100;

/** Bytes a second; undefined where the route tells none that makes sense. */
export function linkBandwidth({ extendedCommunities }: AttributeSet): number | undefined {
  for (let at = 0; at + 1 < extendedCommunities.length; at += 2) {
    const head = extendedCommunities[at] ?? 0;
    if (!TYPES.has(head >>> 16)) continue;
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, extendedCommunities[at + 1] ?? 0);
    const bandwidth = view.getFloat32(0);
    return Number.isFinite(bandwidth) && bandwidth >= 0 ? bandwidth : undefined;
  }
  return undefined;
}

/** The weights of routes that are used together. */
export function bandwidthWeights(sets: readonly AttributeSet[]): readonly number[] {
  const bandwidths = sets.map((set) => linkBandwidth(set) ?? 0);
  const least = Math.min(...bandwidths);
  if (bandwidths.length < 2 || least === 0) return sets.map(() => 1);
  const ratios = bandwidths.map((bandwidth) => bandwidth / least);
  for (let scale = 1; scale <= SCALE_MAX; scale++) {
    const weights = ratios.map((ratio) => Math.round(ratio * scale));
    if (Math.max(...weights) > WEIGHT_MAX) break;
    const isClose = weights.every((weight, index) => {
      const exact = (ratios[index] ?? 0) * scale;
      return Math.abs(weight - exact) <= TOLERANCE * exact;
    });
    if (isClose) return weights;
  }
  const most = Math.max(...ratios);
  return ratios.map((ratio) => Math.max(Math.round((ratio / most) * WEIGHT_MAX), 1));
}
