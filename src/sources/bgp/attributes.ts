/**
 * Path attributes: from bytes to values, with what malformed ones lead to (RFC 7606 section 7).
 *
 *     attribute   flags u8 | type u8 | length u8, or u16 with flag 0x10 | value
 *     flags       optional 0x80, transitive 0x40, partial 0x20, extended length 0x10
 *
 * The routes of a malformed set are withdrawn; some attributes do less harm and are left out. What
 * ends a session stands in messages, not in sets: see update.ts.
 *
 * Of attributes that come twice the first one counts. In paths of two bytes an AS, AS4_PATH and
 * AS4_AGGREGATOR are merged in (RFC 6793); in paths of four they mean nothing.
 */

import type { Address } from "../../net/address.ts";
import type {
  Aggregator,
  AsPath,
  AttributeSet,
  RouteOrigin,
  UnknownAttribute,
} from "../../rib/attributes.ts";
import { type ByteReader, Malformed, readerOf } from "../byte-reader.ts";
import {
  AS_TRANS,
  expectBytes,
  mergeAs4Path,
  type ReachNextHop,
  readAggregator,
  readAigp,
  readNextHop,
  readPath,
  readReachNextHop,
  readWord,
  readWords,
} from "./attribute-values.ts";

// --- Types of attributes (RFC 4271, 4760, 1997, 4456, 4360, 6793, 7311, 8092, 9234) ---
export const ORIGIN = 1;
export const AS_PATH = 2;
export const NEXT_HOP = 3;
const MED = 4;
export const LOCAL_PREFERENCE = 5;
const ATOMIC_AGGREGATE = 6;
export const AGGREGATOR = 7;
const COMMUNITIES = 8;
export const ORIGINATOR_ID = 9;
export const CLUSTER_LIST = 10;
export const MP_REACH = 14;
export const MP_UNREACH = 15;
const EXTENDED_COMMUNITIES = 16;
export const AS4_PATH = 17;
export const AS4_AGGREGATOR = 18;
const AIGP = 26;
const LARGE_COMMUNITIES = 32;
const ONLY_TO_CUSTOMER = 35;

// --- Flags of attributes (RFC 4271 section 4.3) ---
export const FLAG_OPTIONAL = 0x80;
export const FLAG_TRANSITIVE = 0x40;
export const FLAG_EXTENDED = 0x10;

const FLAGS_KIND = FLAG_OPTIONAL | FLAG_TRANSITIVE;
const ORIGINS: readonly RouteOrigin[] = ["igp", "egp", "incomplete"];

/** A malformed attribute, or one too many or too few. */
export interface AttributeFault {
  /** Its type, 0 for the list as a whole. */
  readonly type: number;
  readonly what: string;
}

/** What a set of attributes comes to. */
export type DecodedAttributes =
  /** To be used; the faults are those of attributes that were left out. */
  | { readonly kind: "set"; readonly set: AttributeSet; readonly faults: readonly AttributeFault[] }
  /** Its routes count as withdrawn. The set holds what could be read, for people to see. */
  | {
      readonly kind: "treat_as_withdraw";
      readonly set: AttributeSet;
      readonly faults: readonly AttributeFault[];
    };

/** A set in the making, with what is merged into it at the end. */
interface Draft extends AttributeSet {
  readonly as4Path: AsPath | undefined;
  readonly as4Aggregator: Aggregator | undefined;
  readonly reach: ReachNextHop | undefined;
}

/** How an attribute of a type is read. */
interface Rule {
  /** Its optional and transitive flags. */
  readonly flags: number;
  /** What RFC 7606 says of a malformed one. */
  readonly fault: "withdraw" | "discard";
  readonly read: (reader: ByteReader, asBytes: 2 | 4) => Partial<Draft>;
}

const WELL_KNOWN = FLAG_TRANSITIVE;
const TRANSITIVE = FLAG_OPTIONAL | FLAG_TRANSITIVE;
const NON_TRANSITIVE = FLAG_OPTIONAL;

function rule(flags: number, fault: Rule["fault"], read: Rule["read"]): Rule {
  return { flags, fault, read };
}

const RULES: ReadonlyMap<number, Rule> = new Map([
  [ORIGIN, rule(WELL_KNOWN, "withdraw", (reader) => ({ origin: readOrigin(reader) }))],
  [AS_PATH, rule(WELL_KNOWN, "withdraw", (reader, width) => ({ asPath: readPath(reader, width) }))],
  [NEXT_HOP, rule(WELL_KNOWN, "withdraw", (reader) => ({ nextHop: readNextHop4(reader) }))],
  [MED, rule(NON_TRANSITIVE, "withdraw", (reader) => ({ med: readWord(reader) }))],
  [
    LOCAL_PREFERENCE,
    rule(WELL_KNOWN, "withdraw", (reader) => ({ localPreference: readWord(reader) })),
  ],
  [ATOMIC_AGGREGATE, rule(WELL_KNOWN, "discard", readAtomicAggregate)],
  [
    AGGREGATOR,
    rule(TRANSITIVE, "discard", (reader, width) => ({ aggregator: readAggregator(reader, width) })),
  ],
  [COMMUNITIES, rule(TRANSITIVE, "withdraw", (reader) => ({ communities: readWords(reader, 1) }))],
  [
    ORIGINATOR_ID,
    rule(NON_TRANSITIVE, "withdraw", (reader) => ({ originatorId: readWord(reader) })),
  ],
  [
    CLUSTER_LIST,
    rule(NON_TRANSITIVE, "withdraw", (reader) => ({ clusterList: readWords(reader, 1) })),
  ],
  [MP_REACH, rule(NON_TRANSITIVE, "withdraw", (reader) => ({ reach: readReachNextHop(reader) }))],
  [MP_UNREACH, rule(NON_TRANSITIVE, "discard", () => ({}))],
  [
    EXTENDED_COMMUNITIES,
    rule(TRANSITIVE, "withdraw", (reader) => ({ extendedCommunities: readWords(reader, 2) })),
  ],
  [AS4_PATH, rule(TRANSITIVE, "discard", readAs4Path)],
  [
    AS4_AGGREGATOR,
    rule(TRANSITIVE, "discard", (reader) => ({ as4Aggregator: readAggregator(reader, 4) })),
  ],
  [AIGP, rule(NON_TRANSITIVE, "discard", (reader) => ({ aigp: readAigp(reader) }))],
  [
    LARGE_COMMUNITIES,
    rule(TRANSITIVE, "withdraw", (reader) => ({ largeCommunities: readWords(reader, 3) })),
  ],
  [
    ONLY_TO_CUSTOMER,
    rule(TRANSITIVE, "withdraw", (reader) => ({ onlyToCustomer: readWord(reader) })),
  ],
]);

function readOrigin(reader: ByteReader): RouteOrigin {
  expectBytes(reader, 1);
  const code = reader.u8("an origin");
  return ORIGINS[code] ?? reader.fail(`${code} is no origin`);
}

function readNextHop4(reader: ByteReader): Address {
  expectBytes(reader, 4);
  return readNextHop(reader, 4).nextHop;
}

function readAtomicAggregate(reader: ByteReader): Partial<Draft> {
  expectBytes(reader, 0);
  return { isAtomicAggregate: true };
}

/** Confederations do not belong into AS4_PATH, and are left out (RFC 6793 section 6). */
function readAs4Path(reader: ByteReader): Partial<Draft> {
  return { as4Path: readPath(reader, 4).filter(({ kind }) => !kind.startsWith("confed")) };
}

const NOTHING: readonly never[] = [];

const EMPTY: Draft = {
  origin: "incomplete",
  asPath: NOTHING,
  nextHop: undefined,
  linkLocalNextHop: undefined,
  med: undefined,
  localPreference: undefined,
  isAtomicAggregate: false,
  aggregator: undefined,
  communities: NOTHING,
  originatorId: undefined,
  clusterList: NOTHING,
  extendedCommunities: NOTHING,
  largeCommunities: NOTHING,
  aigp: undefined,
  onlyToCustomer: undefined,
  unknown: NOTHING,
  as4Path: undefined,
  as4Aggregator: undefined,
  reach: undefined,
};

/** Whether attributes of a type are read; those that are not must be optional. */
export function isKnownAttribute(type: number): boolean {
  return RULES.has(type);
}

/**
 * Decodes the attributes of a route, whose ASes have two bytes or four. Nothing of what is returned
 * refers to `bytes`. What is missing is not told: see update.ts.
 */
export function decodeAttributes(bytes: Uint8Array, asBytes: 2 | 4): DecodedAttributes {
  return new AttributeDecoder(bytes, asBytes).decode();
}

/** Decodes one set. */
class AttributeDecoder {
  readonly #reader: ByteReader;
  readonly #asBytes: 2 | 4;
  readonly #unknown: UnknownAttribute[] = [];
  readonly #faults: AttributeFault[] = [];
  /** Types that came, a bit each, in words of 32. */
  readonly #seen = new Uint32Array(8);
  /** All at the start: fields that come later would change the object's shape. */
  readonly #draft: Draft = { ...EMPTY };
  #isWithdrawn = false;

  constructor(bytes: Uint8Array, asBytes: 2 | 4) {
    this.#reader = readerOf(bytes);
    this.#asBytes = asBytes;
  }

  decode(): DecodedAttributes {
    while (this.#reader.left > 0 && this.#readNext());
    const unknown = this.#unknown.length > 0 ? this.#unknown : NOTHING;
    const set = finished(this.#draft, unknown, this.#asBytes);
    const kind = this.#isWithdrawn ? "treat_as_withdraw" : "set";
    return { kind, set, faults: this.#faults };
  }

  /** Reads an attribute; false where its end is not known. */
  #readNext(): boolean {
    const reader = this.#reader;
    let type = 0;
    let outer: number;
    let flags: number;
    try {
      flags = reader.u8("the flags of an attribute");
      type = reader.u8("the type of an attribute");
      const part = "the length of an attribute";
      const bytes = (flags & FLAG_EXTENDED) === 0 ? reader.u8(part) : reader.u16(part);
      outer = reader.narrow(bytes, "an attribute");
    } catch (error) {
      // The rest is lost (RFC 7606 section 4).
      this.#fault(type, error, "withdraw");
      return false;
    }
    this.#readOne(flags, type);
    reader.widen(outer);
    return true;
  }

  #readOne(flags: number, type: number): void {
    const known = RULES.get(type);
    const seen = this.#seen[type >>> 5] ?? 0;
    const bit = 1 << (type & 31);
    if ((seen & bit) !== 0) {
      this.#faults.push({ type, what: "it comes twice" });
      return;
    }
    this.#seen[type >>> 5] = seen | bit;
    if (known === undefined) {
      const value = this.#reader.rest().slice();
      this.#unknown.push({ flags, type, value });
      return;
    }
    try {
      Object.assign(this.#draft, known.read(this.#reader, this.#asBytes));
    } catch (error) {
      this.#fault(type, error, known.fault);
    }
    if ((flags & FLAGS_KIND) === known.flags) return;
    this.#faults.push({ type, what: `its flags are ${flags}` });
    this.#isWithdrawn = true;
  }

  #fault(type: number, error: unknown, outcome: Rule["fault"]): void {
    if (!(error instanceof Malformed)) throw error;
    this.#faults.push({ type, what: error.message });
    if (outcome === "withdraw") this.#isWithdrawn = true;
  }
}

/** Merges what stands apart: two next hops, and ASes of four bytes (RFC 6793 section 4.2.3). */
function finished(
  draft: Draft,
  unknown: readonly UnknownAttribute[],
  asBytes: 2 | 4,
): AttributeSet {
  const { as4Path, as4Aggregator, reach, aggregator } = draft;
  // Where AGGREGATOR has an AS of its own, both AS4 attributes are left over from somewhere.
  const isOver = as4Aggregator && aggregator && aggregator.as !== AS_TRANS;
  const isMerged = asBytes === 2 && !isOver;
  const { asPath } = draft;
  return {
    origin: draft.origin,
    asPath: isMerged && as4Path !== undefined ? mergeAs4Path(asPath, as4Path) : asPath,
    nextHop: reach?.nextHop ?? draft.nextHop,
    linkLocalNextHop: reach?.linkLocal,
    med: draft.med,
    localPreference: draft.localPreference,
    isAtomicAggregate: draft.isAtomicAggregate,
    aggregator: isMerged ? aggregator && (as4Aggregator ?? aggregator) : aggregator,
    communities: draft.communities,
    originatorId: draft.originatorId,
    clusterList: draft.clusterList,
    extendedCommunities: draft.extendedCommunities,
    largeCommunities: draft.largeCommunities,
    aigp: draft.aigp,
    onlyToCustomer: draft.onlyToCustomer,
    unknown,
  };
}
