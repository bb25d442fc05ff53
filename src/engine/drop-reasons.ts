/** Names of verdicts and drop reasons, as reports and metrics show them. */

import {
  DROP_BEYOND_SCOPE,
  DROP_BLACKHOLE,
  DROP_BROADCAST,
  DROP_CAPTURED_SHORT,
  DROP_ETHERTYPE,
  DROP_GROUP_MAC,
  DROP_IPV4_CHECKSUM,
  DROP_IPV4_DESTINATION,
  DROP_IPV4_HEADER_LENGTH,
  DROP_IPV4_SOURCE,
  DROP_IPV4_TOTAL_LENGTH,
  DROP_IPV4_VERSION,
  DROP_IPV6_DESTINATION,
  DROP_IPV6_HOP_BY_HOP,
  DROP_IPV6_OPTION,
  DROP_IPV6_SOURCE,
  DROP_IPV6_VERSION,
  DROP_LINK_TYPE,
  DROP_MPLS,
  DROP_MULTICAST,
  DROP_NEXT_HOP_DOWN,
  DROP_NO_ROUTE,
  DROP_OTHER_MAC,
  DROP_PPPOE,
  DROP_PROHIBIT,
  DROP_RATE_LIMIT,
  DROP_ROUTE_LIMIT,
  DROP_SOURCE_BLACKHOLE,
  DROP_TOO_BIG,
  DROP_TRUNCATED,
  DROP_TTL_EXPIRED,
  DROP_TUNNEL_CHECKSUM,
  DROP_TUNNEL_DEPTH,
  DROP_TUNNEL_ECN,
  DROP_TUNNEL_HEADER,
  DROP_TUNNEL_PROTOCOL,
  DROP_TUNNEL_SOURCE,
  DROP_UNREACHABLE,
  VERDICT_FORWARD,
  VERDICT_PUNT,
} from "../../assembly/layout.ts";

/** What became of a packet. */
export type Verdict = "forward" | "punt" | "drop";

/** The verdict that a code of the batch's column stands for. */
export function verdictName(code: number): Verdict {
  if (code === VERDICT_FORWARD) return "forward";
  return code === VERDICT_PUNT ? "punt" : "drop";
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [DROP_LINK_TYPE, "link_type"],
  [DROP_CAPTURED_SHORT, "captured_short"],
  [DROP_TRUNCATED, "truncated"],
  [DROP_ETHERTYPE, "ethertype"],
  [DROP_MPLS, "mpls"],
  [DROP_PPPOE, "pppoe"],
  [DROP_IPV4_VERSION, "ipv4_version"],
  [DROP_IPV4_HEADER_LENGTH, "ipv4_header_length"],
  [DROP_IPV4_TOTAL_LENGTH, "ipv4_total_length"],
  [DROP_IPV4_CHECKSUM, "ipv4_checksum"],
  [DROP_IPV4_SOURCE, "ipv4_source"],
  [DROP_IPV4_DESTINATION, "ipv4_destination"],
  [DROP_IPV6_VERSION, "ipv6_version"],
  [DROP_IPV6_SOURCE, "ipv6_source"],
  [DROP_IPV6_DESTINATION, "ipv6_destination"],
  [DROP_IPV6_HOP_BY_HOP, "ipv6_hop_by_hop"],
  [DROP_MULTICAST, "multicast"],
  [DROP_BROADCAST, "broadcast"],
  [DROP_NO_ROUTE, "no_route"],
  [DROP_BLACKHOLE, "blackhole"],
  [DROP_UNREACHABLE, "unreachable"],
  [DROP_PROHIBIT, "prohibit"],
  [DROP_TTL_EXPIRED, "ttl_expired"],
  [DROP_NEXT_HOP_DOWN, "next_hop_down"],
  [DROP_TOO_BIG, "too_big"],
  [DROP_BEYOND_SCOPE, "beyond_scope"],
  [DROP_OTHER_MAC, "other_mac"],
  [DROP_GROUP_MAC, "group_mac"],
  [DROP_IPV6_OPTION, "ipv6_option"],
  [DROP_SOURCE_BLACKHOLE, "source_blackhole"],
  [DROP_RATE_LIMIT, "rate_limit"],
  [DROP_TUNNEL_SOURCE, "tunnel_source"],
  [DROP_TUNNEL_HEADER, "tunnel_header"],
  [DROP_TUNNEL_PROTOCOL, "tunnel_protocol"],
  [DROP_TUNNEL_CHECKSUM, "tunnel_checksum"],
  [DROP_TUNNEL_ECN, "tunnel_ecn"],
  [DROP_TUNNEL_DEPTH, "tunnel_depth"],
  [DROP_ROUTE_LIMIT, "route_limit"],
]);

/** All names; a code is its index, and 0, no reason, is "none". */
export const dropReasonNames: readonly string[] = ["none", ...NAMES.values()];

/** The name of a drop reason; `reason_N` for a code of a newer module. */
export function dropReasonName(code: number): string {
  return NAMES.get(code) ?? `reason_${code}`;
}
