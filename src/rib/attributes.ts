/**
 * Path attributes of BGP routes as values (RFC 4271 section 5): what best-path decision, policy and
 * validation look at. Routes that share all their attributes share one set.
 *
 * Lists of numbers are flat: a path has a few hops, and a full table some hundred thousand paths.
 *
 *     communities            u32 | u32 ...                      (RFC 1997)
 *     extendedCommunities    u32 u32 | u32 u32 ...              type and value (RFC 4360)
 *     largeCommunities       u32 u32 u32 | ...                  AS, data 1, data 2 (RFC 8092)
 *     clusterList            u32 | u32 ...                      (RFC 4456)
 */

import type { Address, Address4, Address6 } from "../net/address.ts";

/** Where a route came into BGP (RFC 4271 section 5.1.1), from the most to the least preferred. */
export type RouteOrigin = "igp" | "egp" | "incomplete";

/** Kinds of segments of a path (RFC 4271 section 4.3, RFC 5065 section 3). */
export type PathSegmentKind = "sequence" | "set" | "confed_sequence" | "confed_set";

/** A part of a path: ASes in order, or a set of them. */
export interface PathSegment {
  readonly kind: PathSegmentKind;
  readonly asns: readonly number[];
}

/** The ASes that a route came through, the nearest first. Empty for a route of one's own AS. */
export type AsPath = readonly PathSegment[];

/** Who made one route out of several (RFC 4271 section 5.1.7). */
export interface Aggregator {
  readonly as: number;
  readonly address: Address4;
}

/** An attribute that is not interpreted, as it came. */
export interface UnknownAttribute {
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
}

/** All attributes of a route. What is absent is undefined, or an empty list. */
export interface AttributeSet {
  /** `incomplete` where a dump has none. */
  readonly origin: RouteOrigin;
  /** With AS4_PATH merged in (RFC 6793). */
  readonly asPath: AsPath;
  /** That of MP_REACH_NLRI where there is one (RFC 4760, RFC 8950), otherwise of NEXT_HOP. */
  readonly nextHop: Address | undefined;
  /** The second next hop that MP_REACH_NLRI may have (RFC 2545 section 3), without its zone. */
  readonly linkLocalNextHop: Address6 | undefined;
  readonly med: number | undefined;
  readonly localPreference: number | undefined;
  readonly isAtomicAggregate: boolean;
  readonly aggregator: Aggregator | undefined;
  readonly communities: readonly number[];
  /** Router id, a u32. */
  readonly originatorId: number | undefined;
  readonly clusterList: readonly number[];
  readonly extendedCommunities: readonly number[];
  readonly largeCommunities: readonly number[];
  /** Accumulated IGP metric (RFC 7311), a u64. */
  readonly aigp: bigint | undefined;
  /** The AS of Only to Customer (RFC 9234 section 5). */
  readonly onlyToCustomer: number | undefined;
  readonly unknown: readonly UnknownAttribute[];
}
