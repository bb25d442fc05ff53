/**
 * A running router's truth about next hops: what people want of each, whether it can be reached.
 *
 *   wanted (up, drain, down)   by whoever operates the router
 *   found                      its MAC is known, by configuration or from its link
 *   carrier                    its interface has a link
 *
 * It takes packets as it is wanted to where it is found and has a carrier, and none otherwise. All
 * changes are transactions of the forwarder, so that only flows of the next hop itself move.
 */

import { type Address, formatAddress, isLinkLocal6, parseAddress } from "../net/address.ts";
import { formatMac, type Mac, parseMac } from "../net/mac.ts";
import type { RouteTable } from "../rib/route-table.ts";
import type { Forwarder } from "./forwarder.ts";
import type { LoopLink } from "./loop-messages.ts";
import { NeighborTable } from "./neighbors/table.ts";
import type { KnownNextHop, NextHopState } from "./next-hops.ts";
import type { CommitReport } from "./transaction.ts";

/** What happened, for logs and whoever watches. */
export type RouterEvent =
  | {
      readonly event: "next_hop";
      readonly next_hop: string;
      readonly site: string | null;
      readonly state: NextHopState;
      readonly why: string;
      readonly flows_per_million_moved: number;
      readonly microseconds: number;
    }
  | { readonly event: "neighbor"; readonly address: string; readonly mac: string | null }
  | { readonly event: "link"; readonly interface: string; readonly up: boolean }
  | { readonly event: "mtu"; readonly interface: string; readonly mtu: number }
  | { readonly event: "reload"; readonly routes: number; readonly microseconds: number }
  | { readonly event: "rpki"; readonly routes: number; readonly microseconds: number }
  | { readonly event: "warning"; readonly what: string };

/** What a router is made from. */
export interface RouterParts {
  readonly forwarder: Forwarder;
  readonly links: readonly LoopLink[];
  /** Asks for the MAC of a next hop, until it is known and after that. */
  readonly pin: (link: number, address: Address) => void;
  /** Forgets the MACs of a link, and asks for them anew. */
  readonly verify: (link: number) => void;
  /** Sends the packets that wait for a host, which has its route by now. */
  readonly resume: (link: number, address: Address) => void;
  readonly say: (event: RouterEvent) => void;
}

/** A next hop as `ctl next-hops` shows it. */
export interface NextHopView {
  readonly next_hop: string;
  readonly site: string | null;
  readonly interface: string | null;
  readonly mac: string | null;
  readonly state: NextHopState;
  readonly wanted: NextHopState;
  readonly weight: number | null;
  /** Whether it is a host of a link that was found there, and no next hop of a route. */
  readonly is_host: boolean;
  readonly packets: number;
  readonly bytes: number;
}

/** A host of a link that was found there. */
export interface KnownHost {
  readonly link: number;
  readonly address: string;
  readonly mac: string;
  readonly isThere: boolean;
}

interface Facts {
  /** Whose: an adjacency may come to be another's. */
  readonly name: string;
  readonly link: LoopLink | undefined;
  readonly isHost: boolean;
  /** Whether the configuration says its MAC, so that its link is not asked. */
  hasOwnMac: boolean;
  wanted: NextHopState;
  isFound: boolean;
  /** What the forwarder was told last. */
  applied: NextHopState;
}

function neighborKey(link: number, address: Address): string {
  const bare = address.family === 4 ? address : { ...address, zone: "" };
  return `${link} ${formatAddress(bare)}`;
}

/** Joins forwarder, interfaces and neighbours. Not safe to call from more than one thread. */
export class Router {
  readonly forwarder: Forwarder;
  readonly links: readonly LoopLink[];
  readonly #parts: RouterParts;
  /** Where addresses are: asks nothing. */
  readonly #places: NeighborTable;
  readonly #facts = new Map<number, Facts>();
  readonly #byNeighbor = new Map<string, number[]>();
  /** Hosts of links that have a route, and those that had one and are still listed, by address. */
  readonly #hosts = new Map<string, KnownHost>();
  readonly #withoutCarrier = new Set<number>();
  /** Links whose MTU changed. */
  readonly #mtus = new Map<number, number>();
  #hasBegun = false;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.forwarder = parts.forwarder;
    this.links = parts.links;
    this.#places = new NeighborTable(parts.links);
    this.#attachAll();
  }

  /** Next hops that wait for their MAC. */
  get waiting(): number {
    let waiting = 0;
    for (const { isFound, link } of this.#facts.values()) {
      if (!isFound && link !== undefined && !this.#withoutCarrier.has(link.number)) waiting += 1;
    }
    return waiting;
  }

  /** Next hops that take packets. */
  get serving(): number {
    return this.forwarder.nextHops().filter(({ state }) => state === "up").length;
  }

  /** Packets are to be forwarded: from now on states follow the facts. */
  begin(): void {
    this.#hasBegun = true;
    this.settle("start");
  }

  /** Makes states what the facts say: before packets are forwarded, and after each change. */
  settle(why: string): void {
    if (!this.#hasBegun) return;
    const changed = this.forwarder.nextHops().filter((known) => this.#isOutdated(known));
    if (changed.length === 0) return;
    const transaction = this.forwarder.transaction();
    for (const { adjacency, name } of changed) {
      const facts = this.#facts.get(adjacency);
      if (facts === undefined) continue;
      facts.applied = this.#stateOf(facts);
      transaction[facts.applied](name);
    }
    const report = transaction.commit();
    for (const { adjacency } of changed) this.#tell(adjacency, why, report);
  }

  /** What people want of a next hop (an address or a site). Throws USAGE for an unknown one. */
  want(nameOrSite: string, wanted: NextHopState): NextHopView {
    const { adjacency } = this.forwarder.find(nameOrSite);
    const facts = this.#facts.get(adjacency);
    if (facts !== undefined) facts.wanted = wanted;
    this.settle(`${wanted} was asked for`);
    return this.#view(this.forwarder.find(nameOrSite));
  }

  /** Gives a next hop a weight. Throws USAGE for an unknown one, or a weight that cannot be. */
  weigh(nameOrSite: string, weight: number): NextHopView {
    const report = this.forwarder.transaction().weight(nameOrSite, weight).commit();
    const known = this.forwarder.find(nameOrSite);
    this.#tell(known.adjacency, `weight ${weight} was asked for`, report);
    return this.#view(known);
  }

  /** A neighbour's MAC is known. */
  found(link: number, address: Address, mac: Mac): void {
    for (const adjacency of this.#byNeighbor.get(neighborKey(link, address)) ?? []) {
      const known = this.forwarder.nextHop(adjacency);
      const facts = this.#facts.get(adjacency);
      if (known === undefined || facts === undefined || facts.hasOwnMac) continue;
      this.forwarder.setLink(known.name, { destination: mac });
      facts.isFound = true;
    }
    this.#addHost(link, address, mac);
    this.#parts.resume(link, address);
    this.settle("its MAC is known");
    this.#parts.say({ event: "neighbor", address: formatAddress(address), mac: formatMac(mac) });
  }

  /** A neighbour does not answer any more. */
  lost(link: number, address: Address): void {
    for (const adjacency of this.#byNeighbor.get(neighborKey(link, address)) ?? []) {
      const facts = this.#facts.get(adjacency);
      if (facts?.hasOwnMac === false) facts.isFound = false;
    }
    this.#dropHost(address);
    this.settle("it does not answer");
    this.#parts.say({ event: "neighbor", address: formatAddress(address), mac: null });
  }

  /** An interface lost its link or got it back. */
  carrier(link: LoopLink, isUp: boolean): void {
    if (isUp) {
      this.#withoutCarrier.delete(link.number);
      this.#doubt(link);
    } else this.#withoutCarrier.add(link.number);
    this.settle(isUp ? "its interface has a link" : "its interface has no link");
    this.#parts.say({ event: "link", interface: link.name, up: isUp });
  }

  /** The largest packet of a link may be another one: next hops by it follow. */
  resize(link: LoopLink, mtu: number): void {
    if (mtu === this.#mtuOf(link)) return;
    this.#mtus.set(link.number, mtu);
    this.forwarder.setMtu(link.name, mtu);
    this.#parts.say({ event: "mtu", interface: link.name, mtu });
  }

  #mtuOf({ number, mtu }: LoopLink): number {
    return this.#mtus.get(number) ?? mtu;
  }

  /** What was on a link may be gone or another station when it comes back. */
  #doubt(link: LoopLink): void {
    if (!this.#hasBegun) return;
    for (const facts of this.#facts.values()) {
      if (facts.link === link && !facts.hasOwnMac) facts.isFound = false;
    }
    this.#parts.verify(link.number);
  }

  /** Follows one set of routes by another, as one transaction. */
  reload(before: RouteTable, after: RouteTable): CommitReport {
    const report = this.forwarder.transaction().replace(before, after).commit();
    this.#attachAll();
    this.settle("the configuration was read again");
    const { routes, microseconds } = report;
    this.#parts.say({ event: "reload", routes, microseconds });
    return report;
  }

  /** Withdraws routes that validation rejects, and adds others that it rejects no more. */
  revalidate(rejected: RouteTable, accepted: RouteTable): CommitReport {
    const report = this.forwarder.transaction().replace(rejected, accepted).commit();
    this.#attachAll();
    this.settle("routes were validated again");
    const { routes, microseconds } = report;
    this.#parts.say({ event: "rpki", routes, microseconds });
    return report;
  }

  /** All next hops as they are. */
  views(): readonly NextHopView[] {
    return this.forwarder.nextHops().map((known) => this.#view(known));
  }

  /** Hosts of links, for a restart. */
  hosts(): readonly KnownHost[] {
    return [...this.#hosts.values()];
  }

  /** Makes the tables what they were. Throws SNAPSHOT where they do not fit. */
  restore(hosts: unknown, snapshot: unknown): void {
    for (const host of Array.isArray(hosts) ? hosts : []) {
      const { link, address, mac, isThere } = Object(host);
      const parsed = parseAddress(String(address));
      const station = parseMac(String(mac));
      if (parsed === undefined || station === undefined) continue;
      this.#addHost(Number(link), parsed, station);
      if (isThere !== true) this.#dropHost(parsed);
    }
    this.forwarder.restore(snapshot);
    for (const { adjacency, state } of this.forwarder.nextHops()) {
      const facts = this.#facts.get(adjacency);
      if (facts !== undefined) facts.applied = state;
    }
  }

  #stateOf({ wanted, isFound, link }: Facts): NextHopState {
    const hasCarrier = link !== undefined && !this.#withoutCarrier.has(link.number);
    return isFound && hasCarrier ? wanted : "down";
  }

  #isOutdated({ adjacency }: KnownNextHop): boolean {
    const facts = this.#facts.get(adjacency);
    return facts !== undefined && facts.applied !== this.#stateOf(facts);
  }

  #tell(adjacency: number, why: string, report: CommitReport): void {
    const known = this.forwarder.nextHop(adjacency);
    if (known === undefined) return;
    this.#parts.say({
      event: "next_hop",
      next_hop: known.name,
      site: known.site ?? null,
      state: known.state,
      why,
      flows_per_million_moved: Math.round(report.flowsPerMillionMoved),
      microseconds: report.microseconds,
    });
  }

  /** Takes in next hops that are new: where each is, and whether its MAC is known. */
  #attachAll(): void {
    for (const known of this.forwarder.nextHops()) {
      const facts = this.#factsOf(known);
      // A host that has become a site is asked for by and by, whether packets are for it or not.
      const isSite = facts?.isHost === true && known.site !== undefined;
      if (facts === undefined || isSite) this.#attach(known);
      else if (this.forwarder.hasMac(known.adjacency)) {
        facts.hasOwnMac = true;
        facts.isFound = true;
      }
    }
  }

  /** What is known of a next hop; what was of another one with its adjacency is forgotten. */
  #factsOf({ adjacency, name }: KnownNextHop): Facts | undefined {
    const facts = this.#facts.get(adjacency);
    if (facts === undefined || facts.name === name) return facts;
    this.#facts.delete(adjacency);
    for (const [key, adjacencies] of this.#byNeighbor) {
      const others = adjacencies.filter((other) => other !== adjacency);
      if (others.length === 0) this.#byNeighbor.delete(key);
      else this.#byNeighbor.set(key, others);
    }
    return undefined;
  }

  #attach(nextHop: KnownNextHop): void {
    const { adjacency, address, name, state } = nextHop;
    const link = this.#linkOf(nextHop);
    const hasOwnMac = this.forwarder.hasMac(adjacency);
    const isFound = hasOwnMac || this.#isThere(name);
    const wanted = state === "drain" ? "drain" : "up";
    const known = { name, link, isHost: false, hasOwnMac, isFound } as const;
    this.#facts.set(adjacency, { ...known, wanted, applied: state });
    if (link === undefined) {
      this.#parts.say({ event: "warning", what: `next hop ${name} is on no interface's link` });
      return;
    }
    const { number: interfaceIndex, mac: source } = link;
    if (this.forwarder.link(adjacency).interfaceIndex === 0) {
      this.forwarder.setLink(name, { interfaceIndex, source, mtu: this.#mtuOf(link) });
    }
    if (hasOwnMac) return;
    const key = neighborKey(link.number, address);
    const others = this.#byNeighbor.get(key)?.filter((other) => other !== adjacency) ?? [];
    this.#byNeighbor.set(key, [...others, adjacency]);
    this.#parts.pin(link.number, address);
  }

  /** By what its site says (`via`), its zone, or the link that its address is on. */
  #linkOf({ adjacency, address }: KnownNextHop): LoopLink | undefined {
    const number = this.forwarder.link(adjacency).interfaceIndex;
    if (number !== 0) return this.links.find((link) => link.number === number);
    if (address.family === 6 && address.zone !== undefined) {
      const { zone } = address;
      return this.links.find(({ name, device }) => zone === name || zone === device);
    }
    const on = this.#places.linkOf(address);
    return this.links.find((link) => link.number === on);
  }

  /** A host of a link gets a route of its own; packets to hosts without one are asked for. */
  #addHost(link: number, address: Address, mac: Mac): void {
    const name = formatAddress(address);
    const via = this.links.find(({ number }) => number === link)?.name;
    const isOnLink = this.#places.linkOf(address) === link && !isLinkLocal6(address);
    if (via === undefined || !isOnLink || this.#places.isOwn(address)) return;
    const prefix = `${name}/${address.family === 4 ? 32 : 128}`;
    const isOthers = this.forwarder.lookup(address).prefix === prefix && !this.#isThere(name);
    if (isOthers) return;
    this.#hosts.set(name, { link, address: name, mac: formatMac(mac), isThere: true });
    const nextHop = { nextHop: name, mac: formatMac(mac), isFound: true, via };
    this.forwarder
      .transaction()
      .add({ prefix, nextHops: [nextHop] })
      .commit();
    const host = this.forwarder.find(name);
    const { adjacency } = host;
    const facts = this.#factsOf(host);
    const on = this.links.find(({ number }) => number === link);
    if (facts === undefined) {
      const known = { name, link: on, isHost: true, hasOwnMac: false, isFound: true } as const;
      this.#facts.set(adjacency, { ...known, wanted: "up", applied: "up" });
      this.#byNeighbor.set(neighborKey(link, address), [adjacency]);
    }
  }

  #isThere(name: string): boolean {
    return this.#hosts.get(name)?.isThere === true;
  }

  #dropHost(address: Address): void {
    const name = formatAddress(address);
    const host = this.#hosts.get(name);
    if (host?.isThere !== true) return;
    this.forwarder
      .transaction()
      .withdraw(`${name}/${address.family === 4 ? 32 : 128}`)
      .commit();
    this.#forget(this.forwarder.find(name));
    const isListed = this.forwarder.nextHops().some((known) => known.name === name);
    if (isListed) this.#hosts.set(name, { ...host, isThere: false });
    else this.#hosts.delete(name);
  }

  /** A host without a route is listed no more, unless somebody asked something of it. */
  #forget({ adjacency, name, state }: KnownNextHop): void {
    const facts = this.#facts.get(adjacency);
    if (facts?.wanted !== "up" || this.forwarder.isUsed(adjacency)) return;
    facts.applied = "up";
    if (state !== "up") this.forwarder.transaction().up(name).commit();
  }

  #view(known: KnownNextHop): NextHopView {
    const { adjacency, name, site, state, weight } = known;
    const facts = this.#facts.get(adjacency);
    const { packets, bytes } = this.forwarder.engine.counters.adjacency(adjacency);
    const { destination } = this.forwarder.link(adjacency);
    return {
      next_hop: name,
      site: site ?? null,
      interface: facts?.link?.name ?? null,
      mac: facts?.isFound === true ? formatMac(destination) : null,
      state,
      wanted: facts?.wanted ?? "up",
      weight: weight ?? null,
      is_host: facts?.isHost ?? false,
      packets,
      bytes,
    };
  }
}
