/**
 * Neighbours: which MAC an address of a link has, learnt by ARP and Neighbor Discovery.
 *
 *                     resolve, pin              answer
 *      (unknown) -----------------> incomplete --------> reachable
 *           ^                        |     ^                |  ^
 *           |    3 requests          |     | pinned: asked  |  | answer, or heard of
 *           +------------------------+     | again later    v  |
 *           |    3 requests                |              probing (asked by its MAC)
 *           +------------------------------+----------------+
 *
 * A function of the frames and times that it is given: it returns frames to be sent and what became
 * known. Bounded: NEIGHBORS_MAX entries, PENDING_MAX of them without an answer; pinned ones (next
 * hops) are never given up. Cost: a pass over all entries every tick.
 *
 * Sources: RFC 826, RFC 4861 section 7, RFC 5227.
 */

import { type Address, formatAddress, isLinkLocal6 } from "../../net/address.ts";
import type { Mac } from "../../net/mac.ts";
import { formatMac } from "../../net/mac.ts";
import { formatPrefix, maskAddress } from "../../net/prefix.ts";
import { arpAnnouncement, arpReply, arpRequest, parseArp } from "./arp.ts";
import type { NeighborAnswer, NeighborRequest, Speaker } from "./message.ts";
import { advertisement, parseNd, solicitation } from "./nd.ts";

/** Neighbours of all links: more are not resolved. */
export const NEIGHBORS_MAX = 4096;
/** Of them, those that never answered: a scan of a link cannot take the room of others. */
const PENDING_MAX = 512;
/** Requests before a neighbour counts as gone, and the time between them (RFC 4861, 10). */
const REQUESTS_MAX = 3;
const REQUEST_MS = 1000;
/** How long an answer is good for. */
const REACHABLE_MS = 30_000;
/** After this time without one, a next hop is asked for again; the first time at once. */
const RETRY_MS = 1000;

/** An interface as neighbours see it. */
export interface LinkInterface {
  readonly number: number;
  readonly mac: Mac;
  /** Its own addresses, with the length of the link's prefix. */
  readonly addresses: readonly { readonly address: Address; readonly length: number }[];
}

/** What is to be done. */
export type NeighborAction =
  | { readonly kind: "send"; readonly link: number; readonly frame: Uint8Array }
  | { readonly kind: "found"; readonly link: number; readonly address: Address; readonly mac: Mac }
  | { readonly kind: "lost"; readonly link: number; readonly address: Address };

/** A neighbour as `list` shows it. */
export interface KnownNeighbor {
  readonly link: number;
  readonly address: string;
  readonly mac: string | null;
  readonly state: "incomplete" | "reachable" | "probing";
}

interface Entry {
  readonly link: LinkInterface;
  readonly address: Address;
  readonly isPinned: boolean;
  mac: Mac | undefined;
  /** Requests that got no answer. */
  requests: number;
  /** When something is to be done next, in milliseconds. */
  due: number;
}

function sameMac(a: Mac | undefined, b: Mac): boolean {
  return a !== undefined && formatMac(a) === formatMac(b);
}

/** All neighbours of a router. */
export class NeighborTable {
  readonly #links: ReadonlyMap<number, LinkInterface>;
  readonly #own: ReadonlySet<string>;
  readonly #entries = new Map<string, Entry>();
  #pending = 0;
  /** Neighbours that there was no room for. */
  refused = 0;

  constructor(links: readonly LinkInterface[]) {
    this.#links = new Map(links.map((link) => [link.number, link]));
    const own = links.flatMap(({ addresses }) => addresses);
    this.#own = new Set(own.map(({ address }) => formatAddress(address)));
  }

  /** Says all own addresses: stations that had them elsewhere learn it. */
  announce(): readonly NeighborAction[] {
    return [...this.#links.values()].flatMap((link) =>
      link.addresses.map(({ address }) => {
        const own = { mac: link.mac, address };
        const frame = address.family === 4 ? arpAnnouncement(own) : advertisement(own, undefined);
        return { kind: "send", link: link.number, frame } as const;
      }),
    );
  }

  /** Asks for a next hop, and keeps asking. */
  pin(link: number, address: Address, now: number): readonly NeighborAction[] {
    return this.#ask(link, address, now, true);
  }

  /** Asks for a host of a link that a packet is for. */
  resolve(link: number, address: Address, now: number): readonly NeighborAction[] {
    return this.#ask(link, address, now, false);
  }

  /** The link that an address is on, by the longest prefix of an own address. */
  linkOf(address: Address): number | undefined {
    let best: { number: number; length: number } | undefined;
    for (const link of this.#links.values()) {
      for (const own of link.addresses) {
        if (own.length < (best?.length ?? 0) || isLinkLocal6(own.address)) continue;
        if (isOnLink(own, address)) best = { number: link.number, length: own.length };
      }
    }
    return best?.number;
  }

  /** Whether an address is one of the router's. */
  isOwn(address: Address): boolean {
    return this.#own.has(formatAddress(address));
  }

  /** The MACs of a frame to a neighbour; undefined where its MAC is not known. */
  wayTo(
    link: number,
    address: Address,
  ): { readonly destination: Mac; readonly source: Mac } | undefined {
    const entry = this.#entries.get(keyOf(link, address));
    if (entry?.mac === undefined) return undefined;
    return { destination: entry.mac, source: entry.link.mac };
  }

  /** Takes a frame that came in by a link; undefined where it says nothing of neighbours. */
  hear(link: number, frame: Uint8Array, now: number): readonly NeighborAction[] | undefined {
    const from = this.#links.get(link);
    if (from === undefined) return undefined;
    const message = parseArp(frame) ?? parseNd(frame);
    if (message === undefined) return undefined;
    return message.kind === "request"
      ? this.#answer(from, message, now)
      : this.#learn(from, message, now);
  }

  /** Does what is due: requests go out again, neighbours that do not answer are lost. */
  tick(now: number): readonly NeighborAction[] {
    const actions: NeighborAction[] = [];
    for (const [key, entry] of this.#entries) {
      if (now >= entry.due) actions.push(...this.#next(key, entry, now));
    }
    return actions;
  }

  /** Forgets the MACs of a link that was gone: who is there is asked anew, at once. */
  forget(link: number, now: number): readonly NeighborAction[] {
    const actions: NeighborAction[] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.link.number !== link) continue;
      if (entry.mac !== undefined) {
        actions.push({ kind: "lost", link, address: entry.address });
        this.#pending += 1;
      }
      entry.mac = undefined;
      entry.requests = 0;
      actions.push(...this.#next(key, entry, now));
    }
    return actions;
  }

  /** All neighbours, for people. */
  list(): readonly KnownNeighbor[] {
    return Array.from(this.#entries.values(), ({ link, address, mac, requests }) => ({
      link: link.number,
      address: formatAddress(address),
      mac: mac === undefined ? null : formatMac(mac),
      state: mac === undefined ? "incomplete" : requests > 0 ? "probing" : "reachable",
    }));
  }

  #ask(number: number, address: Address, now: number, isPinned: boolean) {
    const link = this.#links.get(number);
    const key = keyOf(number, address);
    const known = this.#entries.get(key);
    if (link === undefined || (known !== undefined && known.isPinned >= isPinned)) return [];
    const isFull = this.#entries.size >= NEIGHBORS_MAX || this.#pending >= PENDING_MAX;
    if (known === undefined && !isPinned && isFull) {
      this.refused += 1;
      return [];
    }
    const mac = known?.mac;
    const entry = { link, address, isPinned, mac, requests: 0, due: now };
    if (known === undefined) this.#pending += 1;
    this.#entries.set(key, entry);
    return mac === undefined ? this.#next(key, entry, now) : [found(entry, mac)];
  }

  /** Sends the next request of an entry, or gives it up. */
  #next(key: string, entry: Entry, now: number): readonly NeighborAction[] {
    const { link, address, mac, isPinned } = entry;
    if (entry.requests < REQUESTS_MAX) {
      entry.requests += 1;
      entry.due = now + REQUEST_MS;
      return this.#request(entry);
    }
    const lost = { kind: "lost", link: link.number, address } as const;
    if (mac !== undefined) this.#pending += 1;
    entry.mac = undefined;
    entry.requests = 0;
    entry.due = now + RETRY_MS;
    if (!isPinned) {
      this.#entries.delete(key);
      this.#pending -= 1;
    }
    return mac === undefined ? [] : [lost];
  }

  #request({ link, address, mac }: Entry): readonly NeighborAction[] {
    const own = sourceFor(link, address);
    if (own === undefined) return [];
    const from = { mac: link.mac, address: own };
    const frame =
      address.family === 4 ? arpRequest(from, address, mac) : solicitation(from, address, mac);
    return [{ kind: "send", link: link.number, frame }];
  }

  #answer(link: LinkInterface, message: NeighborRequest, now: number): readonly NeighborAction[] {
    const target = formatAddress(message.target);
    const own = link.addresses.find(({ address }) => formatAddress(address) === target)?.address;
    const { sender, senderMac } = message;
    if (sender === undefined) {
      // Somebody else is about to take one of our addresses: it is told so.
      if (own === undefined) return [];
      return [this.#defence(link, own, senderMac)];
    }
    const learnt = this.#hearOf(link, sender, senderMac, now, own !== undefined);
    if (own === undefined) return learnt;
    const mac = senderMac ?? this.#entries.get(keyOf(link.number, sender))?.mac;
    if (mac === undefined) return [...learnt, ...this.#ask(link.number, sender, now, false)];
    const from: Speaker = { mac: link.mac, address: own };
    const to: Speaker = { mac, address: sender };
    const frame = own.family === 4 ? arpReply(from, to) : advertisement(from, to);
    return [...learnt, { kind: "send", link: link.number, frame }];
  }

  #defence(link: LinkInterface, own: Address, asker: Mac | undefined): NeighborAction {
    const from = { mac: link.mac, address: own };
    const nobody: Address = { family: 4, value: 0 };
    const frame =
      own.family === 4
        ? arpReply(from, { mac: asker ?? link.mac, address: nobody })
        : advertisement(from, undefined);
    return { kind: "send", link: link.number, frame };
  }

  #learn(link: LinkInterface, message: NeighborAnswer, now: number): readonly NeighborAction[] {
    const entry = this.#entries.get(keyOf(link.number, message.target));
    if (entry === undefined) return [];
    const { mac = entry.mac, isSolicited, isOverride } = message;
    if (mac === undefined) return [];
    // RFC 4861, 7.2.5: without the flag, another MAC only makes the old one doubtful.
    const isOther = entry.mac !== undefined && !sameMac(entry.mac, mac);
    if (isOther && !isOverride) {
      entry.due = now;
      return [];
    }
    if (!isOther && !isSolicited && entry.mac !== undefined) return [];
    return this.#confirm(entry, mac, now);
  }

  /** A sender shows its MAC; a new one gets an entry where it talks to us (RFC 826). */
  #hearOf(
    link: LinkInterface,
    sender: Address,
    mac: Mac | undefined,
    now: number,
    isForUs: boolean,
  ): readonly NeighborAction[] {
    if (mac === undefined || this.isOwn(sender)) return [];
    const known = this.#entries.get(keyOf(link.number, sender));
    if (known !== undefined) return this.#confirm(known, mac, now);
    const isNear = link.addresses.some((own) => isOnLink(own, sender));
    if (!isForUs || !isNear || this.#entries.size >= NEIGHBORS_MAX) return [];
    const entry = { link, address: sender, isPinned: false, mac: undefined, requests: 0, due: now };
    this.#entries.set(keyOf(link.number, sender), entry);
    this.#pending += 1;
    return this.#confirm(entry, mac, now);
  }

  #confirm(entry: Entry, mac: Mac, now: number): readonly NeighborAction[] {
    const isNews = !sameMac(entry.mac, mac);
    if (entry.mac === undefined) this.#pending -= 1;
    entry.mac = mac;
    entry.requests = 0;
    entry.due = now + REACHABLE_MS;
    return isNews ? [found(entry, mac)] : [];
  }
}

function found({ link, address }: Entry, mac: Mac): NeighborAction {
  return { kind: "found", link: link.number, address, mac };
}

function keyOf(link: number, address: Address): string {
  return `${link} ${formatAddress(withoutZone(address))}`;
}

/** Zones say which link; here the link is known. */
function withoutZone(address: Address): Address {
  if (address.family === 4) return address;
  const { family, high, low } = address;
  return { family, high, low };
}

function isOnLink(own: { readonly address: Address; readonly length: number }, address: Address) {
  if (own.address.family !== address.family) return false;
  const { length } = own;
  return (
    formatPrefix(maskAddress(own.address, length)) === formatPrefix(maskAddress(address, length))
  );
}

/** The own address that a request comes from: of the same prefix, else any of the family. */
function sourceFor(link: LinkInterface, address: Address): Address | undefined {
  const own = link.addresses.filter((one) => one.address.family === address.family);
  return (own.find((one) => isOnLink(one, address)) ?? own[0])?.address;
}
