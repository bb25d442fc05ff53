/** The forwarder: tables, next hops and the packet path behind one object. */

import type { AdjacencyFields } from "../engine/adjacency.ts";
import type { Batch } from "../engine/batch.ts";
import type { Counters } from "../engine/counters.ts";
import { Engine } from "../engine/engine.ts";
import type { FlowTuple } from "../engine/flow-record.ts";
import type { ModuleInput } from "../engine/instantiate.ts";
import type { Limits } from "../engine/memory-plan.ts";
import type { ReplyLimit } from "../engine/replies.ts";
import type { SteeringOptions } from "../engine/steering.ts";
import type { EngineName } from "../engine/table-plan.ts";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatPrefix, maskAddress } from "../net/prefix.ts";
import { quoted } from "../net/printable.ts";
import type { RouteTarget } from "../rib/route.ts";
import { RouteTable } from "../rib/route-table.ts";
import { FibSync } from "./fib-sync.ts";
import { type Agreement, Groups } from "./groups.ts";
import { type HashOptions, hashSettings } from "./hash-options.ts";
import { addInterfaceRoutes, type InterfaceOptions, Interfaces } from "./interfaces.ts";
import { KeysInForce } from "./key-rotation.ts";
import { deriveKeys, parseMaster, zeroMaster } from "./keys.ts";
import { knownRoutes, meteredTargets } from "./known-routes.ts";
import type { MarkedRoutes } from "./marked-routes.ts";
import type { ServingMember } from "./member-set.ts";
import { type KnownNextHop, NextHops } from "./next-hops.ts";
import { type QuicOptions, quicPort, quicServers } from "./quic.ts";
import { addRoute, type RouteInput } from "./route-input.ts";
import { kindOfGroup } from "./route-kinds.ts";
import type { Snapshot } from "./snapshot.ts";
import { type SnapshotParts, Snapshots } from "./snapshots.ts";
import { type SourceInput, SourceRules } from "./source-rules.ts";
import { Transaction } from "./transaction.ts";
import { addTunnelRoutes, type TunnelInput, Tunnels } from "./tunnels.ts";

/** What a forwarder is made from. */
export interface ForwarderOptions {
  /** Tables that were loaded; a later one's routes replace an earlier one's. */
  readonly tables?: readonly RouteTable[];
  /** More routes. */
  readonly routes?: readonly RouteInput[];
  /** The master key: 16 to 64 bytes, or their hexadecimal digits; 16 of zero unless given. */
  readonly key?: Uint8Array | string;
  /** The key that was in force before, while keys are rotated: its snapshots may be restored. */
  readonly formerKey?: Uint8Array | string;
  /** The flow hash: SipHash-1-3 of the 5-tuple unless said. */
  readonly hash?: HashOptions;
  /** The lookup engine: "fast" unless said; "reference" is what it is held against. */
  readonly engine?: EngineName;
  /** "guided" unless said: see Agreement. */
  readonly agreement?: Agreement;
  /** Slots that every table has at least: a power of two, 1,024 to 131,072. */
  readonly slots?: number;
  /** Room for routes and groups beyond those given here. */
  readonly limits?: Partial<Limits>;
  /** Whose flow fragments and tunnels go with: their addresses' own unless said. */
  readonly steering?: SteeringOptions;
  /** Servers that name themselves in connection ids of QUIC. */
  readonly quic?: QuicOptions;
  /** Seconds for which slots that changed hands keep their connections (300); 0 for no pins. */
  readonly pinWindow?: number;
  /** Seconds for which a next hop that drains keeps its connections (300); then it is down. */
  readonly drainTime?: number;
  /** The router's interfaces, for next hops that say `via`; packets to their links are punted. */
  readonly interfaces?: readonly InterfaceOptions[];
  /** Prefixes whose packets are counted, limited or dropped by their source. */
  readonly sources?: readonly SourceInput[];
  /** Tunnels that end here: what they carry is forwarded. */
  readonly tunnels?: readonly TunnelInput[];
  /** ICMP errors about packets that are dropped: none unless said. */
  readonly replies?: ReplyLimit;
  /** Copies a second of ICMP errors that name no flow, to all next hops; none unless said. */
  readonly icmpCopies?: number;
  /** Makes the memory shared, for workers; the module is then that of the `shared` target. */
  readonly shared?: boolean;
  readonly module: ModuleInput;
}

/** What a group is: the set of next hops behind a prefix, or a kind of route without any. */
export interface GroupInfo {
  readonly id: number;
  readonly kind: RouteTarget["kind"] | "none";
  /** Members of the tier that serves. */
  readonly nextHops: readonly ServingMember[];
}

/** Where packets to an address go. */
export interface LookupResult {
  readonly address: Address;
  /** The prefix that matched, null without a route. */
  readonly prefix: string | null;
  readonly group: GroupInfo;
  /** The choice for the flow that was asked for, or the only next hop; otherwise null. */
  readonly nextHop: KnownNextHop | null;
  /** Where the flow that was asked for stands in the group's table; null where none is needed. */
  readonly slot: FlowSlot | null;
}

/** A slot, and how many the table has. */
export interface FlowSlot {
  readonly index: number;
  readonly slots: number;
}

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

const ENGINES: readonly string[] = ["fast", "reference"];
const AGREEMENTS: readonly string[] = ["guided", "canonical"];

/** The type says what is known; a program without types may not. */
function checkName(what: string, name: string | undefined, known: readonly string[]): void {
  if (name === undefined || known.includes(name)) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `no ${what} is named ${quoted(name)}`,
    hint: `known: ${known.map(quoted).join(", ")}`,
    detail: { [what]: name },
  });
}

/** Longest time that may be asked for: ages of pins are told in 31 bits. */
const SECONDS_MAX = 86_400;

function checkSeconds(what: string, seconds: number | undefined): void {
  if (seconds === undefined) return;
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= SECONDS_MAX) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `${what} is ${seconds} seconds`,
    hint: `give a whole number from 0 to ${SECONDS_MAX}`,
    detail: { [what]: seconds },
  });
}

function masterOf(key: Uint8Array | string | undefined): Uint8Array {
  if (key === undefined) return zeroMaster();
  const bytes = typeof key === "string" ? parseMaster(key.trim()) : key;
  if (bytes !== undefined) return bytes;
  throw new AnyfibError({
    code: "USAGE",
    what: "the key is not 32 to 128 hexadecimal digits",
    hint: "give 16 to 64 bytes, or two hexadecimal digits for each",
    detail: { characters: key.length },
  });
}

function flowTo(destination: Address, flow: Omit<FlowTuple, "destination">): FlowTuple {
  if (flow.source.family === destination.family) return { ...flow, destination };
  throw new AnyfibError({
    code: "USAGE",
    what: `no flow leads from ${formatAddress(flow.source)} to ${formatAddress(destination)}`,
    hint: "give a source of the same family",
  });
}

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
  readonly #snapshots: Snapshots;
  /** When tables last forgot what is over. */
  #agedAt = 0;
  /** Transactions that were committed: what a snapshot's number counts. */
  #events = 0;

  private constructor(engine: Engine, keys: KeysInForce, options: ForwarderOptions) {
    const { agreement = "guided", drainTime, slots = 0, interfaces = [] } = options;
    this.engine = engine;
    this.keys = keys;
    this.#interfaces = new Interfaces(engine, interfaces);
    this.#nextHops = new NextHops(engine, this.#interfaces, drainTime);
    this.#groups = new Groups(engine, this.#nextHops, { agreement, slots });
    this.marked = this.#groups.marked;
    this.#fib = new FibSync(engine, this.#groups);
    this.sources = new SourceRules(engine);
    this.sources.replace(options.sources ?? []);
    this.tunnels = new Tunnels(engine);
    this.tunnels.replace(options.tunnels ?? []);
    this.#snapshots = new Snapshots({ ...this.#parts(), keys, agreement });
  }

  /** Plans the memory for the given routes and limits, and installs the routes. */
  static async create(options: ForwarderOptions): Promise<Forwarder> {
    checkName("engine", options.engine, ENGINES);
    checkName("agreement", options.agreement, AGREEMENTS);
    const own = new RouteTable();
    for (const route of options.routes ?? []) addRoute(own, route);
    const attached = new RouteTable();
    addInterfaceRoutes(attached, options.interfaces ?? []);
    addTunnelRoutes(attached, options.tunnels ?? []);
    const tables = [attached, ...(options.tables ?? []), own];
    const hash = hashSettings(options.hash ?? {});
    const keys = await deriveKeys(masterOf(options.key), options.hash?.tier);
    const toeplitz = options.hash?.toeplitzKey ?? keys.toeplitz;
    checkSeconds("pinWindow", options.pinWindow);
    checkSeconds("drainTime", options.drainTime);
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
    const adjacencyOf = (nextHop: string): number => this.find(nextHop).adjacency;
    this.engine.servers.set(quicPort(quic), quicServers(quic, adjacencyOf));
  }

  /** Where packets to an address go; with a flow, where that flow goes. For tools. */
  lookup(address: string | Address, flow?: Omit<FlowTuple, "destination">): LookupResult {
    const parsed = typeof address === "string" ? parseAddress(address) : address;
    const [result] = parsed === undefined ? [] : this.lookupAll([parsed], flow);
    if (result !== undefined) return result;
    throw new AnyfibError({
      code: "USAGE",
      what: `${JSON.stringify(address)} is no address`,
      hint: "give an IPv4 or IPv6 address",
      detail: { address },
    });
  }

  /** As lookup, for many addresses at once: results share their groups. */
  lookupAll(
    addresses: readonly Address[],
    flow?: Omit<FlowTuple, "destination">,
  ): readonly LookupResult[] {
    const ids = this.#groupIds(addresses);
    const groups = new Map<number, GroupInfo>();
    return addresses.map((address, index) => {
      const id = ids[index] ?? 0;
      const group = groups.get(id) ?? this.group(id);
      groups.set(id, group);
      const length = this.#matchLength(address);
      return {
        address,
        prefix: length === undefined ? null : formatPrefix(maskAddress(address, length)),
        group,
        ...this.#choose(group, flow && flowTo(address, flow)),
      };
    });
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
    const kind = this.#groups.set(id)?.mark?.kind ?? kindOfGroup(id);
    return { id, kind: id === 0 ? "none" : kind, nextHops: this.#groups.serving(id) };
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
    for (const { adjacency } of this.#nextHops.all()) {
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

  /** All next hops, in the order in which they became known. */
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
      const members = this.#groups.serving(id);
      for (const { nextHop, share } of members) {
        const due = (target.get(nextHop.adjacency) ?? 0) + packets * share;
        target.set(nextHop.adjacency, due);
      }
    }
    return this.nextHops().map((nextHop) => ({
      nextHop,
      ...this.engine.counters.adjacency(nextHop.adjacency),
      targetPackets: target.get(nextHop.adjacency) ?? 0,
    }));
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

  /** Group ids in the order of the addresses: one bulk look-up for each family. */
  #groupIds(addresses: readonly Address[]): Uint32Array {
    const words: number[] = [];
    const halves: bigint[] = [];
    for (const address of addresses) {
      if (address.family === 4) words.push(address.value);
      else halves.push(address.high, address.low);
    }
    const bytes = new Uint8Array(halves.length * 8);
    const view = new DataView(bytes.buffer);
    for (const [index, half] of halves.entries()) view.setBigUint64(index * 8, half);
    const ids4 = this.lookupMany(Uint32Array.from(words)).values();
    const ids6 = this.lookupMany6(bytes).values();
    return Uint32Array.from(addresses, ({ family }) => {
      const next = family === 4 ? ids4.next() : ids6.next();
      return next.value ?? 0;
    });
  }

  #matchLength(address: Address): number | undefined {
    const { tables } = this.engine;
    if (address.family === 4) return tables.matchLength4(address.value);
    return tables.matchLength6(address.high, address.low);
  }

  /** By the tables alone: what pins make of a packet is not asked. */
  #choose(group: GroupInfo, flow: FlowTuple | undefined): Pick<LookupResult, "nextHop" | "slot"> {
    const [only] = group.nextHops;
    const slots = this.engine.groups.slots(group.id)?.length;
    if (slots === undefined) return { nextHop: only?.nextHop ?? null, slot: null };
    if (flow === undefined) return { nextHop: null, slot: null };
    const nextHop = this.#nextHops.at(this.engine.choose(group.id, flow)) ?? null;
    const [hash = 0n] = this.engine.flows.hashes([flow]);
    return { nextHop, slot: { index: Number(hash & BigInt(slots - 1)), slots } };
  }
}
