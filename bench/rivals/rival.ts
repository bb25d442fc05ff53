/** Rivals that run in Node: what they are given, what they answer, how they are timed. */

import type { RouteColumns } from "../../src/engine/fib-tables.ts";
import { address6FromWords, formatAddress } from "../../src/net/address.ts";
import { AnswerDigest } from "./exchange.ts";

/** Addresses of one lookup call: what a packet loop takes from its port at once. */
export const BURST = 256;

/** Lookups of a sample where a lookup is fast: 100 to 300 µs. */
const SAMPLE_LOOKUPS = 32_768;

/** What a rival is to hold, and what it will be asked. */
export interface RivalInput {
  readonly family: 4 | 6;
  readonly routes: RouteColumns;
  /** Packed addresses in network order. */
  readonly stream: Uint8Array;
}

/** A table that answers a stream. */
export interface Rival {
  readonly name: string;
  /** Name and version of what answers. */
  readonly library: string;
  /** Addresses as the lookup takes them. */
  readonly addresses: string;
  /** Bytes that lookups read. */
  readonly memoryBytes: number;
  /** Bytes of a table's entry; 0 where it has none. */
  readonly entryBytes: number;
  /** What is answered: group ids, or whether an address is listed. */
  readonly answer: "group" | "listed";
  /** Addresses of the stream that it answers, from the first on: the slow ones take fewer. */
  readonly count: number;
  /** Looks addresses up in bursts; the last burst's answers stay in `answers`. */
  readonly lookup: (first: number, count: number) => void;
  readonly answers: Uint32Array;
  /** Lookups of a sample, if not as many as the fast ones take. */
  readonly sampleLookups?: number;
}

/** Why a rival takes no part, and what to install. */
export interface Skip {
  readonly skip: string;
}

/** Builds a rival's table. */
export type RivalBuilder = (input: RivalInput) => Rival | Skip;

/** Texts of the first `count` addresses of packed ones, for rivals that take no other. */
export function addressTexts({ family, stream }: RivalInput, count: number): readonly string[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  return Array.from({ length: count }, (_, index) => {
    const words = Uint32Array.from({ length: family === 4 ? 1 : 4 }, (_, word) =>
      view.getUint32(index * (family === 4 ? 4 : 16) + 4 * word),
    );
    return addressText(words);
  });
}

/** The text of one address, given as its words in host order. */
export function addressText(words: Uint32Array): string {
  const [value = 0] = words;
  return formatAddress(words.length === 1 ? { family: 4, value } : address6FromWords(words));
}

/** Bytes of live objects, where the process runs with --expose-gc; else dead ones too. */
export function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Takes samples over the next parts of the stream; returns them and where the next one begins. */
export function takeTurn(
  rival: Rival,
  seconds: number,
  from: number,
): { readonly samples: readonly number[]; readonly next: number } {
  const lookups = Math.min(rival.sampleLookups ?? SAMPLE_LOOKUPS, rival.count);
  const samples: number[] = [];
  let next = from;
  let now = performance.now();
  const end = now + seconds * 1000;
  do {
    if (next + lookups > rival.count) next = 0;
    const start = now;
    rival.lookup(next, lookups);
    now = performance.now();
    samples.push(((now - start) * 1e6) / lookups);
    next += lookups;
  } while (now < end);
  return { samples, next };
}

/** Digest of the answers to all addresses that the rival takes. */
export function digestOf(rival: Rival): string {
  const digest = new AnswerDigest();
  for (let first = 0; first < rival.count; first += BURST) {
    const count = Math.min(BURST, rival.count - first);
    rival.lookup(first, count);
    digest.add(rival.answers.subarray(0, count));
  }
  return digest.toString();
}
