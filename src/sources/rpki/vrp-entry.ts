/** One VRP or ASPA as files spell it, judged: numbers in range, prefixes without host bits. */

import { asciiBytes, maskHostBits, type PrefixCells, readPrefix } from "../../net/bytes.ts";
import { quoted } from "../../net/printable.ts";
import type { Vrp } from "../../rib/vrp-rows.ts";

/** A VRP with its family, and when it ends, in seconds since 1970. */
export interface VrpEntry {
  readonly kind: "vrp";
  readonly family: 4 | 6;
  readonly vrp: Vrp;
  readonly expires: number | undefined;
}

/** Who may bring a customer's routes further up, its providers (ASPA), and when that ends. */
export interface AspaEntry {
  readonly kind: "aspa";
  readonly customer: number;
  readonly providers: readonly number[];
  readonly expires: number | undefined;
}

/** What is wrong with an entry. */
export interface DamagedEntry {
  readonly kind: "damaged";
  readonly what: string;
}

/** What an entry says, as its file spells it; what is missing is undefined. */
export interface VrpFields {
  readonly prefix: unknown;
  readonly maxLength: unknown;
  readonly as: unknown;
  readonly expires: unknown;
}

const AS_MAX = 2 ** 32 - 1;
/** A customer of more would be no customer: the largest has some hundred. */
const PROVIDERS_MAX = 16_384;
/** What messages and prefixes are at most long. */
const TEXT_MAX = 64;

function damaged(what: string): DamagedEntry {
  return { kind: "damaged", what };
}

/** How a message shows a value. */
function shown(value: unknown): string {
  return value === undefined ? "nothing" : quoted(String(value));
}

/** The number of an AS: `64500`, `"64500"` or `"AS64500"`; undefined for anything else. */
export function readAs(value: unknown): number | undefined {
  const text = typeof value === "number" ? String(value) : value;
  const digits = typeof text === "string" ? text.match(/^(?:AS)?(\d{1,10})$/i)?.[1] : undefined;
  const as = Number(digits ?? Number.NaN);
  return as <= AS_MAX ? as : undefined;
}

function readLength(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  return typeof value === "string" && /^\d{1,3}$/.test(value) ? Number(value) : undefined;
}

/** Seconds since 1970 of a number or of a date; undefined for anything else. */
export function readTime(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.length > TEXT_MAX) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Date.parse(value) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

/**
 * Judges a VRP, whose prefix it leaves in `cells`: the entry holds until they are used again.
 * Without a greatest length, that of the prefix counts.
 */
export function readVrp(
  { prefix, maxLength, as, expires }: VrpFields,
  cells: PrefixCells,
): VrpEntry | DamagedEntry {
  const origin = readAs(as);
  if (origin === undefined) return damaged(`${shown(as)} is no AS number`);
  const text = typeof prefix === "string" && prefix.length <= TEXT_MAX ? prefix : "";
  const bytes = asciiBytes(text);
  const isRead = text !== "" && readPrefix(bytes, 0, bytes.length, cells) === bytes.length;
  if (!isRead || !text.includes("/")) return damaged(`${shown(prefix)} is no prefix`);
  const { family, length } = cells;
  if (maskHostBits(cells)) return damaged(`${text} has bits set behind its length`);
  const longest = maxLength === undefined ? length : readLength(maxLength);
  const width = family === 4 ? 32 : 128;
  if (longest === undefined || longest < length || longest > width) {
    return damaged(`${shown(maxLength)} is no greatest length of ${text}`);
  }
  const vrp = { words: cells.words, length, maxLength: longest, as: origin };
  return { kind: "vrp", family, vrp, expires: readTime(expires) };
}

/** What an ASPA says, as its file spells it; what is missing is undefined. */
export interface AspaFields {
  readonly customer: unknown;
  /** A list, or lists of families. */
  readonly providers: unknown;
  readonly expires: unknown;
}

/** Judges an ASPA. */
export function readAspa({ customer, providers, expires }: AspaFields): AspaEntry | DamagedEntry {
  const as = readAs(customer);
  if (as === undefined) return damaged(`${shown(customer)} is no AS number`);
  if (as === 0) return damaged("AS0 is nobody's, and no customer");
  const list = providersOf(providers);
  if (list === undefined || list.length > PROVIDERS_MAX) {
    return damaged(`the providers of AS${as} are no list of at most ${PROVIDERS_MAX}`);
  }
  const numbers: number[] = [];
  for (const provider of list) {
    const number = readAs(provider);
    if (number === undefined) return damaged(`${shown(provider)} is no AS number`);
    numbers.push(number);
  }
  return { kind: "aspa", customer: as, providers: numbers, expires: readTime(expires) };
}

/** `["AS1"]`, or `{"ipv4": ["AS1"], "ipv6": ["AS2"]}` of times when each family had its own. */
function providersOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value) || value === null || typeof value !== "object") {
    return Array.isArray(value) ? value : undefined;
  }
  const lists = Object.entries(value);
  const areLists = lists.every(
    ([family, list]) => (family === "ipv4" || family === "ipv6") && Array.isArray(list),
  );
  return areLists && lists.length > 0 ? lists.flatMap(([, list]): unknown => list) : undefined;
}
