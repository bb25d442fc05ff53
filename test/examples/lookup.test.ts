/** examples/lookup prints what its table says. */

import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("finds the longest prefix, a next hop for each flow, and the routed part of a block", () => {
  const lines = runExample("lookup");
  expect(lines.slice(0, 5)).toEqual([
    "203.0.113.53 203.0.113.0/24 10.0.0.11*2,10.0.0.12*1",
    "198.51.100.7 198.51.100.0/24 10.0.0.12*1",
    "198.51.100.200 198.51.100.128/25 10.0.1.13*1",
    "2001:db8:a::53 2001:db8:a::/48 fd00::11*1,fd00::12*1",
    "192.0.2.1 no route",
  ]);
  expect(lines.slice(5, 8)).toEqual(
    [1024, 1025, 1026].map((port) =>
      expect.stringMatching(
        `^192\\.0\\.2\\.7:${port} to 203\\.0\\.113\\.53:443 goes to 10\\.0\\.0\\.1[12]$`,
      ),
    ),
  );
  expect(lines[8]).toBe("256 of the 65536 addresses of 198.51.0.0/16 have a route");
});
