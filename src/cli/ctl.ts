/** `anyfib ctl`: asks a running router over its control socket. */

import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import Table from "cli-table3";
import { AnyfibError, type ErrorCode, EXIT } from "../net/errors.ts";
import { printable } from "../net/printable.ts";
import { parseConfig } from "../router/config.ts";
import { configPath } from "./run-config.ts";
import type { Terminal } from "./terminal.ts";

interface CtlFlags {
  readonly socket?: string;
  readonly config?: string;
  readonly json?: true;
}

const DEFAULT_SOCKET = "/run/anyfib/control.sock";

/** The socket that flags, the configuration or nobody names. */
function socketPath({ socket, config }: CtlFlags): string {
  if (socket !== undefined) return socket;
  if (config === undefined && !existsSync("anyfib.yaml")) return DEFAULT_SOCKET;
  const name = configPath(config);
  return parseConfig(readFileSync(name, "utf8"), name).config.control.socket;
}

async function call(file: string): Promise<Socket> {
  const socket = connect(file);
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw new AnyfibError({
      code: "ENVIRONMENT",
      what: "no router answers",
      where: file,
      hint: "start anyfib run, or name its control socket with --socket or --config",
      cause,
    });
  }
  return socket;
}

/** What an answer holds. Throws the error that it says. */
function resultOf(line: string): unknown {
  const { ok, result, error } = Object(JSON.parse(line));
  if (ok === true) return result;
  const { code, message } = Object(error);
  // cast: the router sends codes of its own errors.
  const isUsage = code === "USAGE";
  const known: ErrorCode = isUsage || code === "CONFIG" ? code : "ENVIRONMENT";
  throw new AnyfibError({
    code: known,
    what: printable(String(message)),
    where: "the router",
    hint: "nothing was changed",
  });
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Rows as a table, one object as names and values. */
function textOf(result: unknown): string {
  const rows = Array.isArray(result) ? result : undefined;
  if (rows === undefined) {
    const entries = Object.entries(Object(result));
    return `${entries.map(([name, value]) => `${name}: ${cell(value)}`).join("\n")}\n`;
  }
  const head = Object.keys(Object(rows[0]));
  if (head.length === 0) return "none\n";
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) table.push(head.map((name) => cell(Object(row)[name])));
  return `${table.toString()}\n`;
}

/** `anyfib ctl VERB`. */
export function ctlVerb(verb: string) {
  return async (terminal: Terminal, flags: CtlFlags, args: readonly string[]): Promise<number> => {
    const socket = await call(socketPath(flags));
    terminal.signal.addEventListener("abort", () => socket.destroy(), { once: true });
    socket.write(`${JSON.stringify({ verb, arguments: args })}\n`);
    let isFirst = true;
    for await (const line of createInterface({ input: socket })) {
      if (!isFirst) {
        await terminal.print(`${line}\n`);
        continue;
      }
      isFirst = false;
      const result = resultOf(line);
      if (verb === "watch") continue;
      await terminal.print(flags.json ? `${JSON.stringify(result)}\n` : textOf(result));
      break;
    }
    socket.destroy();
    return EXIT.ok;
  };
}
