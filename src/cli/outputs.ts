/** The files that a replay writes: opened before the first packet, finished after the last. */

import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import type { CaptureWriter } from "../io/capture-writer.ts";
import { PcapWriter } from "../io/pcap-writer.ts";
import { PcapngWriter } from "../io/pcapng-writer.ts";
import { AnyfibError } from "../net/errors.ts";
import { openSink } from "../node/open.ts";
import { PacketWriter } from "../replay/packet-writer.ts";
import type { BatchObserver } from "../replay/replay.ts";
import { ReplyWriter } from "../replay/reply-writer.ts";
import { VerdictWriter } from "../replay/verdict-writer.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { KnownNextHop } from "../router/next-hops.ts";

/** Flags that name outputs. */
export interface OutputFlags {
  /** `-w` */
  readonly w?: string;
  readonly verdicts?: string;
  readonly replies?: string;
  readonly splitBy?: "next-hop" | "site";
  readonly splitDir?: string;
}

/** Captures that may be open at once: beyond it, files would run out. */
const SPLIT_MAX = 512;
/** Characters of a file name, its number and ending apart: systems take 255 bytes. */
const FILE_NAME_MAX = 120;

/** What sees the packets, and how to end it. */
export class Outputs {
  readonly observers: BatchObserver[] = [];
  readonly #finishers: (() => Promise<void>)[] = [];

  /** Opens all files that the flags name. Throws USAGE or FILE. */
  static async open(
    forwarder: Forwarder,
    flags: OutputFlags,
    inputs: readonly string[],
  ): Promise<Outputs> {
    checkFlags(flags);
    await checkDistinct(flags, inputs);
    const outputs = new Outputs();
    try {
      if (flags.verdicts !== undefined) await outputs.#openVerdicts(forwarder, flags.verdicts);
      if (flags.w !== undefined) await outputs.#openCapture(forwarder, flags.w);
      if (flags.replies !== undefined) await outputs.#openReplies(forwarder, flags.replies);
      if (flags.splitBy !== undefined && flags.splitDir !== undefined) {
        await outputs.#openSplit(forwarder, flags.splitBy, flags.splitDir);
      }
    } catch (error) {
      await outputs.finish();
      throw error;
    }
    return outputs;
  }

  /** Writes what is buffered and closes all files; throws the first error, once all are closed. */
  async finish(): Promise<void> {
    const failures: unknown[] = [];
    for (const finish of this.#finishers.splice(0)) {
      await finish().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #openVerdicts(forwarder: Forwarder, file: string): Promise<void> {
    const sink = await openSink(file);
    const format = file.endsWith(".csv") ? "csv" : "ndjson";
    const writer = new VerdictWriter(forwarder, sink, format);
    this.observers.push(writer);
    this.#finishers.push(async () => {
      await writer.finish();
      await sink[Symbol.asyncDispose]();
    });
  }

  async #openCapture(forwarder: Forwarder, file: string): Promise<void> {
    const isPcapng = file.endsWith(".pcapng");
    const writer = await this.#openWriter(file, isPcapng);
    const outletOf = (nextHop: KnownNextHop) => ({
      writer,
      interface: writer.addInterface(nextHop.site ?? nextHop.name),
    });
    this.observers.push(new PacketWriter(forwarder, outletOf, isPcapng));
  }

  async #openReplies(forwarder: Forwarder, file: string): Promise<void> {
    const writer = await this.#openWriter(file, file.endsWith(".pcapng"));
    writer.addInterface("replies");
    this.observers.push(new ReplyWriter(forwarder, writer));
  }

  async #openSplit(forwarder: Forwarder, key: "next-hop" | "site", folder: string): Promise<void> {
    await makeFolder(folder);
    const writers = new Map<string, CaptureWriter>();
    const fileNames = new Set<string>();
    const outletOf = async (nextHop: KnownNextHop) => {
      const name = key === "site" ? (nextHop.site ?? nextHop.name) : nextHop.name;
      const open = writers.get(name);
      if (open !== undefined) return { writer: open, interface: open.addInterface(name) };
      if (writers.size === SPLIT_MAX) throw tooManySplits();
      const fileName = `${freeFileName(name, fileNames)}.pcap`;
      const writer = await this.#openWriter(path.join(folder, fileName), false);
      writers.set(name, writer);
      return { writer, interface: writer.addInterface(name) };
    };
    this.observers.push(new PacketWriter(forwarder, outletOf, false));
  }

  async #openWriter(file: string, isPcapng: boolean): Promise<CaptureWriter> {
    const sink = await openSink(file);
    const writer = isPcapng ? new PcapngWriter(sink) : new PcapWriter(sink);
    this.#finishers.push(() => writer[Symbol.asyncDispose]());
    return writer;
  }
}

/** What tells a file from others, however it is named; undefined for what is no plain file. */
async function fileIdentity(file: string): Promise<string | undefined> {
  if (file === "-") return undefined;
  try {
    const found = await stat(file);
    return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    // Not there yet: its path is all there is to tell.
    return path.resolve(file);
  }
}

/** An output would empty its file before the input is read, or mix with another output. */
export async function checkDistinct(flags: OutputFlags, inputs: readonly string[]): Promise<void> {
  const known = new Set<string | undefined>();
  for (const input of inputs) known.add(await fileIdentity(input));
  for (const output of [flags.w, flags.verdicts, flags.replies]) {
    const identity = output === undefined ? undefined : await fileIdentity(output);
    if (identity === undefined) continue;
    if (known.has(identity)) {
      throw new AnyfibError({
        code: "USAGE",
        what: "the file is read, or written to, already",
        where: output ?? "",
        hint: "give each output a file of its own",
      });
    }
    known.add(identity);
  }
}

function checkFlags(flags: OutputFlags): void {
  if ((flags.splitBy === undefined) !== (flags.splitDir === undefined)) {
    throw new AnyfibError({
      code: "USAGE",
      what: "--split-by and --split-dir belong together",
      hint: "give both: --split-by site --split-dir DIR",
    });
  }
  const toStdout = [flags.w, flags.verdicts, flags.replies].filter((file) => file === "-");
  if (toStdout.length > 1) {
    throw new AnyfibError({
      code: "USAGE",
      what: "two of -w, --verdicts and --replies name stdout",
      hint: "give one of them a file",
    });
  }
}

function tooManySplits(): AnyfibError {
  return new AnyfibError({
    code: "CAPACITY",
    what: `more than ${SPLIT_MAX} captures would be open at once`,
    where: "--split-by",
    hint: "split by site, or write one .pcapng, which has an interface for each next hop",
  });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new AnyfibError({
      code: "FILE",
      what: "the folder cannot be made",
      where: folder,
      hint: "name a folder that can be written",
      cause,
    });
  }
}

/**
 * A name from data as a file name on any system: what is not plain becomes `_`, and a name that
 * is `taken` (in either case: some systems see no difference) gets a number.
 */
function freeFileName(name: string, taken: Set<string>): string {
  const safe = name.replace(/[^A-Za-z0-9._-]/g, "_").replace(/^\.+/, "_");
  const short = safe.slice(0, FILE_NAME_MAX);
  let free = short;
  for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${short}-${number}`;
  taken.add(free.toLowerCase());
  return free;
}
