/**
 * The control socket: requests and answers as lines of JSON.
 *
 *   -> {"verb":"down","arguments":["lon"]}
 *   <- {"ok":true,"result":{...}}            or {"ok":false,"error":{"code","message"}}
 *   -> {"verb":"watch"}
 *   <- {"ok":true,"result":null}, then {"event":...} for each event until the caller goes
 *
 * It is 0660 in a directory of its own (0750): who may connect is the file system's to say.
 */

import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { AnyfibError } from "../net/errors.ts";

/** A request's line. */
const LINE_BYTES_MAX = 4096;
/** Callers at once, and bytes that one may leave unread. */
const CALLERS_MAX = 32;
const UNREAD_BYTES_MAX = 1 << 20;

/** A verb's work: its arguments in, what is answered out. Throws AnyfibError. */
export type ControlVerb = (args: readonly string[]) => unknown;

/** A control socket that listens. */
export class ControlSocket implements AsyncDisposable {
  readonly #server: Server;
  readonly #file: string;
  readonly #verbs: ReadonlyMap<string, ControlVerb>;
  readonly #callers = new Set<Socket>();
  readonly #watchers = new Set<Socket>();

  private constructor(file: string, verbs: ReadonlyMap<string, ControlVerb>) {
    this.#file = file;
    this.#verbs = verbs;
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  /** Listens on `file`. Throws FILE where that cannot be, or another router listens there. */
  static async listen(
    file: string,
    verbs: ReadonlyMap<string, ControlVerb>,
  ): Promise<ControlSocket> {
    const control = new ControlSocket(file, verbs);
    if (await answers(file)) throw fault(file, "another router listens there");
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o750 });
      rmSync(file, { force: true });
      await new Promise<void>((resolve, reject) => {
        control.#server.once("error", reject);
        control.#server.listen(file, resolve);
      });
      chmodSync(file, 0o660);
    } catch (cause) {
      throw fault(file, cause instanceof Error ? cause.message : "no socket", cause);
    }
    return control;
  }

  /** Tells all watchers what happened. */
  tell(event: object): void {
    for (const watcher of this.#watchers) send(watcher, event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const caller of this.#callers) caller.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#file, { force: true });
  }

  #welcome(socket: Socket): void {
    if (this.#callers.size >= CALLERS_MAX) {
      socket.destroy();
      return;
    }
    this.#callers.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#callers.delete(socket);
      this.#watchers.delete(socket);
    });
    let pending = 0;
    socket.on("data", (bytes) => {
      pending = bytes.includes(10) ? 0 : pending + bytes.length;
      if (pending > LINE_BYTES_MAX) socket.destroy();
    });
    const lines = createInterface({ input: socket });
    lines.on("error", () => undefined);
    lines.on("line", (line) => void this.#answer(socket, line));
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    try {
      const { verb, args } = parseRequest(line);
      if (verb === "watch") {
        this.#watchers.add(socket);
        send(socket, { ok: true, result: null });
        return;
      }
      const work = this.#verbs.get(verb);
      if (work === undefined) {
        const known = [...this.#verbs.keys(), "watch"].join(", ");
        throw new AnyfibError({ code: "USAGE", what: `no verb ${verb}`, hint: `known: ${known}` });
      }
      send(socket, { ok: true, result: (await work(args)) ?? null });
    } catch (error) {
      const isOurs = error instanceof AnyfibError;
      const code = isOurs ? error.code : "ENVIRONMENT";
      send(socket, { ok: false, error: { code, message: String(Object(error).message) } });
    }
  }
}

function fault(file: string, what: string, cause?: unknown): AnyfibError {
  return new AnyfibError({
    code: "FILE",
    what,
    where: file,
    hint: "name another control.socket, in a directory that may be written",
    cause,
  });
}

/** Whether somebody listens on a socket already; a file that was left behind does not. */
async function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** A caller that does not read is let go, so that it holds no memory. */
function send(socket: Socket, value: object): void {
  if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy();
  else socket.write(`${JSON.stringify(value)}\n`);
}

function parseRequest(line: string): { readonly verb: string; readonly args: readonly string[] } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new AnyfibError({
      code: "USAGE",
      what: "no JSON",
      hint: "send one object a line",
      cause,
    });
  }
  const { verb, arguments: args = [] } = Object(value);
  const isList = Array.isArray(args) && args.every((argument) => typeof argument === "string");
  if (typeof verb === "string" && isList) return { verb, args };
  throw new AnyfibError({
    code: "USAGE",
    what: "no request",
    hint: 'send {"verb":"show","arguments":[]}',
  });
}
