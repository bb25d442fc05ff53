/** The forwarder: tables, next hops and the packet path behind one object. */

import type { AdjacencyFields } from "../engine/adjacency.ts";
import type { Batch } from "../engine/batch.ts";
import type { Counters } from "../engine/counters.ts";
import { Engine } from "../engine/engine.ts";
import type { Address } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { RouteTable } from "../rib/route-table.ts";
import { FibSync } from "./fib-sync.ts";
import { checkOptions, type ForwarderOptions, masterOf } from "./forwarder-options.ts";
import { Groups } from "./groups.ts";
import { hashSettings } from "./hash-options.ts";
import { addInterfaceRoutes, Interfaces } from "./interfaces.ts";
import { KeysInForce } from "./key-rotation.ts";
import { deriveKeys } from "./keys.ts";
import { knownRoutes, meteredTargets } from "./known-routes.ts";
import { type FlowInput, type GroupInfo, type LookupResult, Lookups } from "./lookups.ts";
import type { MarkedRoutes } from "./marked-routes.ts";
import { type KnownNextHop, NextHops } from "./next-hops.ts";
import { quicPort, quicServers } from "./quic.ts";
import { addRoute } from "./route-input.ts";
import type { Snapshot } from "./snapshot.ts";
import { type SnapshotParts, Snapshots } from "./snapshots.ts";
import { SourceRules } from "./source-rules.ts";
import { Transaction } from "./transaction.ts";
import { addTunnelRoutes, Tunnels } from "./tunnels.ts";

/** Packets and bytes of one next hop. */
export interface NextHopCounters {
  readonly nextHop: KnownNextHop;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that its weights entitled it to, of those that its groups forwarded. */
  readonly targetPackets: number;
}

/** How often tables forget: until then, packets look at windows that have closed. */
const AGEING_SECONDS = 60;

/** Made by createForwarder. Not safe for concurrent use: one batch is under way at a time. */
export class Forwarder implements Disposable {
  /** The data plane, for packet sources. */
  readonly engine: Engine;
  /** The master key's id, and how another key follows it. */
  readonly keys: KeysInForce;
  /** What is done with packets by their source. */
  readonly sources: SourceRules;
  /** Tunnels that end here. */
  readonly tunnels: Tunnels;
  /** Routes that are counted or limited. */
  readonly marked: MarkedRoutes;
  readonly #interfaces: Interfaces;
  readonly #nextHops: NextHops;
  readonly #groups: Groups;
  readonly #fib: FibSync;
  readonly #lookups: Lookups;
  readonly #snapshots: Snapshots;
  /** When tables last forgot what is over. */
  #agedAt = 0;
  /** Transactions that were committed: what a snapshot's number counts. */
  #events = 0;

  private constructor(engine: Engine, keys: KeysInForce, options: ForwarderOptions) {
    const { agreement = "guided", slots = 0, interfaces = [] } = options;
    this.engine = engine;
    this.keys = keys;
    this.#interfaces = new Interfaces(engine, interfaces);
    this.#nextHops = new NextHops(engine, this.#interfaces, options);
    this.#groups = new Groups(engine, this.#nextHops, { agreement, slots });
    this.marked = this.#groups.marked;
    this.#fib = new FibSync(engine, this.#groups);
    this.sources = new SourceRules(engine);
    this.sources.replace(options.sources ?? []);
    this.tunnels = new Tunnels(engine);
    this.tunnels.replace(options.tunnels ?? []);
    this.#lookups = new Lookups(this.#parts());
    this.#snapshots = new Snapshots({ ...this.#parts(), keys, agreement });
  }

  /** Plans the memory for the given routes and limits, and installs the routes. */
  static async create(options: ForwarderOptions): Promise<Forwarder> {
    checkOptions(options);
    const own = new RouteTable();
    for (const route of options.routes ?? []) addRoute(own, route);
    const attached = new RouteTable();
    addInterfaceRoutes(attached, options.interfaces ?? []);
    addTunnelRoutes(attached, options.tunnels ?? []);
    const tables = [attached, ...(options.tables ?? []), own];
    const hash = hashSettings(options.hash ?? {});
    const keys = await deriveKeys(masterOf(options.key), options.hash?.tier);
    const toeplitz = options.hash?.toeplitzKey ?? keys.toeplitz;
    const engine = await Engine.create({
      module: options.module,
      keys: { ...keys, toeplitz },
      hash,
      limits: {
        meters: options.sources?.length ?? 0,
        routeMeters: meteredTargets(tables),
        ...options.limits,
      },
      ...(options.pinWindow === undefined ? {} : { pinWindow: options.pinWindow }),
      engine: options.engine ?? "fast",
      shared: options.shared ?? false,
      known: knownRoutes(tables, options),
    });
    const { formerKey } = options;
    const former = formerKey === undefined ? undefined : await deriveKeys(masterOf(formerKey));
    const inForce = new KeysInForce(keys.id, former?.id, { engine, hash, options });
    const forwarder = new Forwarder(engine, inForce, options);
    for (const table of tables) forwarder.#fib.install(table);
    forwarder.#steer(options);
    engine.copies.rate = options.icmpCopies ?? 0;
    if (options.replies !== undefined) engine.replies.set(options.replies);
    return forwarder;
  }

  /** Names the master key; public. Forwarders of one tier agree only where it is the same. */
  get keyId(): string {
    return this.keys.id;
  }

  /** Servers are found by their next hops, which routes made known. */
  #steer({ steering = {}, quic }: ForwarderOptions): void {
    this.engine.steering.set({ ...steering, quic: quic !== undefined });
    if (quic === undefined) return;
    const adjacencyOf = (nextHop: string): number => this.#nextHops.hold(nextHop);
    this.engine.servers.set(quicPort(quic), quicServers(quic, adjacencyOf));
  }

  /** Where packets to an address go; with a flow, where that flow goes. For tools. */
  lookup(address: string | Address, flow?: FlowInput): LookupResult {
    return this.#lookups.lookup(address, flow);
  }

  /** As lookup, for many addresses at once: results share their groups. */
  lookupAll(addresses: readonly Address[], flow?: FlowInput): readonly LookupResult[] {
    return this.#lookups.lookupAll(addresses, flow);
  }

  /** Group ids of IPv4 addresses in host order; 0 where there is no route. */
  lookupMany(addresses: Uint32Array): Uint32Array {
    return this.engine.tables.lookup4(addresses);
  }

  /** Group ids of IPv6 addresses, 16 bytes each in network order. */
  lookupMany6(addresses: Uint8Array): Uint32Array {
    return this.engine.tables.lookup6(addresses);
  }

  /** What a group id stands for. */
  group(id: number): GroupInfo {
    return this.#lookups.group(id);
  }

  /** The next hop of an adjacency, as a batch's `nextHops` column names it. */
  nextHop(adjacency: number): KnownNextHop | undefined {
    return this.#nextHops.at(adjacency);
  }

  /** The next hop that an address or a site's name means; throws USAGE for an unknown one. */
  find(nameOrSite: string): KnownNextHop {
    return this.#nextHops.find(nameOrSite);
  }

  /** Says by which interface the next batches come in. Throws USAGE for an unknown one. */
  setInput(name: string): void {
    this.#interfaces.setInput(name);
  }

  /** Gives an interface, and all next hops by it, another MTU. Throws USAGE where it cannot be. */
  setMtu(name: string, mtu: number): void {
    const number = this.#interfaces.setMtu(name, mtu);
    for (const { adjacency } of this.#nextHops.everyOne()) {
      const { interfaceIndex } = this.#nextHops.link(adjacency);
      if (interfaceIndex === number) this.#nextHops.setLink(adjacency, { mtu });
    }
  }

  /**
   * Says how a next hop is reached: MACs, interface, MTU, tags, encapsulation. What is left out
   * stays as it was. Throws USAGE for an unknown next hop.
   */
  setLink(nameOrSite: string, link: Partial<AdjacencyFields>): void {
    this.#nextHops.setLink(this.find(nameOrSite).adjacency, link);
  }

  /** How a next hop of an adjacency is reached, as far as that is known. */
  link(adjacency: number): AdjacencyFields {
    return this.#nextHops.link(adjacency);
  }

  /** Whether a route gave a next hop's MAC, so that nobody need ask for it. */
  hasMac(adjacency: number): boolean {
    return this.#nextHops.hasMac(adjacency);
  }

  /** Whether a route leads to the next hop of an adjacency. */
  isUsed(adjacency: number): boolean {
    return this.#nextHops.isUsed(adjacency);
  }

  /** Next hops of routes, and those that were named or told a state; by their adjacencies. */
  nextHops(): readonly KnownNextHop[] {
    return [...this.#nextHops.all()];
  }

  /** The batch, emptied: push frames into it, then process it. There is one a forwarder. */
  batch(): Batch {
    this.engine.batch.clear();
    return this.engine.batch;
  }

  /** Forwards a batch: verdicts, next hops and leaving frames stand in it afterwards. */
  process(batch: Batch): Batch {
    if (batch !== this.engine.batch) {
      throw new AnyfibError({
        code: "USAGE",
        what: "the batch belongs to another forwarder",
        hint: "process the batch that this forwarder's batch() returned",
      });
    }
    this.engine.process();
    return batch;
  }

  /**
   * Tells the time in seconds, before a batch or a change: what has drained by then is down, and
   * tables forget the previous owners of slots whose window has closed.
   */
  setClock(seconds: number): void {
    this.engine.setClock(seconds);
    this.#nextHops.expireDrains();
    const { clock } = this.engine;
    if (clock - this.#agedAt < AGEING_SECONDS) return;
    this.#agedAt = clock;
    this.engine.groups.age();
  }

  /** Begins a set of changes that take effect together. */
  transaction(): Transaction {
    const onCommit = (): void => {
      this.#events += 1;
    };
    return new Transaction({ ...this.#parts(), onCommit });
  }

  /**
   * The tables as they are: next hops' states and weights, sets, slots, lineage. Throws USAGE for
   * the reference engine where prefixes of one set differ in lineage.
   */
  snapshot(): Snapshot {
    return this.#snapshots.take(this.#events);
  }

  /** The digest that a snapshot would have: equal where two forwarders choose alike. */
  digest(): string {
    return this.#snapshots.digest();
  }

  /**
   * Makes the tables what a snapshot holds (as JSON.parse gives it; nobody need vouch for it).
   * Throws SNAPSHOT, with everything as it was, where it is damaged or of other routes.
   */
  restore(snapshot: unknown): void {
    this.#events = this.#snapshots.restore(snapshot);
  }

  /** All packets so far. */
  get counters(): Counters {
    return this.engine.counters.read();
  }

  /** Packets and bytes by next hop, and what each was due by weight. */
  nextHopCounters(): readonly NextHopCounters[] {
    const target = new Map<number, number>();
    for (const id of this.#groups.ids()) {
      const packets = this.engine.counters.group(id);
      if (packets === 0) continue;
      for (const { nextHop, share } of this.#groups.serving(id)) {
        target.set(nextHop.adjacency, (target.get(nextHop.adjacency) ?? 0) + packets * share);
      }
    }
    const listed = new Set(this.#nextHops.all());
    const all = Array.from(this.#nextHops.everyOne(), (nextHop) => ({
      nextHop,
      ...this.engine.counters.adjacency(nextHop.adjacency),
      targetPackets: target.get(nextHop.adjacency) ?? 0,
    }));
    return all.filter(({ nextHop, packets }) => packets > 0 || listed.has(nextHop));
  }

  /** Sets all counters to 0. */
  resetCounters(): void {
    this.engine.counters.reset();
    this.engine.tally.reset();
    this.sources.reset();
    this.tunnels.reset();
    this.marked.reset();
    this.engine.steering.reset();
  }

  /** The forwarder holds memory alone, which goes with the object. */
  [Symbol.dispose](): void {
    this.engine.batch.clear();
  }

  #parts(): Omit<SnapshotParts, "agreement" | "keys"> {
    return {
      engine: this.engine,
      nextHops: this.#nextHops,
      groups: this.#groups,
      fib: this.#fib,
    };
  }
}
