/** `anyfib check`: whether a configuration is right, and what this machine lacks to run it. */

import { access } from "node:fs/promises";
import path from "node:path";
import { createForwarder } from "../index.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { loadTable } from "../node/tables.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { ConfigFile } from "../router/config.ts";
import { configInterfaces, configSources, configTunnels } from "../router/config-table.ts";
import { policyWarnings } from "../router/policy-config.ts";
import { rtrAddressOf } from "./run-rpki.ts";
import type { Terminal } from "./terminal.ts";

/** Exit status 2 where it is wrong; what this machine lacks is said, as another may have it. */
export async function checkVerb(
  terminal: Terminal,
  _flags: object,
  [name = ""]: readonly string[],
): Promise<number> {
  const table = new RouteTable();
  const files: ConfigFile[] = [];
  const warn = (warning: string): void => terminal.note(`warning: ${warning}`);
  await loadTable(name, { table, onConfig: (file) => files.push(file), onWarning: warn });
  const [first] = files;
  if (first === undefined) {
    throw new AnyfibError({
      code: "CONFIG",
      what: "this is a table, and no configuration",
      where: name,
      hint: "write a configuration that names it under tables",
    });
  }
  for (const warning of files.flatMap(policyWarnings)) warn(warning);
  const interfaces = files.flatMap(configInterfaces);
  const sources = files.flatMap(configSources);
  const tunnels = files.flatMap(configTunnels);
  const { quic } = first.config.hash ?? {};
  // What contradicts itself shows when a forwarder is made of it.
  const own = quic === undefined ? {} : { quic };
  await createForwarder({ tables: [table], interfaces, sources, tunnels, ...own });
  rtrAddressOf(first);
  for (const lack of await lacks(first, name)) warn(lack);
  const routes = table.count4 + table.count6;
  await terminal.print(`${name}: ${interfaces.length} interfaces, ${routes} routes: correct\n`);
  return EXIT.ok;
}

/** Devices and files that the configuration names and that are not here. */
async function lacks({ config, where }: ConfigFile, name: string): Promise<readonly string[]> {
  const wanted = Object.entries(config.interfaces).flatMap(([key, { device }]) =>
    device === undefined
      ? []
      : [[`device ${device}`, `/sys/class/net/${device}`, where(["interfaces", key])] as const],
  );
  const folder = path.dirname(name);
  const named = [
    ["key file", config.hash?.key_file, where(["hash", "key_file"])],
    ["VRP file", config.rpki?.vrp_file, where(["rpki", "vrp_file"])],
  ] as const;
  const files = named.flatMap(([what, file, place]) =>
    file === undefined ? [] : [[what, path.resolve(folder, file), place] as const],
  );
  const found = await Promise.all(
    [...wanted, ...files].map(async ([what, file, place]) => {
      const isHere = await access(file).then(
        () => true,
        () => false,
      );
      return isHere ? [] : [`${place}: there is no ${what} on this machine`];
    }),
  );
  return found.flat();
}
