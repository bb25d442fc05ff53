/** The tables that a verb's flags name, as one. */

import type { CreateForwarderOptions } from "../core.ts";
import { AnyfibError } from "../net/errors.ts";
import { type LoadTableOptions, loadTable, type Ribs } from "../node/tables.ts";
import type { VrpTable } from "../rib/origin-validation.ts";
import type { OriginTable } from "../rib/origins.ts";
import { RouteTable } from "../rib/route-table.ts";
import { BlackholeSources } from "../router/blackhole-sources.ts";
import { configInterfaces, configSources, configTunnels } from "../router/config-table.ts";
import type { InterfaceOptions } from "../router/interfaces.ts";
import type { SourceInput } from "../router/source-rules.ts";
import type { TunnelInput } from "../router/tunnels.ts";
import { type HashChoice, type HashFlags, type HashSection, readHash } from "./hash-flags.ts";
import type { Terminal } from "./terminal.ts";

/** Flags about tables, and about how flows are hashed. */
export interface TableFlags extends HashFlags {
  readonly table?: readonly string[];
  readonly nextHop?: readonly string[];
}

/** What the tables' flags say of a forwarder. */
export type TableOptions = HashChoice &
  Required<Pick<CreateForwarderOptions, "tables" | "interfaces" | "sources" | "tunnels">> & {
    /** What `sources` are by, for who changes routes later. */
    readonly blackholes: BlackholeSources;
  };

/** What goes with the routes of tables of BGP. */
export interface TableOrigins {
  /** Takes what they know of origin ASes. */
  readonly origins?: OriginTable;
  /** What a configuration's policy validates routes against. */
  readonly vrps?: VrpTable | undefined;
  /** Takes all routes of MRT files: updates change them later. */
  readonly ribs?: Ribs | undefined;
  /** Given each MRT file, with how its routes are chosen. */
  readonly onDump?: LoadTableOptions["onDump"];
  /** Opens the files, for who reads them again. */
  readonly open?: LoadTableOptions["open"];
}

/**
 * Reads all tables in order, so that a later route replaces an earlier one of its prefix. Throws
 * USAGE where none was named, or where two of them and of the verb's other `inputs` are stdin.
 */
export async function readTables(
  verb: string,
  flags: TableFlags,
  terminal: Terminal,
  inputs: readonly string[],
  { origins, vrps, ribs, onDump, open }: TableOrigins = {},
): Promise<TableOptions> {
  const files = flags.table ?? [];
  if (files.length === 0) {
    throw new AnyfibError({
      code: "USAGE",
      what: "no table was named",
      where: `anyfib ${verb}`,
      hint: "give --table FILE: routes as text, ip route, MRT or YAML (try samples/table.txt)",
    });
  }
  if ([...files, ...inputs].filter((file) => file === "-").length > 1) {
    throw new AnyfibError({
      code: "USAGE",
      what: "stdin is named twice",
      where: `anyfib ${verb}`,
      hint: "give - once, and files for the rest",
    });
  }
  const table = new RouteTable();
  const sections: HashSection[] = [];
  const interfaces: InterfaceOptions[] = [];
  const sources: SourceInput[] = [];
  const tunnels: TunnelInput[] = [];
  for (const file of files) {
    await loadTable(file, {
      table,
      nextHops: flags.nextHop ?? [],
      ...(origins === undefined ? {} : { origins }),
      ...(vrps === undefined ? {} : { vrps }),
      ...(ribs === undefined ? {} : { ribs }),
      ...(onDump === undefined ? {} : { onDump }),
      ...(open === undefined ? {} : { open }),
      onConfig: (read, name) => {
        const { hash } = read.config;
        if (hash !== undefined) sections.push({ config: hash, file: name });
        interfaces.push(...configInterfaces(read));
        sources.push(...configSources(read));
        tunnels.push(...configTunnels(read));
      },
      onWarning: (warning) => terminal.note(`warning: ${warning}`),
    });
  }
  const chosen = ribs === undefined ? [] : ribs.of().changes();
  for (const { prefix, target } of chosen) {
    if (target !== undefined) table.add(prefix, table.internTarget(target));
  }
  const blackholes = new BlackholeSources(sources, table);
  return {
    tables: [table],
    interfaces,
    sources: blackholes.rules,
    blackholes,
    tunnels,
    ...(await readHash(flags, sections)),
  };
}
