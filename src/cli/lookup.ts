/** `anyfib lookup`: where packets to an address go. */

import type { FlowTuple } from "../engine/flow-record.ts";
import { createForwarder } from "../index.ts";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import type { GroupInfo, LookupResult } from "../router/forwarder.ts";
import type { KnownNextHop } from "../router/next-hops.ts";
import { readKey } from "./arguments.ts";
import { parseFlow } from "./flow.ts";
import { readTables, type TableFlags } from "./tables.ts";
import type { Terminal } from "./terminal.ts";

interface LookupFlags extends TableFlags {
  readonly key?: string;
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
  const table = await readTables("lookup", flags, terminal, args);
  const flow = flags.flow === undefined ? undefined : parseFlow(flags.flow);
  const forwarder = await createForwarder({ tables: [table], key: await readKey(flags.key) });
  const answers = new AnswerWriter(terminal, flags);
  let missing = 0;
  for await (const texts of batchesOf(args)) {
    if (terminal.signal.aborted) break;
    const addresses = texts.map((text) => parseOne(text, flags, flow));
    const results = forwarder.lookupAll(addresses, flow);
    for (const { prefix } of results) missing += prefix === null ? 1 : 0;
    await answers.add(results);
  }
  await answers.end();
  return missing > 0 ? EXIT.negative : EXIT.ok;
}

/** Addresses as they are given, and for `-` the lines of stdin, some at a time. */
async function* batchesOf(args: readonly string[]): AsyncGenerator<readonly string[]> {
  for (const arg of args) {
    if (arg === "-") yield* inputBatches();
    else yield [arg];
  }
}

async function* inputBatches(): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* slices(lines);
  }
  yield* slices([rest]);
}

/** Lines that say something, no more than are looked up at once. */
function* slices(lines: readonly string[]): Generator<readonly string[]> {
  const texts = lines.map((line) => line.trim()).filter((text) => text !== "");
  for (let start = 0; start < texts.length; start += BATCH_ADDRESSES) {
    yield texts.slice(start, start + BATCH_ADDRESSES);
  }
}

type Flow = Omit<FlowTuple, "destination">;

function parseOne(text: string, flags: LookupFlags, flow: Flow | undefined): Address {
  const address = parseAddress(text);
  const wanted = flags[4] ? 4 : flags[6] ? 6 : undefined;
  if (address === undefined || (wanted !== undefined && address.family !== wanted)) {
    throw new AnyfibError({
      code: "USAGE",
      what: `${JSON.stringify(text)} is no ${wanted === undefined ? "" : `IPv${wanted} `}address`,
      where: "anyfib lookup",
      hint: "give addresses such as 203.0.113.9 or 2001:db8::9",
      detail: { address: text },
    });
  }
  if (flow !== undefined && flow.source.family !== address.family) {
    throw new AnyfibError({
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

/** The part of a JSON answer that all addresses of a group share, unless a flow chooses. */
function groupJson({ group, nextHop }: LookupResult): string {
  const { kind, nextHops } = group;
  const shared = {
    next_hops: nextHops.map(({ nextHop, weight }) => ({ next_hop: nextHop.name, weight })),
    next_hop: nextHop?.name ?? null,
    ...(kind === "via" || kind === "none" ? {} : { kind }),
  };
  return JSON.stringify(shared).slice(1, -1);
}

/** Prints answers in the form that the flags ask for. */
class AnswerWriter {
  readonly #terminal: Terminal;
  readonly #flags: LookupFlags;
  #isFirst = true;

  constructor(terminal: Terminal, flags: LookupFlags) {
    this.#terminal = terminal;
    this.#flags = flags;
  }

  async add(results: readonly LookupResult[]): Promise<void> {
    const { json, ndjson } = this.#flags;
    const texts = json || ndjson ? answersJson(results) : results.map(answerText);
    const start = this.#isFirst ? "[\n" : ",\n";
    const text = json ? `${start}${texts.join(",\n")}` : `${texts.join("\n")}\n`;
    this.#isFirst = false;
    await this.#terminal.print(text);
  }

  async end(): Promise<void> {
    if (this.#flags.json) await this.#terminal.print(this.#isFirst ? "[]\n" : "\n]\n");
  }
}

/** Most addresses share a few groups: their part of the text is made once for each choice. */
function answersJson(results: readonly LookupResult[]): readonly string[] {
  const shared = new Map<GroupInfo, Map<KnownNextHop | null, string>>();
  return results.map((result) => {
    const choices = shared.get(result.group) ?? new Map<KnownNextHop | null, string>();
    shared.set(result.group, choices);
    const text = choices.get(result.nextHop) ?? groupJson(result);
    choices.set(result.nextHop, text);
    const prefix = result.prefix === null ? "null" : `"${result.prefix}"`;
    return `{"address":"${formatAddress(result.address)}","prefix":${prefix},${text}}`;
  });
}
