/**
 * MRT files (RFC 6396, RFC 8050): routing tables, BGP messages and changes of sessions, as
 * collectors and daemons dump them. A stream of any length takes the memory of one record and of
 * its different sets of attributes.
 */

import { AnyfibError } from "../net/errors.ts";
import type { AttributeSets } from "./bgp/attribute-sets.ts";
import type { ByteReader } from "./byte-reader.ts";
import {
  isSessionRecord,
  type RecordedState,
  type RecordedUpdate,
  SessionRecordReader,
} from "./mrt/message-records.ts";
import type { PeerTable } from "./mrt/peers.ts";
import {
  BGP,
  BGP4MP,
  BGP4MP_ET,
  type DamagedRecord,
  MrtRecords,
  type RecordPlace,
  TABLE_DUMP,
  TABLE_DUMP_V2,
} from "./mrt/records.ts";
import {
  PEER_INDEX_TABLE,
  RIB_SUBTYPES,
  type RibRecord,
  RibRecordReader,
} from "./mrt/rib-records.ts";
import { TABLE_DUMP_SUBTYPES, type TableDumpLayout } from "./mrt/table-dump.ts";

export { AttributeSets } from "./bgp/attribute-sets.ts";
export { readNextHopCells } from "./bgp/reach.ts";
export { BgpdumpLines } from "./mrt/bgpdump-lines.ts";
export { endsSession, type RecordedState, type RecordedUpdate } from "./mrt/message-records.ts";
export { type Peer, PeerTable } from "./mrt/peers.ts";
export type { DamagedRecord } from "./mrt/records.ts";
export type { RibRecord } from "./mrt/rib-records.ts";
export { formatRow, type RouteJudge, type RouteRow, RouteRows } from "./mrt/route-rows.ts";
export { TableDumpWriter } from "./mrt/writer.ts";

/** What an MRT file is read with. What is not taken is not read. */
export interface MrtOptions {
  /** The file, as messages name it. */
  readonly name: string;
  /** Keeps the attributes. */
  readonly attributeSets: AttributeSets;
  /** Numbers the peers. */
  readonly peers: PeerTable;
  /** Leaves the attributes of tables out of the sets: who takes them reads what they need. */
  readonly skipsSets?: boolean;
  /** Takes each prefix of a table with its entries; the next one overwrites it. */
  readonly takeRib?: (record: RibRecord) => void;
  /** Takes each UPDATE in order. */
  readonly takeUpdate?: (update: RecordedUpdate) => void;
  readonly takeState?: (state: RecordedState) => void;
  /** Told of each record that was passed over, and of bytes that are no record. */
  readonly onDamaged?: (record: DamagedRecord) => void;
  /** Awaited after each piece of the stream: whoever writes what was taken sets the pace. */
  readonly afterChunk?: () => Promise<void>;
}

/** What an MRT file held, as far as it was taken. */
export interface MrtCounts {
  /** Records of prefixes, and their entries. */
  readonly prefixes: number;
  readonly entries: number;
  readonly updates: number;
  /** Messages that are no UPDATE. */
  readonly otherMessages: number;
  readonly stateChanges: number;
  /** Records that were passed over, and stretches of bytes that are none. */
  readonly damaged: number;
}

/**
 * Reads an MRT stream, a record at a time; what is damaged is told of and passed over, and records
 * of other types are passed over. Throws TABLE_SYNTAX where nothing in it is a record, CAPACITY for
 * too many sets of attributes, and what `chunks` throws, once the records before were taken.
 */
export async function readMrt(
  chunks: AsyncIterable<Uint8Array>,
  options: MrtOptions,
): Promise<MrtCounts> {
  const reader = new MrtReader(options);
  for await (const chunk of chunks) {
    reader.push(chunk);
    await options.afterChunk?.();
  }
  const counts = reader.end();
  await options.afterChunk?.();
  return counts;
}

/** Takes the records of one stream. */
class MrtReader {
  readonly #options: MrtOptions;
  readonly #records: MrtRecords;
  readonly #rib: RibRecordReader;
  readonly #sessions: SessionRecordReader;
  #first: DamagedRecord | undefined;
  #prefixes = 0;
  #entries = 0;
  #updates = 0;
  #otherMessages = 0;
  #stateChanges = 0;
  #damaged = 0;

  constructor(options: MrtOptions) {
    const { attributeSets, peers } = options;
    this.#options = options;
    this.#rib = new RibRecordReader(options.skipsSets ? undefined : attributeSets, peers);
    this.#sessions = new SessionRecordReader(attributeSets, peers);
    this.#records = new MrtRecords({
      wants: (type, subtype) => this.#wants(type, subtype),
      take: (type, subtype, body, place) => this.#take(type, subtype, body, place),
      onDamaged: (record) => {
        this.#first ??= record;
        this.#damaged += 1;
        options.onDamaged?.(record);
      },
    });
  }

  push(chunk: Uint8Array): void {
    this.#records.push(chunk);
  }

  end(): MrtCounts {
    this.#records.end();
    if (this.#records.count === 0) {
      const { name } = this.#options;
      const { offset, what } = this.#first ?? { offset: 0, what: "the file is empty" };
      throw new AnyfibError({
        code: "TABLE_SYNTAX",
        what,
        where: `${name}@${offset}`,
        hint: "nothing in the file could be read; give an MRT file",
        detail: { name, offset },
      });
    }
    return {
      prefixes: this.#prefixes,
      entries: this.#entries,
      updates: this.#updates,
      otherMessages: this.#otherMessages,
      stateChanges: this.#stateChanges,
      damaged: this.#damaged,
    };
  }

  #wants(type: number, subtype: number): boolean {
    const { takeRib, takeUpdate, takeState } = this.#options;
    if (type === TABLE_DUMP) return takeRib !== undefined && TABLE_DUMP_SUBTYPES.has(subtype);
    if (type === TABLE_DUMP_V2) {
      return takeRib !== undefined && (subtype === PEER_INDEX_TABLE || RIB_SUBTYPES.has(subtype));
    }
    const isSession = type === BGP || type === BGP4MP || type === BGP4MP_ET;
    const isTaken = takeUpdate !== undefined || takeState !== undefined;
    return isSession && isTaken && isSessionRecord(type, subtype);
  }

  #take(type: number, subtype: number, body: ByteReader, place: RecordPlace): void {
    const layout = type === TABLE_DUMP ? TABLE_DUMP_SUBTYPES.get(subtype) : undefined;
    if (layout !== undefined) this.#takeTableDump(layout, body, place);
    else if (type === TABLE_DUMP_V2) this.#takeRib(subtype, body, place);
    else this.#takeSession(type, subtype, body, place);
  }

  #takeTableDump(layout: TableDumpLayout, body: ByteReader, { seconds }: RecordPlace): void {
    body.skip(4, "view and sequence");
    do {
      this.#rib.readTableDump(layout, body, seconds);
      this.#takeRecord();
    } while (body.left > 0);
  }

  #takeRib(subtype: number, body: ByteReader, { seconds }: RecordPlace): void {
    const kind = RIB_SUBTYPES.get(subtype);
    if (kind === undefined) this.#rib.readPeers(body);
    else if (this.#rib.readRib(kind, body, seconds)) this.#takeRecord();
  }

  #takeRecord(): void {
    this.#prefixes += 1;
    this.#entries += this.#rib.count;
    this.#options.takeRib?.(this.#rib);
  }

  #takeSession(type: number, subtype: number, body: ByteReader, place: RecordPlace): void {
    const record = this.#sessions.read(type, subtype, body, place);
    if (record.kind === "update") {
      this.#updates += 1;
      this.#options.takeUpdate?.(record);
    } else if (record.kind === "state") {
      this.#stateChanges += 1;
      this.#options.takeState?.(record);
    } else this.#otherMessages += 1;
  }
}
