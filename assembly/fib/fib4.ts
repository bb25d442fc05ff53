/** IPv4 table, read side: groups of packed addresses, and the matched prefix for tools. */

import { headerTable4 } from "../memory/header";
import { referenceLookup, referenceMatchLength } from "./reference";

/**
 * Looks up `count` addresses of 4 bytes in network order at `addresses`, as they stand in packets,
 * and stores a u32 group id for each at `groups`: the default route's where nothing longer matches,
 * 0 where there is no route.
 */
export function fib4LookupBatch(addresses: u32, groups: u32, count: u32): void {
  const table = headerTable4();
  const end = addresses + (count << 2);
  for (let address = addresses, out = groups; address < end; address += 4, out += 4) {
    store<u32>(out, referenceLookup(table, (<u64>bswap<u32>(load<u32>(address))) << 32, 0));
  }
}

/** Length of the prefix that an address (host order) matches, MATCH_NONE without a route. */
export function fib4MatchLength(address: u32): u32 {
  return referenceMatchLength(headerTable4(), (<u64>address) << 32, 0);
}
