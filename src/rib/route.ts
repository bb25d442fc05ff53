/** Routes as values: a prefix and where it leads. */

import type { Address } from "../net/address.ts";
import type { Mac } from "../net/mac.ts";
import type { Prefix } from "../net/prefix.ts";

/** `ipip` is an IP header in front of an IP packet, whatever the two families are. */
export type TunnelKind = "ipip" | "gre" | "gue";

/** A next hop of a route. Its identity is address, zone and encapsulation, never an index. */
export interface NextHop {
  readonly address: Address;
  /** Share among the next hops of its tier, 0 to WEIGHT_MAX. */
  readonly weight: number;
  /** Nearness: the lowest-cost tier with a live member serves. */
  readonly cost: number;
  /** Name of the site, where the configuration gives one. */
  readonly site?: string;
  /** Destination MAC, where the configuration gives one, or one was found. */
  readonly mac?: Mac;
  /** Whether the MAC was found on its link, and so may become another one. */
  readonly isFound?: boolean;
  /** Name of the interface that it is reached over. */
  readonly via?: string;
  /** The tunnel that packets to it take; none unless said. */
  readonly encapsulation?: TunnelKind;
  /** Of `gue`: packets to it name the servers that their slot belonged to before. */
  readonly hopList?: boolean;
}

/** Kinds of route that have no next hop. */
export type TerminalKind = "local" | "blackhole" | "unreachable" | "prohibit";

/** A prefix that leads elsewhere than before: nowhere where there is no target. */
export interface ChangedPrefix {
  readonly prefix: Prefix;
  readonly target: RouteTarget | undefined;
}

/** What is done with packets that take a route: it has a group of its own. */
export type RouteMeter = {
  /** The route's prefix, which reports name it by. */
  readonly prefix: string;
} & (
  | { readonly kind: "count" }
  | {
      readonly kind: "limit";
      readonly unit: "packets" | "bytes";
      /** Units a second, and units at once. */
      readonly rate: number;
      readonly burst: number;
    }
);

/** Where a route leads. */
export type RouteTarget =
  | {
      readonly kind: "via";
      readonly nextHops: readonly NextHop[];
      /** Part of its flows, 0 to 1, that the next tier takes while the nearest one serves. */
      readonly overflow?: number;
      readonly meter?: RouteMeter;
    }
  | {
      readonly kind: TerminalKind;
      /** Of `blackhole`: packets from the prefix are dropped, too (RFC 5635). */
      readonly dropsSources?: boolean;
      readonly meter?: RouteMeter;
    };
