/**
 * Cuts an MRT stream into its records (RFC 6396 section 2), whatever pieces it comes in.
 *
 *     | time u32 | type u16 | subtype u16 | length u32 | length bytes ... |
 *
 * Records that nobody wants are passed over without being held, however long they are.
 */

import { AnyfibError } from "../../net/errors.ts";
import { ByteReader } from "../byte-reader.ts";

/** The type of records that hold a routing table (RFC 6396 section 4.3). */
export const TABLE_DUMP_V2 = 13;

/** OSPFv2, the table dumps, BGP4MP, IS-IS and OSPFv3 (RFC 6396 section 4), with and without _ET. */
const TYPES: ReadonlySet<number> = new Set([11, 12, TABLE_DUMP_V2, 16, 17, 32, 33, 48, 49]);
/** Types below 11 are deprecated (appendix B): START, DIE, the first BGP records and others. */
const TYPE_DEPRECATED_MAX = 10;

const HEADER_BYTES = 12;
/** Some 4,000 entries with attributes of 4 KiB each: collectors have a few hundred peers. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;
const STORAGE_BYTES_FIRST = 64 * 1024;

/** Where and when a record stands. */
export interface RecordPlace {
  /** Position in the stream. */
  readonly offset: number;
  /** Seconds since 1970. */
  readonly seconds: number;
}

/** What is done with records. */
export interface MrtRecordTaker {
  /** Whether records of a type are to be held and taken. */
  wants(type: number, subtype: number): boolean;
  /** Takes a record, whose body is overwritten afterwards and must be read to its end. */
  take(type: number, subtype: number, body: ByteReader, place: RecordPlace): void;
}

/** Follows the records of one stream. */
export class MrtRecords {
  readonly #name: string;
  readonly #taker: MrtRecordTaker;
  readonly #body: ByteReader;
  /** What came and was not dealt with lies from `start` to `end`. */
  #storage = new Uint8Array(STORAGE_BYTES_FIRST);
  #start = 0;
  #end = 0;
  /** Position of the record at hand in the stream. */
  #offset = 0;
  /** Bytes of a record that is passed over, and how many of them are still to come. */
  #passedBytes = 0;
  #skip = 0;

  /** Messages name the stream as `name`. */
  constructor(name: string, taker: MrtRecordTaker) {
    this.#name = name;
    this.#taker = taker;
    this.#body = new ByteReader((what) => this.#fail(`a record is damaged: ${what}`));
  }

  /**
   * Takes the next bytes, which may be overwritten afterwards. Throws TABLE_SYNTAX with
   * `name@offset` of the record that cannot be read, once all before it were taken.
   */
  push(bytes: Uint8Array): void {
    const passed = Math.min(this.#skip, bytes.length);
    if (passed > 0) this.#pass(passed);
    this.#hold(bytes.subarray(passed));
    let isRead = this.#skip === 0;
    while (isRead) isRead = this.#readRecord();
  }

  /** Ends the stream; throws TABLE_SYNTAX where that is within a record. */
  end(): void {
    const held = this.#end - this.#start;
    if (held > 0 || this.#skip > 0) this.#fail("the file ends within a record");
  }

  #fail(what: string): never {
    throw new AnyfibError({
      code: "TABLE_SYNTAX",
      what,
      where: `${this.#name}@${this.#offset}`,
      hint: "what comes before it was read; fetch the file anew, or give a whole MRT file",
      detail: { name: this.#name, offset: this.#offset },
    });
  }

  #hold(bytes: Uint8Array): void {
    const held = this.#end - this.#start;
    const needed = held + bytes.length;
    const old = this.#storage;
    if (needed > old.length) this.#storage = new Uint8Array(Math.max(needed, 2 * old.length));
    if (this.#start > 0 || this.#storage !== old) {
      this.#storage.set(old.subarray(this.#start, this.#end));
      this.#start = 0;
      this.#end = held;
    }
    this.#storage.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Deals with the record at hand; false where more bytes must come first. */
  #readRecord(): boolean {
    const held = this.#end - this.#start;
    if (held < HEADER_BYTES) return false;
    const header = new DataView(this.#storage.buffer, this.#start, HEADER_BYTES);
    const type = header.getUint16(4);
    const subtype = header.getUint16(6);
    const bytes = HEADER_BYTES + header.getUint32(8);
    if (type > TYPE_DEPRECATED_MAX && !TYPES.has(type)) {
      this.#fail(`${type} is no type of MRT records`);
    }
    if (!this.#taker.wants(type, subtype)) {
      this.#passedBytes = this.#skip = bytes;
      const passed = Math.min(bytes, held);
      this.#start += passed;
      this.#pass(passed);
      return this.#skip === 0;
    }
    if (bytes > RECORD_BYTES_MAX) this.#fail(`a record of ${bytes} bytes is too long to be read`);
    if (held < bytes) return false;
    this.#take(type, subtype, bytes, header.getUint32(0));
    return true;
  }

  #take(type: number, subtype: number, bytes: number, seconds: number): void {
    this.#body.open(this.#storage, this.#start + HEADER_BYTES, this.#start + bytes);
    this.#taker.take(type, subtype, this.#body, { offset: this.#offset, seconds });
    this.#start += bytes;
    this.#offset += bytes;
  }

  /** Counts bytes that were passed over; until the last of them the record stays at hand. */
  #pass(count: number): void {
    this.#skip -= count;
    if (this.#skip === 0) this.#offset += this.#passedBytes;
  }
}
