/** Sites and routes of a configuration: tiers by cost in the forwarder, places in the errors. */

import { describe, expect, it } from "vitest";
import { RouteTable } from "../../src/rib/route-table.ts";
import { parseConfig } from "../../src/router/config.ts";
import { addConfigRoutes, configReplies, configSources } from "../../src/router/config-table.ts";
import { tableOf as routesOf, smallForwarder } from "./router-rig.ts";

const SITES = `sites:
  lon: {next_hop: 10.0.0.11, cost: 10, weight: 2}
  ams: {next_hop: 10.0.0.12, cost: 10}
  nyc: {next_hop: 10.0.1.13, cost: 80, mac: "02:00:5e:00:00:13"}
  six: {next_hop: "2001:db8::9"}
`;

function tableOf(routes: string): RouteTable {
  const table = new RouteTable();
  addConfigRoutes(table, parseConfig(`${SITES}routes:\n${routes}`, "a.yaml"));
  return table;
}

/** Serving next hops of an address, by site. */
async function served(table: RouteTable, ...down: readonly string[]) {
  const forwarder = await smallForwarder({ tables: [table] });
  for (const site of down) forwarder.transaction().down(site).commit();
  const { group } = forwarder.lookup("203.0.113.9");
  return group.nextHops.map(({ nextHop, weight }) => `${nextHop.site}*${weight}`);
}

it.each([
  ["{}", { rate: 1000 }],
  ["icmp: {errors_per_second: 5, burst: 2}", { rate: 5, burst: 2 }],
  ["icmp: {errors_per_second: 0}", { rate: 0 }],
  ["icmp: {errors_per_second: unlimited}", { rate: Number.POSITIVE_INFINITY }],
])("configReplies reads %s", (text, limit) => {
  expect(configReplies(parseConfig(text, "a.yaml"))).toEqual(limit);
});

describe("addConfigRoutes", () => {
  it("serves from the nearest sites by weight, and falls to the far one without them", async () => {
    const table = tableOf("  - {prefix: 203.0.113.0/24, sites: [nyc, lon, ams]}\n");
    expect(await served(table)).toEqual(["lon*2", "ams*1"]);
    expect(await served(table, "lon")).toEqual(["ams*1"]);
    expect(await served(table, "lon", "ams")).toEqual(["nyc*1"]);
    expect(await served(table, "lon", "ams", "nyc")).toEqual([]);
  });

  it("adds routes of all kinds in their order", () => {
    const table = tableOf(
      "  - {prefix: 203.0.113.0/24, sites: [six]}\n" +
        "  - {prefix: '::/0', kind: unreachable}\n" +
        "  - {prefix: 192.0.2.1, kind: local}\n",
    );
    expect([table.count4, table.count6]).toEqual([2, 1]);
    expect(table.targets.map(({ kind }) => kind)).toEqual(["via", "unreachable", "local"]);
  });

  it("gives next hops that a table named before their sites and MACs", async () => {
    const plain = routesOf({ prefix: "198.51.100.0/24", nextHops: ["10.0.0.12"] });
    const sites = tableOf("  - {prefix: 203.0.113.0/24, sites: [ams]}\n");
    const forwarder = await smallForwarder({ tables: [plain, sites] });
    expect(forwarder.lookup("198.51.100.1").nextHop).toMatchObject({ site: "ams" });
    expect(forwarder.nextHops()).toHaveLength(1);
  });
});

it.each([
  ["  - {prefix: 203.0.113.0/24, sites: [lon, fra]}\n", "7:43", 'no site is named "fra"'],
  ["  - {prefix: 203.0.113.0/24, sites: [toString]}\n", "7:38", 'no site is named "toString"'],
  ["  - {prefix: 203.0.113.0/24}\n", "7:5", 'the route "203.0.113.0/24" leads nowhere'],
  ["  - prefix: ::/0\n    sites: []\n", "7:5", 'the route "::/0" leads nowhere'],
  ["  - {prefix: 203.0.113.0/24, kind: local, sites: [lon]}\n", "7:5", "which it would never use"],
  ["  - {prefix: 2001:db8::/32, sites: [lon]}\n", "7:5", "the IPv4 next hop 10.0.0.11"],
  ["  - {prefix: 203.0.113, kind: local}\n", "7:5", '"203.0.113" is no prefix'],
])("%j: %s %s", (routes, place, what) => {
  expect(() => tableOf(routes)).toThrow(
    expect.objectContaining({
      code: "CONFIG",
      where: `a.yaml:${place}`,
      what: expect.stringContaining(what),
    }),
  );
});

it.each([
  ["bad: {next_hop: 'fe80::1'}", "fe80::1 has no zone"],
  ["bad: {next_hop: nowhere}", '"nowhere" is no next hop'],
  ["bad: {next_hop: 10.0.0.9, mac: zz}", '"zz" is no MAC'],
  ["bad: {next_hop: 10.0.0.11}", "have the same next hop, 10.0.0.11"],
])("a site that no route uses: %s", (site, what) => {
  const text = `${SITES}  ${site}\n`;
  expect(() => addConfigRoutes(new RouteTable(), parseConfig(text, "a.yaml"))).toThrow(
    expect.objectContaining({ where: "a.yaml:6:3", what: expect.stringContaining(what) }),
  );
});

it("warns of host bits, which are masked", () => {
  const warnings: string[] = [];
  const text = `${SITES}routes:\n  - {prefix: 203.0.113.5/25, sites: [lon]}\n`;
  const table = new RouteTable();
  addConfigRoutes(table, parseConfig(text, "a.yaml"), (warning) => warnings.push(warning));
  expect(warnings).toEqual(["a.yaml:7:5: 203.0.113.5/25 has host bits: they are masked"]);
  expect(table.addresses4[0]).toBe(0xcb007100);
});

describe("configSources", () => {
  it("takes rules of all kinds", () => {
    const text = `sources:
  - {prefix: 192.0.2.0/24, action: drop}
  - {prefix: "2001:db8::/32", action: limit, bytes_per_second: 1000, burst: 99}
`;
    expect(configSources(parseConfig(text, "a.yaml"))).toEqual([
      { prefix: "192.0.2.0/24", action: "drop" },
      { prefix: "2001:db8::/32", action: "limit", bytesPerSecond: 1000, burst: 99 },
    ]);
  });

  it.each([
    ["  - {prefix: 192.0.2.0/24, action: limit}\n", "192.0.2.0/24 is limited without one rate"],
    ["  - {prefix: x, action: drop}\n", '"x" is no prefix'],
    ["  - {prefix: 192.0.2.7/24, action: drop}\n", "the source 192.0.2.0/24 stands twice"],
  ])("says where it is wrong: %j", (row, what) => {
    const file = parseConfig(
      `sources:\n  - {prefix: 192.0.2.0/24, action: drop}\n${row}`,
      "a.yaml",
    );
    const place = { code: "CONFIG", where: "a.yaml:3:5", what };
    expect(() => configSources(file)).toThrow(expect.objectContaining(place));
  });
});
