/** What a configuration resolves the next hops of MRT routes by. */

import { parseAddress } from "../net/address.ts";
import { maskAddress } from "../net/prefix.ts";
import { NextHopResolver, type ResolvingRoute } from "../rib/next-hop-resolution.ts";
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
  return new NextHopResolver([
    ...tableRoutes(table),
    ...[...own.rows()].map(({ prefix, target }) => ({ prefix, leads: target })),
    ...linkRoutes(file),
    ...siteRoutes(file),
  ]);
}

/** In `ip route` output a network that is on a link is local; one address alone is the own one. */
function tableRoutes(table: RouteTable): readonly ResolvingRoute[] {
  return [...table.rows()].map(({ prefix, target }) => {
    const isOwn = prefix.length === lengthMax(prefix.family);
    return { prefix, leads: target.kind === "local" && !isOwn ? "link" : target };
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
function siteRoutes(file: ConfigFile): readonly ResolvingRoute[] {
  return configSites(file).map((site) => ({
    prefix: maskAddress(site.address, lengthMax(site.address.family)),
    leads: { kind: "via", nextHops: [site] },
  }));
}

function lengthMax(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}
