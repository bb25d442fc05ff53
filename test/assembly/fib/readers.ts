/**
 * A table that one thread writes and others read: a cycle of updates, each of which leads to a
 * state whose answers are known, so that a reader can tell what it may be told.
 */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { type Random, seededRandom } from "../../oracle/random.ts";
import { moduleBytes } from "../../setup/modules.ts";
import { boundaryAddresses, type FibFamily, inverseRoutes, prefixAddress } from "./family.ts";
import { PackedProbes } from "./packed-probes.ts";
import { randomAddress } from "./routes.ts";

/** What a reader is given. */
export interface ReaderTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Its number, for epochs and lists. */
  readonly worker: number;
  readonly family: 4 | 6;
  /** First byte of its addresses, and of its answers. */
  readonly addresses: number;
  readonly groups: number;
  readonly count: number;
  /** For each state the group of each address, u16. */
  readonly expected: SharedArrayBuffer;
  /** Updates begun, updates over, and whether to stop, i32. */
  readonly progress: SharedArrayBuffer;
  /** Whether it says when it reads: without that, it must be told what is wrong. */
  readonly holdsOn: boolean;
}

/** What a reader saw. */
export interface ReaderReport {
  batches: number;
  /** Batches during which the table changed. */
  overtaken: number;
  wrong: number;
  /** The first of the wrong answers. */
  readonly samples: {
    readonly index: number;
    readonly from: number;
    readonly to: number;
    readonly wanted: number;
    readonly found: number;
  }[];
  longestMs: number;
}

/** What a run came to. */
export interface RunResult {
  readonly updates: number;
  readonly reports: readonly ReaderReport[];
  /** The first wrong answers of all readers: address, states that were allowed, both answers. */
  readonly samples: readonly string[];
}

/** What a run is like. */
export interface RunOptions {
  readonly family: FibFamily;
  /** What changes: prefixes, or the default route alone. */
  readonly updates: "prefixes" | "default route";
  readonly readers: number;
  readonly seconds: number;
  readonly holdsOn: boolean;
}

const ROUTES = 600;
/** Updates before they are taken back. */
const UPDATES = 40;
const BULK = 30;
const PROBES = 1024;
/** Time that the writer works before it lets its own thread breathe. */
const TURN_MS = 50;
/** Lengths of the prefixes that updates are about. */
const LENGTHS = {
  32: [8, 12, 16, 17, 18, 19, 22, 24, 25, 28, 30, 32],
  128: [12, 17, 20, 26, 28, 29, 32, 36, 40, 44, 46, 48, 48, 48, 52, 56, 64, 64, 100, 128],
};
const BASE = 0x20010000_00000000_00000000_00000000n;
const BASE_BITS = 9;

/** Lets this thread change a table, and others read it. */
export async function writeAndRead(options: RunOptions): Promise<RunResult> {
  const { family, readers } = options;
  const limits = { workers: readers, frameBytes: 2 ** 21 };
  const engine = await createTestEngine("shared", { limits });
  const { routes, cycle, addresses } = planCycle(options);
  family.update(engine, routes);
  const expected = await expectedAnswers(family, routes, cycle, addresses);
  const progress = new SharedArrayBuffer(12);
  const probes = new PackedProbes(engine, family, addresses);
  const module = new WebAssembly.Module(moduleBytes("shared"));
  const workers = await Promise.all(
    Array.from({ length: readers }, (_, worker) =>
      startReader({
        module,
        memory: engine.memory,
        worker,
        family: family.width === 32 ? 4 : 6,
        addresses: probes.addresses,
        groups: probes.groups + worker * 4 * probes.count,
        count: probes.count,
        expected,
        progress,
        holdsOn: options.holdsOn,
      }),
    ),
  );
  const ends = workers.map((worker) => reportOf(worker));
  const updates = await write(engine, family, cycle, new Int32Array(progress), options.seconds);
  const reports = await Promise.all(ends);
  const samples = reports
    .flatMap((report) => report.samples)
    .map(({ index, ...sample }) => {
      const address = (addresses[index] ?? 0n).toString(16);
      const { from, to, wanted, found } = sample;
      return `${address}, after ${from} to ${to} updates: ${wanted} wanted, ${found} found`;
    });
  return { updates, reports, samples };
}

async function startReader(task: ReaderTask): Promise<Worker> {
  const worker = new Worker(new URL("reader-worker.js", import.meta.url), { workerData: task });
  await once(worker, "message");
  return worker;
}

/** The worker's one message after it was ready. */
async function reportOf(worker: Worker): Promise<ReaderReport> {
  const [report] = await once(worker, "message");
  // cast: what reader-worker.js posts.
  return report as ReaderReport;
}

/** Goes through the cycle for some seconds, then stops the readers; returns how many updates. */
async function write(
  engine: Engine,
  family: FibFamily,
  cycle: readonly (readonly OracleRoute[])[],
  progress: Int32Array,
  seconds: number,
): Promise<number> {
  const [started, finished, stopped] = [0, 1, 2];
  const end = performance.now() + seconds * 1000;
  let updates = 0;
  while (performance.now() < end) {
    const turnEnd = performance.now() + TURN_MS;
    while (performance.now() < turnEnd) {
      const batch = cycle[updates % cycle.length] ?? [];
      updates += 1;
      Atomics.store(progress, started, updates);
      const { applied } = family.update(engine, batch);
      if (applied !== batch.length) throw new Error(`update ${updates} was refused`);
      Atomics.store(progress, finished, updates);
    }
    await new Promise(setImmediate);
  }
  Atomics.store(progress, stopped, 1);
  return updates;
}

/** Routes, updates that end where they began, and addresses that they are about. */
function planCycle({ family, updates }: RunOptions) {
  const random = seededRandom(family.width);
  const routes = distinct(Array.from({ length: ROUTES }, () => randomRoute(family, random, 1)));
  const held = new Map(routes.map((route) => [keyOf(route), route.group]));
  const forth = Array.from({ length: UPDATES }, (_, index) =>
    updates === "prefixes" ? randomBatch(family, random, index) : randomDefault(random),
  );
  const back = forth.map((batch) => {
    const before = batch.map((route) => held.get(keyOf(route)) ?? 0);
    for (const route of batch) held.set(keyOf(route), route.group);
    return inverseRoutes(batch, before);
  });
  const touched = forth.flat();
  const edges = touched.flatMap((route) => boundaryAddresses(route, family.width));
  const addresses = [...edges, ...routes.map(({ address }) => address)].slice(0, PROBES);
  return { routes, cycle: [...forth, ...back.reverse()], addresses };
}

/** A default route, or none. */
function randomDefault(random: Random): readonly OracleRoute[] {
  return [{ address: 0n, length: 0, group: random.below(3) * 1000 }];
}

/** One prefix most of the time; many of one length, which are all apart, from time to time. */
function randomBatch(family: FibFamily, random: Random, index: number): readonly OracleRoute[] {
  const group = index % 3 === 2 ? 0 : 1 + random.below(65535);
  if (index % 8 !== 7) return [{ ...randomRoute(family, random, 0), group }];
  const length = family.width === 32 ? 24 : 40;
  const many = Array.from({ length: BULK }, () => randomRoute(family, random, length));
  return distinct(many.filter((route) => route.length === length));
}

/** A route of a length, or where that is 0 or 1 of any in LENGTHS from there on. */
function randomRoute({ width }: FibFamily, random: Random, length: number): OracleRoute {
  const lengths = LENGTHS[width].filter((one) => one >= length);
  const any = lengths[random.below(lengths.length)] ?? width;
  const bits = length > 1 ? length : any;
  const hostBits = BigInt(width - BASE_BITS);
  const inside = randomAddress(random, width) & ((1n << hostBits) - 1n);
  const address = prefixAddress((BASE >> BigInt(128 - width)) | inside, bits, width);
  return { address, length: bits, group: 1 + random.below(65535) };
}

function distinct(routes: readonly OracleRoute[]): readonly OracleRoute[] {
  return [...new Map(routes.map((route) => [keyOf(route), route])).values()];
}

function keyOf({ address, length }: OracleRoute): string {
  return `${address}/${length}`;
}

/** The answers of each state of the cycle, as the reference engine gives them. */
async function expectedAnswers(
  family: FibFamily,
  routes: readonly OracleRoute[],
  cycle: readonly (readonly OracleRoute[])[],
  addresses: readonly bigint[],
): Promise<SharedArrayBuffer> {
  const engine = await createTestEngine("release", { engine: "reference" });
  const buffer = new SharedArrayBuffer(2 * cycle.length * addresses.length);
  const expected = new Uint16Array(buffer);
  family.update(engine, routes);
  for (const [state, batch] of cycle.entries()) {
    expected.set(family.lookup(engine, addresses), state * addresses.length);
    family.update(engine, batch);
  }
  return buffer;
}
