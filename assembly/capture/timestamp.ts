/** Ticks of an interface as nanoseconds since 1970: exact, rounded down, and kept within a u64. */

import { TICKS_BINARY, TICKS_MULTIPLIED } from "../layout";
import { CaptureInterface } from "./records";

const SECOND: u64 = 1000000000;

/**
 * Nanoseconds of a count of ticks, with the interface's offset; beyond what a u64 holds, the
 * nearest that it does: 0 or 2^64 - 1.
 */
export function ticksNanoseconds(described: CaptureInterface, ticks: u64): u64 {
  const factor = described.factor;
  let nanoseconds = u64.MAX_VALUE;
  if (ticks <= described.ticksMax) {
    if (described.ticks == TICKS_MULTIPLIED) nanoseconds = ticks * factor;
    else if (described.ticks == TICKS_BINARY) nanoseconds = binaryNanoseconds(ticks, factor);
    else nanoseconds = ticks / factor;
  }
  const offset = described.offset;
  if (offset < 0) {
    const back = <u64>-offset;
    return nanoseconds > back ? nanoseconds - back : 0;
  }
  const sum = nanoseconds + <u64>offset;
  return sum >= nanoseconds ? sum : u64.MAX_VALUE;
}

/**
 * Nanoseconds of ticks of 2^-exponent seconds, exponent 0 to 127.
 *
 * The fraction f < 2^exponent makes floor(f * 10^9 / 2^exponent). The product may need 94 bits, so
 * the upper and the lower 32 bits of f are multiplied apart: with f = h * 2^32 + l,
 * floor(f * 10^9 / 2^32) = h * 10^9 + floor(l * 10^9 / 2^32), and the rest is a shift.
 */
function binaryNanoseconds(ticks: u64, exponent: u64): u64 {
  const seconds = exponent < 64 ? ticks >>> exponent : 0;
  const fraction = exponent < 64 ? ticks - (seconds << exponent) : ticks;
  if (exponent < 32) return seconds * SECOND + ((fraction * SECOND) >>> exponent);
  const shift = exponent - 32;
  if (shift >= 64) return 0;
  const scaled = (fraction >>> 32) * SECOND + (((fraction & 0xffffffff) * SECOND) >>> 32);
  return seconds * SECOND + (scaled >>> shift);
}
