/**
 * Writes routing tables as TABLE_DUMP_V2 (RFC 6396 section 4.3, RFC 8050), record by record.
 *
 * Peers are listed before the first record that names them. A table whose peers come one by one has
 * several peer index tables, each with all peers so far: readers take the last one.
 *
 * Attributes are written as they came, those with ASes of two bytes rewritten to four: AS4_PATH and
 * AS4_AGGREGATOR go into what they complete.
 */

import type { Address } from "../../net/address.ts";
import { AnyfibError } from "../../net/errors.ts";
import type { Aggregator, AsPath } from "../../rib/attributes.ts";
import type { AttributeSets } from "../bgp/attribute-sets.ts";
import {
  AGGREGATOR,
  AS_PATH,
  AS4_AGGREGATOR,
  AS4_PATH,
  FLAG_EXTENDED,
  FLAG_OPTIONAL,
  FLAG_TRANSITIVE,
} from "../bgp/attributes.ts";
import type { PeerTable } from "./peers.ts";
import { TABLE_DUMP_V2 } from "./records.ts";
import { PEER_INDEX_TABLE, type RibRecord } from "./rib-records.ts";

/** A peer's index is a u16. */
const PEERS_MAX = 65_536;
/** Attributes of an entry have a length of two bytes. */
const ATTRIBUTES_MAX = 0xffff;
const SUBTYPES = { 4: { plain: 2, addPath: 8 }, 6: { plain: 4, addPath: 10 } } as const;
const SEGMENT_TYPES = { set: 1, sequence: 2, confed_sequence: 3, confed_set: 4 } as const;
/** A path segment counts its ASes in one byte. */
const SEGMENT_MAX = 255;
const PEER_IPV6_AS4 = 3;
const PEER_IPV4_AS4 = 2;
const BYTES_FIRST = 4096;

/** Bytes in network order, appended. */
class Bytes {
  #bytes = new Uint8Array(BYTES_FIRST);
  #used = 0;

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  clear(): void {
    this.#used = 0;
  }

  add(...values: readonly number[]): void {
    this.#reserve(values.length);
    for (const value of values) this.#bytes[this.#used++] = value;
  }

  u16(value: number): void {
    this.add(value >>> 8, value & 255);
  }

  u32(value: number): void {
    this.add(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
  }

  copy(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #reserve(count: number): void {
    const needed = this.#used + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Writes one table. */
export class TableDumpWriter {
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #body = new Bytes();
  #listedPeers = -1;
  #sequence = 0;

  /** `write` takes each record, which is overwritten afterwards. */
  constructor(sets: AttributeSets, peers: PeerTable, write: (bytes: Uint8Array) => void) {
    this.#sets = sets;
    this.#peers = peers;
    this.#write = write;
  }

  /** Writes a prefix and its entries. Throws CAPACITY for too many peers. */
  rib(record: RibRecord): void {
    if (this.#listedPeers !== this.#peers.peers.length) this.#listPeers(record.seconds);
    const { prefix, count, hasPathIds } = record;
    const body = this.#body;
    body.clear();
    body.u32(this.#sequence++);
    body.add(prefix.length);
    for (let bit = 0; bit < prefix.length; bit += 8) {
      body.add(((prefix.words[bit >> 5] ?? 0) >>> (24 - (bit & 31))) & 255);
    }
    body.u16(count);
    for (let entry = 0; entry < count; entry++) this.#addEntry(record, entry);
    const { plain, addPath } = SUBTYPES[prefix.family];
    this.#end(record.seconds, hasPathIds ? addPath : plain);
  }

  #addEntry({ peers, times, hasPathIds, pathIds, attributeSets }: RibRecord, entry: number): void {
    const body = this.#body;
    body.u16(peers[entry] ?? 0);
    body.u32(times[entry] ?? 0);
    if (hasPathIds) body.u32(pathIds[entry] ?? 0);
    const attributes = attributesOf(this.#sets, attributeSets[entry] ?? 0);
    body.u16(attributes.length);
    body.copy(attributes);
  }

  #listPeers(seconds: number): void {
    const { peers } = this.#peers;
    if (peers.length > PEERS_MAX) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `a table dump lists at most ${PEERS_MAX} peers`,
        hint: "write the files one by one",
        detail: { peers: peers.length },
      });
    }
    const body = this.#body;
    body.clear();
    // Neither the collector's id nor a view's name is known.
    body.u32(0);
    body.u16(0);
    body.u16(peers.length);
    for (const { address, as, routerId } of peers) {
      body.add(address.family === 4 ? PEER_IPV4_AS4 : PEER_IPV6_AS4);
      body.u32(routerId);
      addAddress(body, address);
      body.u32(as);
    }
    this.#listedPeers = peers.length;
    this.#end(seconds, PEER_INDEX_TABLE);
  }

  /** Writes the header of the body that is there, and the body. */
  #end(seconds: number, subtype: number): void {
    const header = new Bytes();
    header.u32(seconds);
    header.u16(TABLE_DUMP_V2);
    header.u16(subtype);
    header.u32(this.#body.written.length);
    this.#write(header.written);
    this.#write(this.#body.written);
  }
}

function addAddress(bytes: Bytes, address: Address): void {
  if (address.family === 4) {
    bytes.u32(address.value);
    return;
  }
  for (const half of [address.high, address.low]) {
    bytes.u32(Number(half >> 32n));
    bytes.u32(Number(half & 0xffffffffn));
  }
}

/** The bytes of a set, with ASes of four bytes. */
function attributesOf(sets: AttributeSets, set: number): Uint8Array {
  const bytes = sets.bytesOf(set);
  if (sets.asBytesOf(set) === 4) return bytes;
  const { asPath, aggregator } = sets.decoded(set).set;
  const wide = new Bytes();
  for (let at = 0; at + 3 <= bytes.length; ) {
    const type = bytes[at + 1];
    const isExtended = ((bytes[at] ?? 0) & FLAG_EXTENDED) !== 0;
    const value = at + (isExtended ? 4 : 3);
    const low = bytes[value - 1] ?? 0;
    const next = value + (isExtended ? (bytes[at + 2] ?? 0) * 256 + low : low);
    if (type === AS_PATH) addPath(wide, asPath);
    else if (type === AGGREGATOR) addAggregator(wide, aggregator);
    else if (type !== AS4_PATH && type !== AS4_AGGREGATOR) wide.copy(bytes.subarray(at, next));
    at = next;
  }
  // Twice as long as the longest is longer than any: then the old bytes are the lesser evil.
  return wide.written.length > ATTRIBUTES_MAX ? bytes : wide.written;
}

function addPath(wide: Bytes, path: AsPath): void {
  const value = new Bytes();
  for (const { kind, asns } of path) {
    for (let start = 0; start < asns.length; start += SEGMENT_MAX) {
      const part = asns.slice(start, start + SEGMENT_MAX);
      value.add(SEGMENT_TYPES[kind], part.length);
      for (const as of part) value.u32(as);
    }
  }
  const { written } = value;
  wide.add(FLAG_TRANSITIVE | FLAG_EXTENDED, AS_PATH);
  wide.u16(written.length);
  wide.copy(written);
}

function addAggregator(wide: Bytes, aggregator: Aggregator | undefined): void {
  if (aggregator === undefined) return;
  wide.add(FLAG_OPTIONAL | FLAG_TRANSITIVE, AGGREGATOR, 8);
  wide.u32(aggregator.as);
  wide.u32(aggregator.address.value);
}
