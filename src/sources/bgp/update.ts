/**
 * UPDATEs (RFC 4271 section 4.3): what they withdraw and announce, of both families (RFC 4760), and
 * with which attributes.
 *
 *     UPDATE           withdrawn u16, IPv4 prefixes | attributes u16, attributes | IPv4 prefixes
 *     MP_REACH_NLRI    AFI u16 | SAFI u8 | next hop u8, address | 0 | prefixes
 *     MP_UNREACH_NLRI  AFI u16 | SAFI u8 | prefixes
 *
 * The attributes of a list of prefixes are interned as a table dump has them, so that a route has
 * the same set wherever it comes from: MP_UNREACH_NLRI left out, and either NEXT_HOP alone, or of
 * MP_REACH_NLRI the next hop alone, at the end.
 *
 * What is malformed has one of three outcomes (RFC 7606): an attribute is left out, the routes
 * announced count as withdrawn (`revoked`), or the session ends.
 */

import { type ByteReader, Malformed } from "../byte-reader.ts";
import type { AttributeSets } from "./attribute-sets.ts";
import {
  AS_PATH,
  type AttributeFault,
  CLUSTER_LIST,
  FLAG_EXTENDED,
  FLAG_OPTIONAL,
  isKnownAttribute,
  LOCAL_PREFERENCE,
  MP_REACH,
  MP_UNREACH,
  NEXT_HOP,
  ORIGIN,
  ORIGINATOR_ID,
} from "./attributes.ts";
import { type PathPrefix, type PrefixListOptions, readPrefixList } from "./prefix-list.ts";
import { shortReach } from "./reach.ts";

/** Prefixes of one family. Multicast ones are for reverse path checks, not for forwarding. */
export interface PrefixList {
  readonly family: 4 | 6;
  readonly isMulticast: boolean;
  readonly prefixes: readonly PathPrefix[];
}

/** Prefixes that are announced with the same attributes. */
export interface AnnouncedList extends PrefixList {
  /** Number of their attributes among the sets that were given. */
  readonly set: number;
}

/** What an UPDATE says, in its order: the IPv4 prefixes of its own first. */
export interface BgpUpdate {
  readonly withdrawn: readonly PrefixList[];
  readonly announced: readonly AnnouncedList[];
  /** Announced with malformed attributes: they count as withdrawn (RFC 7606 section 2). */
  readonly revoked: readonly AnnouncedList[];
  /** What was malformed, and left out or the reason for `revoked`. */
  readonly faults: readonly AttributeFault[];
  /** Attributes of other address families, which are passed over. */
  readonly otherFamilies: number;
}

/** How UPDATEs are read. */
export interface UpdateOptions {
  readonly hasPathIds: boolean;
  /** Bytes of an AS in paths. */
  readonly asBytes: 2 | 4;
  /** Keeps the attributes. */
  readonly sets: AttributeSets;
  /** From another AS: LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are left out (RFC 7606). */
  readonly isExternal?: boolean;
  /** From a dump: what dumps are known to get wrong is recovered. */
  readonly isLenient?: boolean;
}

/** Ends the reading of an UPDATE, and its session. */
export class SessionReset extends Error {
  readonly subcode: number;

  constructor(subcode: number, what: string) {
    super(what);
    this.subcode = subcode;
  }
}

/** Subcodes of UPDATE Message Error (RFC 4271 section 6.3). */
const MALFORMED_LIST = 1;
const UNRECOGNIZED_WELL_KNOWN = 2;
const OPTIONAL_ERROR = 9;
const INVALID_NETWORK = 10;

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
/** Unicast, multicast, and both at once, which RFC 4760 took back. */
const SAFI_UNICAST = 1;
const SAFI_MULTICAST = 2;
const SAFI_BOTH = 3;

const INTERNAL_ONLY: ReadonlySet<number> = new Set([LOCAL_PREFERENCE, ORIGINATOR_ID, CLUSTER_LIST]);

/** Reads an UPDATE behind its header. Throws SessionReset and Malformed. */
export function readUpdate(reader: ByteReader, options: UpdateOptions): BgpUpdate {
  return new UpdateReader(reader, options).read();
}

/** Where an attribute stands: from `start` its header, then its value up to `end`. */
interface Span {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Routes of an MP_REACH_NLRI. */
interface Reached extends PrefixList {
  readonly nextHop: Uint8Array;
}

/** Reads one UPDATE. */
class UpdateReader {
  readonly #reader: ByteReader;
  readonly #options: UpdateOptions;
  readonly #lists: PrefixListOptions;
  readonly #withdrawn: PrefixList[] = [];
  readonly #announced: AnnouncedList[] = [];
  readonly #revoked: AnnouncedList[] = [];
  readonly #faults: AttributeFault[] = [];
  /** Attributes but MP_REACH_NLRI and MP_UNREACH_NLRI. */
  readonly #spans: Span[] = [];
  #reached: Reached | undefined;
  #hasUnreach = false;
  #isBroken = false;
  #otherFamilies = 0;

  constructor(reader: ByteReader, options: UpdateOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#lists = {
      hasPathIds: options.hasPathIds,
      isLenient: options.isLenient ?? false,
      onCut: (what) => this.#faults.push({ type: 0, what }),
    };
  }

  read(): BgpUpdate {
    const reader = this.#reader;
    const withdrawn = reader.u16("the length of withdrawn routes");
    const all = reader.narrow(withdrawn, "withdrawn routes");
    this.#withdraw(4, false);
    reader.widen(all);
    const bytes = reader.u16("the length of attributes");
    const rest = reader.narrow(bytes, "attributes");
    while (reader.left > 0 && !this.#isBroken) this.#readAttribute();
    reader.widen(rest);
    const prefixes = this.#prefixes(4);
    if (prefixes.length > 0) this.#announceOwn(prefixes);
    if (this.#reached !== undefined) this.#announceReached(this.#reached);
    return {
      withdrawn: this.#withdrawn,
      announced: this.#announced,
      revoked: this.#revoked,
      faults: this.#faults,
      otherFamilies: this.#otherFamilies,
    };
  }

  /** Prefixes to the end; what is no prefix ends the session (RFC 7606 section 5.3). */
  #prefixes(family: 4 | 6): readonly PathPrefix[] {
    try {
      return readPrefixList(this.#reader, family, this.#lists);
    } catch (error) {
      if (error instanceof Malformed) throw new SessionReset(INVALID_NETWORK, error.message);
      throw error;
    }
  }

  #withdraw(family: 4 | 6, isMulticast: boolean): void {
    const prefixes = this.#prefixes(family);
    if (prefixes.length > 0) this.#withdrawn.push({ family, isMulticast, prefixes });
  }

  #readAttribute(): void {
    const reader = this.#reader;
    const whole = reader.rest();
    let span: Span;
    let flags: number;
    let outer: number;
    try {
      flags = reader.u8("the flags of an attribute");
      const type = reader.u8("the type of an attribute");
      const part = "the length of an attribute";
      const bytes = (flags & FLAG_EXTENDED) === 0 ? reader.u8(part) : reader.u16(part);
      const header = whole.length - reader.left;
      outer = reader.narrow(bytes, "an attribute");
      span = { type, bytes: whole.subarray(0, header + bytes) };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      // The prefixes behind the attributes can be told, so their routes go (RFC 7606 section 4).
      this.#spans.push({ type: 0, bytes: whole });
      this.#isBroken = true;
      return;
    }
    this.#take(span, flags);
    reader.widen(outer);
  }

  #take(span: Span, flags: number): void {
    const { type } = span;
    if (type === MP_REACH || type === MP_UNREACH) {
      this.#takeRoutes(type);
      return;
    }
    const isUnknown = (flags & FLAG_OPTIONAL) === 0 && !isKnownAttribute(type);
    if (isUnknown && !this.#options.isLenient) {
      throw new SessionReset(UNRECOGNIZED_WELL_KNOWN, `attribute ${type} is not known`);
    }
    if (this.#options.isExternal && INTERNAL_ONLY.has(type)) {
      this.#faults.push({ type, what: "it came from another AS" });
    } else this.#spans.push(span);
  }

  /** MP_REACH_NLRI or MP_UNREACH_NLRI: what is wrong here ends the session (RFC 7606 7.11). */
  #takeRoutes(type: number): void {
    const isReach = type === MP_REACH;
    if (isReach ? this.#reached !== undefined : this.#hasUnreach) {
      throw new SessionReset(MALFORMED_LIST, `attribute ${type} comes twice`);
    }
    try {
      if (isReach) this.#readReach();
      else this.#readUnreach();
    } catch (error) {
      if (error instanceof Malformed) throw new SessionReset(OPTIONAL_ERROR, error.message);
      throw error;
    }
  }

  /** The family that an attribute is of; undefined for one that is passed over. */
  #readFamily(): Omit<PrefixList, "prefixes"> | undefined {
    const afi = this.#reader.u16("an address family");
    const safi = this.#reader.u8("an address family");
    const family = afi === AFI_IPV4 ? 4 : afi === AFI_IPV6 ? 6 : undefined;
    if (family !== undefined && safi >= SAFI_UNICAST && safi <= SAFI_BOTH) {
      return { family, isMulticast: safi === SAFI_MULTICAST };
    }
    this.#otherFamilies += 1;
    return undefined;
  }

  #readReach(): void {
    const reader = this.#reader;
    const family = this.#readFamily();
    if (family === undefined) return;
    const outer = reader.narrow(reader.u8("the length of a next hop"), "a next hop");
    const nextHop = reader.rest();
    if (![4, 16, 32].includes(nextHop.length)) reader.fail(`a next hop of ${nextHop.length} bytes`);
    reader.widen(outer);
    // Once the number of subnetwork points of attachment, now reserved (RFC 4760 section 3).
    reader.skip(1, "a reserved byte");
    this.#reached = { ...family, nextHop, prefixes: this.#prefixes(family.family) };
  }

  #readUnreach(): void {
    this.#hasUnreach = true;
    const family = this.#readFamily();
    if (family !== undefined) this.#withdraw(family.family, family.isMulticast);
  }

  #announceOwn(prefixes: readonly PathPrefix[]): void {
    const bytes = joined(this.#spans.map((span) => span.bytes));
    const isComplete = this.#hasMandatory() && this.#has(NEXT_HOP);
    this.#announce({ family: 4, isMulticast: false, prefixes }, bytes, isComplete);
  }

  #announceReached({ nextHop, ...list }: Reached): void {
    if (list.prefixes.length === 0) return;
    const others = this.#spans.filter(({ type }) => type !== NEXT_HOP).map(({ bytes }) => bytes);
    // What is behind a broken attribute would be taken for a part of it.
    const parts = this.#isBroken ? others : [...others, shortReach(nextHop)];
    this.#announce(list, joined(parts), this.#hasMandatory());
  }

  #has(wanted: number): boolean {
    return this.#spans.some(({ type }) => type === wanted);
  }

  #hasMandatory(): boolean {
    return this.#has(ORIGIN) && this.#has(AS_PATH);
  }

  #announce(list: PrefixList, attributes: Uint8Array, isComplete: boolean): void {
    const { sets, asBytes } = this.#options;
    const set = sets.intern(attributes, asBytes);
    const { kind, faults } = sets.decoded(set);
    this.#faults.push(...faults);
    if (!isComplete) this.#faults.push({ type: 0, what: "a mandatory attribute is missing" });
    const target = kind === "set" && isComplete ? this.#announced : this.#revoked;
    target.push({ ...list, set });
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
