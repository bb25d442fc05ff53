/**
 * The loop: takes batches from the interfaces, forwards them and sends them on, until the main
 * thread sets the flag. Started by loop.ts, over the memory that the main thread writes tables in.
 */

import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Batch } from "../engine/batch.ts";
import { Engine } from "../engine/engine.ts";
import type { LivePort } from "../io/live-port.ts";
import { AnyfibError } from "../net/errors.ts";
import {
  type DroppedPacket,
  LOOP,
  LOOP_BYTES,
  type LoopEvent,
  type LoopRequest,
  type LoopStart,
  PORT_COUNTS,
  TAP_MAC,
  TIMES,
} from "./loop-messages.ts";
import { LoopPorts } from "./loop-ports.ts";
import { type TurnParts, takeFrame, takeLeftovers } from "./loop-turn.ts";
import { type NeighborAction, NeighborTable } from "./neighbors/table.ts";
import { type WaitingPacket, WaitingPackets } from "./neighbors/waiting.ts";

/** Time without a packet before the loop sleeps: to wake up takes 40 microseconds. */
const SPIN_MS = 0.5;
/** Turns without a packet between looks at the clock, each of which leaves garbage. */
const SPINS = 16;
/** Longest sleep: neighbours, requests of the main thread and the flag are looked at that often. */
const SLEEP_MS = 5;
/** How often neighbours are looked through. */
const TICK_MS = 100;
/** Dropped packets that are told of a tick. */
const DROPS_MAX = 4096;

// cast: loop.ts starts this file and nothing else does.
const start = workerData as LoopStart;
const cells = new Int32Array(start.shared, 0, LOOP_BYTES / 4);
const seconds = new Float64Array(start.shared, LOOP_BYTES);

function post(event: LoopEvent): void {
  parentPort?.postMessage(event);
}

/** Dropped packets until they are told, every tick: so many of one, the others are counted. */
class Drops {
  readonly #batch: Batch;
  #packets: DroppedPacket[] = [];
  #lost = 0;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  add(packet: number, input: number): void {
    if (this.#packets.length === DROPS_MAX) {
      this.#lost += 1;
      return;
    }
    const { bytes, offsets, lengths, timestamps, reasons } = this.#batch;
    const at = offsets[packet] ?? 0;
    this.#packets.push({
      input,
      frame: bytes.slice(at, at + (lengths[packet] ?? 0)),
      timestampNs: timestamps[packet] ?? 0n,
      reason: reasons[packet] ?? 0,
    });
  }

  tell(): void {
    if (this.#packets.length === 0) return;
    post({ kind: "dropped", packets: this.#packets, lost: this.#lost });
    this.#packets = [];
    this.#lost = 0;
  }
}

/** One worker's loop. */
class LoopRun {
  readonly #engine: Engine;
  readonly #ports: LoopPorts;
  readonly #byNumber: ReadonlyMap<number, LivePort>;
  readonly #neighbors: NeighborTable;
  readonly #waiting = new WaitingPackets();
  readonly #parts: TurnParts;
  readonly #drops: Drops | undefined;
  #nextTick = 0;

  constructor(engine: Engine, ports: LoopPorts) {
    this.#engine = engine;
    this.#ports = ports;
    this.#byNumber = new Map(ports.ports.map((port) => [port.number, port]));
    this.#neighbors = new NeighborTable(start.links);
    this.#drops = start.tellsDrops ? new Drops(engine.batch) : undefined;
    this.#parts = {
      engine,
      neighbors: this.#neighbors,
      tap: start.tap === undefined ? 0 : start.links.length + 1,
      tapMac: TAP_MAC,
      waiting: this.#waiting,
      drop: (packet, input) => this.#drops?.add(packet, input),
      send: (link, frame) => this.#byNumber.get(link)?.send(frame),
      act: (actions) => this.#act(actions),
      count: (what) => Atomics.add(cells, LOOP[what], 1),
    };
  }

  /** Runs until the flag is set. */
  run(): void {
    this.#act(this.#neighbors.announce());
    let busy = performance.now();
    let idle = 0;
    while (Atomics.load(cells, LOOP.stop) === 0) {
      Atomics.add(cells, LOOP.turns, 1);
      let received = 0;
      for (const port of this.#ports.ports) received += this.#serve(port);
      idle = received > 0 ? 0 : idle + 1;
      if (idle % SPINS !== 0) continue;
      const now = performance.now();
      if (received > 0) busy = now;
      this.#look(now);
      if (now - busy > SPIN_MS) this.#ports.wait(SLEEP_MS);
    }
    this.#drops?.tell();
    this.#tell();
  }

  #serve(port: LivePort): number {
    const received = port.receive();
    if (received === 0) return 0;
    const began = performance.now();
    if (Atomics.load(cells, LOOP.isForwarding) === 0) this.#listen(port.number, began);
    else this.#forward(port.number, began);
    port.release();
    this.#time((performance.now() - began) / 1000);
    return received;
  }

  /** Before packets are forwarded: neighbours alone. */
  #listen(input: number, now: number): void {
    if (input === this.#parts.tap) return;
    const { batch } = this.#engine;
    for (let packet = 0; packet < batch.count; packet++) {
      const at = batch.offsets[packet] ?? 0;
      const frame = batch.bytes.slice(at, at + (batch.lengths[packet] ?? 0));
      takeFrame(this.#parts, { input, frame, isPunt: false, now });
    }
  }

  #forward(input: number, now: number): void {
    this.#engine.interfaces.input = input;
    this.#engine.process();
    for (const each of this.#ports.ports) each.transmit(this.#engine.batch);
    takeLeftovers(this.#parts, input, now);
  }

  #look(now: number): void {
    for (;;) {
      const message = parentPort === null ? undefined : receiveMessageOnPort(parentPort);
      if (message === undefined) break;
      // cast: loop.ts posts LoopRequests and nothing else.
      this.#take(message.message as LoopRequest, now);
    }
    if (now < this.#nextTick) return;
    this.#nextTick = now + TICK_MS;
    this.#act(this.#neighbors.tick(now));
    this.#waiting.expire(now);
    this.#drops?.tell();
    this.#tell();
  }

  /** Shows the main thread what was counted. */
  #tell(): void {
    Atomics.store(cells, LOOP.waitedInVain, this.#waiting.dropped);
    for (const [port, { counters }] of this.#ports.ports.entries()) {
      const first = 1 + port * PORT_COUNTS.length;
      for (const [at, what] of PORT_COUNTS.entries()) seconds[first + at] = counters[what];
    }
  }

  #take(request: LoopRequest, now: number): void {
    if (request.kind === "neighbors") {
      post({ kind: "neighbors", neighbors: this.#neighbors.list() });
      return;
    }
    if (request.kind === "verify") {
      this.#act(this.#neighbors.forget(request.link, now));
      return;
    }
    const { link, address } = request;
    if (request.kind === "resume") this.#resume(this.#waiting.take(link, address));
    else this.#act(this.#neighbors.pin(link, address, now));
  }

  /** Forwards packets anew, one by one: they are few. */
  #resume(packets: readonly WaitingPacket[]): void {
    const { batch, interfaces } = this.#engine;
    for (const { input, frame } of packets) {
      batch.clear();
      batch.push(frame);
      interfaces.input = input;
      this.#engine.process();
      for (const each of this.#ports.ports) each.transmit(batch);
    }
    batch.clear();
    Atomics.add(cells, LOOP.waited, packets.length);
  }

  #act(actions: readonly NeighborAction[]): void {
    for (const action of actions) {
      if (action.kind !== "send") post(action);
      else this.#byNumber.get(action.link)?.send(action.frame);
    }
  }

  #time(taken: number): void {
    const bucket = TIMES.findIndex((bound) => taken <= bound);
    Atomics.add(cells, LOOP.times + (bucket < 0 ? TIMES.length : bucket), 1);
    seconds[0] = (seconds[0] ?? 0) + taken;
  }
}

function fail(error: unknown): void {
  const isOurs = error instanceof AnyfibError;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  post({
    kind: "failed",
    code: isOurs ? error.code : "ENVIRONMENT",
    what: isOurs ? error.what : `a fault in the loop: ${text}`,
    where: isOurs ? error.where : undefined,
    hint: isOurs ? error.hint : "please report it",
  });
}

try {
  const engine = await Engine.attach(start.module, start.memory, start.plan);
  using ports = await LoopPorts.open(engine, start.links, start.tap);
  post({ kind: "ready", ports: ports.names });
  for (const what of ports.warnings) post({ kind: "warning", what });
  new LoopRun(engine, ports).run();
} catch (error) {
  fail(error);
}
