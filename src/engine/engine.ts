/** One module over one memory: the data plane as the host drives it. */

import {
  ADJACENCY_BYTES,
  ADJACENCY_DOWN,
  ADJACENCY_DRAINS,
  ADJACENCY_STATE,
  ADJACENCY_UP,
  BATCH_MAX,
  HEADER,
  HEADER_ADJACENCIES,
  HEADER_ADJACENCY_CAPACITY,
  HEADER_BATCH,
  HEADER_CAPTURE,
  HEADER_CHANGE,
  HEADER_CLOCK,
  HEADER_COPIES,
  HEADER_COUNTERS,
  HEADER_COUNTERS_STRIDE,
  HEADER_EPOCH,
  HEADER_FRAGMENTS,
  HEADER_FRAMES,
  HEADER_FRAMES_BYTES,
  HEADER_GROUPS,
  HEADER_INTERFACES,
  HEADER_LEAVING,
  HEADER_LISTS,
  HEADER_LOOPBACK,
  HEADER_PIN_WINDOW,
  HEADER_PORTS,
  HEADER_REPLIES,
  HEADER_SCRATCH,
  HEADER_SLOTS,
  HEADER_SLOTS_BITS,
  HEADER_SLOTS_OWNERS,
  HEADER_SLOTS_UNITS,
  HEADER_TALLY,
  PAGE_BYTES,
  TALLY_BYTES,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import { type AdjacencyFields, writeAdjacencyRecord } from "./adjacency.ts";
import { Batch } from "./batch.ts";
import { Copies } from "./copies.ts";
import { CounterReader } from "./counters.ts";
import type { EngineExports } from "./exports.ts";
import { FibTables } from "./fib-tables.ts";
import { FlowBulk } from "./flow-bulk.ts";
import type { FlowTuple } from "./flow-record.ts";
import { FlowTally } from "./flow-tally.ts";
import { GroupTables } from "./group-tables.ts";
import { DEFAULT_HASH, type EngineKeys, type HashSettings, writeHash, ZERO_KEYS } from "./hash.ts";
import { instantiateModule, type ModuleInput } from "./instantiate.ts";
import { Leaving } from "./leaving.ts";
import {
  DEFAULT_LIMITS,
  type KnownRoutes,
  type Limits,
  type MemoryPlan,
  planMemory,
} from "./memory-plan.ts";
import { Pins } from "./pins.ts";
import { Replies } from "./replies.ts";
import { RingPorts } from "./ring-ports.ts";
import { RouteMeters } from "./route-meters.ts";
import { RouterInterfaces } from "./router-interfaces.ts";
import { ServerIds } from "./server-ids.ts";
import { SourceMeters } from "./source-meters.ts";
import { Steering } from "./steering.ts";
import type { EngineName } from "./table-plan.ts";
import { TunnelEnds } from "./tunnel-ends.ts";

/** What an engine is made from. */
export interface EngineOptions {
  readonly module: ModuleInput;
  readonly limits?: Partial<Limits>;
  /** Routes that the tables must hold besides those of the limits. */
  readonly known?: KnownRoutes;
  /** All zero unless given. */
  readonly keys?: EngineKeys;
  /** SipHash-1-3 of the 5-tuple unless said. */
  readonly hash?: HashSettings;
  /** The lookup engine: "fast" unless said. */
  readonly engine?: EngineName;
  /** Seconds for which a slot that changed hands keeps its connections; 0 for no pins. */
  readonly pinWindow?: number;
  /** Makes the memory shared, for a module of the `shared` target. */
  readonly shared?: boolean;
}

/** What an adjacency takes: all flows, none, or those that it had. */
export type AdjacencyState = "up" | "down" | "drain";

const ADJACENCY_STATES: Readonly<Record<AdjacencyState, number>> = {
  up: ADJACENCY_UP,
  down: ADJACENCY_DOWN,
  drain: ADJACENCY_DRAINS,
};

/** Seconds for which slots that changed hands keep their connections, unless said. */
export const DEFAULT_PIN_WINDOW = 300;

const NO_ROUTES: KnownRoutes = {
  histogram4: new Uint32Array(33),
  histogram6: new Uint32Array(129),
};

/** Throws ENVIRONMENT where the platform has no room for so much address space. */
function allocate(pages: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (cause) {
    throw new AnyfibError({
      code: "ENVIRONMENT",
      what: `a memory of ${Math.ceil((pages * PAGE_BYTES) / 2 ** 20)} MiB cannot be had`,
      hint: "raise the limit on address space (ulimit -v), or lower slotBytes and routes",
      detail: { pages },
      cause,
    });
  }
}

/** Turns status codes into errors, and bytes into values; decides nothing itself. */
export class Engine {
  readonly memory: WebAssembly.Memory;
  readonly plan: MemoryPlan;
  readonly exports: EngineExports;
  /** The whole memory. */
  readonly bytes: Uint8Array;
  /** The whole memory, in u32. */
  readonly words: Uint32Array;
  readonly batch: Batch;
  readonly counters: CounterReader;
  readonly tables: FibTables;
  readonly groups: GroupTables;
  readonly tally: FlowTally;
  readonly steering: Steering;
  /** Flows that are asked about, without packets. */
  readonly flows: FlowBulk;
  readonly pins: Pins;
  readonly interfaces: RouterInterfaces;
  readonly replies: Replies;
  readonly servers: ServerIds;
  readonly sources: SourceMeters;
  readonly tunnels: TunnelEnds;
  readonly routeMeters: RouteMeters;
  readonly copies: Copies;
  readonly leaving: Leaving;
  readonly ringPorts: RingPorts;

  private constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.memory = memory;
    this.plan = plan;
    this.exports = exports;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.batch = new Batch(memory, plan);
    this.counters = new CounterReader(memory, plan);
    this.tables = new FibTables(memory, plan, exports);
    this.groups = new GroupTables(memory, plan, exports);
    this.steering = new Steering(memory, plan, exports, this.batch);
    this.flows = new FlowBulk(memory, plan, exports);
    this.pins = new Pins(memory, plan);
    this.interfaces = new RouterInterfaces(memory, plan);
    this.servers = new ServerIds(memory, plan);
    this.sources = new SourceMeters(memory, plan, exports);
    this.tunnels = new TunnelEnds(memory, plan);
    this.routeMeters = new RouteMeters(memory, plan);
    this.replies = new Replies(memory, plan);
    this.ringPorts = new RingPorts(memory, plan, exports);
    this.copies = new Copies(memory, plan, exports);
    this.leaving = new Leaving(this.batch, plan, exports);
    this.tally = new FlowTally(this.bytes.subarray(plan.tally, plan.tally + TALLY_BYTES), exports);
  }

  /** Plans the memory, instantiates the module over it and writes the header. */
  static async create(options: EngineOptions): Promise<Engine> {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const plan = planMemory(limits, options.known ?? NO_ROUTES, options.engine);
    const pages = plan.memoryBytes / PAGE_BYTES;
    const memory = allocate(pages, options.shared ?? false);
    const engine = new Engine(memory, plan, await instantiateModule(options.module, memory));
    // First: the tables find their nodes by a hash under the flow key.
    writeHash(memory, plan, options.keys ?? ZERO_KEYS, options.hash ?? DEFAULT_HASH);
    engine.#writeHeader();
    engine.#write(HEADER + HEADER_PIN_WINDOW, options.pinWindow ?? DEFAULT_PIN_WINDOW);
    return engine;
  }

  /**
   * An engine over a memory that another thread planned and wrote: for a worker, which forwards
   * packets by the tables and writes none.
   */
  static async attach(
    module: ModuleInput,
    memory: WebAssembly.Memory,
    plan: MemoryPlan,
  ): Promise<Engine> {
    return new Engine(memory, plan, await instantiateModule(module, memory));
  }

  /**
   * Forwards the batch and counts it for a worker. Fragments that are held leave the batch, to come
   * back with `steering.release`. Throws USAGE for more packets or workers than there are.
   */
  process(worker = 0): void {
    const { count } = this.batch;
    const { workers } = this.plan.limits;
    if (worker >= workers || count > BATCH_MAX) {
      throw new AnyfibError({
        code: "USAGE",
        what: `a batch of ${count} packets for worker ${worker}`,
        hint: `give at most ${BATCH_MAX} packets, for a worker below ${workers}`,
        detail: { count, worker },
      });
    }
    this.batch.count = this.exports.forwardBatch(worker, count) >>> 0;
  }

  /** Takes all packets of other families out of the batch, before it is processed. */
  keepFamily(family: 4 | 6): void {
    this.batch.count = this.exports.batchKeepFamily(this.batch.count, family) >>> 0;
  }

  /** Whether packets from and to loopback addresses are forwarded; no router does. */
  forwardLoopback(isForwarded: boolean): void {
    this.#write(HEADER + HEADER_LOOPBACK, Number(isForwarded));
  }

  /** Fills the batch's column of matched prefix lengths. */
  prefixLengths(): void {
    this.exports.batchPrefixLengths(this.batch.count);
  }

  /** Fills the batch's column of hashes under the other flow key, after it was processed. */
  otherHashes(): void {
    this.exports.batchOtherHashes(this.batch.count);
  }

  /** Writes an adjacency; index 1 to limits.nextHops. */
  writeAdjacency(index: number, fields: AdjacencyFields): void {
    const start = this.plan.adjacencies + index * ADJACENCY_BYTES;
    const { previousOwners } = this.plan.limits;
    writeAdjacencyRecord(new DataView(this.memory.buffer), start, fields, previousOwners);
  }

  /** Says what an adjacency takes; it is up until then. */
  writeAdjacencyState(index: number, state: AdjacencyState): void {
    const address = this.plan.adjacencies + index * ADJACENCY_BYTES + ADJACENCY_STATE;
    this.bytes[address] = ADJACENCY_STATES[state];
  }

  /** Seconds since 1970, or since anything else: what slots that change hands are stamped with. */
  get clock(): number {
    return this.words[(HEADER + HEADER_CLOCK) / 4] ?? 0;
  }

  /** Sets the clock before a batch or a change; it never goes backwards. */
  setClock(seconds: number): void {
    const now = Math.min(Math.floor(seconds), 2 ** 32 - 1);
    if (now > this.clock) this.#write(HEADER + HEADER_CLOCK, now);
  }

  /** The adjacency that a group gives to a flow; 0 where it has no next hop up. For tools. */
  choose(group: number, flow: FlowTuple): number {
    return this.exports.groupChoose(group, this.flows.write(flow)) >>> 0;
  }

  #write(address: number, value: number): void {
    this.words[address / 4] = value;
  }

  #writeHeader(): void {
    const { plan } = this;
    const fields: readonly (readonly [number, number])[] = [
      [HEADER_COUNTERS, plan.counters],
      [HEADER_COUNTERS_STRIDE, plan.countersStride],
      [HEADER_ADJACENCIES, plan.adjacencies],
      [HEADER_ADJACENCY_CAPACITY, plan.limits.nextHops + 1],
      [HEADER_GROUPS, plan.groups],
      [HEADER_SLOTS, plan.slots],
      [HEADER_CHANGE, plan.change],
      [HEADER_SLOTS_UNITS, plan.slotUnits],
      [HEADER_SLOTS_BITS, plan.slotBits],
      [HEADER_SLOTS_OWNERS, plan.limits.previousOwners],
      [HEADER_TALLY, plan.tally],
      [HEADER_SCRATCH, plan.scratch],
      [HEADER_BATCH, plan.batch],
      [HEADER_CAPTURE, plan.capture],
      [HEADER_FRAGMENTS, plan.fragments],
      [HEADER_INTERFACES, plan.interfaces],
      [HEADER_REPLIES, plan.replies],
      [HEADER_COPIES, plan.copies],
      [HEADER_LEAVING, plan.leaving],
      [HEADER_PORTS, plan.ports],
      [HEADER_FRAMES, plan.frames],
      [HEADER_FRAMES_BYTES, plan.limits.frameBytes],
      [HEADER_LISTS, plan.lists],
      [HEADER_EPOCH, 1],
    ];
    for (const [offset, value] of fields) this.#write(HEADER + offset, value);
    this.tables.initialise();
    this.groups.initialise();
    this.pins.initialise();
    this.interfaces.initialise();
    this.servers.initialise();
    this.sources.initialise();
    this.tunnels.initialise();
    this.routeMeters.initialise();
  }
}
