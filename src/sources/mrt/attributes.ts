/** BGP path attributes as table dumps hold them (RFC 4271 section 4.3): which AS is the origin? */

import type { ByteReader } from "../byte-reader.ts";

/** The origin of a path that names no one AS. AS 0 is nobody's (RFC 7607). */
export const NO_ORIGIN = 0;

const EXTENDED_LENGTH = 0x10;
const AS_PATH = 2;
/** An ordered part of a path (RFC 4271 section 4.3); sets and confederations name no one origin. */
const AS_SEQUENCE = 2;
/** Table dumps of version 2 have four bytes for every AS (RFC 6396 section 4.3.4). */
const AS_BYTES = 4;

/**
 * The origin AS of the attributes that `reader` holds, which are read to their end: the last AS of
 * the path where its last segment is a sequence, otherwise NO_ORIGIN (RFC 6811 section 2). Of
 * several paths the first counts (RFC 7606 section 3).
 */
export function readOrigin(reader: ByteReader): number {
  let origin: number | undefined;
  while (reader.left > 0) {
    const flags = reader.u8("the flags of an attribute");
    const type = reader.u8("the type of an attribute");
    const part = "the length of an attribute";
    const bytes = (flags & EXTENDED_LENGTH) === 0 ? reader.u8(part) : reader.u16(part);
    const outer = reader.narrow(bytes, "an attribute");
    if (type === AS_PATH) origin ??= pathOrigin(reader);
    reader.widen(outer);
  }
  return origin ?? NO_ORIGIN;
}

function pathOrigin(reader: ByteReader): number {
  let origin = NO_ORIGIN;
  while (reader.left > 0) {
    const type = reader.u8("the type of a path segment");
    const count = reader.u8("the length of a path segment");
    const outer = reader.narrow(count * AS_BYTES, "a path segment");
    origin = NO_ORIGIN;
    if (type === AS_SEQUENCE && count > 0) {
      reader.skip((count - 1) * AS_BYTES, "a path segment");
      origin = reader.u32("an AS");
    }
    reader.widen(outer);
  }
  return origin;
}
