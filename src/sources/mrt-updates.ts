/**
 * MRT files of BGP messages (RFC 6396 section 4.4): what peers announced and withdrew, in time.
 *
 *     BGP4MP      peer AS, local AS 2 or 4 | interface u16 | AFI u16 | two addresses | message
 *     BGP4MP_ET   microseconds u32 | the same
 *
 * A record that is damaged is passed over, counted and told of: its length says where the next one
 * stands. Only where records cannot be told apart any more does reading end with an error.
 */

import { type Address, address6FromWords } from "../net/address.ts";
import { type BgpUpdate, readMessage } from "./bgp/message.ts";
import { ByteReader } from "./byte-reader.ts";
import { MrtRecords, type RecordPlace } from "./mrt/records.ts";

/** Types of records (RFC 6396 section 4). */
const BGP4MP = 16;
const BGP4MP_ET = 17;

/** Subtypes of messages (RFC 6396 section 4.4, RFC 8050 section 3): what tells them apart. */
const MESSAGES: ReadonlyMap<number, { readonly asBytes: 2 | 4; readonly hasPathIds: boolean }> =
  new Map([
    [1, { asBytes: 2, hasPathIds: false }],
    [4, { asBytes: 4, hasPathIds: false }],
    [6, { asBytes: 2, hasPathIds: false }],
    [7, { asBytes: 4, hasPathIds: false }],
    [8, { asBytes: 2, hasPathIds: true }],
    [9, { asBytes: 4, hasPathIds: true }],
    [10, { asBytes: 2, hasPathIds: true }],
    [11, { asBytes: 4, hasPathIds: true }],
  ]);
/** BGP4MP_STATE_CHANGE and BGP4MP_STATE_CHANGE_AS4. */
const STATE_CHANGES: ReadonlySet<number> = new Set([0, 5]);
const AFI_IPV4 = 1;
const AFI_IPV6 = 2;

/** An UPDATE of a file. */
export interface RecordedMessage {
  /** Seconds since 1970, and microseconds where the file has them. */
  readonly seconds: number;
  readonly microseconds: number;
  readonly peerAs: number;
  readonly peer: Address;
  /** Bytes of an AS in the attributes. */
  readonly asBytes: 2 | 4;
  readonly update: BgpUpdate;
}

/** A record that cannot be read. */
export interface DamagedRecord {
  /** Position of the record in the stream. */
  readonly offset: number;
  readonly what: string;
}

/** What a file of updates is read with. */
export interface UpdateRecordsOptions {
  /** The file, as messages name it. */
  readonly name: string;
  /** Takes each UPDATE in order; its attributes are overwritten afterwards. */
  readonly take: (message: RecordedMessage) => void;
  /** Told of each record that was passed over. */
  readonly onDamaged?: (record: DamagedRecord) => void;
}

/** What a file of updates held. */
export interface UpdateRecordsResult {
  readonly updates: number;
  readonly announced: number;
  readonly withdrawn: number;
  /** Messages that are no UPDATE. */
  readonly otherMessages: number;
  /** Changes of a session's state. */
  readonly stateChanges: number;
  readonly damaged: number;
}

/** Ends the reading of one record. */
class Damage extends Error {}

/**
 * Reads the BGP messages of an MRT stream of any length, a record at a time; other records are
 * passed over. Throws TABLE_SYNTAX with `name@offset` where the stream ends within a record or has
 * none, once the records before it were taken, and what `chunks` throws.
 */
export async function readUpdateRecords(
  chunks: AsyncIterable<Uint8Array>,
  { name, take, onDamaged }: UpdateRecordsOptions,
): Promise<UpdateRecordsResult> {
  const counts = { updates: 0, announced: 0, withdrawn: 0, otherMessages: 0 };
  const skipped = { stateChanges: 0, damaged: 0 };
  const reader = new ByteReader((what) => {
    throw new Damage(what);
  });
  const takeMessage = (type: number, subtype: number, place: RecordPlace): void => {
    const message = readRecord(reader, { type, subtype, seconds: place.seconds });
    if (message === undefined) {
      counts.otherMessages += 1;
      return;
    }
    counts.updates += 1;
    counts.announced += message.update.announced.length;
    counts.withdrawn += message.update.withdrawn.length;
    take(message);
  };
  const stream = new MrtRecords(name, {
    wants: (type, subtype) =>
      (type === BGP4MP || type === BGP4MP_ET) &&
      (MESSAGES.has(subtype) || STATE_CHANGES.has(subtype)),
    take: (type, subtype, body, place) => {
      if (STATE_CHANGES.has(subtype)) {
        skipped.stateChanges += 1;
        return;
      }
      const bytes = body.rest();
      reader.open(bytes, 0, bytes.length);
      try {
        takeMessage(type, subtype, place);
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        skipped.damaged += 1;
        onDamaged?.({ offset: place.offset, what: error.message });
      }
    },
  });
  for await (const chunk of chunks) stream.push(chunk);
  stream.end();
  return { ...counts, ...skipped };
}

/** The UPDATE of a record; undefined for another message. */
function readRecord(
  reader: ByteReader,
  { type, subtype, seconds }: { type: number; subtype: number; seconds: number },
): RecordedMessage | undefined {
  const { asBytes, hasPathIds } = MESSAGES.get(subtype) ?? reader.fail(`subtype ${subtype}`);
  const microseconds = type === BGP4MP_ET ? reader.u32("the microseconds") : 0;
  const peerAs = readAs(reader, asBytes);
  readAs(reader, asBytes);
  reader.skip(2, "the interface");
  const afi = reader.u16("an address family");
  const peer = readAddress(reader, afi);
  readAddress(reader, afi);
  const message = readMessage(reader, { hasPathIds });
  if (message.kind !== "update") return undefined;
  return { seconds, microseconds, peerAs, peer, asBytes, update: message.update };
}

function readAs(reader: ByteReader, bytes: 2 | 4): number {
  return bytes === 2 ? reader.u16("an AS") : reader.u32("an AS");
}

function readAddress(reader: ByteReader, afi: number): Address {
  const part = "an address of a session";
  if (afi === AFI_IPV4) return { family: 4, value: reader.u32(part) };
  if (afi !== AFI_IPV6) return reader.fail(`${afi} is no address family of a session`);
  return address6FromWords(Uint32Array.from({ length: 4 }, () => reader.u32(part)));
}
