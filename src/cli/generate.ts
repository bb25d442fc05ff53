/** `anyfib gen`: tables and captures made from a seed. */

import type { CaptureWriter } from "../io/capture-writer.ts";
import { PcapWriter } from "../io/pcap-writer.ts";
import { PcapngWriter } from "../io/pcapng-writer.ts";
import { EXIT } from "../net/errors.ts";
import { openSink } from "../node/open.ts";
import { generateCapture } from "../replay/generate-capture.ts";
import { generateTable } from "../replay/generate-table.ts";
import type { Terminal } from "./terminal.ts";

interface TableFlags {
  readonly routes?: number;
  readonly routes6?: number;
  readonly groups?: number;
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

/** Writes a text table. */
export async function generateTableVerb(terminal: Terminal, flags: TableFlags): Promise<number> {
  const { w, routes, routes6, groups, seed } = flags;
  const lines = generateTable(given({ routes, routes6, groups, seed }));
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
