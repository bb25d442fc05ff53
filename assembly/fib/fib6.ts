/** IPv6 table, read side: groups of packed addresses, and the matched prefix for tools. */

import { headerTable6 } from "../memory/header";
import { referenceLookup, referenceMatchLength } from "./reference";

/** As fib4LookupBatch, for addresses of 16 bytes. */
export function fib6LookupBatch(addresses: u32, groups: u32, count: u32): void {
  const table = headerTable6();
  const end = addresses + (count << 4);
  for (let address = addresses, out = groups; address < end; address += 16, out += 4) {
    const high = bswap<u64>(load<u64>(address));
    const low = bswap<u64>(load<u64>(address, 8));
    store<u32>(out, referenceLookup(table, high, low));
  }
}

/** Length of the prefix that an address (two u64, host order) matches, or MATCH_NONE. */
export function fib6MatchLength(high: u64, low: u64): u32 {
  return referenceMatchLength(headerTable6(), high, low);
}

/** As fib6MatchLength for the 16 bytes in network order at `address`: i64 arguments cost twice. */
export function fib6MatchLengthAt(address: u32): u32 {
  return fib6MatchLength(bswap<u64>(load<u64>(address)), bswap<u64>(load<u64>(address, 8)));
}
