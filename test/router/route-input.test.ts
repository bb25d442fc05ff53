/** Routes as programs write them: what is accepted, and what is said of the rest. */

import { describe, expect, it } from "vitest";
import { formatPrefix } from "../../src/net/prefix.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { addRoute, prefixOf, type RouteInput } from "../../src/router/route-input.ts";
import { nextHop, tableOf } from "./router-rig.ts";

describe("addRoute", () => {
  it("fills in weight and cost, and reads MAC addresses", () => {
    const mac = "02-00-5e-10-00-07";
    const table = tableOf({
      prefix: "203.0.113.0/24",
      nextHops: ["2001:DB8::1", { nextHop: "10.0.0.1", weight: 0, cost: 80, site: "lon", mac }],
    });
    expect(table.targets).toEqual([
      {
        kind: "via",
        nextHops: [
          nextHop("2001:db8::1"),
          nextHop("10.0.0.1", { weight: 0, cost: 80, site: "lon", mac: [2, 0, 94, 16, 0, 7] }),
        ],
      },
    ]);
  });

  it("masks host bits, and takes an address for its host route", () => {
    const texts = ["203.0.113.77/25", "203.0.113.9", "2001:db8::ffff/32", "::1", "0.0.0.0/0"];
    expect(texts.map((text) => formatPrefix(prefixOf(text)))).toEqual([
      "203.0.113.0/25",
      "203.0.113.9/32",
      "2001:db8::/32",
      "::1/128",
      "0.0.0.0/0",
    ]);
  });

  it("takes an IPv4 next hop for IPv6 prefixes where a tunnel leads there", () => {
    const table = new RouteTable();
    const nextHop = { nextHop: "10.0.0.1", via: "up", encapsulation: "ipip" } as const;
    addRoute(table, { prefix: "2001:db8::/32", nextHops: [nextHop] });
    expect(table.count6).toBe(1);
  });

  it("needs no next hop for the other kinds, and looks at none", () => {
    const table = tableOf({ prefix: "::/0", kind: "prohibit", nextHops: ["nonsense"] });
    expect(table.targets).toEqual([{ kind: "prohibit" }]);
  });
});

const PREFIX = "203.0.113.0/24";
const via = (fields: object): RouteInput => ({
  prefix: PREFIX,
  nextHops: [{ nextHop: "10.0.0.1", ...fields }],
});

const WRONG: readonly (readonly [what: string, route: RouteInput])[] = [
  ['"203.0.113.0/33" is no prefix', { prefix: "203.0.113.0/33", nextHops: ["10.0.0.1"] }],
  ['"" is no prefix', { prefix: "", kind: "local" }],
  ['"gateway" is no next hop', { prefix: PREFIX, nextHops: ["gateway"] }],
  [`route ${PREFIX} has no next hop`, { prefix: PREFIX }],
  [`route ${PREFIX} has no next hop`, { prefix: PREFIX, nextHops: [] }],
  ["the IPv4 next hop 10.0.0.1", { prefix: "2001:db8::/32", nextHops: ["10.0.0.1"] }],
  ["fe80::1 has no zone", { prefix: PREFIX, nextHops: ["fe80::1"] }],
  ["224.0.0.1 is no next hop", { prefix: PREFIX, nextHops: ["224.0.0.1"] }],
  ["weight 65536 of 10.0.0.1", via({ weight: 65_536 })],
  ["weight 0.5 of 10.0.0.1", via({ weight: 0.5 })],
  ["cost -1 of 10.0.0.1", via({ cost: -1 })],
  ["overflow 1 of", { ...via({}), overflow: 1 }],
  ["overflow -0.1 of", { ...via({}), overflow: -0.1 }],
  ['"02:00" is no MAC', via({ mac: "02:00" })],
];

it.each(WRONG)("refuses: %s", (what, route) => {
  const table = new RouteTable();
  expect(() => addRoute(table, route)).toThrow(
    expect.objectContaining({ code: "USAGE", what: expect.stringContaining(what) }),
  );
  expect([table.count4, table.count6]).toEqual([0, 0]);
});
