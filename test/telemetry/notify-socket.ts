/** The service manager's end of sd_notify: a datagram socket, by a path or an abstract name. */

import { existsSync, rmSync } from "node:fs";
import koffi from "koffi";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const MESSAGE_BYTES = 4096;

/** Hears what is told to a name as $NOTIFY_SOCKET has it. */
export class NotifySocket implements Disposable {
  readonly #name: string;
  readonly #socket: number;
  readonly #receive: (fd: number, data: Uint8Array, bytes: number, flags: number) => number;
  readonly #close: (fd: number) => number;

  constructor(name: string) {
    const library = koffi.load("libc.so.6");
    const open = library.func("int socket(int, int, int)");
    const bind = library.func("int bind(int, void *, uint)");
    this.#receive = library.func("intptr_t recv(int, void *, size_t, int)");
    this.#close = library.func("int close(int)");
    this.#name = name;
    this.#socket = open(AF_UNIX, SOCK_DGRAM, 0);
    const isAbstract = name.startsWith("@");
    const path = Buffer.from(isAbstract ? `\0${name.slice(1)}` : `${name}\0`);
    const address = Buffer.concat([Uint8Array.of(AF_UNIX, 0), path]);
    if (bind(this.#socket, address, address.length) !== 0) throw new Error(`no socket ${name}`);
  }

  /** What was told since this was asked last. */
  take(): readonly string[] {
    const told: string[] = [];
    const message = Buffer.alloc(MESSAGE_BYTES);
    for (;;) {
      const bytes = this.#receive(this.#socket, message, message.length, MSG_DONTWAIT);
      if (bytes < 0) return told;
      told.push(message.toString("utf8", 0, bytes));
    }
  }

  [Symbol.dispose](): void {
    this.#close(this.#socket);
    if (existsSync(this.#name)) rmSync(this.#name);
  }
}
