/** Runs the command line: in this process, for speed, or in one of its own, as a shell does. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { type Command, CommanderError } from "commander";
import { afterAll, vi } from "vitest";
import { ROOT } from "../../scripts/project.js";
import { createProgram } from "../../src/cli/program.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { AnyfibError, EXIT } from "../../src/net/errors.ts";
import { moduleBytes } from "../setup/modules.ts";

// The module lies beside the compiled host, and here the host is not compiled.
vi.mock("../../src/node/module.ts", () => ({
  readModule: async () => moduleBytes("release"),
}));

/** What a run ended with. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as bytes. */
  readonly bytes: Uint8Array;
}

/** What a run is given besides its arguments. */
export interface Surroundings {
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** A stream's `write` that keeps what it is given. */
function keeper(chunks: Uint8Array[]): typeof process.stdout.write {
  const write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    chunks.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk.slice());
    const callback = rest.at(-1);
    if (typeof callback === "function") callback();
    return true;
  };
  return write;
}

function exitOverride(command: Command): void {
  command.exitOverride();
  for (const verb of command.commands) exitOverride(verb);
}

/** Runs a verb in this process; what main.ts does with errors and signals is not part of it. */
export async function runHere(args: readonly string[], given: Surroundings = {}): Promise<Outcome> {
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  const { stdin = "", signal = new AbortController().signal } = given;
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(keeper(stdout)),
    vi.spyOn(process.stderr, "write").mockImplementation(keeper(stderr)),
    // cast: of a terminal's stdin nothing but reading is used.
    vi
      .spyOn(process, "stdin", "get")
      .mockReturnValue(Readable.from([Buffer.from(stdin)], { objectMode: false }) as never),
  ];
  let status: number = EXIT.ok;
  const program = createProgram({
    version: "1.2.3",
    terminal: ({ quiet = false, color }) => new Terminal({ quiet, color, signal }),
    exit: (given) => {
      status = given;
    },
  });
  exitOverride(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) status = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else if (error instanceof AnyfibError) {
      status = error.exitCode;
      stderr.push(new TextEncoder().encode(`${error.message}\n`));
    } else throw error;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const bytes = Buffer.concat(stdout);
  return { status, stdout: bytes.toString(), stderr: Buffer.concat(stderr).toString(), bytes };
}

/** The compiled binary. */
export const MAIN = path.join(ROOT, "dist/src/cli/main.js");

/** Environment without what tells a program to colour, or which key to use. */
export const PLAIN_ENV: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !["NO_COLOR", "FORCE_COLOR", "ANYFIB_KEY"].includes(name),
  ),
);

/** Runs the compiled binary to its end. */
export function runBinary(
  args: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly env?: NodeJS.ProcessEnv } = {},
): Outcome {
  const { input = "", env = {} } = options;
  const result = spawnSync(process.execPath, [MAIN, ...args], {
    input,
    env: { ...PLAIN_ENV, ...env },
    maxBuffer: 2 ** 28,
  });
  const { status, stdout, stderr } = result;
  return { status: status ?? -1, stdout: String(stdout), stderr: String(stderr), bytes: stdout };
}

/** A folder for the files of one test file, which goes with its last test. */
export function testFolder(): (name: string, content?: string | Uint8Array) => string {
  const folder = mkdtempSync(path.join(tmpdir(), "anyfib-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content) => {
    const file = path.join(folder, name);
    // Key files must be their owner's alone.
    if (content !== undefined) writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
}
