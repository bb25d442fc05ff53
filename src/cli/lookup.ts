/** `anyfib lookup`: where packets to an address go. */

import { createInterface } from "node:readline";
import type { FlowTuple } from "../engine/flow-record.ts";
import { createForwarder } from "../index.ts";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import type { Forwarder, LookupResult } from "../router/forwarder.ts";
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

/** Lines are gathered into writes of about this many characters. */
const WRITE_CHARACTERS = 65_536;

/** Exit status 1 where any address has no route. */
export async function lookup(
  terminal: Terminal,
  flags: LookupFlags,
  args: readonly string[],
): Promise<number> {
  const table = await readTables("lookup", flags, terminal);
  const flow = flags.flow === undefined ? undefined : parseFlow(flags.flow);
  const forwarder = await createForwarder({ tables: [table], key: await readKey(flags.key) });
  const answers = new AnswerWriter(terminal, flags);
  let missing = 0;
  for await (const text of addressesOf(args)) {
    if (terminal.signal.aborted) break;
    const address = parseOne(text, flags);
    const result = lookUp(forwarder, address, flow);
    if (result.prefix === null) missing += 1;
    await answers.add(result);
  }
  await answers.end();
  return missing > 0 ? EXIT.negative : EXIT.ok;
}

async function* addressesOf(args: readonly string[]): AsyncGenerator<string> {
  for (const arg of args) {
    if (arg === "-") yield* inputLines();
    else yield arg;
  }
}

async function* inputLines(): AsyncGenerator<string> {
  for await (const line of createInterface({ input: process.stdin })) {
    const text = line.trim();
    if (text !== "") yield text;
  }
}

function parseOne(text: string, flags: LookupFlags): Address {
  const address = parseAddress(text);
  const family = flags[4] ? 4 : flags[6] ? 6 : undefined;
  if (address !== undefined && (family === undefined || address.family === family)) return address;
  throw new AnyfibError({
    code: "USAGE",
    what: `${JSON.stringify(text)} is no ${family === undefined ? "" : `IPv${family} `}address`,
    where: "anyfib lookup",
    hint: "give addresses such as 203.0.113.9 or 2001:db8::9",
    detail: { address: text },
  });
}

function lookUp(
  forwarder: Forwarder,
  address: Address,
  flow: Omit<FlowTuple, "destination"> | undefined,
): LookupResult {
  if (flow !== undefined && flow.source.family !== address.family) {
    throw new AnyfibError({
      code: "USAGE",
      what: `the flow's source ${formatAddress(flow.source)} is of the other family`,
      where: "--flow",
      hint: `give an IPv${address.family} source for ${formatAddress(address)}`,
    });
  }
  return forwarder.lookup(address, flow);
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

function answerJson(result: LookupResult): string {
  const { kind, nextHops } = result.group;
  return JSON.stringify({
    address: formatAddress(result.address),
    prefix: result.prefix,
    next_hops: nextHops.map(({ nextHop, weight }) => ({ next_hop: nextHop.name, weight })),
    next_hop: result.nextHop?.name ?? null,
    ...(kind === "via" || kind === "none" ? {} : { kind }),
  });
}

/** Prints answers in the form that the flags ask for. */
class AnswerWriter {
  readonly #terminal: Terminal;
  readonly #flags: LookupFlags;
  #pending = "";
  #count = 0;

  constructor(terminal: Terminal, flags: LookupFlags) {
    this.#terminal = terminal;
    this.#flags = flags;
  }

  async add(result: LookupResult): Promise<void> {
    if (this.#flags.json) {
      this.#pending += `${this.#count === 0 ? "[\n" : ",\n"}${answerJson(result)}`;
    } else {
      this.#pending += `${this.#flags.ndjson ? answerJson(result) : answerText(result)}\n`;
    }
    this.#count += 1;
    if (this.#pending.length < WRITE_CHARACTERS) return;
    await this.#terminal.print(this.#pending);
    this.#pending = "";
  }

  async end(): Promise<void> {
    if (this.#flags.json) this.#pending += this.#count === 0 ? "[]\n" : "\n]\n";
    await this.#terminal.print(this.#pending);
  }
}
