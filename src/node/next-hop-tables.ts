/** The routes that next hops of MRT routes are resolved by, from a configuration and its files. */

import path from "node:path";
import { AnyfibError } from "../net/errors.ts";
import type { NextHopResolver } from "../rib/next-hop-resolution.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { ConfigFile } from "../router/config.ts";
import { configResolver } from "../router/resolver-config.ts";
import { readTextTable } from "../sources/text.ts";
import { chunksOf } from "./chunks.ts";
import { openBytes } from "./open.ts";

/**
 * Reads what a configuration resolves next hops by; undefined where it takes them as they are.
 * `name` is the configuration's file, which paths start from. Throws CONFIG, and what opening and
 * reading a table throw.
 */
export async function loadResolver(
  file: ConfigFile,
  name: string,
): Promise<NextHopResolver | undefined> {
  const { next_hops: how = "as_given", next_hop_tables: names = [] } = file.config.best_path ?? {};
  if (how === "as_given") {
    if (names.length === 0) return undefined;
    throw new AnyfibError({
      code: "CONFIG",
      what: "next_hop_tables resolve nothing while next hops are taken as given",
      where: file.where(["best_path", "next_hop_tables"]),
      hint: "add next_hops: resolved",
    });
  }
  const table = new RouteTable();
  for (const one of names) {
    await using source = await openBytes(path.resolve(path.dirname(name), one));
    await readTextTable(chunksOf(source), { name: source.name, table, nextHops: {} });
  }
  return configResolver(file, table);
}
