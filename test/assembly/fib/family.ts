/** Both FIBs behind one face, with addresses as bigints, so that each test is written once. */

import type { Engine } from "../../../src/engine/engine.ts";
import type { RouteColumns, TableUsage } from "../../../src/engine/fib-tables.ts";
import type { EngineName } from "../../../src/engine/table-plan.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { MODULE_TARGETS, type ModuleTarget } from "../../setup/modules.ts";

/** What an update did. */
export interface UpdateResult {
  /** Routes applied: fewer than given when the table is full. */
  readonly applied: number;
  /** The group that each prefix had before; of routes that were not applied, their own. */
  readonly before: readonly number[];
}

/** One family's table of an engine. */
export interface FibFamily {
  readonly name: string;
  /** Bits of an address. */
  readonly width: 32 | 128;
  update(engine: Engine, routes: readonly OracleRoute[]): UpdateResult;
  /** The group that each route's prefix itself has, 0 for none. */
  routeGroups(engine: Engine, routes: readonly OracleRoute[]): readonly number[];
  /** All routes in order. */
  list(engine: Engine): readonly OracleRoute[];
  /** Group ids. */
  lookup(engine: Engine, addresses: readonly bigint[]): readonly number[];
  matchLength(engine: Engine, address: bigint): number | undefined;
  usage(engine: Engine): TableUsage;
}

/** A build of the module with one of its lookup engines. */
export interface TableBuild {
  readonly target: ModuleTarget;
  readonly engine: EngineName;
}

/** Both lookup engines in every build. */
export const TABLE_BUILDS: readonly TableBuild[] = MODULE_TARGETS.flatMap((target) =>
  (["fast", "reference"] as const).map((engine) => ({ target, engine })),
);

const FAMILY4: FibFamily = {
  name: "IPv4",
  width: 32,
  update: ({ tables }, routes) => update(routes, 1, (columns) => tables.update4(columns)),
  routeGroups: ({ tables }, routes) => routeGroups(routes, 1, (all) => tables.routeGroups4(all)),
  list: ({ tables }) => listed(tables.routes4(), 1),
  lookup: ({ tables }, addresses) => [...tables.lookup4(Uint32Array.from(addresses, Number))],
  matchLength: ({ tables }, address) => tables.matchLength4(Number(address)),
  usage: ({ tables }) => tables.usage4,
};

const FAMILY6: FibFamily = {
  name: "IPv6",
  width: 128,
  update: ({ tables }, routes) => update(routes, 4, (columns) => tables.update6(columns)),
  routeGroups: ({ tables }, routes) => routeGroups(routes, 4, (all) => tables.routeGroups6(all)),
  list: ({ tables }) => listed(tables.routes6(), 4),
  lookup: ({ tables }, addresses) => [...tables.lookup6(addressBytes(addresses, 128))],
  matchLength: ({ tables }, address) =>
    tables.matchLength6(address >> 64n, address & 0xffff_ffff_ffff_ffffn),
  usage: ({ tables }) => tables.usage6,
};

/** The two families. */
export const FIB_FAMILIES: readonly FibFamily[] = [FAMILY4, FAMILY6];

/** The prefix of a length that an address lies in. */
export function prefixAddress(address: bigint, length: number, width: number): bigint {
  const hostBits = BigInt(width - length);
  return (address >> hostBits) << hostBits;
}

/** The first and the last address of a prefix, and their neighbours, which wrap at the ends. */
export function boundaryAddresses(
  { address, length }: Pick<OracleRoute, "address" | "length">,
  width: number,
): readonly bigint[] {
  const size = 1n << BigInt(width - length);
  return [address, address + size - 1n, address - 1n, address + size].map((bound) =>
    BigInt.asUintN(width, bound),
  );
}

/** The records that undo an update: its prefixes in reverse order, with what they had before. */
export function inverseRoutes(
  routes: readonly OracleRoute[],
  before: readonly number[],
): readonly OracleRoute[] {
  return routes.map((route, index) => ({ ...route, group: before[index] ?? 0 })).reverse();
}

function update(
  routes: readonly OracleRoute[],
  width: number,
  apply: (columns: RouteColumns) => number,
): UpdateResult {
  const columns = columnsOf(routes, width);
  const applied = apply(columns);
  return { applied, before: [...columns.groups] };
}

function routeGroups(
  routes: readonly OracleRoute[],
  width: number,
  read: (columns: RouteColumns) => void,
): readonly number[] {
  const columns = columnsOf(routes, width);
  read(columns);
  return [...columns.groups];
}

/** Routes of columns, `width` words an address. */
function listed(parts: Iterable<RouteColumns>, width: number): readonly OracleRoute[] {
  const routes: OracleRoute[] = [];
  for (const { count, words, lengths, groups } of parts) {
    for (let row = 0; row < count; row++) {
      const own = words.subarray(row * width, (row + 1) * width);
      const address = own.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
      routes.push({ address, length: lengths[row] ?? 0, group: groups[row] ?? 0 });
    }
  }
  return routes;
}

/** Routes as columns, `width` words an address. */
function columnsOf(routes: readonly OracleRoute[], width: number): RouteColumns {
  const words = new Uint32Array(routes.length * width);
  for (const [index, { address }] of routes.entries()) {
    writeWords(words, index * width, width, address);
  }
  return {
    count: routes.length,
    words,
    lengths: Uint8Array.from(routes, ({ length }) => length),
    groups: Uint32Array.from(routes, ({ group }) => group),
  };
}

/** Writes `count` u32, the most significant first. */
function writeWords(words: Uint32Array, start: number, count: number, value: bigint): void {
  for (let word = 0; word < count; word++) {
    const shift = BigInt(32 * (count - 1 - word));
    words[start + word] = Number((value >> shift) & 0xffffffffn);
  }
}

/** Addresses as they stand in packets: of 32 or 128 bits each, in network order. */
export function addressBytes(addresses: readonly bigint[], width: number): Uint8Array {
  const view = new DataView(new ArrayBuffer((addresses.length * width) / 8));
  for (const [index, address] of addresses.entries()) {
    if (width === 32) {
      view.setUint32(index * 4, Number(address));
    } else {
      view.setBigUint64(index * 16, address >> 64n);
      view.setBigUint64(index * 16 + 8, BigInt.asUintN(64, address));
    }
  }
  return new Uint8Array(view.buffer);
}
