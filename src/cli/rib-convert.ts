/** `anyfib rib convert`: the rows of MRT files in another form, as they are read. */

import { EXIT } from "../net/errors.ts";
import { formatPrefix, prefixFromCells } from "../net/prefix.ts";
import { openSink } from "../node/open.ts";
import {
  BgpdumpLines,
  formatRow,
  type RecordedUpdate,
  type RouteJudge,
  type RouteRow,
  RouteRows,
  TableDumpWriter,
} from "../sources/mrt.ts";
import { type FormFlags, formOf } from "./arguments.ts";
import { flaggedJudge, type RpkiFlags } from "./origin-states.ts";
import { emptyRib, type RibTaker, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

/** Forms of rows. */
export type RowFormat = "text" | "json" | "bgpdump" | "mrt" | "parquet";

interface ConvertFlags extends RpkiFlags, FormFlags<RowFormat> {
  readonly w?: string;
}

/** Sets and peers that all files share. */
type Rib = ReturnType<typeof emptyRib>;

/** Takes records, and what it makes of them, piece by piece. */
type Takers = Required<Pick<RibTaker, "takeRib" | "takeUpdate" | "takeState">>;

/** Makes another form of what it takes. */
interface Output {
  readonly takers: Takers;
  /** What came of it since it was asked for last. */
  readonly take: () => Uint8Array;
  /** What ends the form. */
  readonly end: () => Uint8Array;
  /** Messages that the form has no place for. */
  readonly skipped: () => number;
}

/** Exit status 3 where a file could not be read to its end; what came before is written. */
export async function ribConvert(
  terminal: Terminal,
  flags: ConvertFlags,
  files: readonly string[],
): Promise<number> {
  return convertRows(terminal, flags, files, new Set());
}

/** The same with the rows of the prefixes asked for, if any; status 1 where they have none. */
export async function convertRows(
  terminal: Terminal,
  flags: ConvertFlags,
  files: readonly string[],
  asked: ReadonlySet<string>,
): Promise<number> {
  const rib = emptyRib();
  const judge = await flaggedJudge(terminal, flags, files, rib);
  const output = await outputOf(formOf(flags), rib, judge);
  await using sink = await openSink(flags.w ?? "-");
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length > 0) await sink.write(bytes);
  };
  const wanted = new AskedRows(output.takers, asked);
  const { failure } = await readRibFiles(terminal, files, {
    ...rib,
    ...(asked.size === 0 ? output.takers : wanted.takers),
    afterChunk: () => write(output.take()),
  });
  await write(output.take());
  await write(output.end());
  const skipped = output.skipped();
  if (skipped > 0) terminal.note(`warning: ${skipped} messages were left out: a table has none`);
  if (failure !== undefined) throw failure;
  return asked.size === 0 || wanted.isThere ? EXIT.ok : EXIT.negative;
}

async function outputOf(format: RowFormat, rib: Rib, judge?: RouteJudge): Promise<Output> {
  if (format === "mrt") return mrtOutput(rib);
  const { attributeSets, peers } = rib;
  if (format === "bgpdump") {
    return textOutput((print) => new BgpdumpLines(attributeSets, peers, print));
  }
  if (format !== "parquet") {
    const line = (row: RouteRow): string => rowText(row, format);
    return textOutput(
      (print) => new RouteRows(attributeSets, peers, (row) => print(line(row)), judge),
    );
  }
  const { ParquetRows } = await import("./rib-parquet.ts");
  const rows = new ParquetRows();
  return {
    takers: takersOf(new RouteRows(attributeSets, peers, (row) => rows.add(row), judge)),
    take: () => rows.take(),
    end: () => rows.end(),
    skipped: () => 0,
  };
}

function textOutput(rowsOf: (print: (text: string) => void) => BgpdumpLines | RouteRows): Output {
  const encoder = new TextEncoder();
  const texts: string[] = [];
  return {
    takers: takersOf(rowsOf((text) => void texts.push(text))),
    take: () => encoder.encode(texts.splice(0).join("")),
    end: () => new Uint8Array(0),
    skipped: () => 0,
  };
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

/** Hands on what has one of the prefixes; changes of sessions have none. */
class AskedRows {
  readonly takers: Takers;
  /** Whether there was any. */
  isThere = false;
  readonly #asked: ReadonlySet<string>;

  constructor({ takeRib, takeUpdate }: Takers, asked: ReadonlySet<string>) {
    this.#asked = asked;
    this.takers = {
      takeRib: (record) => {
        if (!asked.has(formatPrefix(prefixFromCells(record.prefix)))) return;
        this.isThere = true;
        takeRib(record);
      },
      takeUpdate: (recorded) => {
        const { update } = recorded;
        const withdrawn = this.#only(update.withdrawn);
        const announced = this.#only(update.announced);
        const revoked = this.#only(update.revoked);
        if (withdrawn.length + announced.length + revoked.length === 0) return;
        this.isThere = true;
        takeUpdate({ ...recorded, update: { ...update, withdrawn, announced, revoked } });
      },
      takeState: () => undefined,
    };
  }

  #only<List extends RecordedUpdate["update"]["withdrawn"][number]>(
    lists: readonly List[],
  ): readonly List[] {
    return lists.flatMap((list) => {
      const prefixes = list.prefixes.filter(({ prefix }) => this.#asked.has(formatPrefix(prefix)));
      return prefixes.length === 0 ? [] : [{ ...list, prefixes }];
    });
  }
}

function mrtOutput({ attributeSets, peers }: Rib): Output {
  const records: Uint8Array[] = [];
  let skipped = 0;
  const skip = (): void => {
    skipped += 1;
  };
  const writer = new TableDumpWriter(attributeSets, peers, (bytes) => {
    records.push(bytes.slice());
  });
  return {
    takers: { takeRib: (record) => writer.rib(record), takeUpdate: skip, takeState: skip },
    take: () => joined(records.splice(0)),
    end: () => new Uint8Array(0),
    skipped: () => skipped,
  };
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
