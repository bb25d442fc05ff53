/** The subject: our tables, looked up in this thread. */

import type { Engine } from "../src/engine/engine.ts";
import {
  type BenchEngine,
  ENTRY_BYTES,
  filledEngine,
  OUTPUT_BYTES,
  tableBytes,
} from "./bench-engine.ts";
import type { Contender, ContenderDetails } from "./contender.ts";
import { BURST, CALL_LOOKUPS, FibCalls, type StreamPlace } from "./fib-calls.ts";
import { addressBytes } from "./patterns.ts";
import { AnswerDigest } from "./rivals/exchange.ts";
import type { FamilyTable } from "./tables.ts";
import { timedTurn } from "./timing.ts";

/** A table that is installed, beside a stream of addresses. */
export interface FibSetup extends BenchEngine {
  /** One a worker. */
  readonly places: readonly StreamPlace[];
}

/** What a setup is to have besides. */
export interface FibSetupOptions {
  /** Threads that look up; this one unless said. */
  readonly workers?: number | undefined;
  /** Routes that may come. */
  readonly moreRoutes?: number;
}

/** What the subject is called in results. */
export const SUBJECT = "anyfib";

/**
 * Installs a table and puts a stream beside it; with `workers`, for so many threads over shared
 * memory, each of which starts elsewhere in the stream.
 */
export async function setUpFib(
  table: FamilyTable,
  stream: Uint8Array,
  { workers, moreRoutes = 0 }: FibSetupOptions = {},
): Promise<FibSetup> {
  const { family } = table;
  const bytes = addressBytes(family);
  const count = stream.length / bytes;
  if (count % CALL_LOOKUPS !== 0) {
    throw new RangeError(`${count} addresses are no multiple of ${CALL_LOOKUPS}`);
  }
  const answerBytes = BURST * OUTPUT_BYTES;
  const lanes = workers ?? 1;
  const streamBytes = lanes * (stream.length + answerBytes);
  const room = { streamBytes, moreRoutes };
  const made = await filledEngine(table, { ...room, ...(workers && { workers }) });
  const { engine } = made;
  const places = Array.from({ length: lanes }, (_, worker) => {
    const addresses = engine.plan.frames + worker * (stream.length + answerBytes);
    const answers = addresses + stream.length;
    return { family, addresses, answers, count, worker, isShared: workers !== undefined };
  });
  const setup = { ...made, places };
  putStream(setup, stream);
  return setup;
}

/** Puts another stream of the same length beside the table. */
export function putStream({ engine, places }: FibSetup, stream: Uint8Array): void {
  for (const { family, addresses, count, worker } of places) {
    const start = Math.floor((count / places.length) * worker) * addressBytes(family);
    engine.bytes.set(stream.subarray(start), addresses);
    engine.bytes.set(stream.subarray(0, start), addresses + stream.length - start);
  }
}

/** What rows say of our tables. */
export function fibDetails(engine: Engine, family: 4 | 6): ContenderDetails {
  return {
    memoryBytes: tableBytes(engine, family),
    entryBytes: ENTRY_BYTES,
    outputBytes: OUTPUT_BYTES,
    hugePages: false,
    note: `WebAssembly, V8 ${process.versions.v8}; addresses in network order`,
  };
}

/** The group of every address of a stream. */
export function answersOf({ engine, places }: FibSetup): Uint32Array {
  const [place] = places;
  if (place === undefined) return new Uint32Array();
  const calls = new FibCalls(engine.exports, place);
  const groups = new Uint32Array(place.count);
  for (let first = 0; first < place.count; first += BURST) {
    calls.burst(first);
    groups.set(engine.words.subarray(place.answers / 4, place.answers / 4 + BURST), first);
  }
  return groups;
}

/** Lookups in this thread; `beforeCall` runs before each single burst, which is then a sample. */
export function fibContender(setup: FibSetup, beforeCall?: () => void): Contender {
  const { engine, places } = setup;
  const [place] = places;
  if (place === undefined) throw new RangeError("no place to look up from");
  const calls = new FibCalls(engine.exports, place);
  const lookups = beforeCall === undefined ? CALL_LOOKUPS : BURST;
  const work = {
    call: () => calls.call(lookups),
    operations: lookups,
    beforeCall,
  };
  return {
    name: SUBJECT,
    details: fibDetails(engine, place.family),
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => new AnswerDigest().add(answersOf(setup)).toString(),
    close: async () => {},
  };
}
