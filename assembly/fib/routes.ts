/**
 * The routes of a table as they were given: the group that a prefix itself has, whatever covers it.
 *
 * For the writer, who must know what a prefix leads to before it changes; packets never ask.
 * Cost: the way down the prefix trie, at most a load a bit.
 */

import {
  ENGINE_REFERENCE,
  ROUTE4_ADDRESS,
  ROUTE4_BYTES,
  ROUTE4_GROUP,
  ROUTE4_LENGTH,
  ROUTE6_BYTES,
  ROUTE6_GROUP,
  ROUTE6_HIGH,
  ROUTE6_LENGTH,
  ROUTE6_LOW,
} from "../layout";
import { headerTable4, headerTable6 } from "../memory/header";
import { Table } from "../memory/records";
import { trieGroup } from "./prefix-trie";
import { referenceGroup } from "./reference";

/** Writes the group that each of `count` prefixes has into its record, 0 for none. */
export function fib4RouteGroups(routes: u32, count: u32): void {
  const table = headerTable4();
  for (let i: u32 = 0; i < count; i++) {
    const route = routes + i * ROUTE4_BYTES;
    const key = (<u64>load<u32>(route, ROUTE4_ADDRESS)) << 32;
    store<u32>(route, routeGroup(table, key, 0, load<u32>(route, ROUTE4_LENGTH)), ROUTE4_GROUP);
  }
}

/** As fib4RouteGroups. */
export function fib6RouteGroups(routes: u32, count: u32): void {
  const table = headerTable6();
  for (let i: u32 = 0; i < count; i++) {
    const route = routes + i * ROUTE6_BYTES;
    const high = load<u64>(route, ROUTE6_HIGH);
    const low = load<u64>(route, ROUTE6_LOW);
    store<u32>(route, routeGroup(table, high, low, load<u32>(route, ROUTE6_LENGTH)), ROUTE6_GROUP);
  }
}

function routeGroup(table: Table, high: u64, low: u64, length: u32): u32 {
  if (length == 0) return table.defaultGroup;
  if (table.engine == ENGINE_REFERENCE) return referenceGroup(table.root, high, low, length);
  return trieGroup(table, high, low, length);
}
