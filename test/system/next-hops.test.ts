/** Next hops of internal routes lead where BIRD's kernel routes lead, by the same other routes. */

import { expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../src/net/address.ts";
import { decide } from "../../src/rib/best-path.ts";
import { type NextHopResolver, resolvedNextHops } from "../../src/rib/next-hop-resolution.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { parseConfig } from "../../src/router/config.ts";
import { configResolver } from "../../src/router/resolver-config.ts";
import { nextHopCost } from "../../src/sources/route-chooser.ts";
import { randomRoutes, routerId, type TestPeer, type TestPrefix } from "./random-routes.ts";
import { birdChoices, DaemonLab, type RouterAs } from "./routing-daemons.ts";
import { missingTools, notRoot } from "./tools.ts";

const PREFIXES = 2100;
/** With fewer of a sort, the test would say little of it. */
const SORT_LEAST = 50;
/** A member of a confederation: paths through others of it come by internal peers, too. */
const OWN: RouterAs = { as: 65_001, confederation: { id: 64_500, members: [65_002] } };

const PEERS: readonly TestPeer[] = [11, 12, 13, 14].map((host) => ({
  host,
  kind: "internal",
  as: OWN.as,
  routerId: routerId(20 - host),
}));

/** Gateways are .101 and up; of those that a route leads to, all are as far. */
const CONFIG = `
interfaces: {w0: {addresses: [198.18.0.1/24]}}
sites:
  a: {next_hop: 198.18.0.101}
  b: {next_hop: 198.18.0.102}
  c: {next_hop: 198.18.0.103}
  d: {next_hop: 198.18.0.104, cost: 5}
  e: {next_hop: 198.18.0.105, cost: 9}
routes:
  - {prefix: 10.255.0.0/16, sites: [a]}
  - {prefix: 10.255.1.0/24, sites: [a, b]}
  - {prefix: 10.255.2.0/24, sites: [b, c]}
  - {prefix: 10.255.3.0/24, sites: [d]}
  - {prefix: 10.255.4.0/24, sites: [e]}
  - {prefix: 10.255.5.0/24, kind: unreachable}
  - {prefix: 10.255.1.128/25, kind: blackhole}
best_path: {next_hops: resolved}
`;

const IGP = [
  "10.255.0.0/16 via 198.18.0.101 { igp_metric = 0; }",
  "10.255.1.0/24 via 198.18.0.101 via 198.18.0.102 { igp_metric = 0; }",
  "10.255.2.0/24 via 198.18.0.102 via 198.18.0.103 { igp_metric = 0; }",
  "10.255.3.0/24 via 198.18.0.104 { igp_metric = 5; }",
  "10.255.4.0/24 via 198.18.0.105 { igp_metric = 9; }",
  "10.255.5.0/24 unreachable",
  "10.255.1.128/25 unreachable",
];
/** One under each route, one that none covers, one on the link. */
const NEXT_HOPS = [
  "10.255.9.1",
  "10.255.1.1",
  "10.255.2.1",
  "10.255.3.1",
  "10.255.4.1",
  "10.255.5.1",
  "10.255.1.129",
  "10.254.0.1",
  "198.18.0.77",
];

function addressValue(text: string): number {
  const address = parseAddress(text);
  if (address?.family !== 4) throw new Error(`${text} is no IPv4 address`);
  return address.value;
}

/** Where packets go that we send, by address. */
function ownNextHops({ candidates }: TestPrefix, resolver: NextHopResolver): readonly string[] {
  const reached = candidates.map((candidate) => {
    const { nextHop } = candidate.set;
    const igpCost = nextHop ? nextHopCost(nextHop, { resolver }) : Number.POSITIVE_INFINITY;
    return { ...candidate, igpCost };
  });
  const { equal } = decide(reached, { multipath: 64, multipathRelax: true });
  const parts = equal.flatMap((index) => {
    const nextHop = candidates[index]?.set.nextHop;
    const resolution = nextHop && resolver.of(nextHop);
    return resolution ? [{ resolution, weight: 1 }] : [];
  });
  const nextHops = resolvedNextHops(parts).map(({ address }) => formatAddress(address));
  return [...new Set(nextHops)].sort();
}

it("leads where BIRD leads", async ({ skip }) => {
  const lack = notRoot() ?? missingTools("bird", "birdc");
  if (lack !== undefined) return skip(lack);
  const nextHops = NEXT_HOPS.map(addressValue);
  const routes = randomRoutes(PEERS, { count: PREFIXES, seed: 22, nextHops });
  const resolver = configResolver(parseConfig(CONFIG, "a.yaml"), new RouteTable());
  await using lab = new DaemonLab("anyfib-hops");
  const theirs = await birdChoices({ lab, own: OWN, routes, options: [], igp: IGP });
  const compared = routes.prefixes.map((one) => ({
    prefix: one.prefix,
    own: ownNextHops(one, resolver).join(" "),
    their: (theirs.get(one.prefix)?.used ?? []).join(" "),
  }));
  expect(compared.filter(({ own, their }) => own !== their)).toEqual([]);
  const sorts = [/^$/, / /, /77/, /104/, /105/].map(
    (sort) => compared.filter(({ own }) => sort.test(own)).length,
  );
  for (const count of sorts) expect(count).toBeGreaterThan(SORT_LEAST);
});
