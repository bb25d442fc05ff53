/** `anyfib lookup`: where packets to an address go. */

import type { FlowTuple } from "../engine/flow-record.ts";
import { createForwarder } from "../index.ts";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { parsePrefix } from "../net/prefix.ts";
import { quoted } from "../net/printable.ts";
import { NO_ORIGIN } from "../rib/as-path.ts";
import type { VrpTable } from "../rib/origin-validation.ts";
import { OriginTable } from "../rib/origins.ts";
import type { GroupInfo, LookupResult } from "../router/lookups.ts";
import type { KnownNextHop } from "../router/next-hops.ts";
import { parseFlow } from "./flow.ts";
import { flaggedVrps, type RpkiFlags, stateOf } from "./origin-states.ts";
import { percent } from "./report-text.ts";
import { readTables, type TableFlags } from "./tables.ts";
import type { Terminal } from "./terminal.ts";

interface LookupFlags extends TableFlags, RpkiFlags {
  readonly flow?: string;
  readonly json?: true;
  readonly ndjson?: true;
  readonly 4?: true;
  readonly 6?: true;
}

/** Addresses looked up at once. */
const BATCH_ADDRESSES = 4096;

/** Exit status 1 where any address has no route. */
export async function lookup(
  terminal: Terminal,
  flags: LookupFlags,
  args: readonly string[],
): Promise<number> {
  const origins = new OriginTable();
  const vrps = await flaggedVrps(terminal, flags, [...args, ...(flags.table ?? [])]);
  const options = await readTables("lookup", flags, terminal, args, { origins, vrps });
  const flow = flags.flow === undefined ? undefined : parseFlow(flags.flow);
  const forwarder = await createForwarder(options);
  const answers = new AnswerWriter(terminal, flags, { origins, vrps });
  let missing = 0;
  for await (const queries of batchesOf(args)) {
    if (terminal.signal.aborted) break;
    const { addresses, failure } = parseQueries(queries, flags, flow);
    const results = forwarder.lookupAll(addresses, flow);
    for (const { prefix } of results) missing += prefix === null ? 1 : 0;
    await answers.add(results);
    if (failure === undefined) continue;
    await answers.close();
    throw failure;
  }
  await answers.end();
  return missing > 0 ? EXIT.negative : EXIT.ok;
}

/** An address that is asked for. */
interface Query {
  readonly text: string;
  /** Its line on stdin, from 1; 0 for an argument. */
  readonly line: number;
}

/** Addresses as they are given, and for `-` the lines of stdin, some at a time. */
async function* batchesOf(args: readonly string[]): AsyncGenerator<readonly Query[]> {
  for (const arg of args) {
    if (arg === "-") yield* inputBatches();
    else yield [{ text: arg, line: 0 }];
  }
}

async function* inputBatches(): AsyncGenerator<readonly Query[]> {
  let rest = "";
  let line = 1;
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* slices(lines, line);
    line += lines.length;
  }
  yield* slices([rest], line);
}

/** Lines that say something, no more than are looked up at once. */
function* slices(lines: readonly string[], firstLine: number): Generator<readonly Query[]> {
  const queries = lines
    .map((text, index) => ({ text: text.trim(), line: firstLine + index }))
    .filter(({ text }) => text !== "");
  for (let start = 0; start < queries.length; start += BATCH_ADDRESSES) {
    yield queries.slice(start, start + BATCH_ADDRESSES);
  }
}

/** Addresses up to the first query that is none, and what is wrong with that one. */
function parseQueries(
  queries: readonly Query[],
  flags: LookupFlags,
  flow: Flow | undefined,
): { readonly addresses: readonly Address[]; readonly failure?: AnyfibError } {
  const addresses: Address[] = [];
  for (const query of queries) {
    const parsed = parseOne(query, flags, flow);
    if (parsed instanceof AnyfibError) return { addresses, failure: parsed };
    addresses.push(parsed);
  }
  return { addresses };
}

type Flow = Omit<FlowTuple, "destination">;

function parseOne(
  { text, line }: Query,
  flags: LookupFlags,
  flow: Flow | undefined,
): Address | AnyfibError {
  const address = parseAddress(text);
  const wanted = flags[4] ? 4 : flags[6] ? 6 : undefined;
  if (address === undefined || (wanted !== undefined && address.family !== wanted)) {
    return new AnyfibError({
      code: line === 0 ? "USAGE" : "INPUT_SYNTAX",
      what: `${quoted(text)} is no ${wanted === undefined ? "" : `IPv${wanted} `}address`,
      where: line === 0 ? "anyfib lookup" : `-:${line}:1`,
      hint: "give addresses such as 203.0.113.9 or 2001:db8::9",
      detail: { address: text },
    });
  }
  if (flow !== undefined && flow.source.family !== address.family) {
    return new AnyfibError({
      code: "USAGE",
      what: `the flow's source ${formatAddress(flow.source)} is of the other family`,
      where: "--flow",
      hint: `give an IPv${address.family} source for ${formatAddress(address)}`,
    });
  }
  return address;
}

function answerText(result: LookupResult): string {
  const address = formatAddress(result.address);
  if (result.prefix === null) return `${address} unreachable`;
  const { kind, nextHops } = result.group;
  if (kind !== "via") return `${address} ${kind} prefix ${result.prefix}`;
  const names = nextHops.map(({ nextHop, weight }) =>
    nextHops.length > 1 ? `${nextHop.name}*${weight}` : nextHop.name,
  );
  const via = result.nextHop?.name ?? (names.join() || "down");
  return `${address} via ${via} prefix ${result.prefix}`;
}

/** Where a flow stands in its table, for people; undefined where there is none. */
function slotNote({ address, group, slot }: LookupResult): string | undefined {
  if (slot === null) return undefined;
  const names = group.nextHops.map(({ nextHop, weight, share }) =>
    isOfTwoTiers(group) ? `${nextHop.name} ${percent(share)}` : `${nextHop.name}*${weight}`,
  );
  return `${formatAddress(address)}: slot ${slot.index} of ${slot.slots} among ${names.join()}`;
}

/** Whether the next tier takes a part, which weights say nothing of. */
function isOfTwoTiers({ nextHops }: GroupInfo): boolean {
  return nextHops.at(0)?.cost !== nextHops.at(-1)?.cost;
}

/** The part of a JSON answer that all addresses of a group share, unless a flow chooses. */
function groupJson({ group, nextHop, slot }: LookupResult): string {
  const { kind, nextHops } = group;
  const hasShares = slot !== null || isOfTwoTiers(group);
  const shared = {
    next_hops: nextHops.map(({ nextHop, weight, share }) => ({
      next_hop: nextHop.name,
      weight,
      ...(hasShares ? { share } : {}),
    })),
    next_hop: nextHop?.name ?? null,
    ...(kind === "via" || kind === "none" ? {} : { kind }),
  };
  return JSON.stringify(shared).slice(1, -1);
}

/** Who originates prefixes, and what is known of who may. */
interface KnownOrigins {
  readonly origins: OriginTable;
  readonly vrps: VrpTable | undefined;
}

/** Prints answers in the form that the flags ask for. */
class AnswerWriter {
  readonly #terminal: Terminal;
  readonly #flags: LookupFlags;
  readonly #known: KnownOrigins;
  #isFirst = true;

  constructor(terminal: Terminal, flags: LookupFlags, known: KnownOrigins) {
    this.#known = known;
    this.#terminal = terminal;
    this.#flags = flags;
  }

  async add(results: readonly LookupResult[]): Promise<void> {
    if (results.length === 0) return;
    const { json, ndjson } = this.#flags;
    const texts = json || ndjson ? answersJson(results, this.#known) : results.map(answerText);
    const start = this.#isFirst ? "[\n" : ",\n";
    const text = json ? `${start}${texts.join(",\n")}` : `${texts.join("\n")}\n`;
    this.#isFirst = false;
    await this.#terminal.print(text);
    if (json || ndjson) return;
    for (const note of results.map(slotNote)) if (note !== undefined) this.#terminal.note(note);
  }

  /** Ends what was begun: an array that holds answers. */
  async close(): Promise<void> {
    if (this.#flags.json && !this.#isFirst) await this.#terminal.print("\n]\n");
  }

  /** Ends the whole: without answers, an empty array. */
  async end(): Promise<void> {
    if (this.#flags.json && this.#isFirst) await this.#terminal.print("[]\n");
    else await this.close();
  }
}

/** Most addresses share a few groups: their part of the text is made once for each choice. */
function answersJson(results: readonly LookupResult[], known: KnownOrigins): readonly string[] {
  const shared = new Map<GroupInfo, Map<KnownNextHop | null, string>>();
  return results.map((result) => {
    const choices = shared.get(result.group) ?? new Map<KnownNextHop | null, string>();
    shared.set(result.group, choices);
    const text = choices.get(result.nextHop) ?? groupJson(result);
    choices.set(result.nextHop, text);
    const prefix = result.prefix === null ? "null" : `"${result.prefix}"`;
    const { slot } = result;
    const table = slot === null ? "" : `,"slot":${slot.index},"slots":${slot.slots}`;
    const origin = originJson(result, known);
    const address = formatAddress(result.address);
    return `{"address":"${address}","prefix":${prefix},${text}${table}${origin}}`;
  });
}

/** The field of a prefix whose origin is known: that of one AS. */
function originJson({ prefix }: LookupResult, { origins, vrps }: KnownOrigins): string {
  const parsed = prefix === null || origins.isEmpty ? undefined : parsePrefix(prefix)?.prefix;
  const as = parsed && origins.get(parsed);
  if (parsed === undefined || as === undefined) return "";
  const state = vrps === undefined ? "" : `,"rpki":"${stateOf(vrps, parsed, as)}"`;
  return `${as === NO_ORIGIN ? "" : `,"origin_as":${as}`}${state}`;
}
