/** What `ip route` shows, as lines and as JSON, means the same routes here. */

import { describe, expect, it } from "vitest";
import {
  IP_ROUTE_4,
  IP_ROUTE_4_JSON,
  IP_ROUTE_4_ROWS,
  IP_ROUTE_4_WARNINGS,
  IP_ROUTE_6,
  IP_ROUTE_6_JSON,
  IP_ROUTE_6_ROWS,
  IP_ROUTE_6_WARNINGS,
} from "../ip-route-samples.ts";
import { DEFAULTS, readError, readTable } from "../read-table.ts";

describe("a real router's routes", () => {
  it.each([
    ["ip route", IP_ROUTE_4, IP_ROUTE_4_ROWS, IP_ROUTE_4_WARNINGS],
    ["ip -j route", IP_ROUTE_4_JSON, IP_ROUTE_4_ROWS, IP_ROUTE_4_WARNINGS],
    ["ip -6 route", IP_ROUTE_6, IP_ROUTE_6_ROWS, IP_ROUTE_6_WARNINGS],
    ["ip -p -6 -j route", IP_ROUTE_6_JSON, IP_ROUTE_6_ROWS, IP_ROUTE_6_WARNINGS],
  ])("%s", async (_command, text, rows, warnings) => {
    const read = await readTable(text);
    expect(read.rows).toEqual(rows);
    expect(read.warnings).toHaveLength(warnings.length);
    for (const [index, warning] of warnings.entries()) {
      expect(read.warnings[index]?.what).toMatch(warning);
    }
  });

  it("says the line of a warning, in lines and JSON", async () => {
    const lines = async (text: string): Promise<readonly number[]> =>
      (await readTable(text)).warnings.map(({ line }) => line);
    expect(await lines(IP_ROUTE_4)).toEqual([8, 13, 14, 22]);
    expect(await lines(IP_ROUTE_6)).toEqual([1, 3, 6, 7, 8, 12]);
    expect(await lines(IP_ROUTE_6_JSON)).toEqual([1, 15, 22, 31, 32, 49]);
  });

  it("both families may follow each other, as may the one-line and detailed forms", async () => {
    const rows = [...IP_ROUTE_4_ROWS, ...IP_ROUTE_6_ROWS];
    expect((await readTable(IP_ROUTE_4 + IP_ROUTE_6)).rows).toEqual(rows);
    expect((await readTable(IP_ROUTE_6_JSON + IP_ROUTE_4_JSON)).rows).toEqual(rows);
    const oneLine = IP_ROUTE_4.replaceAll("\n\t", "\\\t");
    expect((await readTable(oneLine)).rows).toEqual(IP_ROUTE_4_ROWS);
    const detailed = IP_ROUTE_4.replace(/^(?=default|10|19|20)/gm, "unicast ");
    const info = "\n\tnh_info id 9 group 7,3/8,4 scope global proto unspec \n\tnexthop";
    const withInfo = detailed.replace("\n\tnexthop", info);
    expect((await readTable(withInfo)).rows).toEqual(IP_ROUTE_4_ROWS);
  });
});

describe("lines of ip route", () => {
  it.each([
    ["default via 192.0.2.1", "0.0.0.0/0 -> 192.0.2.1*1"],
    ["default via 2001:db8::1 dev eth0", "::/0 -> 2001:db8::1*1"],
    ["default via inet6 2001:db8::1", "0.0.0.0/0 -> 2001:db8::1*1"],
    ["default dev ppp0 scope link", "0.0.0.0/0 -> local"],
    ["default dev tun0 metric 1024 pref medium", "::/0 -> local"],
    ["blackhole default", "0.0.0.0/0 -> blackhole"],
    ["unreachable default dev lo metric 1024 pref medium", "::/0 -> unreachable"],
    ["default proto static\n nexthop via fe80::1 dev a weight 2", "::/0 -> fe80::1%a*2"],
    ["default", "0.0.0.0/0 -> 192.0.2.254*1"],
    ["10.0.0.0/8\n# why\n\n\tnexthop via 192.0.2.1", "10.0.0.0/8 -> 192.0.2.1*1"],
    ["10.0.0.0/8\n # a comment alone", "10.0.0.0/8 -> 192.0.2.254*1"],
    ["10.0.0.0/8 proto static", "10.0.0.0/8 -> 192.0.2.254*1"],
    ["10.0.0.0/8 via fe80::1%eth7 dev eth0", "10.0.0.0/8 -> fe80::1%eth7*1"],
    ["local 192.0.2.1 dev eth0 table local proto kernel", "192.0.2.1/32 -> local"],
    ["broadcast 192.0.2.255 dev eth0 table 255", "192.0.2.255/32 -> local"],
    ["anycast 2001:db8:: dev eth0 table local metric 0", "2001:db8::/128 -> local"],
    ["10.0.0.0/8 via 192.0.2.1 mtu lock 1400 linkdown", "10.0.0.0/8 -> 192.0.2.1*1"],
    [
      "10.0.0.0/8 nexthop via 192.0.2.1 dev a nexthop via 192.0.2.1 dev b",
      "10.0.0.0/8 -> 192.0.2.1*2",
    ],
    ["10.0.0.0/8 nexthop via 192.0.2.1 nexthop dev ppp0", "10.0.0.0/8 -> 192.0.2.1*1"],
    ["10.0.0.1/8 via 192.0.2.1", "10.0.0.0/8 -> 192.0.2.1*1"],
    [
      "10.0.0.0/8 via 192.0.2.1 metric 5\n10.0.0.0/8 via 192.0.2.2 metric 6",
      "10.0.0.0/8 -> 192.0.2.1*1",
    ],
  ])("%j", async (text, row) => {
    expect((await readTable(text, DEFAULTS)).rows).toEqual([row]);
  });

  it.each([
    ["10.0.0.0/8 via 192.0.2.1 table 7", 'table "7" is not the main one'],
    ["10.0.0.0/8 via 192.0.2.1 from 10.1.0.0/16", 'from "10.1.0.0/16" is not served'],
    ["nat 10.0.0.0/8 via 192.0.2.1", "nat routes are not served"],
  ])("leaves out %j", async (text, why) => {
    const { rows, warnings } = await readTable(`10.1.0.0/16 192.0.2.1\n${text}`);
    expect(rows).toHaveLength(1);
    expect(warnings).toEqual([{ line: 2, what: `route left out: ${why}` }]);
  });

  it("passes over a word that it does not know", async () => {
    const { rows, warnings } = await readTable("10.0.0.0/8 via 192.0.2.1 novel");
    expect(rows).toEqual(["10.0.0.0/8 -> 192.0.2.1*1"]);
    expect(warnings).toEqual([{ line: 1, what: 'unknown word "novel" passed over' }]);
  });

  it.each([
    ["blackhole", "1:1", '"blackhole" has no prefix'],
    ["blackhole 10/8", "1:11", '"10/8" is no prefix'],
    ["10.0.0.0/8 via", "1:12", '"via" has no value'],
    ["10.0.0.0/8 via foo", "1:16", '"foo" is no next hop'],
    ["10.0.0.0/8 via inet6", "1:16", '"inet6" has no value'],
    ["10.0.0.0/8 via fe80::1", "1:16", "the link-local next hop fe80::1 has no zone"],
    ["10.0.0.0/8 via fe80::1 dev a/b", "1:16", "the link-local next hop fe80::1 has no zone"],
    ["2001:db8::/32 via 192.0.2.1", "1:19", "an IPv6 prefix cannot have the IPv4 next hop"],
    ["10.0.0.0/8 via 192.0.2.1 weight x", "1:33", '"x" is no weight'],
    ["10.0.0.0/8 via 192.0.2.1 metric -1", "1:33", '"-1" is no metric'],
    ["nexthop via 192.0.2.1", "1:1", '"nexthop" without a route before it'],
    ["10.0.0.0/8\n\tnexthop via x", "2:14", '"x" is no next hop'],
  ])("refuses %j", async (text, place, what) => {
    const error = await readError(text, DEFAULTS);
    expect(error.message).toContain(`table.txt:${place}: ${what}`);
    expect(error.code).toBe("TABLE_SYNTAX");
  });
});

describe("JSON of ip route", () => {
  it.each([
    ['[{"dst":"default","gateway":"2001:db8::1"}]', "::/0 -> 2001:db8::1*1"],
    ['[{"dst":"default","dev":"tun0","pref":"medium"}]', "::/0 -> local"],
    [
      '\n [ {"dst":"10.0.0.0/8","gateway":"192.0.2.1","table":"254"} ]',
      "10.0.0.0/8 -> 192.0.2.1*1",
    ],
    ['[{"dst":"10.0.0.0/8","table":254,"dev":"}]\\"{"}]', "10.0.0.0/8 -> local"],
    ['[{"dst":"10.0.0.0/8"}]', "10.0.0.0/8 -> 192.0.2.254*1"],
    [
      '\ufeff[{"dst":"10.0.0.0/8","via":{"host":"fe80::1"},"dev":"a"}]',
      "10.0.0.0/8 -> fe80::1%a*1",
    ],
  ])("%j", async (text, row) => {
    expect((await readTable(text, DEFAULTS)).rows).toEqual([row]);
  });

  it.each([
    ["[", "1:1", "the array is cut off"],
    ["[{", "1:2", "an object is cut off"],
    ["[]x", "1:3", '"x" is not expected here'],
    ["[\n 1]", "2:2", '"1" is not expected here'],
    ['[{"dst":"10.0.0.0/8"},]', "1:23", '"]" is not expected here'],
    ['[{"dst":"10.0.0.0/8"} {}]', "1:23", '"{" is not expected here'],
    ['{"dst":"10.0.0.0/8"}', "1:1", '"{" is not expected here'],
    ["[{}]", "1:2", "a route without dst"],
    ["[{dst:1}]", "1:2", "an object that is no JSON"],
    ['[{"dst":"a"]]', "1:2", "an object that is no JSON"],
    ['[{"dst":"10/8"}]', "1:2", '"10/8" is no prefix'],
    ['[{"dst":["10.0.0.0/8"]}]', "1:2", "dst is no text"],
    ['[{"dst":"10.0.0.0/8","gateway":"x"}]', "1:2", 'gateway "x" is no next hop'],
    ['[{"dst":"10.0.0.0/8","gateway":"192.0.2.1","weight":65536}]', "1:2", '"65536" is no weight'],
    ['[{"dst":"10.0.0.0/8","metric":"x"}]', "1:2", "metric is no number"],
    ['[{"dst":"10.0.0.0/8","nexthops":{}}]', "1:2", "nexthops is no array of objects"],
    ['[{"dst":"10.0.0.0/8","nexthops":[1]}]', "1:2", "nexthops is no array of objects"],
  ])("refuses %j", async (text, place, what) => {
    const error = await readError(text, DEFAULTS);
    expect(error.message).toContain(`table.txt:${place}: ${what}`);
    expect(error.code).toBe("TABLE_SYNTAX");
  });

  it("refuses an endless object", async () => {
    const error = await readError(`[{"dst":"${"1".repeat(1_100_000)}"}]`);
    expect(error.message).toContain("table.txt:1:2: an object of over 1048576 bytes");
  });
});
