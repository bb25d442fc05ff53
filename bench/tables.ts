/** Tables to measure with: from files or generated, with groups as they are or as asked for. */

import path from "node:path";
import type { RouteColumns } from "../src/engine/fib-tables.ts";
import { GROUPS_MAX, GROUPS_RESERVED } from "../src/engine/layout.ts";
import { formatAddress } from "../src/net/address.ts";
import { AnyfibError } from "../src/net/errors.ts";
import { loadTable } from "../src/node/tables.ts";
import { clusteredGroups, randomGroups } from "../src/replay/generate-groups.ts";
import { generateTable } from "../src/replay/generate-table.ts";
import type { RouteTarget } from "../src/rib/route.ts";
import { RouteTable } from "../src/rib/route-table.ts";
import { readTextTable } from "../src/sources/text.ts";

/** How prefixes get groups where a table does not say, or where others are asked for. */
export interface GroupsChoice {
  /** Groups of a family, of which some may stay without a prefix. */
  readonly count: number;
  /** In runs, as origin ASes cluster them, or drawn for each prefix: the worst case. */
  readonly placement: "clustered" | "random";
}

/** Routes as they were read or generated. */
export interface NamedTable {
  /** As results name it. */
  readonly name: string;
  readonly routes: RouteTable;
  /** Whether the prefixes stand alone: their groups are to be chosen. */
  readonly isBare: boolean;
}

/** The routes of one family, ready to be installed. */
export interface FamilyTable {
  readonly family: 4 | 6;
  readonly name: string;
  /** In the order of addresses, then lengths, each prefix once; groups from GROUPS_RESERVED on. */
  readonly routes: RouteColumns;
  /** Distinct groups, or as many as were asked for. */
  readonly groups: number;
  /** Where the groups come from: the table's own next hops, or a choice. */
  readonly placement: "table" | GroupsChoice["placement"];
}

/** Which tables to measure with. */
export interface TableChoice {
  /** Files, read in order as one table; without any, synthetic tables. */
  readonly files?: readonly string[];
  /** Routes of a synthetic table: of IPv4, and a quarter for IPv6 unless it is alone. */
  readonly routes?: number;
  /** Both unless said. */
  readonly family?: 4 | 6 | undefined;
  /** Groups in place of those that the files give. */
  readonly groups?: GroupsChoice | undefined;
  /** Told of what was accepted but looks odd. */
  readonly onWarning?: (warning: string) => void;
}

/** For prefixes alone, where nothing else was said. */
export const DEFAULT_GROUPS: GroupsChoice = { count: 16, placement: "clustered" };

/** Stand in for the next hops of bare prefixes: documentation addresses (RFC 5737, RFC 3849). */
const STAND_INS = ["192.0.2.1", "2001:db8::1"] as const;

/** Same tables and groups each time. */
const SEED = 1;
/** Routes of a synthetic table unless said. */
const SYNTHETIC_ROUTES = 1_000_000;
/** The Internet has so many IPv4 routes for each of IPv6. */
const ROUTES4_PER_ROUTE6 = 4;

/**
 * The tables of a choice, one a family that has routes. Throws USAGE where none has, CAPACITY for
 * too many groups, and what reading throws.
 */
export async function* chosenTables(choice: TableChoice): AsyncGenerator<FamilyTable> {
  const { files = [], routes = SYNTHETIC_ROUTES, family: only, groups, onWarning } = choice;
  const families = only === undefined ? ([4, 6] as const) : [only];
  const read = files.length === 0 ? undefined : await fileTable(files, onWarning);
  let found = 0;
  for (const family of families) {
    const isQuarter = family === 6 && only === undefined;
    const count = isQuarter ? Math.ceil(routes / ROUTES4_PER_ROUTE6) : routes;
    const table = familyTable(read ?? (await syntheticTable(family, count)), family, groups);
    if (table.routes.count === 0) continue;
    found += 1;
    yield table;
  }
  if (found > 0) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `the table has no ${only === undefined ? "" : `IPv${only} `}route`,
    where: files.join() || "--routes",
    hint: "give a table that has",
  });
}

/** Reads files, or `-`, as one table. Throws what loadTable throws. */
export async function fileTable(
  files: readonly string[],
  onWarning: (warning: string) => void = () => {},
): Promise<NamedTable> {
  const routes = new RouteTable();
  for (const file of files) {
    await loadTable(file, { table: routes, nextHops: STAND_INS, onWarning });
  }
  const name = files.map((file) => path.basename(file)).join("+");
  return { name, routes, isBare: routes.targets.every(isStandIn) };
}

function isStandIn(target: RouteTarget): boolean {
  const names: readonly string[] = STAND_INS;
  return (
    target.kind === "via" &&
    target.nextHops.every(({ address }) => names.includes(formatAddress(address)))
  );
}

/** Generates routes of a family with the Internet's prefix lengths. */
export async function syntheticTable(family: 4 | 6, count: number): Promise<NamedTable> {
  const counts = family === 4 ? { routes: count, routes6: 0 } : { routes: 0, routes6: count };
  const routes = new RouteTable();
  const chunks = chunksOf(generateTable({ ...counts, seed: SEED }));
  await readTextTable(chunks, { name: "synthetic", table: routes, nextHops: {} });
  return { name: `synthetic ${count}`, routes, isBare: true };
}

async function* chunksOf(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const chunk of lines) yield encoder.encode(chunk);
}

/**
 * The routes of a family, each with a group: as `choice` says, else by its own next hops, and for
 * prefixes alone by DEFAULT_GROUPS. Throws CAPACITY for more groups than there are ids.
 */
export function familyTable(
  { name, routes: table, isBare }: NamedTable,
  family: 4 | 6,
  choice: GroupsChoice | undefined = isBare ? DEFAULT_GROUPS : undefined,
): FamilyTable {
  const columns = ownColumns(table, family);
  const rows = orderedRows(columns, family === 4 ? 1 : 4);
  const groups = choice === undefined ? columns.groups : chosenGroups(rows.length, choice);
  const routes = {
    count: rows.length,
    words: gatheredWords(columns.words, rows, family === 4 ? 1 : 4),
    lengths: Uint8Array.from(rows, (row) => columns.lengths[row] ?? 0),
    groups: Uint32Array.from(rows, (row, index) => groups[choice === undefined ? row : index] ?? 0),
  };
  const distinct = new Set(routes.groups);
  if (Math.max(0, ...distinct) >= GROUPS_MAX) throw tooManyGroups(distinct.size);
  const { count: asked = distinct.size, placement = "table" } = choice ?? {};
  return { family, name, routes, groups: asked, placement };
}

function tooManyGroups(groups: number): AnyfibError {
  return new AnyfibError({
    code: "CAPACITY",
    what: `${groups} groups`,
    hint: `give at most ${GROUPS_MAX - GROUPS_RESERVED}, such as --groups 4096`,
    detail: { groups },
  });
}

/** The rows of a family as the table has them; distinct targets are numbered as they come. */
function ownColumns(table: RouteTable, family: 4 | 6): RouteColumns {
  const { count4, addresses4, lengths4, targets4, count6, words6, lengths6, targets6 } = table;
  const groupOf = new Map<number, number>();
  const numbered = (targets: Uint32Array): Uint32Array =>
    targets.map((target) => {
      const group = groupOf.get(target) ?? GROUPS_RESERVED + groupOf.size;
      groupOf.set(target, group);
      return group;
    });
  if (family === 4) {
    const groups = numbered(targets4.subarray(0, count4));
    return { count: count4, words: addresses4, lengths: lengths4, groups };
  }
  const groups = numbered(targets6.subarray(0, count6));
  return { count: count6, words: words6, lengths: lengths6, groups };
}

function chosenGroups(prefixes: number, { count, placement }: GroupsChoice): Uint32Array {
  const options = { groups: count, seed: SEED };
  const place = placement === "random" ? randomGroups : clusteredGroups;
  return place(prefixes, options).map((group) => GROUPS_RESERVED + group);
}

/** Rows by address, then by length; of equal prefixes the last. */
function orderedRows({ count, words, lengths }: RouteColumns, width: number): Uint32Array {
  const compare = (a: number, b: number): number => {
    for (let word = 0; word < width; word++) {
      const difference = (words[a * width + word] ?? 0) - (words[b * width + word] ?? 0);
      if (difference !== 0) return difference;
    }
    return (lengths[a] ?? 0) - (lengths[b] ?? 0);
  };
  return Uint32Array.from({ length: count }, (_, row) => row)
    .sort((a, b) => compare(a, b) || a - b)
    .filter((row, index, all) => {
      const next = all[index + 1];
      return next === undefined || compare(row, next) !== 0;
    });
}

function gatheredWords(words: Uint32Array, rows: Uint32Array, width: number): Uint32Array {
  const gathered = new Uint32Array(rows.length * width);
  for (const [index, row] of rows.entries()) {
    for (let word = 0; word < width; word++) {
      gathered[index * width + word] = words[row * width + word] ?? 0;
    }
  }
  return gathered;
}
