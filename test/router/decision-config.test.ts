/** How configurations say that routes are chosen, and each mistake with its place. */

import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { parseConfig } from "../../src/router/config.ts";
import { configChoice } from "../../src/router/decision-config.ts";
import { readMrtTable } from "../../src/sources/mrt-table.ts";
import {
  asPath,
  attribute,
  bytesOf,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  ribRecord,
  u32,
} from "../sources/mrt/dump.ts";
import { address, chunksOf, rowsOf } from "../sources/read-table.ts";

const choice = (text: string) => configChoice(parseConfig(text, "a.yaml"));

/** What a table of routes of two peers becomes. */
async function rowsWith(text: string, routes: readonly Parts[]): Promise<readonly string[]> {
  const table = new RouteTable();
  const entries = routes.map((route, index) => entry(index, route));
  const dump = [peerIndexTable([peer(4, 4), peer(6, 4)]), ribRecord("203.0.113.0/24", entries)];
  const options = { name: "rib.mrt", table, ...choice(text) };
  await readMrtTable(chunksOf(bytesOf(dump), 100), options);
  return rowsOf(table);
}

const route = (host: number, as: number, ...more: Parts): Parts => [
  attribute(1, [0]),
  asPath([2, as, 64_510]),
  attribute(3, u32(0xc0000200 + host)),
  more,
];
const med = (value: number): Parts => [0x80, 4, 4, u32(value)];
const bandwidth = (low: number): Parts => [0xc0, 16, 8, [0x40, 4, 0xfc, 0], u32(low)];
/** 1e6 and 3e6 bytes a second. */
const [SLOW, FAST] = [bandwidth(0x49742400), bandwidth(0x4a371b00)];
const BLACKHOLE = [0xc0, 8, 4, u32(0xffff029a)];
const MULTIPATH = "best_path: {multipath: 2, multipath_relax: true";

describe("configChoice", () => {
  it("reads the section", () => {
    const text =
      "best_path: {local_as: 64500, always_compare_med: true, missing_med: worst, multipath: 8,\n" +
      '  igp_costs: {192.0.2.0/24: 5, 192.0.2.8/29: 7, "2001:db8::/32": 9}}\n';
    const { decision, localAs, igpCosts } = choice(text);
    expect(localAs).toBe(64_500);
    expect(decision).toEqual({
      alwaysCompareMed: true,
      missingMedWorst: true,
      preferOldest: false,
      multipath: 8,
      multipathRelax: false,
    });
    const hops = ["192.0.2.1", "192.0.2.9", "2001:db8::1", "10.0.0.1", "2001:db9::1"];
    expect(hops.map((hop) => igpCosts?.of(address(hop)))).toEqual([5, 7, 9, Infinity, Infinity]);
    expect(choice("routes: []\n")).toEqual({});
  });

  it.each<[string, string, readonly Parts[], readonly string[]]>([
    [
      "the lowest peer alone",
      "best_path: {}",
      [route(1, 64_500), route(2, 64_501)],
      ["203.0.113.0/24 -> 192.0.2.1*1"],
    ],
    [
      "routes of several ASes",
      `${MULTIPATH}}`,
      [route(1, 64_500), route(2, 64_501)],
      ["203.0.113.0/24 -> 192.0.2.1*1,192.0.2.2*1"],
    ],
    [
      "link bandwidths as weights",
      `${MULTIPATH}}`,
      [route(1, 64_500, SLOW), route(2, 64_501, FAST)],
      ["203.0.113.0/24 -> 192.0.2.1*1,192.0.2.2*3"],
    ],
    [
      "the nearer next hop",
      `${MULTIPATH}, igp_costs: {192.0.2.1/32: 9, 192.0.2.2/32: 8}}`,
      [route(1, 64_500), route(2, 64_501)],
      ["203.0.113.0/24 -> 192.0.2.2*1"],
    ],
    [
      "no next hop without a cost",
      `${MULTIPATH}, igp_costs: {192.0.2.2/32: 8}}`,
      [route(1, 64_500), route(2, 64_501, med(9))],
      ["203.0.113.0/24 -> 192.0.2.2*1"],
    ],
    [
      "MED of all ASes",
      "best_path: {always_compare_med: true}",
      [route(1, 64_500, med(9)), route(2, 64_501, med(5))],
      ["203.0.113.0/24 -> 192.0.2.2*1"],
    ],
    [
      "no route through the own AS",
      "best_path: {local_as: 64500}",
      [route(1, 64_500), route(2, 64_501)],
      ["203.0.113.0/24 -> 192.0.2.2*1"],
    ],
    [
      "BLACKHOLE, where it is honoured",
      "best_path: {blackhole_community: true}",
      [route(1, 64_500, BLACKHOLE)],
      ["203.0.113.0/24 -> blackhole"],
    ],
    [
      "a blackhole of a community of one's own",
      "best_path: {blackhole_communities: ['64500:1', blackhole]}",
      [route(1, 64_500, BLACKHOLE)],
      ["203.0.113.0/24 -> blackhole"],
    ],
    [
      "a next hop, where it is not",
      "best_path: {}",
      [route(1, 64_500, BLACKHOLE)],
      ["203.0.113.0/24 -> 192.0.2.1*1"],
    ],
  ])("takes %s", async (_name, text, routes, rows) => {
    expect(await rowsWith(text, routes)).toEqual(rows);
  });

  it.each([
    ["best_path: {¦multipath: 129}\n", "best_path.multipath: expected <=128"],
    ["best_path: {¦mutlipath: 2}\n", 'unknown key "mutlipath"'],
    ["best_path: {igp_costs: {¦here: 1}}\n", '"here" is no prefix'],
    ["best_path: {blackhole_communities: [¦x]}\n", '"x" is no community'],
    ["best_path: {igp_costs: {¦10.0.0.1/8: 1}}\n", '"10.0.0.1/8" is no prefix'],
  ])("refuses %j", (marked, what) => {
    const where = `a.yaml:1:${marked.indexOf("¦") + 1}`;
    const read = (): unknown => choice(marked.replace("¦", ""));
    expect(read).toThrow(AnyfibError);
    expect(read).toThrow(expect.objectContaining({ code: "CONFIG", where }));
    expect(read).toThrow(what);
  });
});
