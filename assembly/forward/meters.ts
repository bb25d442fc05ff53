/**
 * Meters: packets counted, and dropped beyond a rate or altogether, by the prefix of their source
 * or by their route.
 *
 *   meter u64   action, unit, rate, burst | tokens, filled | packets, bytes, dropped, of them bytes
 *
 * A bucket holds billionths of tokens, so that each nanosecond brings `rate` of them: no division,
 * and nothing is lost to rounding. Time is that of the packets, and never runs backwards. Each
 * worker has meters of its own, which the host gives their part of the rate.
 * Cost: one cache line a packet that has a meter; nothing for others.
 */

import {
  DROP_NONE,
  DROP_RATE_LIMIT,
  DROP_SOURCE_BLACKHOLE,
  METER_ACTION,
  METER_BURST,
  METER_BYTES,
  METER_COUNTS,
  METER_DROPPED,
  METER_DROPPED_BYTES,
  METER_DROPS,
  METER_FILLED,
  METER_IS_BYTES,
  METER_LIMITS,
  METER_PACKET_BYTES,
  METER_PACKETS,
  METER_RATE,
  METER_TOKENS,
} from "../layout";

/** Billionths in a token; also nanoseconds in a second. */
const BILLION: u64 = 1000000000;
/** Longest time that fills a bucket at once: 2^32 ns times a rate below 2^31 fits into a u64. */
const FILLING_MAX: u64 = 0xffffffff;

/** Whether a meter counts alone: its packets may be added up first. */
export function meterCounts(meters: u32, number: u32): bool {
  return load<u32>(meters + number * METER_BYTES, METER_ACTION) == METER_COUNTS;
}

/** Counts so many packets and their bytes. */
export function meterAdd(meters: u32, number: u32, packets: u64, bytes: u64): void {
  const meter = meters + number * METER_BYTES;
  store<u64>(meter, load<u64>(meter, METER_PACKETS) + packets, METER_PACKETS);
  store<u64>(meter, load<u64>(meter, METER_PACKET_BYTES) + bytes, METER_PACKET_BYTES);
}

/** Lets a packet of so many bytes pass a meter, or says why it is dropped. */
export function meterPass(meters: u32, number: u32, timestamp: u64, bytes: u32): u32 {
  const meter = meters + number * METER_BYTES;
  meterAdd(meters, number, 1, bytes);
  const action = load<u32>(meter, METER_ACTION);
  let reason: u32 = DROP_NONE;
  if (action == METER_DROPS) reason = DROP_SOURCE_BLACKHOLE;
  else if (action == METER_LIMITS && !tokensTake(meter, timestamp, bytes)) reason = DROP_RATE_LIMIT;
  if (reason == DROP_NONE) return DROP_NONE;
  store<u64>(meter, load<u64>(meter, METER_DROPPED) + 1, METER_DROPPED);
  store<u64>(meter, load<u64>(meter, METER_DROPPED_BYTES) + bytes, METER_DROPPED_BYTES);
  return reason;
}

/** Fills a bucket up to now and takes a packet's tokens from it, where it has as many. */
function tokensTake(meter: u32, timestamp: u64, bytes: u32): bool {
  const most = <u64>load<u32>(meter, METER_BURST) * BILLION;
  const filled = load<u64>(meter, METER_FILLED);
  let tokens = load<u64>(meter, METER_TOKENS);
  if (timestamp > filled) {
    const passed = min<u64>(timestamp - filled, FILLING_MAX);
    tokens = min<u64>(tokens + passed * <u64>load<u32>(meter, METER_RATE), most);
    store<u64>(meter, timestamp, METER_FILLED);
  }
  const units: u64 = load<u32>(meter, METER_IS_BYTES) != 0 ? <u64>bytes : 1;
  const wanted = units * BILLION;
  const isEnough = tokens >= wanted;
  store<u64>(meter, isEnough ? tokens - wanted : tokens, METER_TOKENS);
  return isEnough;
}
