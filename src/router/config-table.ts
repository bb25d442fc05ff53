/** The routes and sites of a configuration, as rows of a table. */

import type { ReplyLimit } from "../engine/replies.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import { nextHopName } from "../rib/next-hop.ts";
import type { NextHop } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";
import type { ConfigFile, Path } from "./config.ts";
import type { InterfaceOptions } from "./interfaces.ts";
import { addRoute, type NextHopInput, nextHopOf } from "./route-input.ts";
import { type SourceInput, sourceRule } from "./source-rules.ts";
import { tunnelInput } from "./tunnel-config.ts";
import { type TunnelInput, tunnelEnd } from "./tunnels.ts";

/**
 * Adds a configuration's routes to a table. Throws CONFIG with the place of what is wrong, also of
 * sites that no route uses.
 */
export function addConfigRoutes(
  table: RouteTable,
  file: ConfigFile,
  onWarning: (warning: string) => void = () => undefined,
): void {
  checkSites(file);
  for (const [index, route] of file.config.routes.entries()) {
    const { prefix, sites = [], kind, overflow } = route;
    const path = ["routes", index];
    if (kind === "via" && sites.length === 0) throw noSites(prefix, file.where(path));
    if (kind !== "via" && sites.length > 0) throw needlessSites(prefix, file.where(path), kind);
    const nextHops = sites.map((name, i) => siteNextHop(file, name, [...path, "sites", i]));
    const { action, burst } = route;
    if (action === undefined && ratesOf(route).length > 0) {
      throw noAction(prefix, file.where(path));
    }
    const [packetsPerSecond, bytesPerSecond] = [route.packets_per_second, route.bytes_per_second];
    const meter =
      action === undefined ? {} : { meter: { action, packetsPerSecond, bytesPerSecond, burst } };
    const hadHostBits = located(file, path, () =>
      addRoute(table, { prefix, kind, nextHops, overflow, ...meter }),
    );
    if (hadHostBits) onWarning(`${file.where(path)}: ${prefix} has host bits: they are masked`);
  }
}

/** What a configuration does with packets by their source. Throws CONFIG with the place. */
export function configSources(file: ConfigFile): readonly SourceInput[] {
  const inputs = file.config.sources.map(({ prefix, action, burst, ...rates }) => ({
    prefix,
    action,
    packetsPerSecond: rates.packets_per_second,
    bytesPerSecond: rates.bytes_per_second,
    burst,
  }));
  const seen = new Set<string>();
  for (const [index, input] of inputs.entries()) {
    located(file, ["sources", index], () => sourceRule(input, seen));
  }
  return inputs;
}

/** How many ICMP errors a running router sends: 1,000 a second unless said, as the kernel does. */
export function configReplies({ config }: ConfigFile): ReplyLimit {
  const { errors_per_second: errors, burst } = config.icmp;
  const rate = errors === "unlimited" ? Number.POSITIVE_INFINITY : errors;
  return { rate, ...(burst === undefined ? {} : { burst }) };
}

/** The tunnels that a configuration lets end here. Throws CONFIG with the place. */
export function configTunnels(file: ConfigFile): readonly TunnelInput[] {
  const taken = new Map<string, string>();
  return Object.entries(file.config.tunnels).map(([name, tunnel]) => {
    const input = tunnelInput(name, tunnel);
    located(file, ["tunnels", name], () => tunnelEnd(input, taken));
    return input;
  });
}

/** The interfaces that a configuration describes; what is wrong is found when they are used. */
export function configInterfaces({ config }: ConfigFile): readonly InterfaceOptions[] {
  return Object.entries(config.interfaces).map(([name, described]) => {
    const { addresses, mtu, mac, vlan = [] } = described;
    const tags = typeof vlan === "number" ? [vlan] : vlan;
    return { name, addresses, mtu, vlan: tags, ...(mac === undefined ? {} : { mac }) };
  });
}

/** The sites of a configuration, as next hops. Throws CONFIG with the place. */
export function configSites(file: ConfigFile): readonly NextHop[] {
  return Object.keys(file.config.sites).map((name) => {
    const path = ["sites", name];
    // IPv4 routes may have next hops of either family.
    return located(file, path, () => nextHopOf(siteNextHop(file, name, path), 4));
  });
}

/** Each site is a next hop of its own. */
function checkSites(file: ConfigFile): void {
  const owners = new Map<string, string>();
  for (const site of configSites(file)) {
    const { site: name = "" } = site;
    const nextHop = nextHopName(site);
    const owner = owners.get(nextHop);
    if (owner !== undefined) {
      throw new AnyfibError({
        code: "CONFIG",
        what: `the sites ${owner} and ${name} have the same next hop, ${nextHop}`,
        where: file.where(["sites", name]),
        hint: "a site is a next hop: give each its own, or one name",
      });
    }
    owners.set(nextHop, name);
  }
}

/** Rates that a route was given. */
function ratesOf(route: ConfigFile["config"]["routes"][number]): readonly number[] {
  const { packets_per_second: packets, bytes_per_second: bytes, burst } = route;
  return [packets, bytes, burst].filter((rate) => rate !== undefined);
}

function noAction(prefix: string, where: string): AnyfibError {
  return new AnyfibError({
    code: "CONFIG",
    what: `the route ${quoted(prefix)} has a rate and no limit`,
    where,
    hint: "add action: limit, or take the rate away",
    detail: { prefix },
  });
}

function noSites(prefix: string, where: string): AnyfibError {
  return new AnyfibError({
    code: "CONFIG",
    what: `the route ${quoted(prefix)} leads nowhere`,
    where,
    hint: "give it sites, or a kind such as blackhole",
    detail: { prefix },
  });
}

function needlessSites(prefix: string, where: string, kind: string): AnyfibError {
  return new AnyfibError({
    code: "CONFIG",
    what: `the ${kind} route ${quoted(prefix)} has sites, which it would never use`,
    where,
    hint: "take away its sites, or its kind",
    detail: { prefix, kind },
  });
}

function siteNextHop(file: ConfigFile, name: string, path: Path): NextHopInput {
  const { sites } = file.config;
  const site = Object.hasOwn(sites, name) ? sites[name] : undefined;
  if (site === undefined) {
    throw new AnyfibError({
      code: "CONFIG",
      what: `no site is named ${quoted(name)}`,
      where: file.where(path),
      hint: `known sites: ${Object.keys(sites).join(", ") || "none"}`,
      detail: { site: name },
    });
  }
  return {
    nextHop: site.next_hop,
    site: name,
    weight: site.weight,
    cost: site.cost,
    ...(site.mac === undefined ? {} : { mac: site.mac }),
    ...viaOf(file, site.via, name),
    ...(site.encapsulation === "none" ? {} : { encapsulation: site.encapsulation }),
    ...(site.hop_list ? { hopList: true } : {}),
  };
}

/** The interface of a site; without any in the file there is nothing to look it up in. */
function viaOf(file: ConfigFile, via: string | undefined, site: string): { readonly via?: string } {
  const { interfaces } = file.config;
  if (via === undefined || Object.keys(interfaces).length === 0) return {};
  if (Object.hasOwn(interfaces, via)) return { via };
  throw new AnyfibError({
    code: "CONFIG",
    what: `no interface is named ${quoted(via)}`,
    where: file.where(["sites", site, "via"]),
    hint: `known interfaces: ${Object.keys(interfaces).join(", ")}`,
    detail: { via },
  });
}

/** Runs a step whose errors know no place, and gives them one. */
function located<T>(file: ConfigFile, path: Path, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof AnyfibError)) throw error;
    throw new AnyfibError({
      code: "CONFIG",
      what: error.what,
      where: file.where(path),
      hint: error.hint,
      detail: error.detail,
      cause: error,
    });
  }
}
