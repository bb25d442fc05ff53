/** The lines that `ip route` prints: words in, a route out. */

import { parseAddress } from "../../net/address.ts";
import { quoted } from "../../net/printable.ts";
import { type IpHop, type IpRoute, isRouteKind, newHop, newRoute, setTable } from "./ip-route.ts";
import { parseWeight } from "./next-hops.ts";
import type { Place, TableBuilder } from "./table-builder.ts";

/** A run of characters without a space, and where it stands. */
export interface Word extends Place {
  readonly text: string;
}

/** Words that carry one value which says nothing about where packets go. */
const VALUED: ReadonlySet<string> = new Set(
  (
    "proto scope src nhid mtu advmss window rtt rttvar hoplimit initcwnd initrwnd cwnd ssthresh " +
    "reordering rto_min features quickack congctl error expires realm realms flow age used users " +
    "ttl-propagate fastopen_no_cookie id group fdb"
  ).split(" "),
);
/** Words that stand alone; `\` joins the lines of `ip -o route`. */
const FLAGS: ReadonlySet<string> = new Set(
  (
    "onlink dead linkdown pervasive offload trap rt_offload rt_trap offload_failed notify " +
    "unresolved cache lock \\"
  ).split(" "),
);
/** Words that `readWord` understands. */
const UNDERSTOOD: ReadonlySet<string> = new Set(
  "via dev weight metric pref table tos dsfield from encap as nexthop nh_info".split(" "),
);

/** Splits a line into its words. */
export function wordsOf(text: string, line: number): readonly Word[] {
  const words: Word[] = [];
  const pattern = /\S+/g;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    words.push({ text: match[0], line, column: match.index + 1 });
  }
  return words;
}

/** Whether `text` starts an attribute of a route rather than a list of next hops. */
export function isAttribute(text: string): boolean {
  return UNDERSTOOD.has(text) || VALUED.has(text) || FLAGS.has(text);
}

/** Whether a line that starts with `text` goes on with the route of the line before. */
export function isContinuation(text: string): boolean {
  return text === "nexthop" || text === "nh_info";
}

/** Reads the words that follow a destination, or those of a line that goes on with the route. */
class AttributeReader {
  readonly #builder: TableBuilder;
  readonly #route: IpRoute;
  readonly #words: readonly Word[];
  #next = 0;

  constructor(builder: TableBuilder, route: IpRoute, words: readonly Word[]) {
    this.#builder = builder;
    this.#route = route;
    this.#words = words;
  }

  readAll(): void {
    for (let word = this.#take(); word !== undefined; word = this.#take()) this.#read(word);
  }

  #take(): Word | undefined {
    const word = this.#words[this.#next];
    this.#next++;
    return word;
  }

  /** Passes over what describes something else, up to the next way out. */
  #skipToNextHop(): void {
    while (this.#next < this.#words.length && this.#words[this.#next]?.text !== "nexthop") {
      this.#next++;
    }
  }

  #read(word: Word): void {
    const route = this.#route;
    switch (word.text) {
      case "nexthop":
        route.hops.push(newHop(word));
        return;
      case "via":
        this.#readGateway(word);
        return;
      case "dev":
        this.#hop(word).device = this.#value(word).text;
        return;
      case "weight": {
        const value = this.#value(word);
        this.#hop(word).weight = parseWeight(this.#builder, value.text, value);
        return;
      }
      case "metric":
        route.metric = this.#readMetric(word);
        return;
      case "pref":
        route.isIpv6 = true;
        this.#value(word);
        return;
      case "table":
        setTable(route, this.#value(word).text);
        return;
      case "nh_info":
        this.#skipToNextHop();
        return;
      case "tos":
      case "dsfield":
      case "from":
      case "as":
        route.obstacle = `${word.text} ${quoted(this.#value(word).text)} is not served`;
        return;
      case "encap":
        route.obstacle = `encap ${quoted(this.#value(word).text)} is not served`;
        this.#skipToNextHop();
        return;
      default:
        this.#passOver(word);
    }
  }

  #passOver(word: Word): void {
    if (FLAGS.has(word.text)) return;
    if (!VALUED.has(word.text)) {
      this.#builder.warn(word.line, `unknown word ${quoted(word.text)} passed over`);
      return;
    }
    // A metric that is locked reads `mtu lock 1400`.
    if (this.#value(word).text === "lock") this.#value(word);
  }

  /** The way out that words belong to: the last one, or the first where there is none yet. */
  #hop(word: Word): IpHop {
    const last = this.#route.hops.at(-1);
    if (last !== undefined) return last;
    const hop = newHop(word);
    this.#route.hops.push(hop);
    return hop;
  }

  #value(word: Word): Word {
    const value = this.#take();
    if (value !== undefined) return value;
    return this.#builder.fail(word, `${quoted(word.text)} has no value`, "is the line complete?");
  }

  /** `via ADDRESS`, or `via inet6 ADDRESS` where the family is not the route's. */
  #readGateway(word: Word): void {
    const first = this.#value(word);
    const isOtherFamily = first.text === "inet6" || first.text === "inet";
    const value = isOtherFamily ? this.#value(first) : first;
    const address = parseAddress(value.text);
    if (address === undefined) {
      this.#builder.fail(value, `${quoted(value.text)} is no next hop`, "after `via` stands one");
    }
    const hop = this.#hop(value);
    hop.address = address;
    hop.isOtherFamily = isOtherFamily;
  }

  #readMetric(word: Word): number {
    const value = this.#value(word);
    if (/^\d{1,10}$/.test(value.text)) return Number(value.text);
    return this.#builder.fail(value, `${quoted(value.text)} is no metric`, "a metric is a number");
  }
}

/** Reads words that belong to `route` behind its destination. */
export function readAttributes(
  builder: TableBuilder,
  route: IpRoute,
  words: readonly Word[],
): void {
  new AttributeReader(builder, route, words).readAll();
}

/** Reads `[TYPE] PREFIX ATTRIBUTE…`, of which `first` is the first word. */
export function readIpRoute(builder: TableBuilder, first: Word, rest: readonly Word[]): IpRoute {
  const hasKind = isRouteKind(first.text);
  const destination = hasKind ? rest[0] : first;
  if (destination === undefined) {
    return builder.fail(first, `${quoted(first.text)} has no prefix`, "is the line complete?");
  }
  const kind = hasKind ? first.text : "unicast";
  const route = newRoute(builder, kind, destination.text, destination);
  readAttributes(builder, route, hasKind ? rest.slice(1) : rest);
  return route;
}
