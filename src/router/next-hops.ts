/**
 * Next hops by identity: each has one adjacency, a state, and perhaps a weight of its own.
 *
 * One that no group has any more is not listed, unless somebody named it (its site) or said
 * something of it (its state, its weight). It keeps its adjacency while there are others, so that
 * connections which slots lead back to it go on, and who counted its packets can name it; where
 * none is left, the one that was given up first and whose connections are over gives its own.
 */

import type { AdjacencyFields } from "../engine/adjacency.ts";
import { DEFAULT_PIN_WINDOW, type Engine } from "../engine/engine.ts";
import { WEIGHT_MAX } from "../engine/layout.ts";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import type { Mac } from "../net/mac.ts";
import { nextHopName } from "../rib/next-hop.ts";
import type { NextHop } from "../rib/route.ts";
import { Drains } from "./drain.ts";
import type { Interfaces } from "./interfaces.ts";

/** `drain`: its slots go to the others at once; it keeps its connections until its time is over. */
export type NextHopState = "up" | "down" | "drain";

/** A next hop as the router knows it. */
export interface KnownNextHop {
  /** Index of its adjacency in the data plane, from 1. */
  readonly adjacency: number;
  readonly address: Address;
  /** Its address (and zone) as text. */
  readonly name: string;
  readonly site: string | undefined;
  readonly state: NextHopState;
  /** Weight that holds instead of those of the routes. */
  readonly weight: number | undefined;
}

/** MAC addresses that anyfib makes up are locally administered (02:…). */
const OWN_MAC: Mac = [2, 0, 0, 0, 0, 1];
/** Where no interface says otherwise, any IP packet fits: captures hold what offloads merged. */
const MTU_UNLIMITED = 2 ** 31 - 1;
/** A next hop that nothing is known of. */
const NO_LINK: AdjacencyFields = {
  destination: OWN_MAC,
  source: OWN_MAC,
  interfaceIndex: 0,
  mtu: MTU_UNLIMITED,
};

/**
 * The destination MAC of a next hop for which none is known: 02:00 and its IPv4 address, or 02:01
 * and the last four bytes of its IPv6 address, so that a written capture shows who is meant.
 */
export function madeUpMac(address: Address): Mac {
  const low = address.family === 4 ? address.value : Number(address.low & 0xffffffffn);
  const family = address.family === 4 ? 0 : 1;
  return [2, family, low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255];
}

/** How long connections outlive a change, in seconds. */
export interface NextHopTimes {
  readonly drainTime?: number;
  readonly pinWindow?: number;
}

/** When a next hop was given up: the time, and how many changes had been made. */
interface Unused {
  readonly since: number;
  readonly epoch: number;
}

/** What a next hop had whose adjacency another one got, while that may be undone. */
interface Reclaimed {
  readonly known: KnownNextHop;
  readonly unused: Unused;
  readonly link: AdjacencyFields;
  readonly hadMac: boolean;
  readonly counts: BigUint64Array;
}

/** Adjacencies that connections may be led back to, as of a change. */
interface Remembered {
  readonly epoch: number;
  readonly adjacencies: ReadonlySet<number>;
}

/** All next hops of a router. Identity is address and zone, never an index. */
export class NextHops {
  readonly #engine: Engine;
  readonly #byName = new Map<string, KnownNextHop>();
  readonly #bySite = new Map<string, string>();
  readonly #interfaces: Interfaces;
  readonly #names: string[] = [];
  readonly #links = new Map<number, AdjacencyFields>();
  /** Those whose MAC a route gave. */
  readonly #withMac = new Set<number>();
  readonly #drains: Drains;
  readonly #pinWindow: number;
  /** Those that no group has any more, in the order in which they were given up. */
  #unused = new Map<number, Unused>();
  /** Of the change that is being made. */
  readonly #reclaimed: Reclaimed[] = [];
  #remembered: Remembered = { epoch: -1, adjacencies: new Set() };
  /** Those that packets name by themselves. */
  readonly #held = new Set<number>();
  /** Changes that were made and will not be undone. */
  #epoch = 0;

  constructor(engine: Engine, interfaces: Interfaces, times: NextHopTimes = {}) {
    this.#engine = engine;
    this.#interfaces = interfaces;
    this.#drains = new Drains(times.drainTime);
    this.#pinWindow = times.pinWindow ?? DEFAULT_PIN_WINDOW;
  }

  /**
   * The next hop of a route, made known if it is new; a site, MAC or interface that the route adds
   * is learnt. Throws CAPACITY when there are too many, USAGE for an unknown interface.
   */
  intern(nextHop: NextHop): KnownNextHop {
    const { address, site } = nextHop;
    const name = nextHopName(nextHop);
    const known = this.#byName.get(name) ?? this.#add(name, address);
    // A group is to have it: until then it is the last one whose adjacency would be taken.
    if (this.#unused.has(known.adjacency)) this.unused(known.adjacency);
    const link = this.#interfaces.linkTo(nextHop);
    if (Object.keys(link).length > 0) this.setLink(known.adjacency, link);
    this.#learnMac(known.adjacency, nextHop);
    if (site === undefined) return known;
    this.#bySite.set(site, name);
    if (known.site !== undefined) return known;
    const named = { ...known, site };
    this.#byName.set(name, named);
    return named;
  }

  /** One that was found on a link never takes the place of one that was given. */
  #learnMac(adjacency: number, { mac, isFound = false }: NextHop): void {
    if (mac === undefined || (isFound && this.#withMac.has(adjacency))) return;
    this.setLink(adjacency, { destination: mac });
    if (!isFound) this.#withMac.add(adjacency);
  }

  #add(name: string, address: Address): KnownNextHop {
    const { nextHops } = this.#engine.plan.limits;
    const adjacency =
      this.#names.length < nextHops ? this.#names.length + 1 : this.#reclaim(name, nextHops);
    this.#names[adjacency - 1] = name;
    const site = undefined;
    const entry = { adjacency, address, name, site, state: "up", weight: undefined } as const;
    this.#byName.set(name, entry);
    this.#engine.writeAdjacencyState(adjacency, entry.state);
    this.setLink(adjacency, { ...NO_LINK, destination: madeUpMac(address) });
    this.#engine.groups.identify(adjacency, new TextEncoder().encode(name));
    return entry;
  }

  /** Takes the adjacency of a next hop that was given up and whose connections are over. */
  #reclaim(name: string, nextHops: number): number {
    const { clock } = this.#engine;
    for (const [adjacency, unused] of this.#unused) {
      const isOver = unused.epoch < this.#epoch && clock - unused.since >= this.#pinWindow;
      const known = this.at(adjacency);
      if (!isOver || known === undefined || this.#isListed(known)) continue;
      if (this.#isRemembered(adjacency)) continue;
      const link = this.link(adjacency);
      const hadMac = this.#withMac.has(adjacency);
      const counts = this.#engine.counters.takeAdjacency(adjacency);
      this.#reclaimed.push({ known, unused, link, hadMac, counts });
      this.#unused.delete(adjacency);
      this.#byName.delete(known.name);
      this.#links.delete(adjacency);
      this.#withMac.delete(adjacency);
      return adjacency;
    }
    throw new AnyfibError({
      code: "CAPACITY",
      what: `more than ${nextHops} next hops, ${name} is one too many`,
      hint: "give fewer next hops, or raise limit nextHops (at most 65535)",
      detail: { nextHops },
    });
  }

  /** Whether a slot or a pin may still lead a connection to it: a slot's window opens anew. */
  #isRemembered(adjacency: number): boolean {
    if (this.#remembered.epoch !== this.#epoch) {
      const { groups, pins } = this.#engine;
      const owners = groups.formerOwners();
      // Without an open slot nobody asks for pins.
      const pinned = owners.size === 0 ? [] : pins.adjacencies();
      this.#remembered = { epoch: this.#epoch, adjacencies: new Set([...owners, ...pinned]) };
    }
    return this.#remembered.adjacencies.has(adjacency);
  }

  /** Gives an adjacency back to the next hop that it was taken from. */
  #giveBack({ known, unused, link, hadMac, counts }: Reclaimed): void {
    const { adjacency, name, state } = known;
    this.#byName.delete(this.#names[adjacency - 1] ?? "");
    this.#names[adjacency - 1] = name;
    this.#byName.set(name, known);
    this.#unused.set(adjacency, unused);
    this.#drains.end(adjacency);
    this.setLink(adjacency, link);
    if (hadMac) this.#withMac.add(adjacency);
    else this.#withMac.delete(adjacency);
    this.#engine.writeAdjacencyState(adjacency, state);
    this.#engine.groups.identify(adjacency, new TextEncoder().encode(name));
    this.#engine.counters.putAdjacency(adjacency, counts);
  }

  #isListed({ adjacency, site, state, weight }: KnownNextHop): boolean {
    if (!this.#unused.has(adjacency) || this.#held.has(adjacency)) return true;
    return site !== undefined || state !== "up" || weight !== undefined;
  }

  /** A group has it. */
  used(adjacency: number): void {
    this.#unused.delete(adjacency);
  }

  /** No group has it any more. */
  unused(adjacency: number): void {
    this.#unused.delete(adjacency);
    this.#unused.set(adjacency, { since: this.#engine.clock, epoch: this.#epoch });
  }

  /** A change was made, or undone: what it gave up is not asked for again. */
  settle(): void {
    this.#epoch += 1;
    this.#reclaimed.length = 0;
  }

  /** Whether a group has it. */
  isUsed(adjacency: number): boolean {
    return !this.#unused.has(adjacency);
  }

  /** As find; the next hop stays known whatever routes do. */
  hold(nameOrSite: string): number {
    const { adjacency } = this.find(nameOrSite);
    this.#held.add(adjacency);
    return adjacency;
  }

  /** Sets how a next hop is reached; what is left out stays as it was. */
  setLink(adjacency: number, change: Partial<AdjacencyFields>): void {
    const link = { ...(this.#links.get(adjacency) ?? NO_LINK), ...change };
    this.#links.set(adjacency, link);
    this.#engine.writeAdjacency(adjacency, link);
  }

  /** How a next hop is reached, as far as that is known. */
  link(adjacency: number): AdjacencyFields {
    return this.#links.get(adjacency) ?? NO_LINK;
  }

  /** Whether a route gave its MAC, so that nobody need ask for it. */
  hasMac(adjacency: number): boolean {
    return this.#withMac.has(adjacency);
  }

  /** How many have an adjacency, listed or not. */
  get count(): number {
    return this.#names.length;
  }

  /**
   * Forgets all but the first `count`, which no group has any more, and gives adjacencies back that
   * were taken since the last change.
   */
  rewind(count: number): void {
    for (const one of this.#reclaimed.splice(0)) this.#giveBack(one);
    this.#unused = new Map([...this.#unused].sort(([, a], [, b]) => a.since - b.since));
    for (let adjacency = count + 1; adjacency <= this.#names.length; adjacency++) {
      this.#drains.end(adjacency);
      this.#links.delete(adjacency);
      this.#withMac.delete(adjacency);
      this.#unused.delete(adjacency);
    }
    for (const name of this.#names.splice(count)) this.#byName.delete(name);
    for (const [site, name] of this.#bySite) {
      if (!this.#byName.has(name)) this.#bySite.delete(site);
    }
  }

  /** The next hop of an adjacency. */
  at(adjacency: number): KnownNextHop | undefined {
    const name = this.#names[adjacency - 1];
    return name === undefined ? undefined : this.#byName.get(name);
  }

  /** The next hop that an address or a site's name means; throws USAGE for an unknown one. */
  find(nameOrSite: string): KnownNextHop {
    const address = parseAddress(nameOrSite);
    const name = this.#bySite.get(nameOrSite) ?? (address ? formatAddress(address) : nameOrSite);
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    throw new AnyfibError({
      code: "USAGE",
      what: `no route has the next hop or site ${nameOrSite}`,
      hint: `known ones begin with ${this.#names.slice(0, 3).join(", ") || "none"}`,
      detail: { nextHop: nameOrSite },
    });
  }

  /** Sets state or weight; the groups that it is in are for the caller to update. */
  set(adjacency: number, change: Partial<Pick<KnownNextHop, "state" | "weight">>): void {
    const known = this.at(adjacency);
    if (known === undefined) return;
    const { weight } = change;
    if (
      weight !== undefined &&
      !(Number.isInteger(weight) && weight >= 0 && weight <= WEIGHT_MAX)
    ) {
      throw new AnyfibError({
        code: "USAGE",
        what: `weight ${weight} of ${known.name}`,
        hint: `a weight is a whole number from 0 to ${WEIGHT_MAX}`,
        detail: { weight, nextHop: known.name },
      });
    }
    const changed = { ...known, ...change };
    this.#byName.set(known.name, changed);
    this.#engine.writeAdjacencyState(adjacency, changed.state);
    if (changed.state === "drain") this.#drains.begin(adjacency, this.#engine.clock);
    else this.#drains.end(adjacency);
  }

  /** Takes next hops down whose drain is over: groups have left them out since it began. */
  expireDrains(): void {
    for (const adjacency of this.#drains.expire(this.#engine.clock)) {
      this.set(adjacency, { state: "down" });
    }
  }

  /** Those that groups have, or that somebody said something of, by their adjacencies. */
  *all(): Generator<KnownNextHop> {
    for (const known of this.everyOne()) if (this.#isListed(known)) yield known;
  }

  /** All that have an adjacency: packets may have left over it. */
  *everyOne(): Generator<KnownNextHop> {
    for (let adjacency = 1; adjacency <= this.#names.length; adjacency++) {
      const known = this.at(adjacency);
      if (known !== undefined) yield known;
    }
  }
}
