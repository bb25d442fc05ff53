/**
 * A rival in a process of its own, as a contender.
 *
 * The process says in its first line what it is or why it takes no part; then it answers a line
 * with a line: `turn SECONDS` with samples, `digest` with the digest, and `quit` by ending.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as v from "valibot";
import type { Contender, ContenderDetails } from "../contender.ts";
import type { Rival, Skip } from "./rival.ts";

const SKIP = v.object({ skip: v.string() });

const DESCRIPTION = v.object({
  name: v.string(),
  library: v.string(),
  compiler: v.string(),
  addresses: v.string(),
  answer: v.picklist(["group", "listed"]),
  stream_count: v.number(),
  memory_bytes: v.number(),
  entry_bytes: v.number(),
  output_bytes: v.number(),
  huge_pages: v.boolean(),
});

const FIRST_LINE = v.union([SKIP, DESCRIPTION]);
const SAMPLES = v.array(v.number());

/** What a line of JSON says, which another program wrote. */
function read<T>(schema: v.GenericSchema<unknown, T>, line: string): T {
  try {
    return v.parse(schema, JSON.parse(line));
  } catch (cause) {
    throw new Error(`a rival says ${JSON.stringify(line.slice(0, 200))}`, { cause });
  }
}

/** A rival as a contender, and how much of the stream its digest is over. */
export class RivalProcess implements Contender {
  readonly name: string;
  readonly details: ContenderDetails;
  /** What it answers: group ids, or whether an address is listed. */
  readonly answer: Rival["answer"];
  /** Addresses of the stream that it answers, from the first on. */
  readonly streamCount: number;
  readonly #conversation: Conversation;

  private constructor(description: v.InferOutput<typeof DESCRIPTION>, conversation: Conversation) {
    this.name = description.name;
    this.answer = description.answer;
    this.streamCount = description.stream_count;
    this.details = {
      memoryBytes: description.memory_bytes,
      entryBytes: description.entry_bytes,
      outputBytes: description.output_bytes,
      hugePages: description.huge_pages,
      note: `${description.library}, ${description.compiler}; addresses ${description.addresses}`,
    };
    this.#conversation = conversation;
  }

  /** Starts a rival and waits until its table stands; or returns why it takes no part. */
  static async start(command: string, options: readonly string[]): Promise<RivalProcess | Skip> {
    const conversation = new Conversation(command, options);
    const line = read(FIRST_LINE, await conversation.hear());
    return "skip" in line ? line : new RivalProcess(line, conversation);
  }

  async turn(seconds: number): Promise<readonly number[]> {
    return read(SAMPLES, await this.#conversation.ask(`turn ${seconds}`));
  }

  digest(): Promise<string> {
    return this.#conversation.ask("digest");
  }

  close(): Promise<void> {
    return this.#conversation.end();
  }
}

/** Lines to and from a process, one at a time. */
class Conversation {
  readonly #command: string;
  readonly #child: ChildProcess & { readonly stdin: NodeJS.WritableStream };
  readonly #lines: AsyncIterator<string>;
  readonly #errors: string[] = [];

  constructor(command: string, options: readonly string[]) {
    this.#command = [command, ...options].join(" ");
    const child = spawn(command, options, { stdio: ["pipe", "pipe", "pipe"] });
    // A process that is gone shows as the end of its output, with what it said on stderr.
    child.on("error", (error) => this.#errors.push(error.message));
    child.stdin.on("error", () => undefined);
    child.stderr.on("data", (chunk: Buffer) => this.#errors.push(chunk.toString()));
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that the process prints. */
  async hear(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#command} ended: ${this.#errors.join("").trim()}`);
    return value;
  }

  ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    return this.hear();
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin.end("quit\n");
    await exit;
  }
}
