/** `anyfib gen`: tables and captures made from a seed. */

import type { CaptureWriter } from "../io/capture-writer.ts";
import { PcapWriter } from "../io/pcap-writer.ts";
import { PcapngWriter } from "../io/pcapng-writer.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { openSink } from "../node/open.ts";
import { loadTable } from "../node/tables.ts";
import { generateCapture } from "../replay/generate-capture.ts";
import type { TableGroups } from "../replay/generate-lines.ts";
import { regroupTable } from "../replay/generate-regrouped.ts";
import { generateTable } from "../replay/generate-table.ts";
import type { RouteTable } from "../rib/route-table.ts";
import { readRuns } from "./origin-runs.ts";
import type { Terminal } from "./terminal.ts";

/** What a prefix's group follows from. */
type Placement = "origin" | "attributes" | "random";

interface TableFlags {
  readonly routes?: number;
  readonly routes6?: number;
  readonly table?: string;
  readonly groups?: number;
  readonly placement?: Placement;
  readonly attributes?: string;
  readonly seed?: number;
  /** `-w` */
  readonly w: string;
}

interface CaptureFlags {
  readonly packets?: number;
  readonly flows?: number;
  readonly size?: number | "imix";
  readonly seed?: number;
  readonly w: string;
  readonly 4?: true;
  readonly 6?: true;
}

/** Text is gathered into writes of about this many characters. */
const WRITE_CHARACTERS = 256 * 1024;
/** Packets between two looks at whether to stop. */
const CHECK_PACKETS = 4096;

/** Next hops of prefixes that stand alone; groups replace them. */
const ANY_NEXT_HOPS = ["192.0.2.1", "2001:db8::1"] as const;

/** Writes a text table. */
export async function generateTableVerb(terminal: Terminal, flags: TableFlags): Promise<number> {
  const { w, routes, routes6, table } = flags;
  const groups = await tableGroups(flags);
  const lines =
    table === undefined
      ? generateTable({ ...given({ routes, routes6 }), ...groups })
      : regroupTable(await readPrefixes(table, terminal), groups);
  await using sink = await openSink(w);
  const encoder = new TextEncoder();
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < WRITE_CHARACTERS) continue;
    if (terminal.signal.aborted) break;
    await sink.write(encoder.encode(text));
    text = "";
  }
  await sink.write(encoder.encode(text));
  return EXIT.ok;
}

/** Where groups come from. Throws USAGE for flags that contradict each other. */
async function tableGroups(flags: TableFlags): Promise<TableGroups> {
  const { groups, seed, placement = "origin", attributes, table } = flags;
  if (attributes === undefined) {
    if (placement === "attributes") throw contradiction("--placement attributes", "--attributes");
    return given({ groups, seed, placement: placement === "random" ? placement : undefined });
  }
  if (placement === "random") throw contradiction("--attributes", "another --placement");
  if (attributes === "-" && table === "-") throw contradiction("stdin", "one name, not two");
  return given({ groups, seed, runs: await readRuns(attributes, placement) });
}

function contradiction(what: string, need: string): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what: `${what} needs ${need}`,
    where: "anyfib gen table",
    hint: "give --attributes FILE for groups in the runs of a dump, --placement random for none",
  });
}

async function readPrefixes(file: string, terminal: Terminal): Promise<RouteTable> {
  const { table } = await loadTable(file, {
    nextHops: ANY_NEXT_HOPS,
    onWarning: (warning) => terminal.note(`warning: ${warning}`),
  });
  return table;
}

/** Writes a capture: pcapng where the name ends so, otherwise pcap. */
export async function generateCaptureVerb(
  terminal: Terminal,
  flags: CaptureFlags,
): Promise<number> {
  const { w, packets, flows, size, seed } = flags;
  const family = flags[4] ? 4 : flags[6] ? 6 : undefined;
  const generated = generateCapture(given({ packets, flows, size, seed, family }));
  const progress = terminal.progress("packets");
  await using writer = await openWriter(w);
  const out = { interface: writer.addInterface("generated") };
  let written = 0;
  for (const { frame, timestampNs, originalLength } of generated) {
    const full = writer.write(frame, { ...out, timestampNs, originalLength });
    if (full !== undefined) await full;
    written += 1;
    if (written % CHECK_PACKETS !== 0) continue;
    progress.update(written);
    if (terminal.signal.aborted) break;
  }
  progress.stop();
  return EXIT.ok;
}

async function openWriter(file: string): Promise<CaptureWriter> {
  const sink = await openSink(file);
  return file.endsWith(".pcapng") ? new PcapngWriter(sink) : new PcapWriter(sink);
}

/** The options that were given: what is left out takes its default. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  // cast: the entries are those of T without the undefined ones.
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
