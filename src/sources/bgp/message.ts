/**
 * BGP messages (RFC 4271 section 4): their header, and what a receiver makes of them.
 *
 *     message   marker 16 | length u16 | type u8 | body
 *
 * A message is read as a whole before any of it counts: one that fails half-way did nothing.
 */

import { Malformed, readerOf } from "../byte-reader.ts";
import { type BgpUpdate, readUpdate, SessionReset, type UpdateOptions } from "./update.ts";

/** A message: an UPDATE, the type of another, or what ends the session (RFC 4271 section 6). */
export type BgpMessage =
  | { readonly kind: "update"; readonly update: BgpUpdate }
  | { readonly kind: "other"; readonly type: number }
  | {
      readonly kind: "reset";
      /** Error code and subcode of the NOTIFICATION to send. */
      readonly code: number;
      readonly subcode: number;
      readonly what: string;
    };

/** Type of an UPDATE (RFC 4271 section 4.1): 1 is OPEN, 3 NOTIFICATION, 4 KEEPALIVE. */
const MESSAGE_UPDATE = 2;
const TYPE_MAX = 5;

const MARKER_BYTES = 16;
const HEADER_BYTES = 19;

/** Message Header Error and its subcodes (RFC 4271 section 6.1). */
const HEADER_ERROR = 1;
const NOT_SYNCHRONIZED = 1;
const BAD_LENGTH = 2;
const BAD_TYPE = 3;
/** UPDATE Message Error, Malformed Attribute List (RFC 4271 section 6.3). */
const UPDATE_ERROR = 3;
const MALFORMED_LIST = 1;

/** Reads the one message that `bytes` are; in a dump, more may stand behind it. */
export function readMessage(bytes: Uint8Array, options: UpdateOptions): BgpMessage {
  const length = (bytes[MARKER_BYTES] ?? 0) * 256 + (bytes[MARKER_BYTES + 1] ?? 0);
  const type = bytes[HEADER_BYTES - 1] ?? 0;
  const isWhole = options.isLenient ? length <= bytes.length : length === bytes.length;
  if (bytes.length < HEADER_BYTES || length < HEADER_BYTES || !isWhole) {
    const what = `a message of ${length} bytes stands in ${bytes.length}`;
    return { kind: "reset", code: HEADER_ERROR, subcode: BAD_LENGTH, what };
  }
  if (!bytes.subarray(0, MARKER_BYTES).every((byte) => byte === 0xff)) {
    const what = "the marker of a message is not all ones";
    return { kind: "reset", code: HEADER_ERROR, subcode: NOT_SYNCHRONIZED, what };
  }
  if (type === 0 || type > TYPE_MAX) {
    const what = `${type} is no type of messages`;
    return { kind: "reset", code: HEADER_ERROR, subcode: BAD_TYPE, what };
  }
  if (type !== MESSAGE_UPDATE) return { kind: "other", type };
  return readUpdateBody(bytes.subarray(HEADER_BYTES, length), options);
}

/** Reads what follows the header of an UPDATE. */
export function readUpdateBody(bytes: Uint8Array, options: UpdateOptions): BgpMessage {
  try {
    return { kind: "update", update: readUpdate(readerOf(bytes), options) };
  } catch (error) {
    if (error instanceof SessionReset) {
      return { kind: "reset", code: UPDATE_ERROR, subcode: error.subcode, what: error.message };
    }
    if (!(error instanceof Malformed)) throw error;
    return { kind: "reset", code: UPDATE_ERROR, subcode: MALFORMED_LIST, what: error.message };
  }
}
