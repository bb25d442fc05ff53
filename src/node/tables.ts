/** Tables from files and standard input: text, `ip route` output, MRT, configurations. */

import path from "node:path";
import { PeekedSource } from "../io/peeked-source.ts";
import type { ByteSource } from "../io/port.ts";
import { type Address, address6FromWords, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import type { VrpTable } from "../rib/origin-validation.ts";
import type { OriginTable } from "../rib/origins.ts";
import { RouteTable, type RouteTableMark } from "../rib/route-table.ts";
import { CONFIG_KEYS, type ConfigFile, parseConfig } from "../router/config.ts";
import { addConfigRoutes } from "../router/config-table.ts";
import { configChoice } from "../router/decision-config.ts";
import { configPolicy, configUpstreamPeers } from "../router/policy-config.ts";
import { type DamagedRecord, type MrtOptions, readMrt } from "../sources/mrt.ts";
import { MrtRib } from "../sources/mrt-rib.ts";
import { type MrtTableResult, readMrtTable } from "../sources/mrt-table.ts";
import type { ChoiceOptions } from "../sources/route-chooser.ts";
import { type DefaultNextHops, readTextTable } from "../sources/text.ts";
import { chunksOf } from "./chunks.ts";
import { loadResolver } from "./next-hop-tables.ts";
import { type OpenBytes, openBytes } from "./open.ts";
import { configVrps } from "./vrps.ts";

/** Enough to see the first line that says something, behind comments. */
const HEAD_BYTES = 64 * 1024;
/** A configuration is written by people: more is something else. */
const CONFIG_BYTES_MAX = 16 * 1024 * 1024;
/** A record's header, and the types of those that begin a file of routes (RFC 6396). */
const MRT_HEADER_BYTES = 12;
const MRT_TYPES: ReadonlySet<number> = new Set([5, 12, 13, 16, 17]);
/** Damaged records that are told one by one. */
const DAMAGED_TOLD_MAX = 10;
/** Configurations that name tables that are configurations, and so on. */
const NESTING_MAX = 4;

/** Routes of MRT files that updates change later: one RIB for all files. */
export class Ribs {
  #rib: MrtRib | undefined;

  /** The RIB; the first file says how its routes are let in. */
  of(options: ChoiceOptions = {}): MrtRib {
    this.#rib ??= new MrtRib(options);
    return this.#rib;
  }
}

/** What loadTable takes. */
export interface LoadTableOptions {
  /** Next hops for prefixes that stand alone, at most one of each family. */
  readonly nextHops?: readonly string[];
  /** The table to add to; a new one unless given. */
  readonly table?: RouteTable;
  /** Takes the origin ASes of prefixes, where the file knows them. */
  readonly origins?: OriginTable;
  /** What routes of MRT files are validated against, for policies that ask for it. */
  readonly vrps?: VrpTable;
  /** Whether `rpki.invalid` of configurations is left to the caller, who follows VRPs. */
  readonly validatesLater?: boolean;
  /** Takes all routes of MRT files; who gives it adds those that are chosen to the table. */
  readonly ribs?: Ribs;
  /** Given each MRT file, with how its routes are chosen. */
  readonly onDump?: (file: string, choice: ChoiceOptions) => void;
  /** Opens the file in place of openBytes, for who reads it again. */
  readonly open?: OpenBytes;
  /** Given the file, where it is a configuration: for what it says besides routes. */
  readonly onConfig?: (config: ConfigFile, file: string) => void;
  /** Told of what was accepted but looks odd: `file:line: what`. */
  readonly onWarning?: (warning: string) => void;
}

/** A table that was read. */
export interface LoadedTable {
  readonly table: RouteTable;
  /** Routes that the file added. */
  readonly routes: number;
}

/**
 * Reads a table file, or `-`; its form is told by its content, and gzip, bzip2 and zstd are seen
 * through. Throws FILE, TABLE_SYNTAX, CONFIG, USAGE or CAPACITY, each with its place; the table
 * then holds what it held before.
 */
export async function loadTable(
  file: string,
  options: LoadTableOptions = {},
): Promise<LoadedTable> {
  await using source = await (options.open ?? openBytes)(file);
  // Awaited here, or the source would be closed while it is read.
  return await loadTableFrom(source, file, options);
}

/** Reads a configuration alone, without what it names. Throws FILE and CONFIG. */
async function loadConfig(file: string): Promise<ConfigFile> {
  await using source = await openBytes(file);
  return parseConfig(await readText(source), file);
}

/** What a configuration says of the routes of its MRT files. Throws CONFIG, FILE, TABLE_SYNTAX. */
async function choiceOfConfig(file: ConfigFile, name: string): Promise<ChoiceOptions> {
  const policy = configPolicy(file);
  const upstreamPeers = configUpstreamPeers(file);
  const resolver = await loadResolver(file, name);
  const choice = configChoice(file);
  const { localAs } = choice;
  const imports = {
    ...(policy === undefined ? {} : { policy }),
    ...(upstreamPeers === undefined ? {} : { upstreamPeers }),
    ...(localAs === undefined ? {} : { localAs }),
  };
  return { ...choice, ...(resolver === undefined ? {} : { resolver }), imports };
}

/** How a configuration lets MRT routes in and chooses among them, whoever's they are. */
export interface ConfigChoice extends ChoiceOptions {
  /** What they are validated against: the VRPs given, or those of the file that it names. */
  readonly vrps?: VrpTable;
}

/** Reads a configuration for what it says of MRT routes. Throws CONFIG and what reading throws. */
export async function loadChoice(
  name: string,
  given: VrpTable | undefined,
  onWarning: (warning: string) => void,
): Promise<ConfigChoice> {
  const file = await loadConfig(name);
  const choice = await choiceOfConfig(file, name);
  const { vrps = given, rejectsInvalid = false } = await validationOf(file, name, {
    onWarning,
    ...(given === undefined ? {} : { vrps: given }),
  });
  if (vrps === undefined) return choice;
  return { ...choice, vrps, imports: { ...choice.imports, vrps, rejectsInvalid } };
}

/** As loadTable, from a source that is open already; `file` is what its own paths start from. */
export async function loadTableFrom(
  source: ByteSource,
  file: string,
  options: LoadTableOptions = {},
): Promise<LoadedTable> {
  const table = options.table ?? new RouteTable();
  const context = { ...options, table, defaults: defaultNextHops(options.nextHops ?? []) };
  const mark = table.mark();
  try {
    await readSource(source, file, context, 0);
  } catch (error) {
    table.rewind(mark);
    throw error;
  }
  return { table, routes: table.count4 + table.count6 - mark.count4 - mark.count6 };
}

interface Context extends LoadTableOptions {
  readonly table: RouteTable;
  readonly defaults: DefaultNextHops;
  /** What the configuration that names the file says of its routes. */
  readonly choice?: ChoiceOptions;
  /** Whether it keeps those out whose origin is invalid. */
  readonly rejectsInvalid?: boolean;
}

function defaultNextHops(names: readonly string[]): DefaultNextHops {
  const defaults: { ipv4?: Address; ipv6?: Address } = {};
  for (const name of names) {
    const address = parseAddress(name);
    const family = address?.family === 4 ? "ipv4" : "ipv6";
    if (address !== undefined && defaults[family] === undefined) defaults[family] = address;
    else {
      throw new AnyfibError({
        code: "USAGE",
        what:
          address === undefined ? `${name} is no address` : `a second ${family} next hop, ${name}`,
        where: "--next-hop",
        hint: "give one address of each family at most",
        detail: { nextHop: name },
      });
    }
  }
  return defaults;
}

async function readFile(file: string, context: Context, depth: number): Promise<void> {
  await using source = await openBytes(file);
  await readSource(source, file, context, depth);
}

async function readSource(
  source: ByteSource,
  file: string,
  context: Context,
  depth: number,
): Promise<void> {
  const peeked = await PeekedSource.peek(source, HEAD_BYTES);
  if (looksLikeConfig(peeked.head)) {
    await readConfig(file, await readText(peeked), context, depth);
    return;
  }
  if (looksLikeMrt(peeked.head)) {
    context.onDump?.(file, choiceOf(context));
    await readMrtFile(peeked, context);
    return;
  }
  const { table, defaults, onWarning } = context;
  const options = { name: source.name, table, nextHops: defaults };
  const mark = table.mark();
  const result = await readTextTable(chunksOf(peeked), options);
  forgetOrigins(context, mark);
  if (onWarning === undefined) return;
  for (const { line, what } of result.warnings) onWarning(`${source.name}:${line}: ${what}`);
  const more = result.warningCount - result.warnings.length;
  if (more > 0) onWarning(`${source.name}: ${more} more such lines`);
}

async function readMrtFile(source: ByteSource, context: Context): Promise<void> {
  const { table, origins, onWarning, ribs } = context;
  const choice = choiceOf(context);
  let damaged = 0;
  const options = {
    name: source.name,
    onDamaged: ({ offset, what }: DamagedRecord) => {
      damaged += 1;
      if (damaged <= DAMAGED_TOLD_MAX)
        onWarning?.(`${source.name}@${offset}: ${what}; passed over`);
    },
  };
  if (ribs === undefined) {
    const named = origins === undefined ? {} : { origins };
    const counts = await readMrtTable(chunksOf(source), { ...options, table, ...choice, ...named });
    warnOfUnused(source.name, counts, onWarning);
  } else await readRib(chunksOf(source), ribs.of(choice), options);
  const more = damaged - DAMAGED_TOLD_MAX;
  if (more > 0) onWarning?.(`${source.name}: ${more} more damaged records`);
}

/** How routes are chosen, with what they are validated against. */
function choiceOf({ choice = {}, vrps, rejectsInvalid = false }: Context): ChoiceOptions {
  if (vrps === undefined) return choice;
  return { ...choice, imports: { ...choice.imports, vrps, rejectsInvalid } };
}

function warnOfUnused(
  name: string,
  { unreachable, rejected }: MrtTableResult,
  onWarning: LoadTableOptions["onWarning"],
): void {
  if (rejected > 0) onWarning?.(`${name}: ${rejected} prefixes rejected by the policy`);
  if (unreachable > 0) onWarning?.(`${name}: ${unreachable} prefixes have no next hop`);
}

/** Takes all routes of a file, of which the best are chosen later. */
async function readRib(
  chunks: AsyncIterable<Uint8Array>,
  rib: MrtRib,
  options: Pick<MrtOptions, "name" | "onDamaged">,
): Promise<void> {
  await readMrt(chunks, {
    ...options,
    attributeSets: rib.sets,
    peers: rib.peers,
    takeRib: (record) => rib.rib(record),
    takeUpdate: (update) => rib.update(update),
    takeState: (state) => rib.state(state),
  });
}

/** A record's type is below 256, and so its first byte 0: no text has that. */
function looksLikeMrt(head: Uint8Array): boolean {
  return head.length >= MRT_HEADER_BYTES && head[4] === 0 && MRT_TYPES.has(head[5] ?? 0);
}

/** Whether the first line that says something begins with a key of the configuration. */
function looksLikeConfig(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head);
  const first = text.split(/\r?\n/).find((line) => !/^\s*(#.*|---\s*)?$/.test(line));
  const key = first?.match(/^([a-z_]+):(\s|$)/)?.[1];
  return key !== undefined && CONFIG_KEYS.includes(key);
}

async function readText(source: ByteSource): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksOf(source)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length <= CONFIG_BYTES_MAX) continue;
    throw new AnyfibError({
      code: "CONFIG",
      what: `more than ${CONFIG_BYTES_MAX} bytes of configuration`,
      where: source.name,
      hint: "put routes into a table file",
    });
  }
  return text + decoder.decode();
}

async function readConfig(
  file: string,
  text: string,
  context: Context,
  depth: number,
): Promise<void> {
  const parsed = parseConfig(text, file);
  const { policy: hasPolicy, best_path: hasChoice } = parsed.config;
  // A file that says nothing of routes leaves it to the one that names it.
  const isSilent = hasPolicy === undefined && hasChoice === undefined;
  const chosen = isSilent ? context : { ...context, choice: await choiceOfConfig(parsed, file) };
  const hasTables = parsed.config.tables.length > 0;
  const validation = hasTables ? await validationOf(parsed, file, context) : {};
  const named = { ...chosen, ...validation };
  if (depth === 0) context.onConfig?.(parsed, file);
  for (const [index, name] of parsed.config.tables.entries()) {
    if (depth === NESTING_MAX) {
      throw new AnyfibError({
        code: "CONFIG",
        what: `configurations name each other more than ${NESTING_MAX} deep`,
        where: parsed.where(["tables", index]),
        hint: "name table files",
      });
    }
    await readFile(path.resolve(path.dirname(file), name), named, depth + 1);
  }
  const mark = context.table.mark();
  addConfigRoutes(context.table, parsed, context.onWarning);
  forgetOrigins(context, mark);
}

/** What a configuration's routes are validated against: its own VRPs, unless others are given. */
async function validationOf(
  { config: { rpki } }: ConfigFile,
  file: string,
  { vrps: given, validatesLater = false, onWarning = () => {} }: LoadTableOptions,
): Promise<Pick<Context, "vrps" | "rejectsInvalid">> {
  if (rpki === undefined) return {};
  const { vrp_file: name } = rpki;
  const own = given === undefined && name !== undefined;
  const vrps = own ? await configVrps(name, file, onWarning) : given;
  const rejectsInvalid = rpki.invalid === "reject" && !validatesLater;
  return { rejectsInvalid, ...(vrps === undefined ? {} : { vrps }) };
}

/** Routes since a mark that come from no BGP table replace those that do, with their origins. */
function forgetOrigins({ table, origins }: Context, { count4, count6 }: RouteTableMark): void {
  if (origins === undefined || origins.isEmpty) return;
  for (let row = count4; row < table.count4; row++) {
    const length = table.lengths4[row] ?? 0;
    origins.forget({ family: 4, address: table.addresses4[row] ?? 0, length });
  }
  for (let row = count6; row < table.count6; row++) {
    const { high, low } = address6FromWords(table.words6.subarray(4 * row, 4 * row + 4));
    origins.forget({ family: 6, high, low, length: table.lengths6[row] ?? 0 });
  }
}
