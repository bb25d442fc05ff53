/** How long does a packet of a capture take, from the page cache to the report's counters? */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createForwarder } from "../src/index.ts";
import { PcapWriter } from "../src/io/pcap-writer.ts";
import { openCapture } from "../src/node/captures.ts";
import { openSink } from "../src/node/open.ts";
import { generateCapture } from "../src/replay/generate-capture.ts";
import { type ReplayTimes, replay } from "../src/replay/replay.ts";
import type { Forwarder } from "../src/router/forwarder.ts";
import type { Contender } from "./contender.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import type { Entry } from "./harness.ts";
import { destinationsIn, oneGroup } from "./path-setup.ts";
import { fileTable, type NamedTable, syntheticTable, type TableChoice } from "./tables.ts";

/** What is measured: a table, and the capture of `file`, or one that is generated. */
export interface CaptureChoice extends TableChoice {
  readonly file?: string | undefined;
}

/** Packets of a generated capture: of 64 bytes, with their check sequence. */
export const CAPTURE_PACKETS = 131_072;
const FLOWS = 10_000;
const FRAME_BYTES = 60;
const ROUTES = 1_000_000;
const MS = 1e3;
const NS_PER_SECOND = 1e9;

/** Parts of a replay, by what its times say of them. */
const PARTS: Readonly<Record<string, (times: ReplayTimes) => number>> = {
  whole: ({ seconds }) => seconds,
  read: ({ readSeconds }) => readSeconds,
  forward: ({ forwardingSeconds }) => forwardingSeconds,
};

/** Rows for a whole replay, and for its parts. */
export async function* captureEntries(choice: CaptureChoice): AsyncGenerator<Entry> {
  const { files = [], family = 4, routes = ROUTES, file, onWarning } = choice;
  const table =
    files.length === 0 ? await syntheticTable(family, routes) : await fileTable(files, onWarning);
  const name = file === undefined ? `generated, ${FLOWS} flows` : path.basename(file);
  for (const [part, secondsOf] of Object.entries(PARTS)) {
    yield {
      labels: {
        name: "replay",
        family: file === undefined ? `ipv${family}` : "both",
        table: table.name,
        pattern: `${name}, ${part}`,
      },
      prefixes: table.routes.count4 + table.routes.count6,
      open: async () => {
        const setup = await CaptureSetup.open({ table, family }, file);
        return captureContender(setup, family, secondsOf);
      },
    };
  }
}

/** A forwarder with a table, and a capture to replay. */
export class CaptureSetup implements AsyncDisposable {
  readonly forwarder: Forwarder;
  readonly file: string;
  readonly #folder: string | undefined;

  private constructor(forwarder: Forwarder, file: string, folder?: string) {
    this.forwarder = forwarder;
    this.file = file;
    this.#folder = folder;
  }

  /** Generates a capture, removed in the end, unless one is given. */
  static async open(
    place: { readonly table: NamedTable; readonly family: 4 | 6 },
    file?: string,
  ): Promise<CaptureSetup> {
    const forwarder = await createForwarder({ tables: [place.table.routes] });
    if (file !== undefined) return new CaptureSetup(forwarder, file);
    const folder = await mkdtemp(path.join(tmpdir(), "anyfib-bench-"));
    const generated = path.join(folder, "generated.pcap");
    await writeCapture(generated, place);
    return new CaptureSetup(forwarder, generated, folder);
  }

  /** Replays it once; `observe` is called after each batch. Throws what ends the replay early. */
  async pass(observe?: () => void): Promise<ReplayTimes> {
    const { forwarder } = this;
    const observers = observe === undefined ? [] : [{ observe }];
    await using capture = await openCapture(this.file, forwarder);
    const { times, failure } = await replay(forwarder, capture, { observers });
    if (failure !== undefined) throw failure;
    return times;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true });
  }
}

async function writeCapture(
  file: string,
  { table, family }: { readonly table: NamedTable; readonly family: 4 | 6 },
): Promise<void> {
  await using writer = new PcapWriter(await openSink(file));
  const options = { packets: CAPTURE_PACKETS, flows: FLOWS, size: FRAME_BYTES, family };
  const destinations = destinationsIn(oneGroup(table, family).routes, family);
  for (const { frame, timestampNs } of generateCapture({ ...options, destinations })) {
    await writer.write(frame, { timestampNs });
  }
}

/** Replays a capture again and again; a sample is a pass. */
export function captureContender(
  setup: CaptureSetup,
  family: 4 | 6,
  secondsOf: (times: ReplayTimes) => number = ({ seconds }) => seconds,
): Contender {
  const { engine } = setup.forwarder;
  return {
    name: SUBJECT,
    details: fibDetails(engine, family),
    turn: async (seconds) => {
      const samples: number[] = [];
      const end = performance.now() + seconds * MS;
      do {
        const before = engine.counters.read().received;
        const times = await setup.pass();
        const packets = engine.counters.read().received - before;
        samples.push((secondsOf(times) * NS_PER_SECOND) / packets);
      } while (performance.now() < end);
      return samples;
    },
    digest: async () => JSON.stringify(engine.counters.read()),
    close: () => setup[Symbol.asyncDispose](),
  };
}
