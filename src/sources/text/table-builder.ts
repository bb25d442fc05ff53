/** What every text form adds to: the table, the warnings, the next hops of prefixes alone. */

import { type Address, formatAddress, parseAddress } from "../../net/address.ts";
import { AnyfibError } from "../../net/errors.ts";
import { formatPrefix, type ParsedPrefix, parsePrefix } from "../../net/prefix.ts";
import { quoted } from "../../net/printable.ts";
import { nextHopFault } from "../../rib/next-hop.ts";
import type { RouteTable } from "../../rib/route-table.ts";

/** Warnings that are kept word by word; later ones are counted. */
const WARNINGS_MAX = 10;
const PREFIX_HINT = "a line starts as in 192.0.2.0/24 198.51.100.1";

/** Something that was accepted, but perhaps not meant. */
export interface TableWarning {
  /** From 1. */
  readonly line: number;
  readonly what: string;
}

/** Where something stands in the text: line and column from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Next hops of prefixes that stand alone; an IPv4 prefix may have an IPv6 next hop. */
export interface DefaultNextHops {
  readonly ipv4?: Address;
  readonly ipv6?: Address;
}

/** What a text table is read with. */
export interface TextTableOptions {
  /** The file, as messages name it. */
  readonly name: string;
  /** Takes the routes. */
  readonly table: RouteTable;
  readonly nextHops?: DefaultNextHops;
}

/** What reading a text table came to. */
export interface TextTableResult {
  /** Routes that were added. */
  readonly routes: number;
  /** The first warnings. */
  readonly warnings: readonly TableWarning[];
  /** All warnings, those not kept included. */
  readonly warningCount: number;
}

/** Index of the target that leads to `address`, -1 where there is no address. */
function internDefault(table: RouteTable, family: 4 | 6, address: Address | undefined): number {
  if (address === undefined) return -1;
  const fault = nextHopFault(address, family);
  if (fault === undefined) {
    return table.internTarget({ kind: "via", nextHops: [{ address, weight: 1, cost: 0 }] });
  }
  const detail = { nextHop: formatAddress(address), family };
  throw new AnyfibError({ code: "USAGE", where: "--next-hop", ...fault, detail });
}

/** What is wrong with a text that spells no prefix. */
function prefixFault(text: string): string {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  if (address === undefined) return `${quoted(text)} is no prefix`;
  const lengthMax = address.family === 4 ? 32 : 128;
  return `${quoted(text.slice(slash + 1))} is no prefix length, which is 0 to ${lengthMax}`;
}

/** One table under construction from one text. */
export class TableBuilder {
  readonly table: RouteTable;
  readonly #name: string;
  readonly #default4: number;
  readonly #default6: number;
  readonly #rowsBefore: number;
  readonly #warnings: TableWarning[] = [];
  #warningCount = 0;

  constructor(options: TextTableOptions) {
    this.#name = options.name;
    this.table = options.table;
    this.#default4 = internDefault(options.table, 4, options.nextHops?.ipv4);
    this.#default6 = internDefault(options.table, 6, options.nextHops?.ipv6);
    this.#rowsBefore = this.#rows();
  }

  /** Ends the reading: the table's text is wrong at `place`. */
  fail(place: Place, what: string, hint: string): never {
    throw new AnyfibError({ code: "TABLE_SYNTAX", where: this.#where(place), what, hint });
  }

  warn(line: number, what: string): void {
    if (this.#warningCount < WARNINGS_MAX) this.#warnings.push({ line, what });
    this.#warningCount++;
  }

  /** Warns of a prefix whose host bits were cleared; `prefix` has none left. */
  warnHostBits(line: number, prefix: string): void {
    this.warn(line, `host bits are set: read as ${prefix}`);
  }

  /** Reads a prefix that stands at `place`. */
  parsePrefix(text: string, place: Place): ParsedPrefix {
    return parsePrefix(text) ?? this.fail(place, prefixFault(text), PREFIX_HINT);
  }

  /** Adds a route to a target of the table. */
  add(parsed: ParsedPrefix, target: number, line: number): void {
    if (parsed.hadHostBits) this.warnHostBits(line, formatPrefix(parsed.prefix));
    this.table.add(parsed.prefix, target);
  }

  /** Target of prefixes that name no next hop, -1 where the caller gave none. */
  defaultTarget(family: 4 | 6): number {
    return family === 4 ? this.#default4 : this.#default6;
  }

  /** The same for a prefix at `place`, which is an error without one. */
  requireDefaultTarget(family: 4 | 6, place: Place): number {
    const target = this.defaultTarget(family);
    if (target >= 0) return target;
    throw new AnyfibError({
      code: "USAGE",
      where: this.#where(place),
      what: `an IPv${family} prefix without a next hop`,
      hint: `name the next hop of such prefixes with --next-hop, an IPv${family} address`,
      detail: { family },
    });
  }

  /** What was read; a text without a route is an error. */
  finish(): TextTableResult {
    const routes = this.#rows() - this.#rowsBefore;
    if (routes === 0) {
      throw new AnyfibError({
        code: "TABLE_SYNTAX",
        where: this.#name,
        what: "no routes",
        hint: "a route is a line `PREFIX NEXTHOP`",
      });
    }
    return { routes, warnings: this.#warnings, warningCount: this.#warningCount };
  }

  #rows(): number {
    return this.table.count4 + this.table.count6;
  }

  #where(place: Place): string {
    return `${this.#name}:${place.line}:${place.column}`;
  }
}
