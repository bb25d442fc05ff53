/** Next hops as tables write them: `NEXTHOP[*WEIGHT][,NEXTHOP[*WEIGHT]…]`. */

import { formatAddress, parseAddress } from "../../net/address.ts";
import { quoted } from "../../net/printable.ts";
import { nextHopFault } from "../../rib/next-hop.ts";
import type { NextHop } from "../../rib/route.ts";
import type { Place, TableBuilder } from "./table-builder.ts";

const WEIGHT_MAX = 65_535;
/** A weight that is not written. */
const WEIGHT_DEFAULT = 1;
/** Nearness that a table gives: tables know none: all their next hops are one tier. */
export const TABLE_COST = 0;
const LIST_HINT = "after the prefix stands NEXTHOP[*WEIGHT][,NEXTHOP[*WEIGHT]…]";

/** Reads a weight, 0 to 65535. */
export function parseWeight(builder: TableBuilder, text: string, place: Place): number {
  const weight = /^\d{1,5}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (weight <= WEIGHT_MAX) return weight;
  return builder.fail(place, `${quoted(text)} is no weight`, `a weight is 0 to ${WEIGHT_MAX}`);
}

/**
 * The next hops of one route, each address once: its weight is the sum of those given for it, since
 * a kernel lists an address twice where two interfaces lead to it.
 */
export function mergeNextHops(
  builder: TableBuilder,
  nextHops: readonly NextHop[],
  place: Place,
): readonly NextHop[] {
  if (nextHops.length === 1) return nextHops;
  const merged = new Map<string, NextHop>();
  for (const nextHop of nextHops) {
    const key = formatAddress(nextHop.address);
    const weight = nextHop.weight + (merged.get(key)?.weight ?? 0);
    if (weight > WEIGHT_MAX) {
      builder.fail(place, `the weights of ${key} add up to ${weight}`, `keep to ${WEIGHT_MAX}`);
    }
    merged.set(key, { ...nextHop, weight });
  }
  return [...merged.values()];
}

function parseNextHop(builder: TableBuilder, text: string, family: 4 | 6, place: Place): NextHop {
  const [addressText = "", ...weights] = text.split("*");
  const address = parseAddress(addressText);
  if (address === undefined) {
    return builder.fail(place, `${quoted(addressText)} is no next hop`, LIST_HINT);
  }
  const fault = nextHopFault(address, family);
  if (fault !== undefined) builder.fail(place, fault.what, fault.hint);
  if (weights.length === 0) return { address, weight: WEIGHT_DEFAULT, cost: TABLE_COST };
  const weightPlace = { line: place.line, column: place.column + addressText.length + 1 };
  return {
    address,
    weight: parseWeight(builder, weights.join("*"), weightPlace),
    cost: TABLE_COST,
  };
}

/** Reads a list whose text starts at `place`; spaces may stand around its commas. */
export function parseNextHops(
  builder: TableBuilder,
  text: string,
  family: 4 | 6,
  place: Place,
): readonly NextHop[] {
  const nextHops: NextHop[] = [];
  let { column } = place;
  for (const part of text.split(",")) {
    const indent = part.length - part.trimStart().length;
    const at = { line: place.line, column: column + indent };
    nextHops.push(parseNextHop(builder, part.trim(), family, at));
    column += part.length + 1;
  }
  return mergeNextHops(builder, nextHops, place);
}
