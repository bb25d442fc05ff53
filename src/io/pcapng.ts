/**
 * The blocks of pcapng that are rare enough for the host: section headers and interface
 * descriptions (draft-ietf-opsawg-pcapng, sections 4.1 and 4.2).
 */

import {
  CAPTURE_BLOCK_BYTES_MAX,
  type CaptureInterface,
  type TickScale,
} from "../engine/capture-state.ts";
import { type CapturePlace, formatError } from "./capture-errors.ts";

/** First word of a pcapng file, the same in both byte orders. */
export const PCAPNG_MAGIC = 0x0a0d0d0a;
/** Type, length and byte-order magic of a section header. */
export const SECTION_START_BYTES = 12;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const SECTION_BYTES_MIN = 28;
const VERSION_MAJOR = 1;
const INTERFACE_BYTES_MIN = 20;
const INTERFACE_OPTIONS = 16;
const TRAILER_BYTES = 4;

const OPTION_END = 0;
const OPTION_TICKS = 9;
const OPTION_OFFSET = 14;

const MICROSECONDS: TickScale = { kind: "multiplied", factor: 1000n };
const NANOSECOND_DIGITS = 9;
/** A u64 of ticks of 10^-29 seconds or less is no whole nanosecond. */
const DIGITS_MAX = 28;
const SECOND_NS = 1_000_000_000n;

/** What the first bytes of a section header say. */
export interface SectionStart {
  readonly littleEndian: boolean;
  /** Bytes of the whole header block. */
  readonly length: number;
}

/** Reads the first SECTION_START_BYTES of a section header. Throws CAPTURE_FORMAT. */
export function sectionStart(view: DataView, place: CapturePlace): SectionStart {
  const littleEndian = view.getUint32(8, true) === BYTE_ORDER_MAGIC;
  if (!littleEndian && view.getUint32(8) !== BYTE_ORDER_MAGIC) {
    const magic = view.getUint32(8);
    const what = `the section's byte-order magic is 0x${magic.toString(16).padStart(8, "0")}`;
    throw formatError(place, what, { magic });
  }
  const length = view.getUint32(4, littleEndian);
  if (length < SECTION_BYTES_MIN || length % 4 !== 0 || length > CAPTURE_BLOCK_BYTES_MAX) {
    throw formatError(place, `a section header of ${length} bytes cannot be`, { length });
  }
  return { littleEndian, length };
}

/** Checks the rest of a section header, which is wholly there. Throws CAPTURE_FORMAT. */
export function checkSection(view: DataView, start: SectionStart, place: CapturePlace): void {
  const trailer = view.getUint32(start.length - TRAILER_BYTES, start.littleEndian);
  if (trailer !== start.length) {
    const what = `the section header of ${start.length} bytes ends with the length ${trailer}`;
    throw formatError(place, what, { length: start.length, trailer });
  }
  const major = view.getUint16(12, start.littleEndian);
  if (major !== VERSION_MAJOR) {
    const what = `version ${major} of pcapng is not read`;
    throw formatError(place, what, { major }, "convert it with editcap -F pcapng");
  }
}

/**
 * Reads an interface description of `length` bytes; its two lengths agree.
 * Throws CAPTURE_FORMAT where an option does not fit.
 */
export function pcapngInterface(
  view: DataView,
  length: number,
  littleEndian: boolean,
  place: CapturePlace,
): CaptureInterface {
  if (length < INTERFACE_BYTES_MIN) {
    throw formatError(place, `an interface description of ${length} bytes cannot be`, { length });
  }
  let ticks = MICROSECONDS;
  let offsetNs = 0n;
  const end = length - TRAILER_BYTES;
  let at = INTERFACE_OPTIONS;
  while (at + 4 <= end) {
    const code = view.getUint16(at, littleEndian);
    const bytes = view.getUint16(at + 2, littleEndian);
    if (code === OPTION_END) break;
    const expected = code === OPTION_TICKS ? 1 : code === OPTION_OFFSET ? 8 : bytes;
    if (bytes !== expected || at + 4 + bytes > end) {
      throw formatError(place, `option ${code} of an interface has ${bytes} bytes`, {
        code,
        bytes,
      });
    }
    if (code === OPTION_TICKS) ticks = tickScale(view.getUint8(at + 4));
    if (code === OPTION_OFFSET) {
      offsetNs = clampI64(view.getBigInt64(at + 4, littleEndian) * SECOND_NS);
    }
    at += 4 + Math.ceil(bytes / 4) * 4;
  }
  return {
    linkType: view.getUint16(8, littleEndian),
    snapBytes: view.getUint32(12, littleEndian),
    ticks,
    offsetNs,
  };
}

/** if_tsresol: a power of ten, or with the top bit set a power of two, both negative. */
function tickScale(resolution: number): TickScale {
  const exponent = resolution & 0x7f;
  if (resolution !== exponent) return { kind: "binary", exponent };
  if (exponent <= NANOSECOND_DIGITS) {
    return { kind: "multiplied", factor: 10n ** BigInt(NANOSECOND_DIGITS - exponent) };
  }
  if (exponent > DIGITS_MAX) return { kind: "multiplied", factor: 0n };
  return { kind: "divided", factor: 10n ** BigInt(exponent - NANOSECOND_DIGITS) };
}

/** An offset beyond an i64 of nanoseconds (292 years) counts as that. */
function clampI64(value: bigint): bigint {
  const most = 2n ** 63n - 1n;
  if (value > most) return most;
  return value < -most ? -most : value;
}
