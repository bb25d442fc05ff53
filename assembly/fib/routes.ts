/**
 * The routes of a table as they were given: the group that a prefix itself has, whatever covers it,
 * and all of them in order.
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
import { Table, TrieNode } from "../memory/records";
import { trieGroup, trieNext } from "./prefix-trie";
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

/**
 * Writes up to `count` routes in order, from behind the prefix that the first record holds; /0 is
 * none of them. Returns how many: fewer than `count` at the end. The reference engine lists none.
 */
export function fib4RoutesList(routes: u32, count: u32): u32 {
  const table = headerTable4();
  let high = (<u64>load<u32>(routes, ROUTE4_ADDRESS)) << 32;
  let length = load<u32>(routes, ROUTE4_LENGTH);
  for (let i: u32 = 0; i < count; i++) {
    const address = trieNext(table, high, 0, length);
    if (address == 0) return i;
    const node = changetype<TrieNode>(address);
    const route = routes + i * ROUTE4_BYTES;
    high = node.high;
    length = <u32>node.length;
    store<u32>(route, <u32>(high >>> 32), ROUTE4_ADDRESS);
    store<u32>(route, length, ROUTE4_LENGTH);
    store<u32>(route, <u32>node.group, ROUTE4_GROUP);
  }
  return count;
}

/** As fib4RoutesList. */
export function fib6RoutesList(routes: u32, count: u32): u32 {
  const table = headerTable6();
  let high = load<u64>(routes, ROUTE6_HIGH);
  let low = load<u64>(routes, ROUTE6_LOW);
  let length = load<u32>(routes, ROUTE6_LENGTH);
  for (let i: u32 = 0; i < count; i++) {
    const address = trieNext(table, high, low, length);
    if (address == 0) return i;
    const node = changetype<TrieNode>(address);
    const route = routes + i * ROUTE6_BYTES;
    high = node.high;
    low = node.low;
    length = <u32>node.length;
    store<u64>(route, high, ROUTE6_HIGH);
    store<u64>(route, low, ROUTE6_LOW);
    store<u32>(route, length, ROUTE6_LENGTH);
    store<u32>(route, <u32>node.group, ROUTE6_GROUP);
  }
  return count;
}
