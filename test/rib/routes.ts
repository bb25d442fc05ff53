/** Routes to decide about and to apply policies to, made by hand. */

import { type PrefixCells, prefixCells } from "../../src/net/bytes.ts";
import { parsePrefix, prefixToCells } from "../../src/net/prefix.ts";
import type { AttributeSet } from "../../src/rib/attributes.ts";

/** Attributes of a route of one's own AS, with what is given. */
export function attributeSet(parts: Partial<AttributeSet> = {}): AttributeSet {
  return {
    origin: "igp",
    asPath: [],
    nextHop: undefined,
    linkLocalNextHop: undefined,
    med: undefined,
    localPreference: undefined,
    isAtomicAggregate: false,
    aggregator: undefined,
    communities: [],
    originatorId: undefined,
    clusterList: [],
    extendedCommunities: [],
    largeCommunities: [],
    aigp: undefined,
    onlyToCustomer: undefined,
    unknown: [],
    ...parts,
  };
}

/** A prefix, masked. */
export function cellsOf(text: string): PrefixCells {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no prefix`);
  const cells = prefixCells();
  prefixToCells(parsed.prefix, cells);
  return cells;
}
