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

it.each(["", "1", "65536:1", "1:65536", "a:b", "1:2:3", "no-such"])("%j is none", (text) => {
  expect(parseCommunity(text)).toBeUndefined();
});

it("that are large or extended have texts of their own", () => {
  expect(formatLargeCommunities([64_500, 1, 2, 3, 4, 5])).toEqual(["64500:1:2", "3:4:5"]);
  expect(formatExtendedCommunities([0x00040000, 5])).toEqual(["0004000000000005"]);
});
