#!/usr/bin/env node
/** The binary: runs the program, turns what ends it into an exit status and one line. */

import { createRequire } from "node:module";
import { type Command, CommanderError } from "commander";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { withoutControls } from "../net/printable.ts";
import { createProgram } from "./program.ts";
import { Terminal } from "./terminal.ts";

/** Time that an interrupted verb has to report what it did. */
const GRACE_MS = 1000;

/** One line, whatever it holds. */
function oneLine(text: string): string {
  return withoutControls(text.trim().replace(/\s*\n\s*/g, " "));
}

/** A command with the verbs above it, as it is typed. */
function fullName(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}

/** Errors of commander are one line, with status 2, in every verb. */
function strict(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => {
      write(`anyfib: ${oneLine(text).replace(/^error: /, "")}; see ${fullName(command)} --help\n`);
    },
  });
  for (const verb of command.commands) strict(verb);
}

function statusOf(error: unknown): number {
  // Commander has said what is wrong; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof AnyfibError) {
    const text = oneLine(error.message);
    // Some say where in the command line: that begins with the program's name.
    process.stderr.write(`${text.startsWith("anyfib ") ? "" : "anyfib: "}${text}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`anyfib: a fault in anyfib itself, please report it: ${text}\n`);
  return EXIT.environment;
}

/** A reader that has seen enough closes the pipe: that ends the work, and is no error. */
function endWithOutput({ code = "", message }: NodeJS.ErrnoException): never {
  if (code === "EPIPE") process.exit(EXIT.ok);
  process.stderr.write(`anyfib: stdout: cannot be written; make room or give a file: ${message}\n`);
  process.exit(EXIT.environment);
}

async function main(): Promise<void> {
  const interruption = new AbortController();
  process.once("SIGINT", () => {
    interruption.abort();
    // What waits for input that never comes has nothing to report.
    setTimeout(() => process.exit(EXIT.interrupted), GRACE_MS).unref();
  });
  process.stdout.on("error", endWithOutput);
  // cast: package.json is ours, and has a version.
  const { version } = createRequire(import.meta.url)("../../../package.json") as {
    readonly version: string;
  };
  const program = createProgram({
    version,
    terminal: ({ quiet = false, color }) =>
      new Terminal({ quiet, color, signal: interruption.signal }),
    exit: (status) => {
      process.exitCode = status;
    },
  });
  strict(program);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = statusOf(error);
  }
  if (interruption.signal.aborted) process.exitCode = EXIT.interrupted;
}

await main();
