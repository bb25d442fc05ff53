/**
 * The frozen reference of lookups and forwarding: an engine of the past with a table, stream and
 * packets of its own, equal to the subject's. It never changes.
 *
 *     subject     module of this build   its memory: table, stream     ratio of 10th percentiles,
 *     reference   bench/frozen/          its memory: table, stream     turn by turn
 *
 * It does the same kind of work on as much memory, so that whatever slows the one slows the other:
 * a neighbour that takes cache lines, memory bandwidth or half of a core.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { RouteColumns } from "../src/engine/fib-tables.ts";
import type { Contender } from "./contender.ts";
import { CALL_LOOKUPS } from "./fib-calls.ts";
import { packageRoot } from "./machine.ts";
import type { PacketBatch } from "./packets.ts";
import { addressBytes } from "./patterns.ts";
import { AnswerDigest } from "./rivals/exchange.ts";
import type { FamilyTable } from "./tables.ts";
import { type TimedWork, timedTurn } from "./timing.ts";

/** As results name it: ratios to another one compare with nothing. */
export const FROZEN_NAME = "frozen engine 1";

/** What is called of the frozen host. */
export interface FrozenHost {
  readonly Engine: { create(options: object): Promise<FrozenEngine> };
  /** Packets, or lookups, of one call. */
  readonly BATCH_MAX: number;
  readonly FRAME_HEADROOM: number;
  readonly GROUPS_RESERVED: number;
  readonly LINK_ETHERNET: number;
  readonly VERDICT_FORWARD: number;
}

/** What is called of the frozen engine. */
export interface FrozenEngine {
  readonly plan: { readonly frames: number };
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly exports: {
    fib4LookupBatch(addresses: number, groups: number, count: number): void;
    fib6LookupBatch(addresses: number, groups: number, count: number, worker: number): void;
    groupChoose(group: number, flow: number): number;
  };
  readonly tables: {
    update4(routes: RouteColumns): number;
    update6(routes: RouteColumns): number;
  };
  readonly batch: PacketBatch;
  writeAdjacency(index: number, fields: object): void;
  setGroup(id: number, members: readonly object[], slotsLeast?: number): object;
  process(): void;
}

/** A frozen engine that holds a table. */
export interface FrozenSetup {
  readonly host: FrozenHost;
  readonly engine: FrozenEngine;
}

const FOLDER = path.join(packageRoot(), "bench/frozen");
const OUTPUT_BYTES = 4;
const WORKER = 0;
/** Room for frames of a row that forwards packets. */
const FRAME_BYTES = 1536 * 1024;
/** Room for the slots of a group. */
const GROUP_BYTES = 2 ** 20;

async function frozenHost(): Promise<FrozenHost> {
  // cast: bench/frozen/engine.js never changes, and this is what it exports.
  return (await import(pathToFileURL(path.join(FOLDER, "engine.js")).href)) as FrozenHost;
}

function frozenModule(): Uint8Array {
  return readFileSync(path.join(FOLDER, "engine.wasm"));
}

/** A frozen engine without routes, and its group of `nextHops` members. */
export async function frozenGroup({
  nextHops,
  slots,
}: {
  readonly nextHops: number;
  readonly slots: number;
}): Promise<{ readonly engine: FrozenEngine; readonly group: number }> {
  const { Engine, GROUPS_RESERVED: group } = await frozenHost();
  const limits = { routes4: 0, routes6: 0, nextHops, slotBytes: GROUP_BYTES, workers: 1 };
  const engine = await Engine.create({
    module: frozenModule(),
    limits: { ...limits, frameBytes: FRAME_BYTES },
  });
  const members = Array.from({ length: nextHops }, (_, i) => ({ adjacency: i + 1, weight: 1 }));
  engine.setGroup(group, members, slots);
  return { engine, group };
}

/** What a frozen engine is to have room for besides a table. */
export interface FrozenRoom {
  /** Addresses; none unless said. */
  readonly streamBytes?: number;
  /** One unless said. */
  readonly nextHops?: number;
}

/** Installs a table in a frozen engine. */
export async function frozenSetup(
  { family, routes }: FamilyTable,
  { streamBytes = 0, nextHops = 1 }: FrozenRoom = {},
): Promise<FrozenSetup> {
  const host = await frozenHost();
  const histograms = { histogram4: new Uint32Array(33), histogram6: new Uint32Array(129) };
  const histogram = histograms[`histogram${family}`];
  for (const length of routes.lengths) histogram[length] = (histogram[length] ?? 0) + 1;
  const frameBytes = Math.max(streamBytes + host.BATCH_MAX * OUTPUT_BYTES, FRAME_BYTES);
  const engine = await host.Engine.create({
    module: frozenModule(),
    known: histograms,
    limits: { routes4: 0, routes6: 0, nextHops, slotBytes: GROUP_BYTES, workers: 1, frameBytes },
  });
  // Applying leaves the groups from before in the column.
  const columns = { ...routes, groups: routes.groups.slice() };
  const { tables } = engine;
  const applied = family === 4 ? tables.update4(columns) : tables.update6(columns);
  if (applied < routes.count) throw new RangeError("the frozen engine has no room for the table");
  return { host, engine };
}

/** Walks through a stream, burst by burst, as FibCalls does. */
class FrozenCalls {
  readonly #setup: FrozenSetup;
  readonly #family: 4 | 6;
  readonly #count: number;
  readonly #answers: number;
  #next = 0;

  constructor(setup: FrozenSetup, family: 4 | 6, stream: Uint8Array) {
    const { plan, bytes } = setup.engine;
    this.#setup = setup;
    this.#family = family;
    this.#count = stream.length / addressBytes(family);
    this.#answers = plan.frames + stream.length;
    bytes.set(stream, plan.frames);
  }

  call(lookups: number): void {
    const burst = this.#setup.host.BATCH_MAX;
    for (let done = 0; done < lookups; done += burst) {
      this.#burst(this.#next, burst);
      this.#next = (this.#next + burst) % this.#count;
    }
  }

  /** The group of every address. */
  answers(): Uint32Array {
    const burst = this.#setup.host.BATCH_MAX;
    const groups = new Uint32Array(this.#count);
    const start = this.#answers / OUTPUT_BYTES;
    for (let first = 0; first < this.#count; first += burst) {
      this.#burst(first, burst);
      groups.set(this.#setup.engine.words.subarray(start, start + burst), first);
    }
    return groups;
  }

  #burst(first: number, count: number): void {
    const { exports, plan } = this.#setup.engine;
    const addresses = plan.frames + first * addressBytes(this.#family);
    if (this.#family === 4) exports.fib4LookupBatch(addresses, this.#answers, count);
    else exports.fib6LookupBatch(addresses, this.#answers, count, WORKER);
  }
}

/** Lookups of a stream; `beforeCall` runs before each single burst, which is then a sample. */
export function frozenLookups(
  setup: FrozenSetup,
  family: 4 | 6,
  stream: Uint8Array,
  beforeCall?: () => void,
): Contender {
  const calls = new FrozenCalls(setup, family, stream);
  const operations = beforeCall === undefined ? CALL_LOOKUPS : setup.host.BATCH_MAX;
  const work = { call: () => calls.call(operations), operations, beforeCall };
  return frozenContender(work, () => new AnswerDigest().add(calls.answers()).toString());
}

/** The frozen engine at some work, and what tells that it does it. */
export function frozenContender(work: TimedWork, digest: () => string): Contender {
  return {
    name: FROZEN_NAME,
    details: { memoryBytes: 0, entryBytes: 2, outputBytes: 4, hugePages: false, note: "" },
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => digest(),
    close: async () => {},
  };
}
