/**
 * PDUs of the RPKI to Router protocol (RFC 8210 version 1, RFC 6810 version 0).
 *
 *     | version u8 | type u8 | session, code or zero u16 | length u32 | length - 8 bytes ... |
 *
 *     4  prefix        flags u8 | length u8 | greatest length u8 | zero u8 | address 4 | AS u32
 *     6  prefix        the same with an address of 16 bytes
 *     7  end of data   serial u32 [| refresh u32 | retry u32 | expire u32]     version 1 has times
 *     10 error report  length u32 | the PDU at fault | length u32 | text
 *
 * A PDU is judged as a whole before any of it counts. Bytes come in pieces of any size; what is
 * held is at most one PDU.
 */

import { maskHostBits, type PrefixCells, prefixCells } from "../../net/bytes.ts";
import { printable } from "../../net/printable.ts";
import type { Vrp } from "../../rib/vrp-rows.ts";

/** What both sides speak. */
export type RtrVersion = 0 | 1;

/** Codes of error reports (RFC 8210 section 12). */
export const RTR_ERROR = {
  corruptData: 0,
  internal: 1,
  noData: 2,
  invalidRequest: 3,
  unsupportedVersion: 4,
  unsupportedType: 5,
  unknownWithdrawal: 6,
  duplicate: 7,
  unexpectedVersion: 8,
} as const;

/** Times in seconds that a cache asks a router to keep (RFC 8210 section 6). */
export interface RtrTimes {
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

/** What a cache sends. A prefix holds until the next PDU is read. */
export type RtrMessage =
  | { readonly kind: "notify"; readonly session: number; readonly serial: number }
  | { readonly kind: "response"; readonly session: number }
  | {
      readonly kind: "prefix";
      readonly family: 4 | 6;
      readonly isAnnounced: boolean;
      readonly vrp: Vrp;
    }
  | {
      readonly kind: "end";
      readonly session: number;
      readonly serial: number;
      readonly times: RtrTimes | undefined;
    }
  | { readonly kind: "reset" }
  | { readonly kind: "router_key" }
  | { readonly kind: "error"; readonly code: number; readonly text: string }
  /** What cannot be meant, and the code that says so. */
  | { readonly kind: "fault"; readonly code: number; readonly what: string };

// --- Types of PDUs (RFC 8210 section 5) ---
const NOTIFY = 0;
const SERIAL_QUERY = 1;
const RESET_QUERY = 2;
const RESPONSE = 3;
const PREFIX4 = 4;
const PREFIX6 = 6;
const END = 7;
const RESET = 8;
const ROUTER_KEY = 9;
const ERROR = 10;

const HEADER_BYTES = 8;
/** Lengths of PDUs by their type; of others a least length alone is known. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [NOTIFY, 12],
  [RESPONSE, 8],
  [PREFIX4, 20],
  [PREFIX6, 32],
  [RESET, 8],
]);
const ROUTER_KEY_BYTES_MIN = 32;
const ERROR_BYTES_MIN = 16;
/** More than any key or error text needs. */
const PDU_BYTES_MAX = 65_536;
/** Of a PDU that is at fault, its start goes into the report. */
const REPORTED_BYTES_MAX = 64;
const TEXT_BYTES_MAX = 400;

function query(version: RtrVersion, type: number, field: number, serial?: number): Uint8Array {
  const bytes = new Uint8Array(serial === undefined ? HEADER_BYTES : HEADER_BYTES + 4);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, type);
  view.setUint16(2, field);
  view.setUint32(4, bytes.length);
  if (serial !== undefined) view.setUint32(HEADER_BYTES, serial);
  return bytes;
}

/** Asks for what changed since a serial of a session. */
export function serialQuery(version: RtrVersion, session: number, serial: number): Uint8Array {
  return query(version, SERIAL_QUERY, session, serial);
}

/** Asks for everything. */
export function resetQuery(version: RtrVersion): Uint8Array {
  return query(version, RESET_QUERY, 0);
}

/** Tells a cache what was wrong, with the start of the PDU that was. */
export function errorReport(
  version: RtrVersion,
  code: number,
  what: string,
  pdu: Uint8Array,
): Uint8Array {
  const start = pdu.subarray(0, REPORTED_BYTES_MAX);
  const text = new TextEncoder().encode(what).subarray(0, TEXT_BYTES_MAX);
  const bytes = new Uint8Array(ERROR_BYTES_MIN + start.length + text.length);
  const view = new DataView(bytes.buffer);
  bytes.set(query(version, ERROR, code));
  view.setUint32(4, bytes.length);
  view.setUint32(8, start.length);
  bytes.set(start, 12);
  view.setUint32(12 + start.length, text.length);
  bytes.set(text, 16 + start.length);
  return bytes;
}

/** A message, the version that its PDU names, and the PDU. */
export interface RtrPdu {
  readonly version: number;
  readonly message: RtrMessage;
  readonly bytes: Uint8Array;
}

/** Cuts what a cache sends into PDUs and reads them. */
export class RtrReader {
  #held = new Uint8Array(0);
  readonly #cells = prefixCells();

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    const held = new Uint8Array(this.#held.length + bytes.length);
    held.set(this.#held);
    held.set(bytes, this.#held.length);
    this.#held = held;
  }

  /** The next PDU; undefined until more bytes come. Behind a fault, nothing can be read. */
  next(): RtrPdu | undefined {
    const held = this.#held;
    if (held.length < HEADER_BYTES) return undefined;
    const view = new DataView(held.buffer, held.byteOffset, held.length);
    const version = view.getUint8(0);
    const length = view.getUint32(4);
    if (length < HEADER_BYTES || length > PDU_BYTES_MAX) {
      const what = `a PDU of ${length} bytes`;
      return { version, message: fault(RTR_ERROR.corruptData, what), bytes: held };
    }
    if (held.length < length) return undefined;
    const bytes = held.subarray(0, length);
    this.#held = held.subarray(length);
    return { version, message: readPdu(bytes, version, this.#cells), bytes };
  }
}

function fault(code: number, what: string): RtrMessage {
  return { kind: "fault", code, what };
}

function readPdu(bytes: Uint8Array, version: number, cells: PrefixCells): RtrMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint8(1);
  const field = view.getUint16(2);
  const needed = type === END ? (version === 0 ? 12 : 24) : LENGTHS.get(type);
  if (needed !== undefined && bytes.length !== needed) {
    return fault(RTR_ERROR.corruptData, `a PDU of type ${type} with ${bytes.length} bytes`);
  }
  switch (type) {
    case NOTIFY:
      return { kind: "notify", session: field, serial: view.getUint32(8) };
    case RESPONSE:
      return { kind: "response", session: field };
    case PREFIX4:
      return readPrefixPdu(view, 4, cells);
    case PREFIX6:
      return readPrefixPdu(view, 6, cells);
    case END:
      return { kind: "end", session: field, serial: view.getUint32(8), times: readTimes(view) };
    case RESET:
      return { kind: "reset" };
    case ERROR:
      return readError(view, field);
    case ROUTER_KEY:
      if (bytes.length >= ROUTER_KEY_BYTES_MIN) return { kind: "router_key" };
      return fault(RTR_ERROR.corruptData, `a router key of ${bytes.length} bytes`);
    default:
      return fault(RTR_ERROR.unsupportedType, `${type} is no type of PDU that a cache sends`);
  }
}

function readTimes(view: DataView): RtrTimes | undefined {
  if (view.byteLength === 12) return undefined;
  return { refresh: view.getUint32(12), retry: view.getUint32(16), expire: view.getUint32(20) };
}

function readPrefixPdu(view: DataView, family: 4 | 6, cells: PrefixCells): RtrMessage {
  const flags = view.getUint8(8);
  const [length, maxLength] = [view.getUint8(9), view.getUint8(10)];
  const width = family === 4 ? 32 : 128;
  if (length > maxLength || maxLength > width) {
    return fault(RTR_ERROR.corruptData, `a prefix of length ${length} to ${maxLength}`);
  }
  cells.family = family;
  cells.length = length;
  cells.words.fill(0);
  for (let word = 0; word < width / 32; word++) cells.words[word] = view.getUint32(12 + 4 * word);
  if (maskHostBits(cells)) {
    return fault(RTR_ERROR.corruptData, `a prefix with bits behind its length ${length}`);
  }
  const as = view.getUint32(view.byteLength - 4);
  const vrp = { words: cells.words, length, maxLength, as };
  return { kind: "prefix", family, isAnnounced: (flags & 1) === 1, vrp };
}

/** An error report whose lengths lie says nothing but its code. */
function readError(view: DataView, code: number): RtrMessage {
  if (view.byteLength < ERROR_BYTES_MIN) return { kind: "error", code, text: "" };
  const inner = view.getUint32(8);
  const textAt = 16 + inner;
  if (textAt > view.byteLength) return { kind: "error", code, text: "" };
  const length = Math.min(view.getUint32(12 + inner), view.byteLength - textAt, TEXT_BYTES_MAX);
  const text = new Uint8Array(view.buffer, view.byteOffset + textAt, length);
  // Some caches end it as C does.
  const written = new TextDecoder().decode(text).replace(/\0+$/, "");
  return { kind: "error", code, text: printable(written) };
}
