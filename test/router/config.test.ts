/** Configurations: what is read, and for everything else the file, line and column. */

import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/router/config.ts";

const WHOLE = `# Comments stand anywhere.
interfaces:
  uplink: {device: eth0, addresses: [192.0.2.1/24]}
sites:
  lon: {next_hop: 10.0.0.11, via: uplink, cost: 10, weight: 2, mac: "02:00:00:00:00:11"}
  ams:
    next_hop: 2001:db8::12
    probe: {tcp: 53}
routes:
  - {prefix: 203.0.113.0/24, sites: [lon, ams]}
  - prefix: 198.51.100.9/32
    kind: blackhole
tables: [rib.txt]
metrics: {listen: "127.0.0.1:9179"}
`;

describe("parseConfig", () => {
  it("reads a configuration and fills in what it leaves out", () => {
    const { config } = parseConfig(WHOLE, "anyfib.yaml");
    expect(config.sites).toMatchObject({
      lon: { next_hop: "10.0.0.11", cost: 10, weight: 2, mac: "02:00:00:00:00:11" },
      ams: { next_hop: "2001:db8::12", cost: 0, weight: 1, encapsulation: "none" },
    });
    expect(config.routes).toEqual([
      { prefix: "203.0.113.0/24", sites: ["lon", "ams"], overflow: 0, kind: "via" },
      { prefix: "198.51.100.9/32", overflow: 0, kind: "blackhole" },
    ]);
    expect(config.tables).toEqual(["rib.txt"]);
    expect(parseConfig("tables: []\n", "a.yaml").config).toMatchObject({ sites: {}, routes: [] });
  });

  it("says where a value stands, or its nearest parent", () => {
    const { where } = parseConfig(WHOLE, "a.yaml");
    expect(where(["sites", "ams", "probe"])).toBe("a.yaml:8:5");
    expect(where(["routes", 1, "kind"])).toBe("a.yaml:12:5");
    expect(where(["routes", 0, "sites", 1])).toBe("a.yaml:10:43");
    expect(where(["routes", 1, "sites", 0])).toBe("a.yaml:11:5");
    expect(where(["sites", "lon", "weight", "unit"])).toBe("a.yaml:5:53");
    expect([where([]), where(["nothing"])]).toEqual(["a.yaml:1:1", "a.yaml:1:1"]);
  });

  it("reads aliases within a limit", () => {
    const text = "sites: {a: &near {next_hop: 10.0.0.1, cost: 5}, b: *near}\n";
    expect(parseConfig(text, "a.yaml").config.sites.b).toMatchObject({ cost: 5 });
  });
});

/** Nine numbers, eight times, eight times, five times. */
const ALIASES = `tables:
  - &a [1, 2, 3, 4, 5, 6, 7, 8, 9]
bgp: &b [¦*a, *a, *a, *a, *a, *a, *a, *a]
rpki: &c [*b, *b, *b, *b, *b, *b, *b, *b]
hash: [*c, *c, *c, *c, *c]
`;

/** What is wrong with a text, at its `¦`. */
const WRONG: readonly (readonly [text: string, what: string])[] = [
  ["routes: [¦", "Flow sequence in block collection must be sufficiently indented"],
  ["sites:\n¦\ta: 1\n", "Tabs are not allowed as indentation"],
  ["tables: []\n¦---\nroutes: []\n", "Source contains multiple documents"],
  ["sites:\n  a: {}\n  b: {}\n  ¦a: {}\n", "Map keys must be unique"],
  ["sites: {}\nroutes: []\n¦sites: {}\n", "Map keys must be unique"],
  ["tables: [¦*x]\n", "no anchor before the alias *x"],
  ["tables: [¦*x]\nbgp: &x 1\n", "no anchor before the alias *x"],
  [ALIASES, "too many aliases"],
  ["¦", "the file: expected Object, found null"],
  ["¦just words", 'the file: expected Object, found "just words"'],
  ["tables: []\n¦rotues: []\n", 'unknown key "rotues"'],
  ["¦? [a]\n: 1\n", 'unknown key "[ a ]"'],
  ["sites:\n  a:\n    next_hop: ::1\n    ¦wieght: 1\n", 'unknown key "wieght"'],
  ['routes:\n  - {prefix: a, ¦"x\\e[31m": b}\n', 'unknown key "x\\x1b[31m"'],
  ["¦sites: 5\n", "sites: expected Object, found 5"],
  ["sites: [¦a]\n", 'sites.0: expected Object, found "a"'],
  ["sites:\n  ¦a: far\n", 'sites.a: expected Object, found "far"'],
  ['sites:\n  ¦a: "\\e[31m"\n', 'sites.a: expected Object, found "\\x1b[31m"'],
  ["sites:\n  ¦a: {cost: 1}\n", 'the key "next_hop" is missing'],
  ["sites:\n  a: {¦next_hop: 10}\n", "sites.a.next_hop: expected string, found 10"],
  ["sites:\n  a: {next_hop: ::1, ¦cost: -1}\n", "sites.a.cost: expected >=0, found -1"],
  ["sites:\n  a: {next_hop: ::1, ¦cost: 0.5}\n", "sites.a.cost: expected integer"],
  ["sites:\n  a: {next_hop: ::1, ¦weight: 65536}\n", "expected <=65535, found 65536"],
  ["sites:\n  a: {next_hop: ::1, ¦encapsulation: vxlan}\n", 'found "vxlan"'],
  ["sites:\n  ¦a b: {next_hop: ::1}\n", '"a b" is no name for a site'],
  ["sites:\n  ¦../a: {next_hop: ::1}\n", '"../a" is no name for a site'],
  ["¦routes: {prefix: a}\n", "routes: expected Array, found Object"],
  ["routes:\n  - {prefix: a}\n  - ¦kind: local\n", 'the key "prefix" is missing'],
  ["routes:\n  - {prefix: a, ¦sites: lon}\n", 'routes.0.sites: expected Array, found "lon"'],
  ["routes:\n  - {prefix: a, sites: [b, ¦7]}\n", "routes.0.sites.1: expected string, found 7"],
  ["routes:\n  - {prefix: a, ¦kind: gone}\n", 'found "gone"'],
  ["tables: [a, ¦{b: c}]\n", "tables.1: expected string, found Object"],
];

it.each(WRONG)("%j: %s", (marked, what) => {
  const before = marked.slice(0, marked.indexOf("¦")).split("\n");
  const place = `${before.length}:${(before.at(-1) ?? "").length + 1}`;
  expect(() => parseConfig(marked.replace("¦", ""), "a.yaml")).toThrow(
    expect.objectContaining({
      code: "CONFIG",
      exitCode: 2,
      where: `a.yaml:${place}`,
      what: expect.stringContaining(what),
    }),
  );
});

it.each([
  ["wieght: 1\n", /^known keys: sites, routes, tables, interfaces/],
  ["sites: {a: {next_hop: ::1, x: 1}}\n", /^known keys: next_hop, via, cost, weight, mac/],
  [
    "routes: [{prefix: a, x: 1}]\n",
    /^known keys: prefix, sites, overflow, kind, action, packets_per_second, /,
  ],
])("%j: names the known keys", (text, hint) => {
  expect(() => parseConfig(text, "a.yaml")).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(hint) }),
  );
});
