/** Next hops of MRT routes resolved by the routes, sites and links of a configuration. */

import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/net/errors.ts";
import {
  asPath,
  attribute,
  bytesOf,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();

const via = (...octets: readonly number[]): Parts => [
  attribute(1, [0]),
  asPath([2, 64_500, 64_510]),
  attribute(3, [...octets]),
];

/** Two routes a prefix, one by each peer. */
const RIB = bytesOf([
  peerIndexTable([peer(4, 4), peer(6, 4)]),
  ribRecord("203.0.113.0/24", [entry(0, via(10, 255, 0, 1)), entry(1, via(10, 255, 1, 1))]),
  ribRecord("198.51.100.0/24", [entry(0, via(10, 255, 9, 1)), entry(1, via(10, 0, 0, 77))]),
  ribRecord("192.0.2.0/24", [entry(0, via(10, 255, 9, 1)), entry(1, via(10, 0, 0, 254))]),
]);

const CONFIG = `tables: [rib.mrt]
interfaces: {lan: {addresses: [10.0.0.254/24]}}
sites:
  lon: {next_hop: 10.0.0.11}
  ams: {next_hop: 10.0.0.12, cost: 10}
  nyc: {next_hop: 10.0.0.13, weight: 2}
routes:
  - {prefix: 10.255.0.0/24, sites: [lon, ams]}
  - {prefix: 10.255.1.0/24, sites: [lon, nyc]}
best_path: {next_hops: resolved, multipath: 8}
`;

const lookup = (config: string, ...more: readonly string[]) =>
  runHere(["lookup", "--table", config, "203.0.113.1", "198.51.100.1", "192.0.2.1", ...more]);

describe("next_hops: resolved", () => {
  it("leads by sites and links, and not by what cannot be reached", async () => {
    file("rib.mrt", RIB);
    const { status, stdout, stderr } = await lookup(file("anyfib.yaml", CONFIG));
    expect(status).toBe(EXIT.negative);
    expect(stdout).toBe(
      "203.0.113.1 via 10.0.0.11*2,10.0.0.13*1 prefix 203.0.113.0/24\n" +
        "198.51.100.1 via 10.0.0.77 prefix 198.51.100.0/24\n" +
        "192.0.2.1 unreachable\n",
    );
    expect(stderr).toContain("1 prefixes have no next hop");
  });

  it("takes routes of other tables, those of `ip route` too", async () => {
    file("rib.mrt", RIB);
    file("igp.txt", "10.255.9.0/24 via 10.1.0.5 dev eth1\n10.1.0.0/24 dev eth1 scope link\n");
    const config = CONFIG.replace("multipath: 8", "next_hop_tables: [igp.txt]");
    const { status, stdout } = await lookup(file("igp.yaml", config));
    expect(status).toBe(EXIT.ok);
    expect(stdout.split("\n").slice(1, 3)).toEqual([
      "198.51.100.1 via 10.1.0.5 prefix 198.51.100.0/24",
      "192.0.2.1 via 10.1.0.5 prefix 192.0.2.0/24",
    ]);
  });

  it("takes sites in other tables for as near as they are", async () => {
    file("rib.mrt", RIB);
    file("igp.txt", "10.255.1.0/24 10.0.0.12,10.0.0.13\n10.255.9.0/24 10.0.0.12\n");
    const config = CONFIG.replace("multipath: 8", "next_hop_tables: [igp.txt]")
      .replace("lon: {next_hop: 10.0.0.11}", "lon: {next_hop: 10.0.0.11, cost: 5}")
      .replace("  - {prefix: 10.255.1.0/24, sites: [lon, nyc]}\n", "");
    const { stdout } = await lookup(file("igp.yaml", config));
    expect(stdout.match(/(?<= via )\S+/g)).toEqual(["10.0.0.13", "10.0.0.77", "10.0.0.12"]);
  });

  it("prefers the next hop that is nearer", async () => {
    const dump = file("rib.mrt", RIB);
    const far = CONFIG.replace("sites: [lon, ams]", "sites: [ams]");
    const { stdout } = await lookup(file("far.yaml", far));
    expect(stdout).toContain("203.0.113.1 via 10.0.0.11*1,10.0.0.13*2 prefix");
    const shown = await runHere(["rib", "show", "--config", file("far.yaml", far), dump]);
    expect(shown.stdout).toContain("lost by igp_cost");
  });

  it("rib show and explain tell what resolved them, and what did not", async () => {
    const dump = file("rib.mrt", RIB);
    const config = file("anyfib.yaml", CONFIG);
    const shown = await runHere(["rib", "show", "--config", config, dump, "192.0.2.0/24"]);
    expect(shown.stdout.match(/lost by usable \(no route leads to the next hop\)/g)).toHaveLength(
      2,
    );
    const { stdout } = await runHere(["explain", "--table", config, "--dst", "203.0.113.1"]);
    expect(stdout).toContain("next hop resolved by 10.255.0.0/24");
    expect(stdout).toContain("next hop resolved by 10.255.1.0/24");
  });

  it.each([
    [CONFIG.replace("resolved", "guessed"), 'expected ("as_given" | "resolved")'],
    [CONFIG.replace("next_hops: resolved", "next_hop_tables: [igp.txt]"), "resolve nothing while"],
    [CONFIG.replace("multipath: 8", "next_hop_tables: [none.txt]"), "none.txt"],
    [CONFIG.replace("multipath: 8", "next_hop_tables: [rib.mrt]"), "rib.mrt:1:"],
  ])("refuses what it cannot use", async (config, what) => {
    file("rib.mrt", RIB);
    const { status, stderr } = await lookup(file("wrong.yaml", config));
    expect(status).not.toBe(EXIT.ok);
    expect(stderr).toContain(what);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
