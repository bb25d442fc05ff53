/**
 * The records of table dumps (RFC 6396 sections 4.2 and 4.3, RFC 8050): a prefix with the entries
 * of its peers. In the second version, a record in front of them says who the peers are.
 *
 *     PEER_INDEX_TABLE   collector u32 | name length u16, name | peers u16 | peer ...
 *       peer             type u8 | router id u32 | address 4 or 16 | AS 2 or 4
 *     RIB_IPVx_UNICAST   sequence u32 | prefix length u8, prefix | entries u16 | entry ...
 *     RIB_GENERIC        sequence u32 | AFI u16 | SAFI u8 | prefix length u8, prefix | entries ...
 *       entry            peer index u16 | time u32 | [path identifier u32]
 *                        attribute length u16, attributes
 *
 * Path identifiers belong to the subtypes of RFC 8050; some daemons put them into the others, where
 * they are found by what does not fit without them.
 */

import { maskHostBits, type PrefixCells, prefixCells } from "../../net/bytes.ts";
import type { AttributeSets } from "../bgp/attribute-sets.ts";
import { readAddress6, readAs } from "../bgp/attribute-values.ts";
import { withoutPrefixes } from "../bgp/reach.ts";
import { type ByteReader, Malformed } from "../byte-reader.ts";
import { readPrefixBits } from "../prefix-bits.ts";
import type { PeerTable } from "./peers.ts";
import type { TableDumpLayout } from "./table-dump.ts";

/** The subtype that lists the peers (RFC 6396 section 4.3.1). */
export const PEER_INDEX_TABLE = 1;

/** What a subtype holds. */
interface RibSubtype {
  /** undefined: the record says. */
  readonly family: 4 | 6 | undefined;
  readonly hasPathIds: boolean;
}

/** Subtypes with unicast prefixes (RFC 6396 section 4.3, RFC 8050 section 4). */
export const RIB_SUBTYPES: ReadonlyMap<number, RibSubtype> = new Map<number, RibSubtype>([
  [2, { family: 4, hasPathIds: false }],
  [4, { family: 6, hasPathIds: false }],
  [6, { family: undefined, hasPathIds: false }],
  [8, { family: 4, hasPathIds: true }],
  [10, { family: 6, hasPathIds: true }],
  [12, { family: undefined, hasPathIds: true }],
]);

/** What a peer's type says (RFC 6396 section 4.3.1). */
const PEER_IS_IPV6 = 1;
const PEER_HAS_AS4 = 2;
const ENTRIES_FIRST = 64;
const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const SAFI_UNICAST = 1;

/** A prefix and its entries, in columns of which the first `count` cells count. */
export interface RibRecord {
  readonly version: 1 | 2;
  /** When it was dumped, in seconds since 1970. */
  readonly seconds: number;
  /** Masked. */
  readonly prefix: PrefixCells;
  readonly count: number;
  /** Number of each entry's peer in the table of peers. */
  readonly peers: Uint32Array;
  /** When each entry came, in seconds since 1970. */
  readonly times: Uint32Array;
  /** Whether the entries have path identifiers. */
  readonly hasPathIds: boolean;
  /** Path identifier of each entry; not kept where there are none. */
  readonly pathIds: Uint32Array;
  /** The record, in which each entry's attributes stand from its start to its end. */
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Number of each entry's attributes among the sets that were given, unless that is left out. */
  readonly attributeSets: Uint32Array;
}

/** Reads records of prefixes, each into the same columns. */
export class RibRecordReader implements RibRecord {
  version: 1 | 2 = 2;
  seconds = 0;
  readonly prefix = prefixCells();
  count = 0;
  hasPathIds = false;
  peers = new Uint32Array(ENTRIES_FIRST);
  times = new Uint32Array(ENTRIES_FIRST);
  pathIds = new Uint32Array(ENTRIES_FIRST);
  bytes: Uint8Array = new Uint8Array(0);
  starts = new Uint32Array(ENTRIES_FIRST);
  ends = new Uint32Array(ENTRIES_FIRST);
  attributeSets = new Uint32Array(ENTRIES_FIRST);
  readonly #sets: AttributeSets | undefined;
  readonly #table: PeerTable;
  /** Numbers of the peers that the last peer index table listed. */
  #numbers: readonly number[] = [];
  /** The set of each peer's last entry. */
  readonly #last: number[] = [];

  /** Without `sets`, attributes are not interned. */
  constructor(sets: AttributeSets | undefined, table: PeerTable) {
    this.#sets = sets;
    this.#table = table;
  }

  /** Reads a peer index table. */
  readPeers(body: ByteReader): void {
    body.skip(4, "the collector's id");
    body.skip(body.u16("the length of the view's name"), "the view's name");
    const count = body.u16("the number of peers");
    const numbers: number[] = [];
    for (let peer = 0; peer < count; peer++) {
      const type = body.u8("the type of a peer");
      const routerId = body.u32("a peer");
      if ((type & PEER_IS_IPV6) === 0) {
        const address = body.u32("a peer");
        const as = readAs(body, (type & PEER_HAS_AS4) === 0 ? 2 : 4);
        numbers.push(this.#table.intern4(address, as, routerId));
      } else {
        const address = readAddress6(body);
        const as = readAs(body, (type & PEER_HAS_AS4) === 0 ? 2 : 4);
        numbers.push(this.#table.intern(address, as, routerId));
      }
    }
    body.expectEnd();
    this.#numbers = numbers;
  }

  /** Reads a record of a subtype; false for a family that is passed over. Throws Malformed. */
  readRib(subtype: RibSubtype, body: ByteReader, seconds: number): boolean {
    this.version = 2;
    this.seconds = seconds;
    body.skip(4, "the sequence number");
    const family = subtype.family ?? readFamily(body);
    if (family === undefined) return false;
    readPrefixBits(body, family, this.prefix);
    const start = body.mark();
    try {
      this.#readEntries(body, subtype.hasPathIds);
    } catch (error) {
      if (!(error instanceof Malformed) || subtype.hasPathIds) throw error;
      body.reset(start);
      if (!this.#hasHiddenPathIds(body)) throw error;
    }
    return true;
  }

  /** Whether the entries can be read with path identifiers. */
  #hasHiddenPathIds(body: ByteReader): boolean {
    try {
      this.#readEntries(body, true);
      return true;
    } catch (error) {
      if (error instanceof Malformed) return false;
      throw error;
    }
  }

  #readEntries(body: ByteReader, hasPathIds: boolean): void {
    const count = body.u16("the number of entries");
    this.#makeRoom(count);
    this.hasPathIds = hasPathIds;
    for (let entry = 0; entry < count; entry++) this.#readEntry(entry, body);
    body.expectEnd();
    this.count = count;
  }

  #readEntry(entry: number, body: ByteReader): void {
    const index = body.u16("the peer index of an entry");
    const { length } = this.#numbers;
    const peer = this.#numbers[index];
    if (peer === undefined) body.fail(`an entry is of peer ${index}, of ${length} from 0 on`);
    this.peers[entry] = peer ?? 0;
    this.times[entry] = body.u32("the time of an entry");
    if (this.hasPathIds) this.pathIds[entry] = body.u32("a path identifier");
    this.#readAttributes(entry, body, 4);
  }

  /** Reads an entry of a TABLE_DUMP; there may be more behind it. Throws Malformed. */
  readTableDump(layout: TableDumpLayout, body: ByteReader, seconds: number): void {
    const { family, asBytes } = layout;
    const { prefix } = this;
    this.version = 1;
    this.seconds = seconds;
    this.hasPathIds = false;
    prefix.family = family;
    const words = family === 4 ? 1 : 4;
    for (let word = 0; word < words; word++) prefix.words[word] = body.u32("a prefix");
    prefix.length = body.u8("the prefix length");
    if (prefix.length > words * 32) body.fail(`${prefix.length} is no prefix length`);
    maskHostBits(prefix);
    body.skip(1, "the status");
    this.times[0] = body.u32("the time of an entry");
    if (family === 4) {
      const address = body.u32("a peer");
      this.peers[0] = this.#table.intern4(address, readAs(body, asBytes), 0);
    } else {
      const address = readAddress6(body);
      this.peers[0] = this.#table.intern(address, readAs(body, asBytes), 0);
    }
    this.#readAttributes(0, body, asBytes);
    this.count = 1;
  }

  /** Passes over the attributes of an entry, and interns them. */
  #readAttributes(entry: number, body: ByteReader, asBytes: 2 | 4): void {
    const bytes = body.u16("the length of attributes");
    const start = body.mark();
    body.skip(bytes, "the attributes of an entry");
    this.bytes = body.bytes;
    this.starts[entry] = start;
    this.ends[entry] = start + bytes;
    if (this.#sets !== undefined)
      this.attributeSets[entry] = this.#intern(this.#sets, entry, asBytes);
  }

  #intern(sets: AttributeSets, entry: number, asBytes: 2 | 4): number {
    const { bytes, prefix } = this;
    const start = this.starts[entry] ?? 0;
    const end = this.ends[entry] ?? 0;
    const peer = this.peers[entry] ?? 0;
    const guess = this.#last[peer];
    // Some daemons write the prefixes too, which would make a set of each route.
    const whole = prefix.family === 6 ? withoutPrefixes(bytes, start, end) : undefined;
    const set =
      whole === undefined
        ? sets.intern(bytes, asBytes, start, end, guess)
        : sets.intern(whole, asBytes, 0, whole.length, guess);
    this.#last[peer] = set;
    return set;
  }

  #makeRoom(entries: number): void {
    if (entries <= this.peers.length) return;
    this.peers = new Uint32Array(entries);
    this.times = new Uint32Array(entries);
    this.pathIds = new Uint32Array(entries);
    this.starts = new Uint32Array(entries);
    this.ends = new Uint32Array(entries);
    this.attributeSets = new Uint32Array(entries);
  }
}

function readFamily(body: ByteReader): 4 | 6 | undefined {
  const afi = body.u16("an address family");
  const safi = body.u8("an address family");
  if (safi !== SAFI_UNICAST) return undefined;
  return afi === AFI_IPV4 ? 4 : afi === AFI_IPV6 ? 6 : undefined;
}
