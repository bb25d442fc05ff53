/** Communities: names and numbers, there and back. */

import { expect, it } from "vitest";
import {
  formatCommunity,
  formatExtendedCommunities,
  formatLargeCommunities,
  parseCommunity,
} from "../../src/rib/communities.ts";

it.each([
  [0xffff0000, "graceful-shutdown"],
  [0xffff029a, "blackhole"],
  [0xffffff01, "no-export"],
  [0xfbf40064, "64500:100"],
  [0, "0:0"],
])("%i is %s", (community, text) => {
  expect(formatCommunity(community)).toBe(text);
  expect(parseCommunity(text)).toBe(community);
});

/** The registry of IANA: BGP Well-known Communities. */
it.each([
  [0xffff0000, "GRACEFUL_SHUTDOWN", "graceful-shutdown"],
  [0xffff0001, "ACCEPT_OWN", "accept-own"],
  [0xffff0002, "ROUTE_FILTER_TRANSLATED_v4", "route-filter-translated-v4"],
  [0xffff0003, "ROUTE_FILTER_v4", "route-filter-v4"],
  [0xffff0004, "ROUTE_FILTER_TRANSLATED_v6", "route-filter-translated-v6"],
  [0xffff0005, "ROUTE_FILTER_v6", "route-filter-v6"],
  [0xffff0006, "LLGR_STALE", "llgr-stale"],
  [0xffff0007, "NO_LLGR", "no-llgr"],
  [0xffff0008, "accept-own-nexthop", "accept-own-nexthop"],
  [0xffff0009, "Standby PE", "standby-pe"],
  [0xffff029a, "BLACKHOLE", "blackhole"],
  [0xffffff01, "NO_EXPORT", "no-export"],
  [0xffffff02, "NO_ADVERTISE", "no-advertise"],
  [0xffffff03, "NO_EXPORT_SUBCONFED", "no-export-subconfed"],
  [0xffffff03, "local-AS", "no-export-subconfed"],
  [0xffffff04, "NOPEER", "no-peer"],
  [0xffff0000, "gshut", "graceful-shutdown"],
])("%i is read from %s and written %s", (community, name, text) => {
  expect(parseCommunity(name)).toBe(community);
  expect(parseCommunity(text)).toBe(community);
  expect(formatCommunity(community)).toBe(text);
});

it.each(["", "1", "65536:1", "1:65536", "a:b", "1:2:3", "no-such"])("%j is none", (text) => {
  expect(parseCommunity(text)).toBeUndefined();
});

it("that are large or extended have texts of their own", () => {
  expect(formatLargeCommunities([64_500, 1, 2, 3, 4, 5])).toEqual(["64500:1:2", "3:4:5"]);
  expect(formatExtendedCommunities([0x00040000, 5])).toEqual(["0004000000000005"]);
});
