/** What a configuration file makes of a router: read at the start and at each reload. */

import { existsSync } from "node:fs";
import path from "node:path";
import type { CreateForwarderOptions } from "../core.ts";
import { METERS_MAX } from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import { ringBytesFor } from "../node/live.ts";
import { loadTable } from "../node/tables.ts";
import { OriginTable } from "../rib/origins.ts";
import { RouteTable } from "../rib/route-table.ts";
import { BlackholeSources } from "../router/blackhole-sources.ts";
import type { ConfigFile } from "../router/config.ts";
import { configReplies, configSources, configTunnels } from "../router/config-table.ts";
import { addInterfaceRoutes } from "../router/interfaces.ts";
import { interfaceOptions, liveLinks } from "../router/live-links.ts";
import { type LoopLink, TAP_FRAMES, tapMtu } from "../router/loop-messages.ts";
import { addTunnelRoutes } from "../router/tunnels.ts";
import { type HashFlags, readHash } from "./hash-flags.ts";
import { ownKeyFile } from "./run-key.ts";
import { type RpkiChoice, readRpki } from "./run-rpki.ts";

/** A configuration with all that it names. */
export interface LiveConfig {
  readonly name: string;
  readonly file: ConfigFile;
  readonly links: readonly LoopLink[];
  /** The master key in hexadecimal. */
  readonly key: string;
  /** Its routes, with those of its interfaces in front. */
  readonly table: RouteTable;
  /** Origins of those that come from MRT. */
  readonly origins: OriginTable;
  /** What it says of VRPs. */
  readonly rpki: RpkiChoice | undefined;
  readonly options: CreateForwarderOptions;
}

/** Room for what a router learns beyond its configuration: hosts of its links. */
const LIMITS = { routes4: 65_536, routes6: 65_536, nextHops: 16_384 };
/** Room for source prefixes that come with a reload: an attack is no time for a restart. */
const METERS_MORE = 4096;

/** Room for the rings of all interfaces, and of the TAP. */
function ringBytes(links: readonly LoopLink[]): number {
  const tap = ringBytesFor(tapMtu(links), TAP_FRAMES);
  return links.reduce((sum, { deviceMtu }) => sum + ringBytesFor(deviceMtu), tap);
}

/** Where a configuration is looked for: flag, variable, here, the user's, the machine's. */
export function configPath(flag: string | undefined): string {
  const { ANYFIB_CONFIG, XDG_CONFIG_HOME, HOME = "" } = process.env;
  const named = flag ?? ANYFIB_CONFIG;
  if (named !== undefined && named !== "") return named;
  const own = path.join(XDG_CONFIG_HOME ?? path.join(HOME, ".config"), "anyfib/anyfib.yaml");
  const places = ["anyfib.yaml", own, "/etc/anyfib/anyfib.yaml"];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new AnyfibError({
    code: "USAGE",
    what: "there is no configuration",
    where: "anyfib run",
    hint: `give --config FILE, or write one of ${places.join(", ")}`,
  });
}

interface ReadFile {
  readonly file: ConfigFile;
  readonly links: readonly LoopLink[];
  readonly table: RouteTable;
  readonly origins: OriginTable;
}

/** Reads a configuration and its tables. Throws CONFIG and what reading tables throws. */
async function readFiles(name: string, warn: (warning: string) => void): Promise<ReadFile> {
  const table = new RouteTable();
  const origins = new OriginTable({ keepsAlternatives: true });
  const read: Omit<ReadFile, "table" | "origins">[] = [];
  await loadTable(name, {
    table,
    origins,
    validatesLater: true,
    onConfig: (file) => {
      const links = liveLinks(file);
      // First, so that the file's own routes go before them.
      addInterfaceRoutes(table, interfaceOptions(links));
      addTunnelRoutes(table, configTunnels(file));
      read.push({ file, links });
    },
    onWarning: warn,
  });
  const [first] = read;
  if (first !== undefined) return { ...first, table, origins };
  throw new AnyfibError({
    code: "CONFIG",
    what: "this is a table, and no configuration",
    where: name,
    hint: "write a configuration that names it under tables",
  });
}

/** Reads all that a router is made from. Throws CONFIG, ENVIRONMENT and what tables throw. */
export async function readLiveConfig(
  name: string,
  flags: HashFlags,
  warn: (warning: string) => void,
): Promise<LiveConfig> {
  const { file, links, table, origins } = await readFiles(name, warn);
  const rpki = await readRpki(file, name, warn);
  const { hash } = file.config;
  const isKeyed = flags.key !== undefined || process.env.ANYFIB_KEY || hash?.key_file;
  const key = isKeyed ? flags.key : ownKeyFile(file, name, warn);
  const choice = await readHash(
    { ...flags, ...(key === undefined ? {} : { key }) },
    hash === undefined ? [] : [{ config: hash, file: name }],
  );
  const sources = new BlackholeSources(configSources(file), table).rules;
  const options: CreateForwarderOptions = {
    ...choice,
    tables: [table],
    interfaces: interfaceOptions(links),
    sources,
    tunnels: configTunnels(file),
    limits: {
      ...LIMITS,
      meters: Math.min(sources.length + METERS_MORE, METERS_MAX),
      routeMeters: METERS_MORE,
      ...choice.limits,
      ringBytes: ringBytes(links),
    },
    replies: configReplies(file),
    shared: true,
  };
  return {
    name,
    file,
    links,
    table,
    origins,
    rpki,
    options,
    key: Buffer.from(choice.key).toString("hex"),
  };
}
