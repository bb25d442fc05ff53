/**
 * Token buckets that bound what a worker makes by itself.
 *
 *   +0   u32 tokens that are left
 *   +4   u32 second of the clock for which that holds
 */

import { HEADER, HEADER_CLOCK } from "../layout";

/** Where the second stands. */
const SECOND: u32 = 4;

/** Adds what the seconds since the last time are worth, up to `burst` tokens in all. */
export function bucketFill(bucket: u32, rate: u32, burst: u32): void {
  const now = load<u32>(HEADER, HEADER_CLOCK);
  const added = <u64>(now - load<u32>(bucket, SECOND)) * <u64>rate;
  const tokens = <u64>load<u32>(bucket) + added;
  store<u32>(bucket, <u32>min<u64>(tokens, <u64>burst));
  store<u32>(bucket, now, SECOND);
}

/** Takes a token; false where none is left. */
export function bucketTake(bucket: u32): bool {
  const tokens = load<u32>(bucket);
  if (tokens == 0) return false;
  store<u32>(bucket, tokens - 1);
  return true;
}
