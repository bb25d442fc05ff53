/** Routes as programs write them, turned into rows of a table. */

import { WEIGHT_MAX } from "../engine/layout.ts";
import { parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { parseMac } from "../net/mac.ts";
import { formatPrefix, type ParsedPrefix, type Prefix, parsePrefix } from "../net/prefix.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import type { NextHop, RouteMeter, RouteTarget, TerminalKind, TunnelKind } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";
import { actionOf } from "./rates.ts";

/** A next hop as a program writes it. */
export interface NextHopInput {
  /** An address; a link-local one with its zone. */
  readonly nextHop: string;
  /** 1 unless said, 0 to 65,535. */
  readonly weight?: number;
  /** Nearness, 0 unless said: the lowest-cost tier with a live member serves. */
  readonly cost?: number;
  /** Name of the site. */
  readonly site?: string;
  /** Destination MAC. */
  readonly mac?: string;
  /** Whether the MAC was found on its link: one that was not counts before it. */
  readonly isFound?: boolean;
  /** Name of the interface that it is reached over; a tunnel needs one. */
  readonly via?: string;
  /** The tunnel that packets to it take; none unless said. */
  readonly encapsulation?: TunnelKind;
  /** Of `gue`: packets name the servers that their slot belonged to before. */
  readonly hopList?: boolean;
}

/** A route as a program writes it. */
export interface RouteInput {
  /** `203.0.113.0/24`, `2001:db8::/32`. */
  readonly prefix: string;
  /** Addresses, or more about each. */
  readonly nextHops?: readonly (string | NextHopInput)[];
  /**
   * Part of its flows, from 0 to below 1, that the next tier takes while the nearest one serves;
   * 0 unless said.
   */
  readonly overflow?: number;
  /** `via` unless said. */
  readonly kind?: "via" | TerminalKind;
  /** Counts its packets, or drops those beyond a rate. */
  readonly meter?: MeterInput;
}

/** What is done with packets that take a route. */
export interface MeterInput {
  /** `limit` drops what goes beyond one of the rates. */
  readonly action: "count" | "limit";
  readonly packetsPerSecond?: number | undefined;
  /** Of frames, link headers included. */
  readonly bytesPerSecond?: number | undefined;
  /** Packets or bytes that may come at once: as many as a second's unless said. */
  readonly burst?: number | undefined;
}

function fault(what: string, hint: string, detail: Readonly<Record<string, unknown>>): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, hint, detail });
}

/** The next hop of a route of this family; throws USAGE where it can be none. */
export function nextHopOf(input: string | NextHopInput, family: 4 | 6): NextHop {
  const fields = typeof input === "string" ? { nextHop: input } : input;
  const { nextHop, weight = 1, cost = 0, site, mac, via, encapsulation } = fields;
  const { hopList = false, isFound = false } = fields;
  const address = parseAddress(nextHop);
  if (address === undefined) {
    throw fault(`${JSON.stringify(nextHop)} is no next hop`, "give an address", { nextHop });
  }
  // A tunnel takes packets of both families (RFC 4213: IPv6 in IPv4).
  const wrong = nextHopFault(address, encapsulation === undefined ? family : address.family);
  if (wrong !== undefined) throw fault(wrong.what, wrong.hint, { nextHop });
  if (!Number.isInteger(weight) || weight < 0 || weight > WEIGHT_MAX) {
    throw fault(`weight ${weight} of ${nextHop}`, `give 0 to ${WEIGHT_MAX}`, { weight });
  }
  if (!Number.isInteger(cost) || cost < 0) {
    throw fault(`cost ${cost} of ${nextHop}`, "give a whole number from 0", { cost });
  }
  if (hopList && encapsulation !== "gue") {
    throw fault(`${nextHop} has a hop list, and no GUE`, "add encapsulation: gue", { nextHop });
  }
  const parsedMac = mac === undefined ? undefined : parseMac(mac);
  if (mac !== undefined && parsedMac === undefined) {
    throw fault(`${JSON.stringify(mac)} is no MAC`, "write it as 02:00:00:00:00:11", { mac });
  }
  return {
    address,
    weight,
    cost,
    ...(site === undefined ? {} : { site }),
    ...(parsedMac === undefined ? {} : { mac: parsedMac }),
    ...(isFound ? { isFound } : {}),
    ...(via === undefined ? {} : { via }),
    ...(encapsulation === undefined ? {} : { encapsulation }),
    ...(hopList ? { hopList } : {}),
  };
}

/** The meter of a route; throws USAGE where it can be none. */
function meterOf(prefix: string, input: MeterInput): RouteMeter {
  const action = actionOf({ prefix, ...input });
  return action.kind === "limit" ? { prefix, ...action } : { prefix, kind: "count" };
}

/** The target of a route; throws USAGE where it has none. */
function targetOf(route: RouteInput, prefix: Prefix): RouteTarget {
  const { kind = "via", nextHops = [], overflow = 0 } = route;
  if (!(overflow >= 0 && overflow < 1)) {
    throw fault(`overflow ${overflow} of ${route.prefix}`, "give 0 to below 1", { overflow });
  }
  const meter =
    route.meter === undefined ? {} : { meter: meterOf(formatPrefix(prefix), route.meter) };
  if (kind !== "via") return { kind, ...meter };
  if (nextHops.length === 0) {
    throw fault(`route ${route.prefix} has no next hop`, "give nextHops, or a kind", { route });
  }
  const parsed = nextHops.map((nextHop) => nextHopOf(nextHop, prefix.family));
  return { kind, nextHops: parsed, ...(overflow === 0 ? {} : { overflow }), ...meter };
}

/** The prefix of a text, with its host bits masked; throws USAGE where it is none. */
export function prefixOf(text: string): Prefix {
  return parsedPrefix(text).prefix;
}

function parsedPrefix(text: string): ParsedPrefix {
  const parsed = parsePrefix(text);
  if (parsed !== undefined) return parsed;
  throw fault(`${JSON.stringify(text)} is no prefix`, "write 192.0.2.0/24", { prefix: text });
}

/**
 * Adds a route to a table and says whether its prefix had host bits, which are masked. Throws
 * USAGE where it is no route.
 */
export function addRoute(table: RouteTable, route: RouteInput): boolean {
  const { prefix, hadHostBits } = parsedPrefix(route.prefix);
  table.add(prefix, table.internTarget(targetOf(route, prefix)));
  return hadHostBits;
}
