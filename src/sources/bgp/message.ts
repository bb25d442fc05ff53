/**
 * BGP messages (RFC 4271 section 4), UPDATE in its structure: what it withdraws and announces, of
 * both families (RFC 4760), with path identifiers where they were agreed on (RFC 7911).
 *
 *     message   marker 16 | length u16 | type u8 | body
 *     UPDATE    withdrawn u16, IPv4 prefixes | attributes u16, attributes | IPv4 prefixes
 *     attribute flags u8 | type u8 | length u8 or u16 | value
 *     MP_REACH_NLRI    AFI u16 | SAFI u8 | next hop u8, address | 0 | prefixes
 *     MP_UNREACH_NLRI  AFI u16 | SAFI u8 | prefixes
 *     prefix    [path identifier u32] | bits u8 | as many bytes as the bits need
 *
 * A message is read as a whole before any of it counts: one that fails half-way did nothing.
 */

import { type Address, address6FromWords } from "../../net/address.ts";
import { prefixCells } from "../../net/bytes.ts";
import { type Prefix, prefixFromCells } from "../../net/prefix.ts";
import type { ByteReader } from "../byte-reader.ts";
import { readPrefixBits } from "../prefix-bits.ts";

/** A prefix with the identifier of its path, 0 where none was sent. */
export interface PathPrefix {
  /** Masked: bits behind the length mean nothing (RFC 4271 section 4.3). */
  readonly prefix: Prefix;
  readonly pathId: number;
}

/** A prefix that is announced, and the next hop that it is announced with. */
export interface Announcement extends PathPrefix {
  readonly nextHop: Address;
}

/** An UPDATE. */
export interface BgpUpdate {
  readonly withdrawn: readonly PathPrefix[];
  readonly announced: readonly Announcement[];
  /** The attributes as they came: a view, until the bytes behind it are overwritten. */
  readonly attributes: Uint8Array;
  /** Attributes of other address families than unicast IPv4 and IPv6, which are passed over. */
  readonly otherFamilies: number;
}

/** What the session had agreed on. */
export interface SessionOptions {
  /** Whether prefixes have path identifiers (RFC 7911). */
  readonly hasPathIds: boolean;
}

/** A message: an UPDATE, or the type of another. */
export type BgpMessage =
  | { readonly kind: "update"; readonly update: BgpUpdate }
  | { readonly kind: "other"; readonly type: number };

/** Type of an UPDATE (RFC 4271 section 4.1): 1 is OPEN, 3 NOTIFICATION, 4 KEEPALIVE. */
const MESSAGE_UPDATE = 2;

const MARKER_BYTES = 16;
const HEADER_BYTES = 19;
const TYPE_MAX = 5;
const EXTENDED_LENGTH = 0x10;
/** Attributes (RFC 4271 section 5.1, RFC 4760). */
const NEXT_HOP = 3;
const MP_REACH = 14;
const MP_UNREACH = 15;
const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const SAFI_UNICAST = 1;

/** Reads a message to its end, which must be that of `reader`; fails for one that is damaged. */
export function readMessage(reader: ByteReader, options: SessionOptions): BgpMessage {
  const bytes = reader.left;
  reader.skip(MARKER_BYTES, "the marker of a message");
  const length = reader.u16("the length of a message");
  if (length < HEADER_BYTES || length !== bytes) {
    reader.fail(`a message of ${length} bytes stands in ${bytes}`);
  }
  const type = reader.u8("the type of a message");
  if (type === 0 || type > TYPE_MAX) reader.fail(`${type} is no type of messages`);
  if (type === MESSAGE_UPDATE) {
    return { kind: "update", update: new UpdateReader(reader, options).read() };
  }
  reader.skip(reader.left, "a message");
  return { kind: "other", type };
}

/** The family of an address family identifier of unicast routes; undefined for any other. */
function familyOf(afi: number, safi: number): 4 | 6 | undefined {
  if (safi !== SAFI_UNICAST) return undefined;
  return afi === AFI_IPV4 ? 4 : afi === AFI_IPV6 ? 6 : undefined;
}

/** Reads one UPDATE. */
class UpdateReader {
  readonly #reader: ByteReader;
  readonly #hasPathIds: boolean;
  readonly #withdrawn: PathPrefix[] = [];
  readonly #announced: Announcement[] = [];
  #nextHop: Address | undefined;
  #otherFamilies = 0;

  constructor(reader: ByteReader, { hasPathIds }: SessionOptions) {
    this.#reader = reader;
    this.#hasPathIds = hasPathIds;
  }

  read(): BgpUpdate {
    const reader = this.#reader;
    const withdrawn = reader.u16("the length of withdrawn routes");
    const all = reader.narrow(withdrawn, "withdrawn routes");
    this.#withdrawn.push(...this.#prefixes(4));
    reader.widen(all);
    const bytes = reader.u16("the length of attributes");
    const rest = reader.narrow(bytes, "attributes");
    const attributes = reader.rest();
    while (reader.left > 0) this.#readAttribute();
    reader.widen(rest);
    const prefixes = this.#prefixes(4);
    const nextHop = this.#nextHop;
    if (prefixes.length > 0) {
      if (nextHop === undefined) return reader.fail("routes are announced without a next hop");
      for (const one of prefixes) this.#announced.push({ ...one, nextHop });
    }
    const otherFamilies = this.#otherFamilies;
    return { withdrawn: this.#withdrawn, announced: this.#announced, attributes, otherFamilies };
  }

  #readAttribute(): void {
    const reader = this.#reader;
    const flags = reader.u8("the flags of an attribute");
    const type = reader.u8("the type of an attribute");
    const part = "the length of an attribute";
    const bytes = (flags & EXTENDED_LENGTH) === 0 ? reader.u8(part) : reader.u16(part);
    const outer = reader.narrow(bytes, "an attribute");
    if (type === NEXT_HOP) this.#nextHop = this.#address(reader.left);
    else if (type === MP_REACH) this.#readReach();
    else if (type === MP_UNREACH) this.#readUnreach();
    reader.widen(outer);
  }

  #readReach(): void {
    const reader = this.#reader;
    const afi = reader.u16("an address family");
    const family = familyOf(afi, reader.u8("an address family"));
    if (family === undefined) {
      this.#otherFamilies += 1;
      return;
    }
    const outer = reader.narrow(reader.u8("the length of a next hop"), "a next hop");
    const nextHop = this.#address(reader.left);
    reader.widen(outer);
    // Once the number of subnetwork points of attachment, now reserved (RFC 4760 section 3).
    reader.skip(1, "a reserved byte");
    for (const one of this.#prefixes(family)) this.#announced.push({ ...one, nextHop });
  }

  #readUnreach(): void {
    const reader = this.#reader;
    const afi = reader.u16("an address family");
    const family = familyOf(afi, reader.u8("an address family"));
    if (family === undefined) this.#otherFamilies += 1;
    else this.#withdrawn.push(...this.#prefixes(family));
  }

  /** A next hop; of a global and a link-local address (RFC 2545 section 3) the first. */
  #address(bytes: number): Address {
    const reader = this.#reader;
    const part = "a next hop";
    if (bytes === 4) return { family: 4, value: reader.u32(part) };
    if (bytes !== 16 && bytes !== 32) return reader.fail(`a next hop of ${bytes} bytes`);
    return address6FromWords(Uint32Array.from({ length: 4 }, () => reader.u32(part)));
  }

  /** Prefixes up to the end of what the reader holds. */
  #prefixes(family: 4 | 6): readonly PathPrefix[] {
    const reader = this.#reader;
    const prefixes: PathPrefix[] = [];
    while (reader.left > 0) {
      const pathId = this.#hasPathIds ? reader.u32("a path identifier") : 0;
      const cells = prefixCells();
      readPrefixBits(reader, family, cells);
      prefixes.push({ prefix: prefixFromCells(cells), pathId });
    }
    return prefixes;
  }
}
