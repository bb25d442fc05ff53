/** The routes and sites of a configuration, as rows of a table. */

import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import type { RouteTable } from "../rib/route-table.ts";
import type { ConfigFile, Path } from "./config.ts";
import { addRoute, type NextHopInput } from "./route-input.ts";

/** Adds a configuration's routes to a table. Throws CONFIG with the place of what is wrong. */
export function addConfigRoutes(table: RouteTable, file: ConfigFile): void {
  for (const [index, { prefix, sites = [], kind }] of file.config.routes.entries()) {
    const path = ["routes", index];
    if (kind === "via" && sites.length === 0) throw noSites(prefix, file.where(path));
    const nextHops = sites.map((name, i) => siteNextHop(file, name, [...path, "sites", i]));
    located(file, path, () => addRoute(table, { prefix, kind, nextHops }));
  }
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
  };
}

/** Runs a step whose errors know no place, and gives them one. */
function located(file: ConfigFile, path: Path, step: () => void): void {
  try {
    step();
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
