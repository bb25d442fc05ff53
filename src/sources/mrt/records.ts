/**
 * Cuts an MRT stream into its records (RFC 6396 section 2), whatever pieces it comes in, and finds
 * the next one behind damage.
 *
 *     | time u32 | type u16 | subtype u16 | length u32 | length bytes ... |
 *
 * A record that cannot be read is told of and passed over; its length says where the next one is.
 * Where no header stands, the next place is looked for that has a known type and subtype, a time
 * near that of the last record, and a length that leads to another header or to the end.
 *
 * Records that nobody wants are passed over without being held. Cost: each byte is copied once, and
 * behind damage looked at once.
 */

import { ByteReader, Malformed } from "../byte-reader.ts";
import { TABLE_DUMP_SUBTYPES, tableDumpEnd } from "./table-dump.ts";

// --- Types of records (RFC 6396 sections 4 and appendix B) ---
export const BGP = 5;
export const TABLE_DUMP = 12;
export const TABLE_DUMP_V2 = 13;
export const BGP4MP = 16;
export const BGP4MP_ET = 17;

/** OSPFv2, the table dumps, BGP4MP, IS-IS and OSPFv3 (RFC 6396 section 4), with and without _ET. */
const TYPES: ReadonlySet<number> = new Set([
  11,
  TABLE_DUMP,
  TABLE_DUMP_V2,
  BGP4MP,
  BGP4MP_ET,
  32,
  33,
  48,
  49,
]);
/** Types below 11 are deprecated (appendix B): START, DIE, the first BGP records and others. */
const TYPE_DEPRECATED_MAX = 10;
/** The last subtype of those types that are looked for behind damage. */
const SUBTYPE_MAX: ReadonlyMap<number, number> = new Map([
  [BGP, 7],
  [TABLE_DUMP, 4],
  [TABLE_DUMP_V2, 12],
  [BGP4MP, 11],
  [BGP4MP_ET, 11],
]);

const HEADER_BYTES = 12;
/** Some 4,000 entries with attributes of 4 KiB each: collectors have a few hundred peers. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;
/** What is taken for a record behind damage is shorter, or one wrong byte would hide many. */
const FOUND_BYTES_MAX = 1024 * 1024;
/** A dump covers minutes or hours. */
const FOUND_SECONDS_MAX = 7 * 86_400;
const STORAGE_BYTES_FIRST = 64 * 1024;

/** Where and when a record stands. */
export interface RecordPlace {
  /** Position in the stream. */
  readonly offset: number;
  /** Seconds since 1970. */
  readonly seconds: number;
}

/** A record that cannot be read. */
export interface DamagedRecord {
  /** Position of the record in the stream. */
  readonly offset: number;
  readonly what: string;
}

/** What is done with records. */
export interface MrtRecordTaker {
  /** Whether records of a type are to be held and taken. */
  wants(type: number, subtype: number): boolean;
  /** Takes a record, whose body is overwritten afterwards. Throws Malformed for a damaged one. */
  take(type: number, subtype: number, body: ByteReader, place: RecordPlace): void;
  /** Told of each record that is passed over, and of bytes that are none. */
  onDamaged(record: DamagedRecord): void;
}

/** What is known of the place at hand. */
type Step = "done" | "more" | "damaged";

/** Follows the records of one stream. */
export class MrtRecords {
  readonly #taker: MrtRecordTaker;
  readonly #body: ByteReader;
  /** What came and was not dealt with lies from `start` to `end`. */
  #storage = new Uint8Array(STORAGE_BYTES_FIRST);
  #start = 0;
  #end = 0;
  /** Position of `start` in the stream. */
  #offset = 0;
  /** Bytes of a record that is passed over which are still to come, and its position. */
  #skip = 0;
  #skippedAt = 0;
  /** Looking for a record behind damage. */
  #isLost = false;
  /** The damage at hand was told of. */
  #isTold = false;
  #isEnded = false;
  #lastSeconds: number | undefined;
  #count = 0;

  constructor(taker: MrtRecordTaker) {
    this.#taker = taker;
    this.#body = new ByteReader((what) => {
      throw new Malformed(what);
    });
  }

  /** Records that were taken or passed over, and not damaged. */
  get count(): number {
    return this.#count;
  }

  /** Takes the next bytes, which may be overwritten afterwards. */
  push(bytes: Uint8Array): void {
    const passed = Math.min(this.#skip, bytes.length);
    this.#skip -= passed;
    this.#offset += passed;
    this.#hold(bytes.subarray(passed));
    this.#read();
  }

  /** Ends the stream, perhaps within a record: then what is left is looked through once more. */
  end(): void {
    this.#isEnded = true;
    if (this.#skip > 0) {
      this.#taker.onDamaged({ offset: this.#skippedAt, what: "the file ends within a record" });
    }
    this.#read();
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

  /** Deals with all that is held. */
  #read(): void {
    while (this.#start < this.#end && this.#skip === 0) {
      const step = this.#isLost ? this.#find() : this.#readRecord();
      if (step === "more") return;
      if (step === "damaged") this.#lose();
    }
  }

  #tell(what: string): void {
    if (!this.#isTold) this.#taker.onDamaged({ offset: this.#offset, what });
    this.#isTold = true;
  }

  #lose(): void {
    this.#isLost = true;
    this.#advance(1);
  }

  #advance(bytes: number): void {
    const held = Math.min(bytes, this.#end - this.#start);
    this.#skippedAt = this.#offset;
    this.#start += held;
    this.#offset += held;
    this.#skip = bytes - held;
  }

  /** Deals with the record at hand. */
  #readRecord(): Step {
    const held = this.#end - this.#start;
    if (held < HEADER_BYTES) return this.#orCut("its header");
    const start = this.#start;
    const type = this.#u16(start + 4);
    const subtype = this.#u16(start + 6);
    const bytes = HEADER_BYTES + this.#u32(start + 8);
    if (type === 0 || (type > TYPE_DEPRECATED_MAX && !TYPES.has(type))) {
      this.#tell(`${type} is no type of MRT records`);
      return "damaged";
    }
    if (bytes > RECORD_BYTES_MAX) {
      this.#tell(`a record of ${bytes} bytes is too long to be read`);
      return "damaged";
    }
    if (!this.#taker.wants(type, subtype)) {
      this.#isTold = false;
      this.#count += 1;
      this.#advance(bytes);
      return "done";
    }
    const whole = type === TABLE_DUMP ? this.#tableDumpBytes(subtype, bytes) : bytes;
    if (held < whole) return this.#orCut("a record");
    this.#take(type, subtype, whole);
    return "done";
  }

  #u16(at: number): number {
    return ((this.#storage[at] ?? 0) << 8) | (this.#storage[at + 1] ?? 0);
  }

  #u32(at: number): number {
    return this.#u16(at) * 0x10000 + this.#u16(at + 2);
  }

  /** Bytes of a TABLE_DUMP, which may declare too few. */
  #tableDumpBytes(subtype: number, bytes: number): number {
    const start = this.#start + HEADER_BYTES;
    const end = this.#start + bytes;
    const layout = TABLE_DUMP_SUBTYPES.get(subtype);
    if (layout === undefined || this.#end < end) return bytes;
    return tableDumpEnd(this.#storage.subarray(0, this.#end), start, end, layout) - this.#start;
  }

  #orCut(part: string): Step {
    if (!this.#isEnded) return "more";
    this.#tell(`the file ends within ${part}`);
    return "damaged";
  }

  #take(type: number, subtype: number, bytes: number): void {
    const seconds = this.#u32(this.#start);
    this.#lastSeconds = seconds;
    this.#body.open(this.#storage, this.#start + HEADER_BYTES, this.#start + bytes);
    try {
      this.#taker.take(type, subtype, this.#body, { offset: this.#offset, seconds });
      this.#isTold = false;
      this.#count += 1;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#tell(error.message);
    }
    this.#advance(bytes);
  }

  /** Looks for a place where a record may stand. */
  #find(): Step {
    const last = this.#end - HEADER_BYTES;
    let at = this.#start;
    while (at <= last && !this.#looksRight(at)) at++;
    this.#advance(at - this.#start);
    if (at > last) {
      if (this.#isEnded) this.#advance(this.#end - this.#start);
      return "more";
    }
    const next = at + HEADER_BYTES + this.#u32(at + 8);
    if (next === this.#end && this.#isEnded) return this.#found();
    if (next + HEADER_BYTES > this.#end) return this.#isEnded ? "damaged" : "more";
    return this.#looksRight(next) ? this.#found() : "damaged";
  }

  #found(): Step {
    this.#isLost = false;
    return "done";
  }

  /** Whether a header may stand at a place. */
  #looksRight(at: number): boolean {
    // Types are below 256: one look at a byte rules most places out.
    if (this.#storage[at + 4] !== 0 || this.#storage[at + 6] !== 0) return false;
    const subtypeMax = SUBTYPE_MAX.get(this.#u16(at + 4)) ?? -1;
    if (this.#u32(at + 8) > FOUND_BYTES_MAX || this.#u16(at + 6) > subtypeMax) return false;
    const seconds = this.#u32(at);
    const near = this.#lastSeconds ?? seconds;
    return Math.abs(seconds - near) <= FOUND_SECONDS_MAX;
  }
}
