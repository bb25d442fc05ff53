/** The loop's worker, as the main thread sees it. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Engine } from "../engine/engine.ts";
import type { PortCounters } from "../io/live-port.ts";
import type { Address } from "../net/address.ts";
import { AnyfibError, type ErrorCode } from "../net/errors.ts";
import {
  LOOP,
  LOOP_BYTES,
  type LoopEvent,
  type LoopLink,
  type LoopRequest,
  type LoopStart,
  PORT_COUNTS,
  sharedBytes,
  TIMES,
} from "./loop-messages.ts";
import type { KnownNeighbor } from "./neighbors/table.ts";

/** What a loop is started with. */
export interface LoopOptions {
  readonly engine: Engine;
  /** The module of the `shared` target. */
  readonly module: WebAssembly.Module;
  readonly links: readonly LoopLink[];
  /** Name of the TAP that the kernel gets its packets by; none unless given. */
  readonly tap?: string;
  /** Whether what is dropped comes as events; it does not unless said. */
  readonly tellsDrops?: boolean;
  readonly onEvent: (event: LoopEvent) => void;
  /** The worker ended, and nobody asked it to. */
  readonly onEnd: (error: AnyfibError) => void;
}

/** What a port counted, a tenth of a second ago at most. */
export interface NamedCounters extends PortCounters {
  /** Of the interface, or the TAP's. */
  readonly name: string;
}

/** What the loop counted. */
export interface LoopNumbers {
  readonly ports: readonly NamedCounters[];
  readonly turns: number;
  readonly neighborFrames: number;
  readonly toKernel: number;
  readonly fromKernel: number;
  /** Packets that waited until the MAC of their host was known, and those that waited in vain. */
  readonly waited: number;
  readonly waitedInVain: number;
  /** Batches by TIMES, and one more for what took longer. */
  readonly batchTimes: readonly number[];
  readonly batchSeconds: number;
}

/** Time that a loop has to end: a turn of it, and to close its ports. */
const STOP_MS = 2000;
/** The compiled loop-worker.ts: Node starts no TypeScript. */
const WORKER = new URL("./loop-worker.js", import.meta.url);

/** A loop that runs. It is stopped by a flag: terminating a thread in poll takes for ever. */
export class Loop implements AsyncDisposable {
  /** What was opened, for the log. */
  readonly ports: readonly string[];
  readonly #worker: Worker;
  readonly #cells: Int32Array;
  readonly #seconds: Float64Array;
  readonly #portNames: readonly string[];
  #neighbors: ((neighbors: readonly KnownNeighbor[]) => void)[] = [];
  #isStopping = false;

  private constructor(worker: Worker, start: LoopStart, ports: readonly string[]) {
    const { shared, links, tap } = start;
    this.#worker = worker;
    this.#cells = new Int32Array(shared, 0, LOOP_BYTES / 4);
    this.#seconds = new Float64Array(shared, LOOP_BYTES);
    this.#portNames = [...links.map(({ name }) => name), ...(tap === undefined ? [] : [tap])];
    this.ports = ports;
  }

  /** Opens the interfaces and hears of neighbours. Throws what opening threw. */
  static async start(options: LoopOptions): Promise<Loop> {
    const { engine, module, links, tap, tellsDrops = false, onEvent, onEnd } = options;
    const shared = new SharedArrayBuffer(sharedBytes(links.length + Number(tap !== undefined)));
    const { memory, plan } = engine;
    const workerData: LoopStart = { module, memory, plan, links, tap, tellsDrops, shared };
    const worker = new Worker(WORKER, { workerData });
    // cast: the worker posts LoopEvents and nothing else.
    const [first] = (await once(worker, "message")) as [LoopEvent];
    if (first.kind !== "ready") throw errorOf(first);
    const loop = new Loop(worker, workerData, first.ports);
    worker.on("message", (event: LoopEvent) => {
      if (event.kind === "neighbors") loop.#neighbors.shift()?.(event.neighbors);
      else if (event.kind === "failed") onEnd(errorOf(event));
      else onEvent(event);
    });
    worker.on("error", (cause) => onEnd(fault(cause.message, cause)));
    worker.on("exit", () => {
      if (!loop.#isStopping) onEnd(fault("the loop ended"));
    });
    return loop;
  }

  /** Packets are forwarded from now on; until then only neighbours are heard. */
  forward(): void {
    Atomics.store(this.#cells, LOOP.isForwarding, 1);
  }

  /** Asks for a next hop's MAC from now on. */
  pin(link: number, address: Address): void {
    this.#request({ kind: "pin", link, address });
  }

  /** Forgets the MACs of a link, and asks for them anew. */
  verify(link: number): void {
    this.#request({ kind: "verify", link });
  }

  /** Sends the packets that wait for a host, which has its route by now. */
  resume(link: number, address: Address): void {
    this.#request({ kind: "resume", link, address });
  }

  /** Neighbours as the loop knows them. */
  async neighbors(): Promise<readonly KnownNeighbor[]> {
    const answer = new Promise<readonly KnownNeighbor[]>((resolve) => {
      this.#neighbors.push(resolve);
    });
    this.#request({ kind: "neighbors" });
    return answer;
  }

  /** What was counted so far. */
  numbers(): LoopNumbers {
    const cell = (index: number): number => Atomics.load(this.#cells, index) >>> 0;
    return {
      ports: this.#portCounters(),
      turns: cell(LOOP.turns),
      neighborFrames: cell(LOOP.neighborFrames),
      toKernel: cell(LOOP.toKernel),
      fromKernel: cell(LOOP.fromKernel),
      waited: cell(LOOP.waited),
      waitedInVain: cell(LOOP.waitedInVain),
      batchTimes: Array.from({ length: TIMES.length + 1 }, (_, index) => cell(LOOP.times + index)),
      batchSeconds: this.#seconds[0] ?? 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    const ended = once(this.#worker, "exit");
    Atomics.store(this.#cells, LOOP.stop, 1);
    const late = new Promise((resolve) => setTimeout(resolve, STOP_MS).unref());
    await Promise.race([ended, late]);
  }

  #portCounters(): readonly NamedCounters[] {
    return this.#portNames.map((name, port) => {
      const first = 1 + port * PORT_COUNTS.length;
      const counts = PORT_COUNTS.map((what, at) => [what, this.#seconds[first + at] ?? 0]);
      // cast: PORT_COUNTS names each of PortCounters.
      return { name, ...(Object.fromEntries(counts) as PortCounters) };
    });
  }

  #request(request: LoopRequest): void {
    this.#worker.postMessage(request);
  }
}

function fault(what: string, cause?: unknown): AnyfibError {
  const hint = "start it again, and report what stands above";
  return new AnyfibError({ code: "ENVIRONMENT", what, hint, cause });
}

/** Errors lose their class between threads. */
function errorOf(event: LoopEvent): AnyfibError {
  if (event.kind !== "failed") return fault(`the loop began with ${event.kind}`);
  const { what, where, hint } = event;
  // cast: the worker took it from an AnyfibError.
  const code = event.code as ErrorCode;
  return new AnyfibError({ code, what, hint, ...(where === undefined ? {} : { where }) });
}
