/** `anyfib rib convert`: the rows of MRT files in another form, as they are read. */

import { EXIT } from "../net/errors.ts";
import { openSink } from "../node/open.ts";
import {
  type AttributeSets,
  BgpdumpLines,
  formatRow,
  type PeerTable,
  type RouteRow,
  RouteRows,
  TableDumpWriter,
} from "../sources/mrt.ts";
import { flaggedJudge, type RpkiFlags } from "./origin-states.ts";
import { emptyRib, type RibTaker, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface ConvertFlags extends RpkiFlags {
  readonly format?: "text" | "json" | "bgpdump" | "mrt";
  readonly json?: true;
  readonly w?: string;
}

/** Takes records, and what it makes of them, piece by piece. */
type Takers = Required<Pick<RibTaker, "takeRib" | "takeUpdate" | "takeState">>;

/** Exit status 3 where a file could not be read to its end; what came before is written. */
export async function ribConvert(
  terminal: Terminal,
  flags: ConvertFlags,
  files: readonly string[],
): Promise<number> {
  const format = flags.json ? "json" : (flags.format ?? "text");
  const rib = emptyRib();
  const encoder = new TextEncoder();
  let texts: string[] = [];
  let records: Uint8Array[] = [];
  let skipped = 0;
  const print = (text: string): void => void texts.push(text);
  const takers =
    format === "mrt"
      ? mrtTakers(rib.attributeSets, rib.peers, {
          write: (bytes) => void records.push(bytes.slice()),
          skip: () => {
            skipped += 1;
          },
        })
      : format === "bgpdump"
        ? takersOf(new BgpdumpLines(rib.attributeSets, rib.peers, print))
        : takersOf(
            new RouteRows(
              rib.attributeSets,
              rib.peers,
              (row) => print(rowText(row, format)),
              await flaggedJudge(terminal, flags, files, rib),
            ),
          );
  await using sink = await openSink(flags.w ?? "-");
  const afterChunk = async (): Promise<void> => {
    const bytes = format === "mrt" ? joined(records) : encoder.encode(texts.join(""));
    texts = [];
    records = [];
    if (bytes.length > 0) await sink.write(bytes);
  };
  const { failure } = await readRibFiles(terminal, files, { ...rib, ...takers, afterChunk });
  await afterChunk();
  if (skipped > 0) terminal.note(`warning: ${skipped} messages were left out: a table has none`);
  if (failure !== undefined) throw failure;
  return EXIT.ok;
}

function rowText(row: RouteRow, format: "json" | "text"): string {
  return `${format === "json" ? JSON.stringify(row) : formatRow(row)}\n`;
}

function takersOf(rows: BgpdumpLines | RouteRows): Takers {
  return {
    takeRib: (record) => rows.rib(record),
    takeUpdate: (update) => rows.update(update),
    takeState: (state) => rows.state(state),
  };
}

function mrtTakers(
  sets: AttributeSets,
  peers: PeerTable,
  { write, skip }: { readonly write: (bytes: Uint8Array) => void; readonly skip: () => void },
): Takers {
  const writer = new TableDumpWriter(sets, peers, write);
  return { takeRib: (record) => writer.rib(record), takeUpdate: skip, takeState: skip };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
