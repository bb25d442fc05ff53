/** How long does a packet take from parsing to its verdict, in batches? */

import { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET } from "../assembly/layout.ts";
import { createForwarder, type Forwarder } from "../src/index.ts";
import { type Prefix, prefixFromCells } from "../src/net/prefix.ts";
import { type GenerateCaptureOptions, generateCapture } from "../src/replay/generate-capture.ts";
import { Random } from "../src/replay/random.ts";
import type { RouteTable } from "../src/rib/route-table.ts";
import type { Contender } from "./contender.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import type { Entry } from "./harness.ts";
import { addressBytes } from "./patterns.ts";
import { fileTable, type NamedTable, syntheticTable, type TableChoice } from "./tables.ts";
import { timedTurn } from "./timing.ts";

/** Packets that a call forwards, 16 batches. */
const PACKETS = 16 * BATCH_MAX;
const FRAME_BYTES = 60;
/** Frames are forwarded in place, and their TTL of 64 lasts for so many calls. */
const CALLS_PER_COPY = 60;
/** Flows of a row, beside the row with one flow. */
const FLOWS = 1000;
/** Routes of a generated table unless said; a quarter of them for IPv6. */
const ROUTES = 1000;
/** Prefixes of a given table that packets go to. */
const DESTINATIONS = 1024;
const SEED = 1;

/** Rows for each family: packets of one flow, and of many. */
export async function* pathEntries(choice: TableChoice): AsyncGenerator<Entry> {
  const { files = [], family: only, routes = ROUTES, onWarning } = choice;
  const given = files.length === 0 ? undefined : await fileTable(files, onWarning);
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    const isQuarter = family === 6 && only === undefined;
    const count = isQuarter ? Math.ceil(routes / 4) : routes;
    const table = given ?? (await syntheticTable(family, count));
    const destinations = given && destinationsIn(given.routes, family);
    if (destinations?.length === 0) continue;
    yield* flowEntries(table, family, destinations);
  }
}

function* flowEntries(
  { name, routes }: NamedTable,
  family: 4 | 6,
  destinations: readonly Prefix[] | undefined,
): Generator<Entry> {
  const options = { packets: PACKETS, size: FRAME_BYTES, family };
  for (const flows of [1, FLOWS]) {
    const capture = { ...options, flows, ...(destinations && { destinations }) };
    yield {
      labels: {
        name: "forward-batch",
        family: `ipv${family}`,
        table: name,
        pattern: flows === 1 ? "1 flow" : `${flows} flows`,
      },
      prefixes: family === 4 ? routes.count4 : routes.count6,
      open: async () => {
        const forwarder = await createForwarder({ tables: [routes] });
        return packetContender(forwarder, family, new Packets(forwarder, capture));
      },
    };
  }
}

/** Prefixes of a table, drawn at random. */
function destinationsIn(table: RouteTable, family: 4 | 6): readonly Prefix[] {
  const { count4, addresses4, lengths4, count6, words6, lengths6 } = table;
  const [count, words, lengths] =
    family === 4 ? [count4, addresses4, lengths4] : [count6, words6, lengths6];
  const width = addressBytes(family) / 4;
  const random = new Random(SEED);
  return Array.from({ length: Math.min(count, DESTINATIONS) }, () => {
    const row = random.below(count);
    const address = words.slice(row * width, (row + 1) * width);
    return prefixFromCells({ family, length: lengths[row] ?? 0, words: address });
  });
}

function packetContender(forwarder: Forwarder, family: 4 | 6, packets: Packets): Contender {
  const work = { call: () => packets.forward(), operations: PACKETS };
  return {
    name: SUBJECT,
    details: fibDetails(forwarder.engine, family),
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => JSON.stringify(forwarder.counters),
    close: async () => {},
  };
}

/** The packets of a capture in linear memory, forwarded again and again. */
class Packets {
  readonly #forwarder: Forwarder;
  readonly #fresh: Uint8Array;
  readonly #offsets = new Uint32Array(PACKETS);
  readonly #lengths = new Uint32Array(PACKETS);
  #calls = 0;

  constructor(forwarder: Forwarder, options: GenerateCaptureOptions) {
    this.#forwarder = forwarder;
    const { frames, linkTypes } = forwarder.engine.batch;
    linkTypes.fill(LINK_ETHERNET);
    const fresh = new Uint8Array(frames.length);
    let used = 0;
    let packet = 0;
    for (const { frame } of generateCapture(options)) {
      fresh.set(frame, used);
      this.#offsets[packet] = frames.byteOffset + used;
      this.#lengths[packet] = frame.length;
      used += frame.length + FRAME_HEADROOM;
      packet++;
    }
    this.#fresh = fresh.subarray(0, used);
  }

  forward(): void {
    const { engine } = this.#forwarder;
    const { batch } = engine;
    if (this.#calls++ % CALLS_PER_COPY === 0) batch.frames.set(this.#fresh);
    batch.count = BATCH_MAX;
    for (let start = 0; start < PACKETS; start += BATCH_MAX) {
      const lengths = this.#lengths.subarray(start, start + BATCH_MAX);
      batch.offsets.set(this.#offsets.subarray(start, start + BATCH_MAX));
      batch.lengths.set(lengths);
      batch.originalLengths.set(lengths);
      engine.process();
    }
  }
}
