/**
 * What an MRT file holds as the lines of `bgpdump -m`, which many scripts read.
 *
 *     TABLE_DUMP2|time|B|peer|AS|prefix|path|origin|next hop|local preference|MED|...
 *     ... communities|NAG or AG|aggregator|
 *     TABLE_DUMP2_AP ...                prefix|path identifier| ...
 *     BGP4MP|time|A|peer|AS|prefix|path|origin| ...      BGP4MP_ET: time with microseconds
 *     BGP4MP|time|W|peer|AS|prefix
 *     BGP4MP|time|STATE|peer|AS|old|new
 *
 * Where these lines differ from those of bgpdump 1.6.2 is told in docs/formats.md.
 */

import { type Address, formatAddress } from "../../net/address.ts";
import { formatPrefix, type Prefix, prefixFromCells } from "../../net/prefix.ts";
import { formatPath } from "../../rib/as-path.ts";
import type { AttributeSet } from "../../rib/attributes.ts";
import { formatCommunityNumbers } from "../../rib/communities.ts";
import type { AttributeSets } from "../bgp/attribute-sets.ts";
import type { PrefixList } from "../bgp/update.ts";
import type { RecordedState, RecordedUpdate } from "./message-records.ts";
import type { PeerTable } from "./peers.ts";
import type { RibRecord } from "./rib-records.ts";

/** What bgpdump prints for a route without a next hop. */
const NO_NEXT_HOP = "255.255.255.255";
/** The names that it knows. */
const COMMUNITY_NAMES: ReadonlyMap<number, string> = new Map([
  [0xffffff01, "no-export"],
  [0xffffff02, "no-advertise"],
  [0xffffff03, "local-AS"],
]);
/** Texts of sets that are kept; beyond, all are forgotten. */
const TEXTS_MAX = 262_144;

/**
 * bgpdump's text of an address: it shortens a lone zero of an IPv6 address too, and prints those
 * that hold an IPv4 one with it, as RFC 5952 does not.
 */
function addressText(address: Address): string {
  const text = formatAddress(address);
  if (address.family === 4) return text;
  const isCompatible = address.high === 0n && address.low >> 32n === 0n && address.low > 1n;
  if (isCompatible) return `::${formatAddress({ family: 4, value: Number(address.low) })}`;
  if (text.includes("::")) return text;
  const lone = text.match(/(^|:)0(:|$)/);
  return lone === null ? text : text.replace(lone[0], "::");
}

function prefixText(prefix: Prefix): string {
  if (prefix.family === 4) return formatPrefix(prefix);
  const { high, low, length } = prefix;
  return `${addressText({ family: 6, high, low })}/${length}`;
}

/** Formats records; takes lines one by one, each with its line feed. */
export class BgpdumpLines {
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;
  readonly #print: (line: string) => void;
  readonly #texts = new Map<number, string>();
  readonly #peerTexts: string[] = [];

  constructor(sets: AttributeSets, peers: PeerTable, print: (line: string) => void) {
    this.#sets = sets;
    this.#peers = peers;
    this.#print = print;
  }

  /** The lines of a prefix of a table. */
  rib(record: RibRecord): void {
    const { version, hasPathIds, seconds, count, peers, attributeSets, pathIds } = record;
    const name = version === 1 ? "TABLE_DUMP" : hasPathIds ? "TABLE_DUMP2_AP" : "TABLE_DUMP2";
    const start = `${name}|${seconds}|B|`;
    const prefix = prefixText(prefixFromCells(record.prefix));
    for (let entry = 0; entry < count; entry++) {
      const peer = this.#peerText(peers[entry] ?? 0);
      const id = hasPathIds ? `|${pathIds[entry]}` : "";
      const text = this.#text(attributeSets[entry] ?? 0);
      this.#print(`${start}${peer}|${prefix}${id}|${text}`);
    }
  }

  /** The lines of an UPDATE: what it withdraws, then what it announces. */
  update(recorded: RecordedUpdate): void {
    const { update, isLocal, hasPathIds } = recorded;
    const start = `${recorded.type}${isLocal ? "_LOCAL" : ""}${hasPathIds ? "_AP" : ""}`;
    const peer = this.#peerText(recorded.peer);
    const place = (kind: string): string => `${start}|${timeText(recorded)}|${kind}|${peer}|`;
    for (const list of update.withdrawn) this.#list(place("W"), list, hasPathIds, "\n");
    for (const list of [...update.announced, ...update.revoked]) {
      this.#list(place("A"), list, hasPathIds, `|${this.#text(list.set)}`);
    }
  }

  /** The line of a change of state. */
  state(recorded: RecordedState): void {
    const { type, before, after } = recorded;
    const peer = this.#peerText(recorded.peer);
    this.#print(`${type}|${timeText(recorded)}|STATE|${peer}|${before}|${after}\n`);
  }

  #list(start: string, { prefixes }: PrefixList, hasPathIds: boolean, end: string): void {
    for (const { prefix, pathId } of prefixes) {
      this.#print(`${start}${prefixText(prefix)}${hasPathIds ? `|${pathId}` : ""}${end}`);
    }
  }

  #peerText(number: number): string {
    const known = this.#peerTexts[number];
    if (known !== undefined) return known;
    const peer = this.#peers.peers[number];
    const text = peer === undefined ? "|" : `${addressText(peer.address)}|${peer.as}`;
    this.#peerTexts[number] = text;
    return text;
  }

  #text(set: number): string {
    const known = this.#texts.get(set);
    if (known !== undefined) return known;
    if (this.#texts.size === TEXTS_MAX) this.#texts.clear();
    const text = attributesText(this.#sets.decoded(set).set);
    this.#texts.set(set, text);
    return text;
  }
}

function timeText({ type, seconds, microseconds }: RecordedUpdate | RecordedState): string {
  if (type !== "BGP4MP_ET") return String(seconds);
  return `${seconds}.${String(microseconds).padStart(6, "0")}`;
}

function communityText(community: number): string {
  return COMMUNITY_NAMES.get(community) ?? formatCommunityNumbers(community);
}

function attributesText(set: AttributeSet): string {
  const { aggregator } = set;
  return [
    formatPath(set.asPath),
    set.origin.toUpperCase(),
    set.nextHop === undefined ? NO_NEXT_HOP : addressText(set.nextHop),
    set.localPreference ?? 0,
    set.med ?? 0,
    set.communities.map(communityText).join(" "),
    set.isAtomicAggregate ? "AG" : "NAG",
    aggregator === undefined ? "" : `${aggregator.as} ${formatAddress(aggregator.address)}`,
    "\n",
  ].join("|");
}
