/**
 * Routes as `ip route` of iproute2 shows them, in lines or JSON, and what they mean here.
 *
 * - unicast with next hops: those; the interface is the zone of a link-local one.
 * - unicast on a link (an interface and no next hop): local, so that its packets are punted to
 *   the caller, which knows the neighbours; a shorter prefix would carry them elsewhere.
 * - local, broadcast, anycast: local. throw: unreachable, as without policy rules (ip-route(8)).
 * - multicast, tables other than main and local, TOS, source prefixes, encapsulations: left out
 *   with a warning.
 * - `default` is of its next hop's family. One without a next hop is IPv6 where it has `pref`,
 *   which `ip` prints for IPv6 alone, else IPv4, as `ip` itself has it.
 * - Equal prefixes come in a row, the preferred first: a later one counts only with a lower metric.
 */

import { type Address, isLinkLocal6, isZone } from "../../net/address.ts";
import { formatPrefix, type ParsedPrefix } from "../../net/prefix.ts";
import { quoted } from "../../net/printable.ts";
import { nextHopFault } from "../../rib/next-hop.ts";
import type { NextHop, RouteTarget, TerminalKind } from "../../rib/route.ts";
import { mergeNextHops, TABLE_COST } from "./next-hops.ts";
import type { Place, TableBuilder } from "./table-builder.ts";

/** One way out of a route, filled word by word. */
export interface IpHop {
  readonly place: Place;
  address: Address | undefined;
  /** Written with its family, since that is not the route's. */
  isOtherFamily: boolean;
  device: string | undefined;
  weight: number;
}

/** One route, filled word by word. */
export interface IpRoute {
  readonly place: Place;
  readonly kind: string;
  readonly destination: ParsedPrefix | "default";
  readonly hops: IpHop[];
  /** The kernel prefers the lowest. */
  metric: number;
  /** Has a word that only IPv6 routes have. */
  isIpv6: boolean;
  /** Why the route is left out. */
  obstacle: string | undefined;
}

/** Types that are served, and as what. */
const KINDS: ReadonlyMap<string, "via" | TerminalKind> = new Map([
  ["unicast", "via"],
  ["local", "local"],
  ["broadcast", "local"],
  ["anycast", "local"],
  ["blackhole", "blackhole"],
  ["unreachable", "unreachable"],
  ["throw", "unreachable"],
  ["prohibit", "prohibit"],
]);
const UNSERVED_KINDS: ReadonlySet<string> = new Set(["multicast", "nat", "xresolve"]);
/** Tables that every packet is looked up in, by name and number. */
const SERVED_TABLES: ReadonlySet<string> = new Set(["main", "254", "local", "255"]);

/** Whether `word` is a type of route to `ip`. */
export function isRouteKind(word: string): boolean {
  return KINDS.has(word) || UNSERVED_KINDS.has(word);
}

/** A way out of which nothing is known yet. */
export function newHop(place: Place): IpHop {
  return { place, address: undefined, isOtherFamily: false, device: undefined, weight: 1 };
}

/** A route of which type and destination are known. */
export function newRoute(
  builder: TableBuilder,
  kind: string,
  destination: string,
  place: Place,
): IpRoute {
  const parsed = destination === "default" ? destination : builder.parsePrefix(destination, place);
  const obstacle = KINDS.has(kind) ? undefined : `${kind} routes are not served`;
  return { place, kind, destination: parsed, hops: [], metric: 0, isIpv6: false, obstacle };
}

/** Notes the table that the route is in. */
export function setTable(route: IpRoute, table: string): void {
  if (!SERVED_TABLES.has(table)) route.obstacle = `table ${quoted(table)} is not the main one`;
}

function destinationOf(route: IpRoute): ParsedPrefix {
  if (route.destination !== "default") return route.destination;
  const hop = route.hops.find(({ address }) => address !== undefined);
  const isHop6 = hop?.address?.family === 6;
  const isIpv6 = hop === undefined ? route.isIpv6 : isHop6 !== hop.isOtherFamily;
  return isIpv6
    ? { prefix: { family: 6, high: 0n, low: 0n, length: 0 }, hadHostBits: false }
    : { prefix: { family: 4, address: 0, length: 0 }, hadHostBits: false };
}

/** Whether nothing says where the route leads, so that it takes the default next hop. */
function isPrefixAlone({ kind, hops }: IpRoute): boolean {
  if (kind !== "unicast") return false;
  return hops.every(({ address, device }) => address === undefined && device === undefined);
}

/** A link-local address gets its interface for a zone, unless it has one. */
function withZone(address: Address, device: string): Address {
  if (address.family === 4 || address.zone !== undefined) return address;
  return isLinkLocal6(address) && isZone(device) ? { ...address, zone: device } : address;
}

/** Takes routes in the order in which they are shown and adds those that count. */
export class IpRoutes {
  readonly #builder: TableBuilder;
  /** The last route added. */
  #previous = { prefix: "", metric: 0 };

  constructor(builder: TableBuilder) {
    this.#builder = builder;
  }

  add(route: IpRoute): void {
    const builder = this.#builder;
    const { line } = route.place;
    if (route.obstacle !== undefined) {
      builder.warn(line, `route left out: ${route.obstacle}`);
      return;
    }
    const destination = destinationOf(route);
    const { family } = destination.prefix;
    if (isPrefixAlone(route)) {
      builder.add(destination, builder.requireDefaultTarget(family, route.place), line);
      return;
    }
    const prefix = formatPrefix(destination.prefix);
    const previous = this.#previous;
    if (prefix === previous.prefix && route.metric >= previous.metric) {
      const metrics = `metric ${route.metric} after ${previous.metric}`;
      builder.warn(line, `route left out: ${prefix} again, with ${metrics}`);
      return;
    }
    const target = builder.table.internTarget(this.#target(route, family, prefix));
    builder.add(destination, target, line);
    this.#previous = { prefix, metric: route.metric };
  }

  /** Where the route leads. */
  #target(route: IpRoute, family: 4 | 6, prefix: string): RouteTarget {
    const { line } = route.place;
    const kind = KINDS.get(route.kind) ?? "via";
    if (kind !== "via") return { kind };
    const nextHops: NextHop[] = [];
    for (const hop of route.hops) {
      const address = this.#address(hop, family);
      if (address !== undefined) nextHops.push({ address, weight: hop.weight, cost: TABLE_COST });
    }
    const onLink = route.hops.find((hop) => hop.address === undefined && hop.device !== undefined);
    if (nextHops.length === 0) {
      const link = quoted(onLink?.device ?? "");
      this.#builder.warn(line, `${prefix} is on the link ${link}: its packets are punted`);
      return { kind: "local" };
    }
    if (onLink?.device !== undefined) {
      this.#builder.warn(line, `next hop left out: ${quoted(onLink.device)} without an address`);
    }
    return { kind, nextHops: mergeNextHops(this.#builder, nextHops, route.place) };
  }

  /** The hop's address, with its zone; undefined where it has none. */
  #address(hop: IpHop, family: 4 | 6): Address | undefined {
    const { address, device } = hop;
    if (address === undefined) return undefined;
    const zoned = device === undefined ? address : withZone(address, device);
    const fault = nextHopFault(zoned, family);
    if (fault !== undefined) this.#builder.fail(hop.place, fault.what, fault.hint);
    return zoned;
  }
}
