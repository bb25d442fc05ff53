/** What a configuration resolves the next hops of MRT routes by. */

import { formatAddress, parseAddress } from "../net/address.ts";
import { maskAddress } from "../net/prefix.ts";
import { NextHopResolver, type ResolvingRoute } from "../rib/next-hop-resolution.ts";
import type { NextHop } from "../rib/route.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { ConfigFile } from "./config.ts";
import { addConfigRoutes, configSites } from "./config-table.ts";

/**
 * A configuration's resolver: its sites and its interfaces' links and own addresses, its routes,
 * and those of `table` (`next_hop_tables`), each before the next where prefixes are the same.
 * Throws CONFIG with the place of what is wrong with sites and routes.
 */
export function configResolver(file: ConfigFile, table: RouteTable): NextHopResolver {
  const own = new RouteTable();
  addConfigRoutes(own, file);
  const sites = new Map(configSites(file).map((site) => [formatAddress(site.address), site]));
  return new NextHopResolver([
    ...tableRoutes(table, sites),
    ...[...own.rows()].map(({ prefix, target }) => ({ prefix, leads: target })),
    ...linkRoutes(file),
    ...siteRoutes(sites.values()),
  ]);
}

/**
 * In `ip route` output a network that is on a link is local; one address alone is the own one. A
 * next hop that is a site's is the site, as near as that is.
 */
function tableRoutes(
  table: RouteTable,
  sites: ReadonlyMap<string, NextHop>,
): readonly ResolvingRoute[] {
  return [...table.rows()].map(({ prefix, target }) => {
    const isOwn = prefix.length === lengthMax(prefix.family);
    if (target.kind === "local" && !isOwn) return { prefix, leads: "link" };
    if (target.kind !== "via") return { prefix, leads: target };
    const nextHops = target.nextHops.map((nextHop) => {
      const site = sites.get(formatAddress(nextHop.address));
      return site === undefined ? nextHop : { ...site, weight: nextHop.weight };
    });
    return { prefix, leads: { ...target, nextHops } };
  });
}

/** A link's network, and the own address in it, which is nobody's next hop. */
function linkRoutes({ config }: ConfigFile): readonly ResolvingRoute[] {
  const texts = Object.values(config.interfaces).flatMap(({ addresses }) => addresses);
  return texts.flatMap((text): readonly ResolvingRoute[] => {
    const [head = "", length = ""] = text.split("/");
    const address = parseAddress(head);
    // What is no address is told where interfaces are made.
    if (address === undefined || !(Number(length) <= lengthMax(address.family))) return [];
    return [
      { prefix: maskAddress(address, Number(length)), leads: "link" },
      { prefix: maskAddress(address, lengthMax(address.family)), leads: { kind: "local" } },
    ];
  });
}

/** Sites are neighbors, or the far ends of tunnels. */
function siteRoutes(sites: Iterable<NextHop>): readonly ResolvingRoute[] {
  return Array.from(sites, (site) => ({
    prefix: maskAddress(site.address, lengthMax(site.address.family)),
    leads: { kind: "via", nextHops: [site] },
  }));
}

function lengthMax(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}
