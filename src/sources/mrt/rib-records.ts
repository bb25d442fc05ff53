/**
 * The records of a table dump (RFC 6396 section 4.3): who the peers are, then a record a prefix
 * with the entry that each peer has for it.
 *
 *     PEER_INDEX_TABLE   collector u32 | name length u16, name | peers u16 | peer ...
 *       peer             type u8 | BGP id u32 | address 4 or 16 | AS 2 or 4
 *     RIB_IPVx_UNICAST   sequence u32 | prefix length u8, prefix | entries u16 | entry ...
 *       entry            peer index u16 | time u32 | attribute length u16, attributes
 */

import { type PrefixCells, prefixCells } from "../../net/bytes.ts";
import type { AttributeSets } from "../bgp/attribute-sets.ts";
import type { ByteReader } from "../byte-reader.ts";
import { readPrefixBits } from "../prefix-bits.ts";
import { readOrigin } from "./attributes.ts";

// --- Subtypes of table dumps (RFC 6396 section 4.3) ---
export const PEER_INDEX_TABLE = 1;
export const RIB_IPV4_UNICAST = 2;
export const RIB_IPV6_UNICAST = 4;

/** What a peer's type says (RFC 6396 section 4.3.1). */
const PEER_IS_IPV6 = 1;
const PEER_HAS_AS4 = 2;
const ENTRIES_FIRST = 64;

/** A prefix and its entries, in columns of which the first `count` cells count. */
export interface RibRecord {
  /** Masked. */
  readonly prefix: PrefixCells;
  readonly count: number;
  /** Index of each entry's peer in the peer index table. */
  readonly peers: Uint16Array;
  /** Origin AS of each entry, NO_ORIGIN where there is no one. */
  readonly origins: Uint32Array;
  /** Number of each entry's attributes among the sets that were given. */
  readonly attributeSets: Uint32Array;
}

/** Reads a peer index table and returns how many peers it lists. */
export function readPeerIndexTable(body: ByteReader): number {
  body.skip(4, "the collector's id");
  body.skip(body.u16("the length of the view's name"), "the view's name");
  const peers = body.u16("the number of peers");
  for (let peer = 0; peer < peers; peer++) {
    const type = body.u8("the type of a peer");
    const addressBytes = (type & PEER_IS_IPV6) === 0 ? 4 : 16;
    const asBytes = (type & PEER_HAS_AS4) === 0 ? 2 : 4;
    body.skip(4 + addressBytes + asBytes, "a peer");
  }
  body.expectEnd();
  return peers;
}

/** Reads records of prefixes, each into the same columns. */
export class RibRecordReader implements RibRecord {
  readonly prefix = prefixCells();
  count = 0;
  peers = new Uint16Array(ENTRIES_FIRST);
  origins = new Uint32Array(ENTRIES_FIRST);
  attributeSets = new Uint32Array(ENTRIES_FIRST);
  readonly #sets: AttributeSets;

  constructor(sets: AttributeSets) {
    this.#sets = sets;
  }

  /** Reads a record whose entries may be of peers 0 to `peers` - 1. */
  read(family: 4 | 6, body: ByteReader, peers: number): void {
    body.skip(4, "the sequence number");
    readPrefixBits(body, family, this.prefix);
    const count = body.u16("the number of entries");
    this.#makeRoom(count);
    for (let entry = 0; entry < count; entry++) this.#readEntry(entry, body, peers);
    body.expectEnd();
    this.count = count;
  }

  #readEntry(entry: number, body: ByteReader, peers: number): void {
    const peer = body.u16("the peer index of an entry");
    if (peer >= peers) body.fail(`an entry is of peer ${peer}, of ${peers} numbered from 0`);
    body.skip(4, "the time of an entry");
    const outer = body.narrow(body.u16("the length of attributes"), "the attributes of an entry");
    this.peers[entry] = peer;
    this.attributeSets[entry] = this.#sets.intern(body.rest(), 4);
    this.origins[entry] = readOrigin(body);
    body.widen(outer);
  }

  #makeRoom(entries: number): void {
    if (entries <= this.peers.length) return;
    this.peers = new Uint16Array(entries);
    this.origins = new Uint32Array(entries);
    this.attributeSets = new Uint32Array(entries);
  }
}
